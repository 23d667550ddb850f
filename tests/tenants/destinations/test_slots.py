"""A destination has the ways out that its object has on the switch, and no others."""

from __future__ import annotations

from tenants.destinations import slots
from tenants.destinations.models import Kind
from tenants.routing import slots as routing


def test_every_kind_has_its_slots() -> None:
    assert set(slots.SLOTS) == set(Kind.values) == routing.ROUTABLE


def test_every_way_out_of_an_object_can_be_drawn() -> None:
    drawn = {(kind, slot) for kind, ways in slots.SLOTS.items() for slot in ways if not slot.startswith("key:")}
    of_places = {kind: ways for kind, ways in routing.SLOTS.items() if kind != "number-flow"}
    assert drawn == {(kind.removesuffix("-flow"), way.field) for kind, ways in of_places.items() for way in ways}


def test_the_keys_are_a_telephones() -> None:
    assert sorted(slots.DIGITS) == sorted(routing.DIGITS)
