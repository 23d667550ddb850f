"""Making, changing and removing announcements. All of it waits in the draft until it is published."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models, transaction

from tenants.announcements.models import Announcement
from tenants.changes.actions import record
from tenants.changes.models import Change
from tenants.changes.said import said
from tenants.customers.models import User
from tenants.destinations import actions as destinations
from tenants.destinations.actions import Edge, PromptGone, edge_to
from tenants.destinations.models import Destination, Kind
from tenants.refusals import constraints
from tenants.routing import objects
from tenants.routing.naming import ident_of
from tenants.versions import Seen, claim

KNOWN = {"tenants_announcement_prompt_id_fence": PromptGone}


@dataclass(frozen=True)
class Wish:
    """What an announcement should be. ``next_id`` is the destination the call goes on to; None hangs up."""

    name: str
    prompt_id: int
    next_id: int | None = None


@transaction.atomic
def make(*, customer_id: int, by: User | None, wish: Wish) -> Announcement:
    """Make an announcement in the draft.

    :raises NameTaken: if another announcement has the name.
    :raises PromptGone: if the prompt has been removed meanwhile.
    :raises TargetGone: if the target has been removed meanwhile.
    """
    destination = destinations.make(customer_id=customer_id, kind=Kind.ANNOUNCEMENT, name=wish.name)
    with constraints(KNOWN):
        row = Announcement.objects.create(
            customer_id=customer_id, destination=destination, kind=Kind.ANNOUNCEMENT, prompt_id=wish.prompt_id
        )
    _lead(row, wish)
    record(customer_id=customer_id, by=by, summary=said("La till meddelandet %(name)s", name=wish.name), rows=[row])
    return row


@transaction.atomic
def change(*, announcement: Announcement, by: User | None, version: int | None, wish: Wish) -> Change:
    """Make an announcement in the draft what is wished.

    :raises Conflict: if somebody else has changed it since ``version``; None asks nobody.
    :raises NameTaken: if another announcement has the name.
    :raises PromptGone: if the prompt has been removed meanwhile.
    :raises TargetGone: if the target has been removed meanwhile.
    :raises ToItself: if it would lead to itself.
    """
    row = claim(announcement, version)
    destinations.rename(destination=row.destination, name=wish.name)
    row.prompt_id = wish.prompt_id
    with constraints(KNOWN):
        row.save(update_fields=["prompt", "version"])
    _lead(row, wish)
    summary = said("Ändrade meddelandet %(name)s", name=wish.name)
    return record(customer_id=row.customer_id, by=by, summary=summary, rows=[row])


def _lead(row: Announcement, wish: Wish) -> None:
    edge = Edge(wish.next_id) if wish.next_id else None
    destinations.set_routes(source=row.destination, edges={"next": edge})


@transaction.atomic
def remove(*, announcement: Announcement, by: User | None, version: Seen, instead: Destination | None = None) -> Change:
    """Mark an announcement removed; it goes in the publish that drops it. Calls to it go to ``instead``.

    :raises Conflict: if somebody else has changed it since ``version``, or was first to remove it.
    :raises StillPointedAt: if the draft leads calls there and there is no ``instead``.
    :raises TargetGone: if ``instead`` has been removed meanwhile.
    :raises ToItself: if ``instead`` leads to it.
    """
    destination = announcement.destination
    summary = said("Tog bort meddelandet %(name)s", name=destination.name)
    key, rows = destinations.give_up(destination=destination, version=version, instead=instead)
    return record(customer_id=announcement.customer_id, by=by, summary=summary, rows=rows, removed=[key])


def restore(customer_id: int, obj: objects.Announcement) -> Announcement:
    """Write an announcement back as an object says; ``link`` then writes its edge.

    :raises NameTaken: if another announcement has taken the name.
    :raises PromptGone: if the prompt no longer exists.
    """
    destinations.restore(customer_id=customer_id, ident=obj.id, kind=Kind.ANNOUNCEMENT, name=obj.name)
    fields = {"customer_id": customer_id, "kind": Kind.ANNOUNCEMENT, "prompt_id": ident_of(obj.prompt)}
    with constraints(KNOWN):
        Announcement.objects.update_or_create(pk=obj.id, defaults=fields)
    Announcement.objects.filter(pk=obj.id).update(version=models.F("version") + 1)
    return Announcement.objects.select_related("destination").get(pk=obj.id)


def link(_customer_id: int, obj: objects.Announcement) -> None:
    """Write the edge of a restored announcement."""
    source = Destination.objects.get(pk=obj.id)
    destinations.set_routes(source=source, edges={"next": edge_to(obj.next)})
