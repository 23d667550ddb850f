"""Making, changing and removing response groups. All of it waits in the draft until it is published."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import models, transaction
from django.utils.translation import gettext_lazy

from tenants.changes.actions import record
from tenants.changes.models import Change
from tenants.customers.models import User
from tenants.destinations import actions as destinations
from tenants.destinations.actions import Edge, edge_to
from tenants.destinations.models import Destination, Kind
from tenants.groups.models import Group, GroupMember, Strategy
from tenants.refusals import Refusal, constraints
from tenants.routing import objects
from tenants.routing.objects import Key
from tenants.versions import claim


class OutOfBounds(Refusal):
    """A figure is too small or too large."""

    code = "out_of_bounds"
    field = "ring_seconds"
    message = gettext_lazy("Låt det ringa mellan 5 och 120 sekunder.")


class PersonGone(Refusal):
    """Somebody chosen as a member has been removed."""

    code = "person_gone"
    field = "members"
    message = gettext_lazy("En av användarna finns inte längre. Ladda om sidan och välj igen.")


class Twice(Refusal):
    """Somebody is a member twice."""

    code = "member_twice"
    field = "members"
    message = gettext_lazy("Samma person kan bara vara med en gång.")


KNOWN = {"tenants_groupmember_person_id_fence": PersonGone, "group_member_once": Twice}


@dataclass(frozen=True)
class Wish:
    """What a group should be. ``members`` are ids of people, in the order they are rung."""

    name: str
    strategy: Strategy = Strategy.SEQUENTIAL
    members: tuple[int, ...] = ()
    ring_seconds: int = 20
    no_answer_id: int | None = None
    nobody_id: int | None = None


@transaction.atomic
def make(*, customer_id: int, by: User | None, wish: Wish) -> Group:
    """Make a group in the draft.

    :raises NameTaken: if another group has the name.
    :raises PersonGone: if a member has been removed meanwhile.
    :raises Twice: if somebody is a member twice.
    :raises TargetGone: if a target has been removed meanwhile.
    :raises OutOfBounds: if the ringing time is.
    """
    destination = destinations.make(customer_id=customer_id, kind=Kind.GROUP, name=wish.name)
    row = Group(customer_id=customer_id, destination=destination, kind=Kind.GROUP)
    _write(row, wish, force_insert=True)
    record(customer_id=customer_id, by=by, summary=f"La till svarsgruppen {wish.name}", rows=[row])
    return row


@transaction.atomic
def change(*, group: Group, by: User | None, version: int | None, wish: Wish) -> Change:
    """Make a group in the draft what is wished.

    :raises Conflict: if somebody else has changed it since ``version``; None asks nobody.
    :raises NameTaken: if another group has the name.
    :raises PersonGone: if a member has been removed meanwhile.
    :raises Twice: if somebody is a member twice.
    :raises TargetGone: if a target has been removed meanwhile.
    :raises ToItself: if it would lead to itself.
    :raises OutOfBounds: if the ringing time is.
    """
    row = claim(group, version)
    destinations.rename(destination=row.destination, name=wish.name)
    _write(row, wish)
    summary = f"Ändrade svarsgruppen {wish.name}"
    return record(customer_id=row.customer_id, by=by, summary=summary, rows=[row])


def _write(row: Group, wish: Wish, *, force_insert: bool = False) -> None:
    row.strategy, row.ring_seconds = wish.strategy, wish.ring_seconds
    with constraints({"group_bounds": OutOfBounds}):
        row.save(force_insert=force_insert)
    _set_members(row, wish.members)
    edges = {"no_answer": wish.no_answer_id, "nobody": wish.nobody_id}
    destinations.set_routes(
        source=row.destination, edges={slot: Edge(target) if target else None for slot, target in edges.items()}
    )


def _set_members(row: Group, people: Iterable[int]) -> None:
    row.members.all().delete()
    members = [
        GroupMember(customer_id=row.customer_id, group=row, person_id=person, position=position)
        for position, person in enumerate(people)
    ]
    if Destination.objects.filter(pk__in=[member.person_id for member in members], removed=True).exists():
        raise PersonGone
    with constraints(KNOWN):
        GroupMember.objects.bulk_create(members)


@transaction.atomic
def remove(*, group: Group, by: User | None, instead: Destination | None = None) -> Change:
    """Mark a group removed; it goes in the publish that drops it. Calls to it go to ``instead``.

    :raises StillPointedAt: if the draft leads calls there and there is no ``instead``.
    :raises TargetGone: if ``instead`` has been removed meanwhile.
    :raises ToItself: if ``instead`` leads to it.
    """
    summary = f"Tog bort svarsgruppen {group.name}"
    key, rows = destinations.give_up(destination=group.destination, instead=instead)
    return record(customer_id=group.customer_id, by=by, summary=summary, rows=rows, removed=[key])


def restore(customer_id: int, obj: objects.Group) -> Group:
    """Write a group back as an object says; ``link`` then writes its members and edges.

    An object with nobody in it does not say how it rings; then the row keeps what it has.

    :raises NameTaken: if another group has taken the name.
    """
    destinations.restore(customer_id=customer_id, ident=obj.id, kind=Kind.GROUP, name=obj.name)
    fields: dict[str, object] = {"customer_id": customer_id, "kind": Kind.GROUP, "ring_seconds": obj.ring_seconds}
    if obj.members:
        fields["strategy"] = Strategy.SEQUENTIAL if obj.members[0].rank else Strategy.PARALLEL
    Group.objects.update_or_create(pk=obj.id, defaults=fields)
    Group.objects.filter(pk=obj.id).update(version=models.F("version") + 1)
    return Group.objects.select_related("destination").get(pk=obj.id)


def link(_customer_id: int, obj: objects.Group) -> None:
    """Write the members and edges of a restored group."""
    row = Group.objects.select_related("destination").get(pk=obj.id)
    _set_members(row, [_person(member.person) for member in obj.members])
    edges = {"no_answer": edge_to(obj.no_answer), "nobody": edge_to(obj.nobody)}
    destinations.set_routes(source=row.destination, edges=edges)


def _person(key: Key) -> int:
    return int(key.partition("/")[2])


def clear(customer_id: int, ident: int) -> None:
    """Take a group's name, edges and members away, before history gives them back."""
    destinations.clear(customer_id, ident)
    GroupMember.objects.filter(group_id=ident).delete()
