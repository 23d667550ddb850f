"""The objects a customer's configuration consists of, as the switch is given them.

An object is a value with a key ``kind/id``. ``name`` is its own label; it names other objects by key only
and never holds another object's label, so an edit of one thing is an edit of one object. Its canonical bytes
(JSON, fields in sorted order, UTF-8, defaults written out) and their SHA-256 are the same on portal and node.

Times of day are minutes after local midnight, 0..1440; an opening that crosses midnight ends above 1440
(22:00-02:00 is 1320..1560). Intervals are half-open. Durations are whole seconds.
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Literal, get_args

import msgspec

Key = str
"""``kind/id``, for instance ``menu/7``."""

State = Literal["open", "lunch", "closed", "holiday"]
STATES: tuple[State, ...] = get_args(State)


class Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of an object."""


class Object(Value, tag_field="kind", frozen=True):
    """What every object has. ``kind`` is the tag; with ``id`` it makes the key."""

    id: int


class Number(Object, tag="number", frozen=True):
    """A telephone number the customer holds."""

    name: str
    e164: str
    is_main: bool = False


class NumberFlow(Object, tag="number-flow", frozen=True):
    """Where calls to a number go. ``id`` is the number's id; ``entry`` is None for a number out of use."""

    entry: Key | None = None


class Opening(Value, frozen=True):
    """One stretch of a day, from ``start`` to ``end`` minutes, and what the customer is in it."""

    start: int
    end: int
    state: State = "open"


class WeekDay(Value, frozen=True):
    """What a weekday (0 is Monday) looks like. Minutes outside the openings are closed."""

    weekday: int
    openings: tuple[Opening, ...] = ()


class Period(Value, frozen=True):
    """A week of its own from ``first`` to ``last``, both included (holiday season).

    ``yearly`` repeats it by month and day; then it may cross new year.
    """

    id: int
    name: str
    first: date
    last: date
    week: tuple[WeekDay, ...] = ()
    yearly: bool = False


class HolidayRule(Value, frozen=True):
    """What a Swedish red day, eve, half day or bridge day means here. ``day`` is a name from ``swedish_days``.

    ``prompt`` is heard before the call goes on, unless one of the openings says open just then.
    """

    day: str
    openings: tuple[Opening, ...] = ()
    otherwise: State = "holiday"
    prompt: Key | None = None


class ExceptionRule(Value, frozen=True):
    """Dates that differ, ``first`` to ``last``, both included.

    ``prompt`` is heard before the call goes on, unless one of the openings says open just then.
    """

    id: int
    name: str
    first: date
    last: date
    openings: tuple[Opening, ...] = ()
    otherwise: State = "closed"
    prompt: Key | None = None


class Schedule(Object, tag="schedule", frozen=True):
    """When the customer is open. The ladder, first hit wins: override, exception, holiday, period, week, closed."""

    name: str
    zone: str = "Europe/Stockholm"
    week: tuple[WeekDay, ...] = ()
    periods: tuple[Period, ...] = ()
    holidays: tuple[HolidayRule, ...] = ()
    exceptions: tuple[ExceptionRule, ...] = ()


class Prompt(Object, tag="prompt", frozen=True):
    """A voice prompt. Each hash names a mono 16-bit WAV: ``narrow`` at 8 kHz, ``wide`` at 16 kHz."""

    name: str
    narrow: str
    wide: str
    milliseconds: int


class Credential(Value, frozen=True):
    """Names a secret without holding it. The secret travels in the sealed part of a push."""

    id: int
    version: int


class Device(Value, frozen=True):
    """A SIP telephone. ``username`` is unique on the whole platform and made by us."""

    id: int
    username: str
    credential: Credential


class Person(Object, tag="person", frozen=True):
    """Somebody with an extension and telephones.

    ``area`` (``040``) is their office's area code and completes what they dial without one. ``mobile`` (E.164) rings
    beside them; with ``mobile_confirm`` whoever lifts it must press 1, so that no operator's voice mailbox can take
    the call.
    """

    name: str
    extension: str
    devices: tuple[Device, ...] = ()
    area: str = ""
    mobile: str = ""
    mobile_confirm: bool = True


class PersonFlow(Object, tag="person-flow", frozen=True):
    """How long a person's telephones ring, and where the call goes then. ``id`` is the person's id."""

    ring_seconds: int = 25
    busy: Key | None = None
    no_answer: Key | None = None
    unreachable: Key | None = None


class Mailbox(Object, tag="mailbox", frozen=True):
    """Where callers leave messages. ``greeting`` is heard before the tone; the telephones of ``owner`` show that
    there are messages nobody has heard."""

    name: str
    owner: Key | None = None
    greeting: Key | None = None
    max_seconds: int = 300


class External(Object, tag="external", frozen=True):
    """A number outside the switch, allowed by the dialling gate when saved and again when dialled."""

    name: str
    e164: str
    ring_seconds: int = 40


class Choice(Value, frozen=True):
    """A key of a menu: ``digit`` is one of 0-9, * and #; ``prompt`` is heard before the call goes on."""

    digit: str
    target: Key
    prompt: Key | None = None


class Menu(Object, tag="menu", frozen=True):
    """An auto attendant. No key and a wrong key are two different things with two different ends."""

    name: str
    prompt: Key | None = None
    choices: tuple[Choice, ...] = ()
    no_input: Key | None = None
    invalid: Key | None = None
    invalid_prompt: Key | None = None
    wait_seconds: int = 5
    tries: int = 3


class Member(Value, frozen=True):
    """A person in a group. Those of equal ``rank`` ring together, lower ranks first."""

    person: Key
    rank: int = 0


class Exit(Value, frozen=True):
    """A key that leads out of a line: ``digit`` is one of 0-9, * and #."""

    digit: str
    target: Key


class Waiting(Value, frozen=True):
    """Callers wait in line for a group when nobody is free, at most ``max_wait_seconds`` each.

    They hear ``music``, or the switch's own, and ``announce`` every ``announce_every`` seconds. ``order`` is who gets
    the next call: ``ranks`` as in the group, ``turns`` the one after whoever had the last, ``longest_free``. Members
    have ``wrap_up_seconds`` to themselves after each call.
    """

    max_wait_seconds: int = 300
    max_waiting: int = 20
    music: Key | None = None
    announce: Key | None = None
    announce_every: int = 45
    exits: tuple[Exit, ...] = ()
    order: Literal["ranks", "turns", "longest_free"] = "ranks"
    wrap_up_seconds: int = 0


class Group(Object, tag="group", frozen=True):
    """Several people who answer the same calls, rank by rank, ``ring_seconds`` each.

    Without ``waiting`` the call goes to ``no_answer`` after the last rank; with it when it has waited its time.
    ``nobody``: nobody takes part, or has a telephone; ``full``: as many wait as may. Both fall back to ``no_answer``.
    """

    name: str
    members: tuple[Member, ...] = ()
    ring_seconds: int = 20
    no_answer: Key | None = None
    nobody: Key | None = None
    full: Key | None = None
    waiting: Waiting | None = None


class TimeSwitch(Object, tag="timeswitch", frozen=True):
    """Parts calls by a schedule's state. ``lunch`` and ``holiday`` fall back to ``closed``."""

    name: str
    schedule: Key
    open: Key | None = None
    closed: Key | None = None
    lunch: Key | None = None
    holiday: Key | None = None


class Announcement(Object, tag="announcement", frozen=True):
    """Plays a prompt, then goes on to ``next`` or hangs up."""

    name: str
    prompt: Key | None = None
    next: Key | None = None


AnyObject = (
    Number
    | NumberFlow
    | Schedule
    | Prompt
    | Person
    | PersonFlow
    | Mailbox
    | External
    | Menu
    | Group
    | TimeSwitch
    | Announcement
)
KINDS: dict[str, type[Object]] = {cls.__struct_config__.tag: cls for cls in get_args(AnyObject)}

_encoder = msgspec.json.Encoder(order="sorted")
_decoder: msgspec.json.Decoder[AnyObject] = msgspec.json.Decoder(AnyObject)


def kind_of(obj: Object) -> str:
    """Return the object's kind, the part of its key before the slash."""
    return str(obj.__struct_config__.tag)


def key_of(obj: Object) -> Key:
    """Return the object's key, ``kind/id``."""
    return f"{kind_of(obj)}/{obj.id}"


def encode(obj: Object) -> bytes:
    """Return the object's canonical bytes."""
    return _encoder.encode(obj)


def decode(body: bytes) -> AnyObject:
    """Read an object back from its bytes.

    :raises msgspec.ValidationError: if the bytes are no object of a known kind.
    """
    return _decoder.decode(body)


def digest(body: bytes) -> str:
    """Return the SHA-256 of canonical bytes, 64 lower-case hex digits."""
    return hashlib.sha256(body).hexdigest()
