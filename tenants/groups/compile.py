"""From a group's rows to the switch's object."""

from __future__ import annotations

from tenants.destinations.queries import targets
from tenants.groups.models import Group, Strategy
from tenants.routing import objects


def compile_group(row: Group) -> objects.Group:
    """Return what the switch is told of a group. Everybody has rank 0 if all ring at once, else 1, 2, 3 …"""
    slots = targets(row.pk)
    in_turn = row.strategy == Strategy.SEQUENTIAL
    people = row.members.order_by("position").values_list("person_id", flat=True)
    return objects.Group(
        id=row.pk,
        name=row.name,
        members=tuple(
            objects.Member(person=f"person/{person}", rank=rank if in_turn else 0)
            for rank, person in enumerate(people, 1)
        ),
        ring_seconds=row.ring_seconds,
        no_answer=slots.get("no_answer"),
        nobody=slots.get("nobody"),
    )
