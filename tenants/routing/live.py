"""Live state: what people set for the moment, by page, API or telephone, and what no release holds.

A register is one small value with a kind and a subject. The customer's active node owns it: every change is a
command to the node, wherever it was made, and comes back from it as an event. Each change takes the next ``version``
of the customer, one count for all of its registers, so two sides compare one number to know whether they agree.

A register that is not there, or whose value is None, is at rest: the schedule rules, everybody is logged in, nobody
is paused or diverted. Where two sides differ, the register that was changed later (``at``) holds; ``merged`` says so
for both. Moments are aware; those in ``at`` are seconds since 1970 by the node.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal, get_args

import msgspec

from tenants.routing.naming import is_digits
from tenants.routing.objects import Key, State, Value

Via = Literal["web", "api", "phone", "portal"]
"""Where a change was made; ``portal`` is the portal by itself, when it cleans up."""
RegisterKind = Literal["override", "login", "pause", "diversion", "unread"]
REGISTER_KINDS: tuple[RegisterKind, ...] = get_args(RegisterKind)
MOST_UNREAD = 500
"""Messages a mailbox lists as unread at most; the oldest fall out."""


class Override(Value, tag="override", frozen=True):
    """A schedule forced into a state by hand. It always ends. Subject: the schedule's key."""

    state: State
    until: datetime
    prompt: Key | None = None


class Login(Value, tag="login", frozen=True):
    """Whether a member takes part in a group now. Subject: ``membership(group, person)``."""

    on: bool


class Pause(Value, tag="pause", frozen=True):
    """A person who takes no calls from any group for a while. Subject: the person's key.

    ``reason`` is one of the customer's words, shown to colleagues; ``until`` None lasts until it is ended.
    """

    reason: str = ""
    until: datetime | None = None


class Diversion(Value, tag="diversion", frozen=True):
    """A person who is away, set by hand. Subject: the person's key.

    ``reason`` is a word of ``REASONS``. Calls go to ``target`` (a mailbox, a number outside, or a person who is not
    diverted), without one where the person's calls go when nobody answers.
    """

    reason: str
    until: datetime | None = None
    target: Key | None = None


class Unread(Value, tag="unread", frozen=True):
    """The messages of a mailbox nobody has heard, oldest first, by UUID. Subject: the mailbox's key.

    Unlike the others it is never set as a whole, since messages come while somebody listens: an order takes the
    messages it lists away, and the node adds each new one by itself.
    """

    messages: tuple[str, ...] = ()


LiveValue = Override | Login | Pause | Diversion | Unread
REASONS: Mapping[str, str] = {
    "0": "away", "1": "lunch", "2": "meeting", "3": "trip", "4": "sick", "5": "holiday", "6": "gone_home",
}  # fmt: skip
"""Why a person is away, by the digit it is dialled with."""
GONE = "gone"
"""The ``command`` of a register that was put to rest since what it speaks of is gone."""
SUBJECT_KINDS = frozenset({"schedule", "person", "group", "mailbox"})
_SUBJECTS: Mapping[str, str] = {"override": "schedule", "pause": "person", "diversion": "person", "unread": "mailbox"}


class Register(Value, frozen=True):
    """One register as it stands. ``by`` is who changed it, in words; ``command`` the id of what did."""

    kind: RegisterKind
    subject: str
    version: int
    at: float
    value: LiveValue | None = None
    by: str = ""
    via: Via = "portal"
    command: str = ""


class Order(Value, frozen=True):
    """Set one register. What a feature code asks for; ``wire.Command`` is the same from the portal."""

    kind: RegisterKind
    subject: str
    value: LiveValue | None = None


class Live(Value, frozen=True):
    """A customer's registers as ``decide`` reads them, by subject."""

    overrides: Mapping[Key, Override] = msgspec.field(default_factory=dict)
    logins: Mapping[str, Login] = msgspec.field(default_factory=dict)
    pauses: Mapping[Key, Pause] = msgspec.field(default_factory=dict)
    diversions: Mapping[Key, Diversion] = msgspec.field(default_factory=dict)

    def override(self, schedule: Key) -> Override | None:
        """Return what a schedule is forced to, over or not: ``evaluate`` looks at the clock."""
        return self.overrides.get(schedule)

    def takes_part(self, group: Key, person: Key, moment: datetime) -> bool:
        """Tell whether a member may be rung for a group: logged in, not paused, not diverted."""
        login, pause = self.logins.get(membership(group, person)), self.pauses.get(person)
        if (login and not login.on) or (pause and _lasts(pause.until, moment)):
            return False
        return self.diversion(person, moment) is None

    def diversion(self, person: Key, moment: datetime) -> Diversion | None:
        """Return how a person is diverted by hand at a moment, or None."""
        found = self.diversions.get(person)
        return found if found and _lasts(found.until, moment) else None


def _lasts(until: datetime | None, moment: datetime) -> bool:
    return until is None or moment < until


def live_of(registers: Iterable[Register]) -> Live:
    """Return registers as ``decide`` reads them."""
    found: dict[str, dict[str, LiveValue]] = {kind: {} for kind in REGISTER_KINDS}
    for register in registers:
        if register.value is not None:
            found[register.kind][register.subject] = register.value
    parts = {field: found[kind] for kind, field in _FIELDS.items()}
    return Live(**parts)  # type: ignore[arg-type]  # each field holds the values of its own kind, see ``fault``


_FIELDS = {"override": "overrides", "login": "logins", "pause": "pauses", "diversion": "diversions"}


def membership(group: Key, person: Key) -> str:
    """Return the subject of a member's login."""
    return f"{group}+{person}"


def fault(order: Order) -> str:
    """Return what is wrong with the shape of an order; nothing if it is sound."""
    if order.value is not None and order.value.__struct_config__.tag != order.kind:
        return "a value of another kind"
    kinds = ["group", "person"] if order.kind == "login" else [_SUBJECTS[order.kind]]
    if [_kind(part) for part in order.subject.split("+")] != kinds:
        return "no such subject"
    return ""


def subjects(order: Order) -> tuple[Key, ...]:
    """Return the keys of the objects an order speaks of, which must be active on the node."""
    return tuple(order.subject.split("+"))


def _kind(key: str) -> str:
    kind, _slash, ident = key.partition("/")
    return kind if is_digits(ident) else ""


def merged(mine: Register | None, theirs: Register) -> Register:
    """Return which of two sides' registers of one subject holds: the one changed later, of equal ones the higher."""
    if mine is None or (theirs.at, theirs.version) > (mine.at, mine.version):
        return theirs
    return mine
