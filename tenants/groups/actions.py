"""Making, changing and removing response groups. All of it waits in the draft until it is published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db import models, transaction
from django.utils.translation import gettext_lazy

from tenants.changes.actions import record
from tenants.changes.models import Change
from tenants.changes.said import said
from tenants.customers.models import User
from tenants.destinations import actions as destinations
from tenants.destinations.actions import Edge, PromptGone, edge_to
from tenants.destinations.models import Destination, Kind
from tenants.destinations.slots import DIGITS, KEY_SLOTS
from tenants.groups.models import Group, GroupMember, Line, Order, Strategy
from tenants.refusals import Refusal, constraints
from tenants.routing import objects
from tenants.routing.naming import ident_of
from tenants.routing.objects import Key
from tenants.versions import Seen, claim


class OutOfBounds(Refusal):
    """A figure is too small or too large."""

    code = "out_of_bounds"
    field = "ring_seconds"
    message = gettext_lazy("Låt det ringa mellan 5 och 120 sekunder.")


class LineOutOfBounds(Refusal):
    """A figure of the line is too small or too large."""

    code = "line_out_of_bounds"
    field = "max_wait_seconds"
    message = gettext_lazy(
        "Väntetiden är 10–3600 s, platserna 1–200, meddelandet hörs var 10–600:e sekund, efterarbetet är högst 900 s."
    )


class UnknownKey(Refusal):
    """A telephone has no such key."""

    code = "unknown_key"
    field = "exit_digit"
    message = gettext_lazy("Det finns ingen sådan knapp. Välj 0–9, * eller #.")


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


KNOWN = {
    "tenants_groupmember_person_id_fence": PersonGone,
    "group_member_once": Twice,
    "line_bounds": LineOutOfBounds,
    "line_order_known": LineOutOfBounds,
    "tenants_line_music_id_fence": PromptGone,
    "tenants_line_announce_id_fence": PromptGone,
}


@dataclass(frozen=True)
class LineWish:
    """How callers wait. Without ``music`` they hear the switch's own; ``exits`` are keys out, by digit."""

    max_wait_seconds: int = 300
    max_waiting: int = 20
    music_id: int | None = None
    announce_id: int | None = None
    announce_every: int = 45
    order: Order = Order.RANKS
    wrap_up_seconds: int = 0
    exits: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Wish:
    """What a group should be. ``members`` are ids of people, in the order rung. Without ``line`` nobody waits."""

    name: str
    strategy: Strategy = Strategy.SEQUENTIAL
    members: tuple[int, ...] = ()
    ring_seconds: int = 20
    no_answer_id: int | None = None
    nobody_id: int | None = None
    full_id: int | None = None
    line: LineWish | None = None


@transaction.atomic
def make(*, customer_id: int, by: User | None, wish: Wish) -> Group:
    """Make a group in the draft.

    :raises NameTaken: if another group has the name.
    :raises PersonGone: if a member has been removed meanwhile.
    :raises Twice: if somebody is a member twice.
    :raises TargetGone: if a target has been removed meanwhile.
    :raises OutOfBounds: if the ringing time is.
    :raises LineOutOfBounds: if a figure of the line is.
    :raises UnknownKey: if a key out of the line is none of 0-9, * and #.
    :raises PromptGone: if music or message has been removed meanwhile.
    """
    destination = destinations.make(customer_id=customer_id, kind=Kind.GROUP, name=wish.name)
    row = Group(customer_id=customer_id, destination=destination, kind=Kind.GROUP)
    _write(row, wish, force_insert=True)
    record(customer_id=customer_id, by=by, summary=said("La till svarsgruppen %(name)s", name=wish.name), rows=[row])
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
    :raises LineOutOfBounds: if a figure of the line is.
    :raises UnknownKey: if a key out of the line is none of 0-9, * and #.
    :raises PromptGone: if music or message has been removed meanwhile.
    """
    row = claim(group, version)
    destinations.rename(destination=row.destination, name=wish.name)
    _write(row, wish)
    summary = said("Ändrade svarsgruppen %(name)s", name=wish.name)
    return record(customer_id=row.customer_id, by=by, summary=summary, rows=[row])


def _write(row: Group, wish: Wish, *, force_insert: bool = False) -> None:
    row.strategy, row.ring_seconds = wish.strategy, wish.ring_seconds
    with constraints({"group_bounds": OutOfBounds}):
        row.save(force_insert=force_insert)
    _set_members(row, wish.members)
    _set_line(row, wish.line)
    edges = {"no_answer": wish.no_answer_id, "nobody": wish.nobody_id, "full": wish.full_id}
    edges |= _keys_out(wish.line.exits if wish.line else {})
    destinations.set_routes(
        source=row.destination, edges={slot: Edge(target) if target else None for slot, target in edges.items()}
    )


def _keys_out(exits: Mapping[str, int]) -> dict[str, int | None]:
    """Return where every key of a telephone leads; a key that leads nowhere is taken away."""
    if not set(exits) <= set(DIGITS):
        raise UnknownKey
    return {slot: exits.get(slot.removeprefix("key:")) for slot in KEY_SLOTS}


def _set_line(row: Group, wish: LineWish | None) -> None:
    Line.objects.filter(group=row).delete()
    if wish is None:
        return
    columns = {name: value for name, value in vars(wish).items() if name != "exits"}
    with constraints(KNOWN):
        Line.objects.create(customer_id=row.customer_id, group=row, **columns)


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
def remove(*, group: Group, by: User | None, version: Seen, instead: Destination | None = None) -> Change:
    """Mark a group removed; it goes in the publish that drops it. Calls to it go to ``instead``.

    :raises Conflict: if somebody else has changed it since ``version``, or was first to remove it.
    :raises StillPointedAt: if the draft leads calls there and there is no ``instead``.
    :raises TargetGone: if ``instead`` has been removed meanwhile.
    :raises ToItself: if ``instead`` leads to it.
    """
    summary = said("Tog bort svarsgruppen %(name)s", name=group.name)
    key, rows = destinations.give_up(destination=group.destination, version=version, instead=instead)
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
    """Write the members, the line and the edges of a restored group."""
    row = Group.objects.select_related("destination").get(pk=obj.id)
    _set_members(row, [_person(member.person) for member in obj.members])
    _set_line(row, _line_of(obj.waiting))
    edges = {"no_answer": edge_to(obj.no_answer), "nobody": edge_to(obj.nobody), "full": edge_to(obj.full)}
    keys = {f"key:{way.digit}": edge_to(way.target) for way in obj.waiting.exits} if obj.waiting else {}
    destinations.set_routes(source=row.destination, edges=edges | dict.fromkeys(KEY_SLOTS) | keys)


def _line_of(rules: objects.Waiting | None) -> LineWish | None:
    if rules is None:
        return None
    return LineWish(
        max_wait_seconds=rules.max_wait_seconds,
        max_waiting=rules.max_waiting,
        music_id=ident_of(rules.music),
        announce_id=ident_of(rules.announce),
        announce_every=rules.announce_every,
        order=Order(rules.order),
        wrap_up_seconds=rules.wrap_up_seconds,
    )


def _person(key: Key) -> int:
    return int(key.partition("/")[2])


def clear(customer_id: int, ident: int) -> None:
    """Take a group's name, edges and members away, before history gives them back."""
    destinations.clear(customer_id, ident)
    Line.objects.filter(group_id=ident).delete()
    GroupMember.objects.filter(group_id=ident).delete()
