"""What of a person rings: telephones, and the mobile if its number passes the dialling gate."""

from __future__ import annotations

from collections.abc import Iterable

from tenants.routing.calls import Ring
from tenants.routing.dialling import check
from tenants.routing.objects import Key, Person, key_of


def ring(people: Iterable[Person], seconds: int) -> Ring:
    """Return the action that rings everything these people have, at once."""
    people = tuple(people)
    names = dict.fromkeys(device.username for person in people for device in person.devices)
    mobiles: dict[Key, None] = dict.fromkeys(key_of(person) for person in people if has_mobile(person))
    return Ring(devices=tuple(names), seconds=seconds, mobiles=tuple(mobiles))


def has_mobile(person: Person) -> bool:
    """Tell whether a person's mobile may be rung."""
    return bool(person.mobile) and check(person.mobile, "target") is None


def has_telephone(person: object) -> bool:
    """Tell whether this is a person who can be rung at all."""
    return isinstance(person, Person) and bool(person.devices or has_mobile(person))
