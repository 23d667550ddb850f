"""Where a call can go from an object: its slots, what may stand in them and which must be filled.

One table for all kinds. Live calls, proofs and pages read it, so a slot means the same to all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tenants.routing.objects import AnyObject, Choice, Exit, Group, Key, Menu, NumberFlow, PersonFlow, Value

ROUTABLE = frozenset({"person", "mailbox", "external", "menu", "group", "timeswitch", "announcement"})
"""Kinds a slot may point at."""
DIGITS = "0123456789*#"


class Edge(Value, frozen=True):
    """One way from an object to another. ``rule`` is the word a ``Reason`` bears when a call takes it."""

    source: Key
    rule: str
    target: Key
    pressed: bool = False
    """The caller chose it by pressing a key."""


class Slot(NamedTuple):
    """A field that says where the call goes, and whether it must be filled."""

    field: str
    rule: str
    required: bool


def _slots(required: str, optional: str = "", prefix: str = "slot") -> tuple[Slot, ...]:
    return tuple(
        Slot(field, f"{prefix}:{field}", needed)
        for names, needed in ((required, True), (optional, False))
        for field in names.split()
    )


SLOTS: Mapping[str, tuple[Slot, ...]] = {
    "number-flow": _slots("", "entry"),
    "person-flow": _slots("", "busy no_answer unreachable"),
    "menu": _slots("no_input invalid"),
    "group": _slots("no_answer", "nobody full"),
    "timeswitch": _slots("open closed", "lunch holiday", prefix="state"),
    "announcement": _slots("", "next"),
}
"""By kind. The keys of a menu and of a group's line come on top."""


def kind_in(key: Key) -> str:
    """Return the kind a key names."""
    return key.partition("/")[0]


def flow_key(key: Key) -> Key:
    """Return the key of the flow of a number or a person: same id, kind with ``-flow``."""
    kind, _, ident = key.partition("/")
    return f"{kind}-flow/{ident}"


def place_of(key: Key) -> Key:
    """Return the place whose ways out an object holds: a flow's number or person, else the object itself."""
    return key.replace("-flow/", "/")


def slots_of(key: Key) -> tuple[Slot, ...]:
    """Return the fixed slots of an object by its key."""
    return SLOTS.get(kind_in(key), ())


def keys_of(obj: AnyObject) -> tuple[Choice | Exit, ...]:
    """Return what a caller may press: the choices of a menu, the keys out of a group's line."""
    if isinstance(obj, Menu):
        return obj.choices
    return obj.waiting.exits if isinstance(obj, Group) and obj.waiting else ()


def edges_of(key: Key, obj: AnyObject) -> Iterator[Edge]:
    """Yield the ways out of an object. Those of a number or a person stand in its flow, whose source it is then."""
    source = key.replace("-flow/", "/") if isinstance(obj, NumberFlow | PersonFlow) else key
    for way in keys_of(obj):
        yield Edge(source=source, rule=f"key:{way.digit}", target=way.target, pressed=True)
    for slot in slots_of(key):
        if target := getattr(obj, slot.field):
            yield Edge(source=source, rule=slot.rule, target=target)
