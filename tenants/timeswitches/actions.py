"""Making, changing and removing time switches. Draft: the switch hears of it when the flow is published."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tenants.changes.actions import record
from tenants.customers.models import User
from tenants.destinations import actions as destinations
from tenants.destinations.actions import Edge, edge_to, ident_of
from tenants.destinations.models import Kind
from tenants.refusals import Refusal, constraints
from tenants.routing.objects import TimeSwitch as Object
from tenants.timeswitches.models import TimeSwitch

SLOTS = ("open", "closed", "lunch", "holiday")


class ScheduleGone(Refusal):
    """The opening hours that were chosen have been removed."""

    code = "schedule_gone"
    field = "schedule"
    message = _("Öppettiderna finns inte längre. Ladda om sidan och välj igen.")


KNOWN = {"tenants_timeswitch_schedule_id_fence": ScheduleGone}


@transaction.atomic
def make(
    *, customer_id: int, by: User | None, name: str, schedule_id: int, routes: Mapping[str, Edge | None] | None = None
) -> TimeSwitch:
    """Make a time switch in the draft. Slots are open, closed, lunch and holiday; those not given are empty.

    :raises NameTaken: if another time switch has the name.
    :raises ScheduleGone: if the schedule has been removed.
    :raises TargetGone: if a target has been removed.
    """
    destination = destinations.make(customer_id=customer_id, kind=Kind.TIMESWITCH, name=name)
    with constraints(KNOWN):
        row = TimeSwitch.objects.create(
            customer_id=customer_id, destination=destination, kind=Kind.TIMESWITCH, schedule_id=schedule_id
        )
    destinations.set_routes(source=destination, edges=routes or {})
    record(customer_id=customer_id, by=by, summary=f"La till {name} i samtalsflödet", rows=[row])
    return row


@transaction.atomic
def change(
    *, row: TimeSwitch, by: User | None, name: str | None = None, schedule_id: int | None = None,
    routes: Mapping[str, Edge | None] | None = None,
) -> TimeSwitch:  # fmt: skip
    """Change a time switch in the draft: what is None, and slots not given, stay as they are.

    :raises NameTaken: if another time switch has the name.
    :raises ScheduleGone: if the schedule has been removed.
    :raises TargetGone: if a target has been removed.
    :raises ToItself: if a slot would lead back here.
    """
    if name is not None and name != row.name:
        destinations.rename(destination=row.destination, name=name)
    if schedule_id is not None:
        row.schedule_id = schedule_id
        with constraints(KNOWN):
            row.save(update_fields=["schedule"])
    destinations.set_routes(source=row.destination, edges=routes or {})
    record(customer_id=row.customer_id, by=by, summary=f"Ändrade {row.name} i samtalsflödet", rows=[row])
    return row


@transaction.atomic
def remove(*, row: TimeSwitch, by: User | None) -> None:
    """Mark a time switch removed in the draft.

    :raises StillPointedAt: if the draft still leads calls there; the message says from where.
    """
    key = destinations.mark_removed(destination=row.destination)
    record(customer_id=row.customer_id, by=by, summary=f"Tog bort {row.name} ur samtalsflödet", removed=[key])


def restore(customer_id: int, obj: Object) -> TimeSwitch:
    """Write a time switch's row so that it compiles to the object, once its edges are there (``link``).

    :raises NameTaken: if another has taken the name.
    :raises ScheduleGone: if its schedule is not there.
    """
    destination = destinations.restore(customer_id=customer_id, ident=obj.id, kind=Kind.TIMESWITCH, name=obj.name)
    with constraints(KNOWN):
        row, _made = TimeSwitch.objects.update_or_create(
            destination=destination,
            defaults={"customer_id": customer_id, "kind": Kind.TIMESWITCH, "schedule_id": ident_of(obj.schedule) or 0},
        )
    return row


def link(_customer_id: int, obj: Object) -> None:
    """Write a time switch's edges."""
    row = TimeSwitch.objects.select_related("destination").get(pk=obj.id)
    edges = {slot: edge_to(getattr(obj, slot)) for slot in SLOTS}
    destinations.set_routes(source=row.destination, edges=edges)
