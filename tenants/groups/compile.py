"""From a group's rows to the switch's object."""

from __future__ import annotations

from collections.abc import Mapping

from tenants.destinations.queries import targets
from tenants.groups.models import Group, Line, Strategy
from tenants.routing import objects
from tenants.routing.naming import prompt_key
from tenants.routing.objects import Key


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
        full=slots.get("full"),
        waiting=_waiting(row, slots),
    )


def _waiting(row: Group, slots: Mapping[str, Key]) -> objects.Waiting | None:
    line = Line.objects.filter(group=row).first()
    if line is None:
        return None
    exits = ((slot.removeprefix("key:"), target) for slot, target in sorted(slots.items()) if slot.startswith("key:"))
    return objects.Waiting(
        max_wait_seconds=line.max_wait_seconds,
        max_waiting=line.max_waiting,
        music=prompt_key(line.music_id),
        announce=prompt_key(line.announce_id),
        announce_every=line.announce_every,
        exits=tuple(objects.Exit(digit=digit, target=target) for digit, target in exits),
        order=line.order,  # type: ignore[arg-type]  # ``line_order_known`` says so
        wrap_up_seconds=line.wrap_up_seconds,
    )
