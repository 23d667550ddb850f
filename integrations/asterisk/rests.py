"""Time after calls: who has it coming and who has it, in a file, so that a restart of the node takes nobody's.

It is the node's own and no live state: the portal is told nothing of it, and a customer that moves leaves it behind.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from pathlib import Path

import msgspec

from integrations.asterisk.settings import write_private

log = logging.getLogger(__name__)


class _Kept(msgspec.Struct):
    """Seconds a member gets when the call is over, and until when, seconds since 1970, those have it whose call is."""

    owed: dict[str, int] = {}
    until: dict[str, float] = {}


class Rests:
    """Time after calls by leg. Moments are seconds since 1970: the machine may have been restarted too."""

    def __init__(self, path: Path) -> None:
        """Begin with what was kept. A file that can't be read is nothing kept."""
        self._path = path
        try:
            self._now = msgspec.json.decode(path.read_bytes(), type=_Kept)
        except (OSError, ValueError):
            self._now = _Kept()
        self._changed = False

    def owe(self, leg: str, seconds: int) -> None:
        """Note that somebody has taken a call after which there is time."""
        self._now.owed[leg] = seconds
        self._changed = True

    def has(self, leg: str, now: float, *, free: bool) -> bool:
        """Tell whether somebody has time after a call at a moment; it begins when they are ``free`` of the call."""
        if free and leg in self._now.owed:
            self._now.until[leg] = now + self._now.owed.pop(leg)
            self._changed = True
        until = self._now.until.get(leg, 0.0)
        if until and until <= now:
            del self._now.until[leg]
            self._changed = True
        return until > now

    def forget(self, customer: int, persons: Collection[str] | None = None) -> None:
        """Forget everybody of a customer, or these persons: the digits of their keys."""
        for table in (self._now.owed, self._now.until):
            legs = ((leg, *leg.split("_", 1)) for leg in table)
            for leg in [leg for leg, of, who in legs if of == str(customer) and (persons is None or who in persons)]:
                del table[leg]
                self._changed = True

    def customers(self) -> set[int]:
        """Return the customers of whom somebody has time after a call, or will have."""
        return {int(leg.partition("_")[0]) for leg in (*self._now.owed, *self._now.until)}

    def keep(self) -> None:
        """Write down what has changed, if anything has. Blocks; call it from a thread."""
        if not self._changed:
            return
        self._changed = False
        try:
            write_private(self._path, msgspec.json.encode(self._now).decode())
        except OSError as error:
            self._changed = True
            log.warning("time after calls is not on disk: %s", error)
