"""Making and changing external numbers. Each passes the dialling gate here, and again when it is dialled."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy

from tenants.changes.actions import record
from tenants.changes.models import Change
from tenants.changes.said import said
from tenants.customers.models import User
from tenants.destinations import actions as destinations
from tenants.destinations.dialling import allowed
from tenants.destinations.models import Kind
from tenants.externals.models import ExternalNumber
from tenants.refusals import Refusal, constraints
from tenants.routing import objects
from tenants.versions import Seen, claim


class RingOutOfBounds(Refusal):
    """Neither for a moment nor for ever."""

    code = "ring_out_of_bounds"
    field = "ring_seconds"
    message = gettext_lazy("Ringtiden är 5 till 120 sekunder.")


KNOWN = {"external_bounds": RingOutOfBounds}


@dataclass(frozen=True)
class Wish:
    """What an external number should be. ``typed`` is as a person wrote it."""

    name: str
    typed: str
    ring_seconds: int = 40


@transaction.atomic
def make(*, customer_id: int, by: User | None, wish: Wish) -> ExternalNumber:
    """Make an external number.

    :raises NotDialled: if the gate refuses it.
    :raises NameTaken: if another external number has the name.
    """
    e164 = allowed(wish.typed)
    destination = destinations.make(customer_id=customer_id, kind=Kind.EXTERNAL, name=wish.name)
    with constraints(KNOWN):
        row = ExternalNumber.objects.create(
            customer_id=customer_id, destination=destination, kind=Kind.EXTERNAL, e164=e164,
            ring_seconds=wish.ring_seconds,
        )  # fmt: skip
    record(
        customer_id=customer_id, by=by, summary=said("La till det externa numret %(name)s", name=wish.name), rows=[row]
    )
    return row


@transaction.atomic
def change(*, external: ExternalNumber, by: User | None, version: int | None, wish: Wish) -> Change:
    """Make an external number what is wished.

    :raises NotDialled: if the gate refuses it.
    :raises Conflict: if somebody else has changed it since ``version``.
    :raises NameTaken: if another external number has the name.
    """
    e164 = allowed(wish.typed)
    row = claim(external, version)
    destinations.rename(destination=row.destination, name=wish.name)
    row.e164, row.ring_seconds = e164, wish.ring_seconds
    with constraints(KNOWN):
        row.save(update_fields=["e164", "ring_seconds", "version"])
    summary = said("Ändrade det externa numret %(name)s", name=wish.name)
    return record(customer_id=row.customer_id, by=by, summary=summary, rows=[row])


@transaction.atomic
def remove(*, external: ExternalNumber, by: User | None, version: Seen) -> Change:
    """Delete an external number.

    :raises Conflict: if somebody else has changed it since ``version``, or was first to remove it.
    :raises StillPointedAt: if the draft leads calls there.
    :raises StillUsed: if the published flow does.
    """
    summary = said("Tog bort det externa numret %(name)s", name=external.name)
    key = destinations.delete(destination=external.destination, version=version)
    return record(customer_id=external.customer_id, by=by, summary=summary, removed=[key])


def restore(customer_id: int, obj: objects.External) -> ExternalNumber:
    """Write an external number back as an object says; the gate may have become stricter since.

    :raises NotDialled: if the gate refuses it now.
    :raises NameTaken: if another external number has taken the name.
    """
    destinations.restore(customer_id=customer_id, ident=obj.id, kind=Kind.EXTERNAL, name=obj.name)
    fields = {
        "customer_id": customer_id,
        "kind": Kind.EXTERNAL,
        "e164": allowed(obj.e164),
        "ring_seconds": obj.ring_seconds,
    }
    with constraints(KNOWN):
        row, _made = ExternalNumber.objects.update_or_create(pk=obj.id, defaults=fields)
    row.version += 1
    row.save(update_fields=["version"])
    return ExternalNumber.objects.select_related("destination").get(pk=obj.id)
