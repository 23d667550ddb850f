"""Making, naming and removing destinations, and setting where their slots lead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.changes.registry import kind_of
from tenants.destinations import queries
from tenants.destinations.models import Destination, Kind, Route
from tenants.refusals import Refusal, constraints
from tenants.routing.naming import ident_of
from tenants.routing.objects import Key
from tenants.versions import Seen, held


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
    """A destination cannot lead straight to itself. ``slot`` is the one that would, where that is known."""

    code = "to_itself"
    message = gettext_lazy("Samtalet kan inte kopplas tillbaka till samma steg.")

    def __init__(self, slot: str = "") -> None:
        super().__init__()
        self.slot, self.pointer = slot, f"/{slot}" if slot else None


class PromptGone(Refusal):
    """A prompt that was chosen has been removed."""

    code = "prompt_gone"
    field = "prompt"
    message = gettext_lazy("Röstprompten finns inte längre. Ladda om sidan och välj igen.")


KNOWN = {
    "destination_name_once": NameTaken,
    "tenants_route_prompt_id_fence": PromptGone,
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
    for slot, edge in edges.items():
        if edge and edge.target_id == source.pk:
            raise ToItself(slot)
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
        raise StillPointedAt(_("Används av: %(users)s – ändra där först eller ersätt.") % {"users": ", ".join(users)})
    Route.objects.filter(source=destination).delete()
    destination.removed = True
    destination.save(update_fields=["removed"])
    return destination.key


@transaction.atomic
def move_arrivals(*, old: Destination, new: Destination) -> list[models.Model]:
    """Lead every call that goes to one destination to another instead. Return the rows to record.

    :raises TargetGone: if the new one has been removed meanwhile.
    :raises ToItself: if the new one leads to the old one, and so would lead to itself.
    """
    if old == new:
        raise ToItself
    if not Destination.objects.select_for_update().filter(pk=new.pk, removed=False).exists():
        raise TargetGone
    sources = list(Destination.objects.filter(routes__target=old).distinct().order_by("pk"))
    numbers = list(old.numbers.order_by("pk"))
    with constraints(KNOWN):
        Route.objects.filter(target=old).update(target=new)
        old.numbers.update(entry=new, version=models.F("version") + 1)
    for number in numbers:
        number.refresh_from_db()
    return [*(touched(source) for source in sources), *numbers]


def touched(source: Destination) -> models.Model:
    """Raise the version of a destination's row, whichever room's it is, after its edges changed. Return the row.

    So a form that was drawn before is told, instead of putting the old edges back.
    """
    rows = kind_of(source.key).model._default_manager.filter(pk=source.pk)
    rows.update(version=models.F("version") + 1)
    return rows.get()


@transaction.atomic
def give_up(
    *, destination: Destination, version: Seen, instead: Destination | None = None
) -> tuple[Key, list[models.Model]]:
    """Mark a draft destination removed, after leading its calls to ``instead`` if given.

    Return its key and the rows that now lead elsewhere, to be recorded together.

    :raises Conflict: if somebody else has changed it since ``version``, or was first to remove it.
    :raises StillPointedAt: if the draft leads calls there and there is no ``instead``.
    :raises TargetGone: if ``instead`` has been removed meanwhile.
    :raises ToItself: if ``instead`` leads to it.
    """
    held(kind_of(destination.key).model, destination.pk, version)
    touched(destination)
    clear_edges(destination.customer_id, destination.pk)
    rows = move_arrivals(old=destination, new=instead) if instead else []
    return mark_removed(destination=destination), rows


@transaction.atomic
def delete(*, destination: Destination, version: Seen) -> Key:
    """Delete a live destination with its row. Return its key.

    :raises Conflict: if somebody else has changed it since ``version``, or was first to remove it.
    :raises StillPointedAt: if the draft still leads calls there; the message says from where.
    """
    held(kind_of(destination.key).model, destination.pk, version)
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


def clear(customer_id: int, ident: int) -> None:
    """Take a destination's name and edges away, before history gives them to whom they belonged."""
    clear_name(customer_id, ident)
    clear_edges(customer_id, ident)


def clear_name(_customer_id: int, ident: int) -> None:
    """Take a destination's name away: for the live side of a kind whose edges are draft."""
    Destination.objects.filter(pk=ident).update(name=f"~{ident}~")


def clear_edges(_customer_id: int, ident: int) -> None:
    """Take a destination's edges away: for the draft side of a kind whose name is live."""
    Route.objects.filter(source_id=ident).delete()


def retire(_customer_id: int, ident: int) -> None:
    """Mark a destination removed that history does not hold.

    :raises StillPointedAt: if the draft leads calls there.
    """
    for destination in Destination.objects.filter(pk=ident, removed=False):
        mark_removed(destination=destination)


def drop(_customer_id: int, ident: int) -> None:
    """Delete the row of a destination that no release holds any more."""
    Destination.objects.filter(pk=ident, removed=True).delete()


def edge_to(key: Key | None, prompt: Key | None = None) -> Edge | None:
    """Return the edge a key in an object stands for."""
    target = ident_of(key)
    return Edge(target, ident_of(prompt)) if target else None
