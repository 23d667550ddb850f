"""Drafts that are being tried: objects not published, which one test call follows instead of those that are.

They are kept in memory for as long as a call may last; a call whose draft is gone follows what is published.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping

from tenants.routing.calls import Config
from tenants.routing.objects import AnyObject, Key

SECONDS = 1800.0
MOST = 100
Draft = Mapping[Key, AnyObject | None]


class Overlay:
    """A draft over what is published. Numbers and extensions are as published: both are live at once."""

    def __init__(self, draft: Draft, below: Config) -> None:
        """Look into the draft first."""
        self._draft, self._below = draft, below
        self.number, self.extension, self.groups = below.number, below.extension, below.groups

    def get(self, key: Key) -> AnyObject | None:
        """Return the object with this key as the draft has it, or None."""
        return self._draft[key] if key in self._draft else self._below.get(key)


class Drafts:
    """The drafts of the last half hour."""

    def __init__(self) -> None:
        """Begin with none."""
        self._kept: dict[tuple[int, str], tuple[float, Draft]] = {}

    def keep(self, customer: int, draft: Draft) -> str:
        """Keep a draft and return its name; an empty one needs none."""
        if not draft:
            return ""
        old = [one for one, (at, _) in self._kept.items() if time.monotonic() - at > SECONDS]
        for one in old or ([next(iter(self._kept))] if len(self._kept) >= MOST else []):
            del self._kept[one]
        name = secrets.token_hex(4)
        self._kept[customer, name] = (time.monotonic(), draft)
        return name

    def over(self, below: Config, customer: int, name: str) -> Config:
        """Return a customer's configuration as the draft of this name has it."""
        found = self._kept.get((customer, name))
        return Overlay(found[1], below) if found else below
