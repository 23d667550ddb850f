"""The words of a call: where it stands, what happened last, what the switch does next and why.

``decide`` turns a ``Call`` and an ``Inputs`` into a ``Step``. Between steps the whole state of a call is
one channel variable, ``pack(call)``, so the node remembers nothing and may restart in mid-call.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from tenants.routing.live import Order
from tenants.routing.objects import AnyObject, Key, Value

MAX_PACKED = 900
"""Bytes a packed call may take; Asterisk cuts longer variables in places."""


class Config(Protocol):
    """What a decision may read of one customer's active release."""

    def get(self, key: Key) -> AnyObject | None:
        """Return the object with this key, or None."""

    def number(self, e164: str) -> Key | None:
        """Return the key ``number/id`` of a number the customer holds, or None."""

    def extension(self, digits: str) -> Key | None:
        """Return the key ``person/id`` of who has this extension, or None."""

    def groups(self, person: Key) -> Sequence[Key]:
        """Return the keys of the groups a person is a member of, in any order."""


class Call(msgspec.Struct, frozen=True, kw_only=True, array_like=True, omit_defaults=True):
    """Where a call stands."""

    customer: int
    place: Key
    """The object that decides next; ``end/0`` when nothing is left but to hang up."""
    number: str = ""
    """The number that was called, E.164; empty for a call that began inside."""
    caller: str = ""
    """Who calls, E.164, or empty when withheld."""
    person: Key | None = None
    """The person who dials or transfers, when somebody inside does."""
    stage: int = 0
    """How far the place has come: one more than the rank of a group that rang last, 1 after a person rang ..."""
    tries: int = 0
    """Turns taken in the present menu."""
    hops: int = 0
    """Places passed since the call began or the caller last pressed a key."""
    waited: int = 0
    """Seconds the caller has waited for somebody to answer."""
    joined_at: int = 0
    """When the call came, seconds since 1970."""
    offset: int = 0
    """Seconds added to the clock for this call. Only the node's own test calls have any."""
    keys: int = 0
    """Keys pressed in menus so far."""
    queued_at: int = 0
    """When the caller took a place in the line of the present group, seconds since 1970; 0 outside a line."""
    draft: str = ""
    """The draft a test call follows, by the node's own name for it; empty for what is published."""


class Inputs(Value, frozen=True):
    """What came of the last action. ``start`` when there was none."""

    result: Literal[
        "start",
        "done",
        "digit",
        "silence",
        "answered",
        "no_answer",
        "busy",
        "unreachable",
        "failed",
        "measured",
        "timeout",
        "empty",
        "full",
    ] = "start"
    digit: str = ""
    waiting: int = 0
    """Of ``measured``: how many callers stand in the group's line."""
    free: int = 0
    """Of ``measured``: how many members could take a call now."""
    present: int = 0
    """Of ``measured``: how many members have a telephone that can be reached, busy or not."""


class Play(Value, tag="play", frozen=True):
    """Answer, play a prompt and ask again (``done``)."""

    prompt: str
    """The hash of the narrow file; here and below."""


class Gather(Value, tag="gather", frozen=True):
    """Answer, play a prompt while listening for one key, and ask again (``digit`` or ``silence``)."""

    prompt: str | None
    seconds: int


class Ring(Value, tag="ring", frozen=True):
    """Ring telephones together and ask again unless answered (``no_answer``, ``busy``, ``unreachable``)."""

    devices: tuple[str, ...]
    """SIP usernames, platform-unique."""
    seconds: int
    mobiles: tuple[Key, ...] = ()
    """People whose mobile rings too. Its number has passed the dialling gate."""


class Dial(Value, tag="dial", frozen=True):
    """Ring a number outside and ask again unless answered. Its number has passed the dialling gate.

    A Swedish short number stands in ``e164`` as it is dialled.
    """

    e164: str
    seconds: int


class Measure(Value, tag="measure", frozen=True):
    """Look how a group's line stands and ask again (``measured``). Nothing is heard meanwhile."""

    group: int


class Enqueue(Value, tag="enqueue", frozen=True):
    """Answer, let the caller wait in a group's line and ask again unless answered.

    What may come of it: ``timeout``, ``digit`` (one of the keys that lead out), ``empty`` (the last member left) or
    ``full`` (somebody else was quicker).
    """

    group: int
    seconds: int
    joined: int
    """Since when the caller has stood in this line; who came first is first, however often they ask again."""
    rank: int | None = None
    """Ring only the lowest rank from this one on that is free; None rings everybody who is free."""


class Record(Value, tag="record", frozen=True):
    """Answer, play the greeting, record a message for a mailbox, then the call is over."""

    mailbox: int
    greeting: str | None
    seconds: int


class Confirm(Value, tag="confirm", frozen=True):
    """A person dialled a feature code: set these registers, let a tone say whether it was understood, and end.

    ``orders`` is empty for a code that means nothing here.
    """

    orders: tuple[Order, ...] = ()


class HangUp(Value, tag="hangup", frozen=True):
    """End the call."""

    cause: Literal["normal", "unallocated", "busy", "no_answer", "refused", "failed"] = "normal"


Action = Play | Gather | Ring | Dial | Measure | Enqueue | Record | Confirm | HangUp


class Reason(Value, frozen=True):
    """Why: the object that decided and its rule.

    ``rule`` is a stable word (``state:closed``, ``key:1``, ``slot:no_answer``, ``rank:0``, ``exception:12``,
    ``holiday:julafton`` ...; all of them in ``explain``); pages turn it into a sentence and add who set it and when.
    """

    key: Key
    rule: str
    until: datetime | None = None
    """Until when the same answer holds, for schedules."""


class Step(Value, frozen=True):
    """What the switch does next, why (every object passed on the way), and where the call stands then."""

    action: Action
    reasons: tuple[Reason, ...]
    call: Call


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Call)


def pack(call: Call) -> str:
    """Return the call as URL-safe text of at most ``MAX_PACKED`` bytes.

    :raises ValueError: if it does not fit.
    """
    text = base64.urlsafe_b64encode(_encoder.encode(call)).decode().rstrip("=")
    if len(text) > MAX_PACKED:
        raise ValueError(f"a packed call of {len(text)} bytes")
    return text


def unpack(text: str) -> Call:
    """Read a packed call.

    :raises ValueError: if it is none (msgspec's errors are ValueErrors too).
    """
    return _decoder.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
