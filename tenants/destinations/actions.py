"""Making, naming and removing destinations, and setting where their slots lead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.destinations import queries
from tenants.destinations.models import Destination, Kind, Route
from tenants.refusals import Refusal, constraints
from tenants.routing.objects import Key


class NameTaken(Refusal):
    """Another destination of the kind has the name."""

    code = "name_taken"
    field = "name"
    message = gettext_lazy("Namnet används redan. Välj ett annat.")


class StillPointedAt(Refusal):
    """Calls are still led to what would be removed."""

    code = "still_pointed_at"


class TargetGone(Refusal):
    """What was chosen as a target has been removed."""

    code = "target_gone"
    message = gettext_lazy("Det du valde finns inte längre. Ladda om sidan och välj igen.")


class ToItself(Refusal):
    """A destination cannot lead straight to itself."""

    code = "to_itself"
    message = gettext_lazy("Samtalet kan inte kopplas tillbaka till samma steg.")


KNOWN = {
    "destination_name_once": NameTaken,
    "tenants_route_target_id_fence": TargetGone,
    "route_to_itself": ToItself,
}


def make(*, customer_id: int, kind: Kind, name: str) -> Destination:
    """Make a destination.

    :raises NameTaken: if another of the kind has the name.
    """
    with constraints(KNOWN):
        return Destination.objects.create(customer_id=customer_id, kind=kind, name=name)


def rename(*, destination: Destination, name: str) -> None:
    """Give a destination another name.

    :raises NameTaken: if another of the kind has it.
    """
    destination.name = name
    with constraints(KNOWN):
        destination.save(update_fields=["name"])


@dataclass(frozen=True)
class Edge:
    """Where a slot leads, and the prompt heard on the way."""

    target_id: int
    prompt_id: int | None = None


@transaction.atomic
def set_routes(*, source: Destination, edges: Mapping[str, Edge | None]) -> None:
    """Set the given slots of a destination; None empties a slot, slots not given stay.

    :raises TargetGone: if a target has been removed meanwhile.
    :raises ToItself: if a slot would lead back to the source itself.
    """
    Route.objects.filter(source=source, slot__in=edges).delete()
    targets = [edge.target_id for edge in edges.values() if edge]
    if Destination.objects.filter(pk__in=targets, removed=True).exists():
        raise TargetGone
    with constraints(KNOWN):
        Route.objects.bulk_create(
            Route(
                customer_id=source.customer_id, source=source, source_kind=source.kind, slot=slot,
                target_id=edge.target_id, prompt_id=edge.prompt_id,
            )
            for slot, edge in sorted(edges.items())
            if edge
        )  # fmt: skip


@transaction.atomic
def mark_removed(*, destination: Destination) -> Key:
    """Mark a draft destination removed; its row goes in the publish that drops its object. Return its key.

    :raises StillPointedAt: if the draft still leads calls there; the message says from where.
    """
    Destination.objects.select_for_update().get(pk=destination.pk)
    users = queries.used_by(destination.pk)
    if users:
        raise StillPointedAt(_("Används av %(users)s. Ändra där först.") % {"users": ", ".join(users)})
    Route.objects.filter(source=destination).delete()
    destination.removed = True
    destination.save(update_fields=["removed"])
    return destination.key


@transaction.atomic
def delete(*, destination: Destination) -> Key:
    """Delete a live destination with its row. Return its key.

    :raises StillPointedAt: if the draft still leads calls there; the message says from where.
    """
    key = mark_removed(destination=destination)
    destination.delete()
    return key


def restore(*, customer_id: int, ident: int, kind: Kind, name: str) -> Destination:
    """Bring a destination back under the id it had, or give a standing one this name.

    :raises NameTaken: if another of the kind has taken the name.
    """
    with constraints(KNOWN):
        destination, _made = Destination.objects.update_or_create(
            pk=ident, defaults={"customer_id": customer_id, "kind": kind, "name": name, "removed": False}
        )
    return destination


def drop(_customer_id: int, ident: int) -> None:
    """Delete the row of a destination that no release holds any more."""
    Destination.objects.filter(pk=ident, removed=True).delete()


def ident_of(key: Key | None) -> int | None:
    """Return the id in a key."""
    return int(key.partition("/")[2]) if key else None


def edge_to(key: Key | None, prompt: Key | None = None) -> Edge | None:
    """Return the edge a key in an object stands for."""
    target = ident_of(key)
    return Edge(target, ident_of(prompt)) if target else None
