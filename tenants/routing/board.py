"""A node's board of live state for one customer: how it obeys orders and is seeded. The same for every node.

No clock and no disk here: the moment is a parameter, and whoever keeps the board writes down what changed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import cached_property

import msgspec

from tenants.routing.intake import Refused
from tenants.routing.live import (
    GONE,
    MOST_UNREAD,
    Live,
    LiveValue,
    Order,
    Register,
    Unread,
    Via,
    fault,
    live_of,
    merged,
    subjects,
)
from tenants.routing.objects import Key
from tenants.routing.wire import Command

LONGEST = 100
"""Letters in who did it and in a command's id; more is cut off."""
_UNREAD_KEPT = 30 * 86_400.0
"""Seconds for which ``drop`` leaves what nobody has heard longer than all else: as long as a mailbox can come back."""


class Board:
    """One customer's registers. ``by_subject`` holds them by kind and subject."""

    def __init__(self, registers: Iterable[Register] = ()) -> None:
        """Begin with what was kept."""
        self.by_subject = {(one.kind, one.subject): one for one in registers}
        self.height = max((one.version for one in self.by_subject.values()), default=0)

    @cached_property
    def live(self) -> Live:
        """The registers as ``decide`` reads them."""
        return live_of(self.by_subject.values())

    def obey(self, command: Command, now: float, exists: Callable[[Key], bool]) -> tuple[Register, bool]:
        """Carry a command out, and return its register and whether it changed.

        A command sent again, one that changes nothing and one that comes too late leave the register as it is. That
        messages were heard is never too late: they stay heard, whatever has been left since.
        ``now`` is seconds since 1970, ``exists`` tells whether an object is active here.

        :raises Refused: if it means nothing, or nothing here.
        """
        order = command.order
        if wrong := fault(order):
            raise Refused("bad_order", detail=wrong)
        for key in subjects(order):
            if not exists(key):
                raise Refused("unknown_subject", key)
        held = self.by_subject.get((order.kind, order.subject))
        at, value = now - max(command.age, 0.0), self._wanted(order, held)
        if held and order.kind == "unread":
            at = max(at, held.at)
        late = held is not None and (held.command == command.id or held.at > at)
        if late or value == (held.value if held else None):
            return held or _rest(order), False
        return self._put(order, value, at, command.by, command.via, command.id), True

    @staticmethod
    def _wanted(order: Order, held: Register | None) -> LiveValue | None:
        if order.kind != "unread":
            return order.value
        heard = set(order.value.messages) if isinstance(order.value, Unread) else set()
        left = tuple(one for one in _messages(held) if one not in heard)
        return Unread(messages=left) if left else None

    def message(self, mailbox: Key, message: str, now: float) -> Register | None:
        """Note a new message in a mailbox; None if it was noted before."""
        order = Order(kind="unread", subject=mailbox)
        held = self.by_subject.get((order.kind, order.subject))
        before = _messages(held)
        if message in before or (held and held.command == message):
            return None
        return self._put(order, Unread(messages=(*before, message)[-MOST_UNREAD:]), now, "", "phone", message)

    def _put(self, order: Order, value: LiveValue | None, at: float, by: str, via: Via, command: str) -> Register:
        new = Register(
            kind=order.kind, subject=order.subject, version=self.height + 1, at=at, value=value,
            by=by[:LONGEST], via=via, command=command[:LONGEST],
        )  # fmt: skip
        self._take(new)
        return new

    def _take(self, register: Register) -> None:
        self.by_subject[register.kind, register.subject] = register
        self.height = max(self.height, register.version)
        self.__dict__.pop("live", None)

    def seed(self, theirs: Iterable[Register]) -> list[Register]:
        """Take the portal's registers where they hold, and return what is new here or what the portal can't know.

        What was changed here since gets a new version, so that the portal, which counts on from its own, sees it.
        """
        mine, taken = dict(self.by_subject), []
        for register in theirs:
            name = (register.kind, register.subject)
            if fault(Order(kind=register.kind, subject=register.subject, value=register.value)):
                continue
            self.height = max(self.height, register.version)
            if merged(self.by_subject.get(name), register) == register:
                taken += [register] if mine.pop(name, None) != register else []
        for register in taken:
            self._take(register)
        again = [msgspec.structs.replace(one, version=self.height + rank) for rank, one in enumerate(mine.values(), 1)]
        for register in again:
            self._take(register)
        return taken + again

    def rest(self, gone: Collection[Key], now: float) -> list[Register]:
        """Put to rest whatever speaks of subjects that are gone, and return it: changes like any other.

        So both sides agree by the same rule as always, and whoever comes back by an undo begins at rest. Only what
        nobody has heard stays so, as the messages do: a mailbox that comes back lights its lamp again.
        """
        held = [one for one in self.by_subject.values() if one.value is not None]
        found = [one for one in held if any(key in gone for key in one.subject.split("+"))]
        orders = ((Order(kind=one.kind, subject=one.subject, value=_outliving(one)), max(now, one.at)) for one in found)
        return [self._put(order, order.value, at, "", "portal", GONE) for order, at in orders]

    def drop(self, exists: Callable[[Key], bool], before: float) -> list[Register]:
        """Forget what speaks of subjects that are not here and was changed before a moment, and return it.

        Nobody is told. The newest of all stays, since heights are compared.
        """
        old = [one for one in self.by_subject.values() if one.at < _limit(one, before) and one.version < self.height]
        found = [one for one in old if not all(map(exists, one.subject.split("+")))]
        for one in found:
            del self.by_subject[one.kind, one.subject]
        self.__dict__.pop("live", None)
        return found

    def since(self, version: int) -> list[Register]:
        """Return the registers changed after a version, oldest change first."""
        found = (one for one in self.by_subject.values() if one.version > version)
        return sorted(found, key=lambda one: one.version)


def _outliving(register: Register) -> LiveValue | None:
    """Return what of a register outlives its subject."""
    return register.value if isinstance(register.value, Unread) else None


def _limit(register: Register, before: float) -> float:
    return before - _UNREAD_KEPT if register.kind == "unread" else before


def _messages(held: Register | None) -> tuple[str, ...]:
    return held.value.messages if held and isinstance(held.value, Unread) else ()


def _rest(order: Order) -> Register:
    """Return the register of a subject at rest, for an order that leaves it so."""
    return Register(kind=order.kind, subject=order.subject, version=0, at=0.0)
