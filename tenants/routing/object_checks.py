"""What can be wrong with one object, looking no further than the objects it names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping
from typing import Any, Literal

from tenants.routing.dialling import E164, check, is_emergency, is_short
from tenants.routing.objects import (
    Announcement,
    AnyObject,
    External,
    Group,
    Key,
    Menu,
    Number,
    Person,
    Schedule,
    TimeSwitch,
    Value,
    kind_of,
)
from tenants.routing.schedule_checks import validate
from tenants.routing.slots import DIGITS, ROUTABLE, keys_of, kind_in, slots_of

Code = Literal[
    "required",
    "dangling",
    "wrong_kind",
    "digit_unknown",
    "digit_twice",
    "member_twice",
    "out_of_range",
    "number_refused",
    "number_malformed",
    "number_twice",
    "extension_malformed",
    "extension_short_number",
    "extension_twice",
    "schedule",
]

LIMITS: Mapping[str, tuple[int, int]] = {
    "ring_seconds": (5, 300),
    "wait_seconds": (1, 60),
    "tries": (1, 10),
    "max_seconds": (10, 3600),
    "max_wait_seconds": (10, 3600),
    "max_waiting": (1, 200),
    "announce_every": (10, 600),
    "wrap_up_seconds": (0, 900),
}
"""Smallest and largest value of every number a person may set, whichever object has it."""
_EXTENSION = re.compile(r"[1-9][0-9]{1,5}")
_PROMPT = frozenset({"prompt"})


class Fault(Value, frozen=True):
    """A fault of one object: where in it, what it names there, and a detail for the words."""

    code: Code
    slot: str = ""
    target: Key = ""
    detail: str = ""


def faults_of(key: Key, obj: AnyObject, known: Container[Key]) -> Iterator[Fault]:
    """Yield everything wrong with an object by itself and with what it names; ``known`` are the keys that exist."""
    yield from _named(obj, known)
    yield from _required(key, obj)
    yield from _limits(obj)
    if own := _OWN.get(type(obj)):
        yield from own(obj)


def _named(obj: AnyObject, known: Container[Key]) -> Iterator[Fault]:
    for slot, target, kinds in names_in(obj):
        if kind_in(target) not in kinds:
            yield Fault(code="wrong_kind", slot=slot, target=target)
        elif target not in known:
            yield Fault(code="dangling", slot=slot, target=target)


def names_in(obj: AnyObject) -> Iterator[tuple[str, Key, frozenset[str]]]:
    """Yield every reference an object makes: the slot it stands in, the key, and the kinds allowed there."""
    for slot in slots_of(kind_of(obj) + "/"):
        yield from _maybe(slot.rule, getattr(obj, slot.field), ROUTABLE)
    for field in ("prompt", "invalid_prompt", "greeting"):
        yield from _maybe(field, getattr(obj, field, None), _PROMPT)
    yield from ((f"key:{way.digit}", way.target, ROUTABLE) for way in keys_of(obj))
    yield from _maybe("owner", getattr(obj, "owner", None), frozenset({"person"}))
    if isinstance(obj, Menu):
        for choice in obj.choices:
            yield from _maybe(f"key:{choice.digit}:prompt", choice.prompt, _PROMPT)
    elif isinstance(obj, Group):
        yield from _group_names(obj)
    elif isinstance(obj, TimeSwitch):
        yield "schedule", obj.schedule, frozenset({"schedule"})
    elif isinstance(obj, Schedule):
        yield from _schedule_names(obj)


def _group_names(group: Group) -> Iterator[tuple[str, Key, frozenset[str]]]:
    yield from (("members", member.person, frozenset({"person"})) for member in group.members)
    for field in ("music", "announce"):
        yield from _maybe(field, getattr(group.waiting, field, None), _PROMPT)


def _schedule_names(schedule: Schedule) -> Iterator[tuple[str, Key, frozenset[str]]]:
    for holiday in schedule.holidays:
        yield from _maybe(f"holiday:{holiday.day}", holiday.prompt, _PROMPT)
    for exception in schedule.exceptions:
        yield from _maybe(f"exception:{exception.id}", exception.prompt, _PROMPT)


def _maybe(slot: str, key: Key | None, kinds: frozenset[str]) -> Iterator[tuple[str, Key, frozenset[str]]]:
    if key is not None:
        yield slot, key, kinds


def _required(key: Key, obj: AnyObject) -> Iterator[Fault]:
    for slot in slots_of(key):
        if slot.required and getattr(obj, slot.field) is None:
            yield Fault(code="required", slot=slot.rule)
    if isinstance(obj, Menu | Announcement) and obj.prompt is None:
        yield Fault(code="required", slot="prompt")
    if isinstance(obj, Menu) and not obj.choices:
        yield Fault(code="required", slot="choices")
    if isinstance(obj, Group) and not obj.members:
        yield Fault(code="required", slot="members")


def _limits(obj: AnyObject) -> Iterator[Fault]:
    for field, (low, high) in LIMITS.items():
        for part in (obj, getattr(obj, "waiting", None)):
            value = getattr(part, field, low)
            if not low <= value <= high:
                yield Fault(code="out_of_range", slot=field, detail=str(value))


def _keys(obj: AnyObject) -> Iterator[Fault]:
    for digit, times in Counter(way.digit for way in keys_of(obj)).items():
        if len(digit) != 1 or digit not in DIGITS:
            yield Fault(code="digit_unknown", slot=f"key:{digit}")
        if times > 1:
            yield Fault(code="digit_twice", slot=f"key:{digit}")


def _group(group: Group) -> Iterator[Fault]:
    yield from _keys(group)
    for person, times in Counter(member.person for member in group.members).items():
        if times > 1:
            yield Fault(code="member_twice", slot="members", target=person)
    for member in group.members:
        if member.rank < 0:
            yield Fault(code="out_of_range", slot="members", target=member.person, detail=str(member.rank))


def _external(external: External) -> Iterator[Fault]:
    if refused := check(external.e164, "target"):
        yield Fault(code="number_refused", slot="e164", detail=refused.code)


def _number(number: Number) -> Iterator[Fault]:
    if not E164.fullmatch(number.e164) or is_emergency(number.e164):
        yield Fault(code="number_malformed", slot="e164", detail=number.e164)


def _person(person: Person) -> Iterator[Fault]:
    if person.mobile and (refused := check(person.mobile, "target")):
        yield Fault(code="number_refused", slot="mobile", detail=refused.code)
    if person.extension and (code := _extension(person.extension)):
        yield Fault(code=code, slot="extension", detail=person.extension)


def _extension(digits: str) -> Code | None:
    """Return what is wrong with an extension. One may be older than the rule about short numbers."""
    if is_short(digits):
        return "extension_short_number"
    return None if _EXTENSION.fullmatch(digits) else "extension_malformed"


def _schedule(schedule: Schedule) -> Iterator[Fault]:
    for problem in validate(schedule):
        yield Fault(code="schedule", slot=problem.where, detail=problem.code)


_OWN: Mapping[type, Callable[[Any], Iterator[Fault]]] = {
    Menu: _keys,
    Group: _group,
    External: _external,
    Number: _number,
    Person: _person,
    Schedule: _schedule,
}
