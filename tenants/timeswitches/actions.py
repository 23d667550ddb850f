"""Making, changing and removing time switches. Draft: the switch hears of it when the flow is published."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from tenants.changes.actions import record
from tenants.changes.models import Change
from tenants.changes.said import said
from tenants.customers.models import User
from tenants.destinations import actions as destinations
from tenants.destinations import slots
from tenants.destinations.actions import Edge, edge_to
from tenants.destinations.models import Destination, Kind
from tenants.refusals import Refusal, constraints
from tenants.routing.naming import ident_of
from tenants.routing.objects import TimeSwitch as Object
from tenants.timeswitches.models import TimeSwitch
from tenants.versions import Seen, claim

SLOTS = slots.SLOTS["timeswitch"]


class ScheduleGone(Refusal):
    """The opening hours that were chosen have been removed."""

    code = "schedule_gone"
    field = "schedule"
    message = _("Öppettiderna finns inte längre. Ladda om sidan och välj igen.")


KNOWN = {"tenants_timeswitch_schedule_id_fence": ScheduleGone}


@dataclass(frozen=True)
class Wish:
    """What a time switch should be: whose hours it follows, and where calls go in each state; None leads nowhere."""

    name: str
    schedule_id: int
    open_id: int | None = None
    closed_id: int | None = None
    lunch_id: int | None = None
    holiday_id: int | None = None


@transaction.atomic
def make(*, customer_id: int, by: User | None, wish: Wish) -> TimeSwitch:
    """Make a time switch in the draft.

    :raises NameTaken: if another time switch has the name.
    :raises ScheduleGone: if the schedule has been removed.
    :raises TargetGone: if a target has been removed.
    """
    destination = destinations.make(customer_id=customer_id, kind=Kind.TIMESWITCH, name=wish.name)
    row = TimeSwitch(
        customer_id=customer_id, destination=destination, kind=Kind.TIMESWITCH, schedule_id=wish.schedule_id
    )
    _write(row, wish, force_insert=True)
    record(customer_id=customer_id, by=by, summary=said("La till %(name)s i samtalsflödet", name=wish.name), rows=[row])
    return row


@transaction.atomic
def change(*, switch: TimeSwitch, by: User | None, version: int | None, wish: Wish) -> Change:
    """Make a time switch in the draft what is wished, every state of it.

    :raises Conflict: if somebody else has changed it since ``version``; None asks nobody.
    :raises NameTaken: if another time switch has the name.
    :raises ScheduleGone: if the schedule has been removed.
    :raises TargetGone: if a target has been removed.
    :raises ToItself: if a state would lead back here.
    """
    row = claim(switch, version)
    destinations.rename(destination=row.destination, name=wish.name)
    row.schedule_id = wish.schedule_id
    _write(row, wish)
    summary = said("Ändrade %(name)s i samtalsflödet", name=wish.name)
    return record(customer_id=row.customer_id, by=by, summary=summary, rows=[row])


def _write(row: TimeSwitch, wish: Wish, *, force_insert: bool = False) -> None:
    with constraints(KNOWN):
        row.save(force_insert=force_insert)
    targets = {slot: getattr(wish, f"{slot}_id") for slot in SLOTS}
    edges = {slot: Edge(target) if target else None for slot, target in targets.items()}
    destinations.set_routes(source=row.destination, edges=edges)


@transaction.atomic
def remove(*, switch: TimeSwitch, by: User | None, version: Seen, instead: Destination | None = None) -> Change:
    """Mark a time switch removed; it goes in the publish that drops it. Calls to it go to ``instead``.

    :raises Conflict: if somebody else has changed it since ``version``, or was first to remove it.
    :raises StillPointedAt: if the draft leads calls there and there is no ``instead``.
    :raises TargetGone: if ``instead`` has been removed meanwhile.
    :raises ToItself: if ``instead`` leads to it.
    """
    summary = said("Tog bort %(name)s ur samtalsflödet", name=switch.name)
    key, rows = destinations.give_up(destination=switch.destination, version=version, instead=instead)
    return record(customer_id=switch.customer_id, by=by, summary=summary, rows=rows, removed=[key])


def restore(customer_id: int, obj: Object) -> TimeSwitch:
    """Write a time switch's row so that it compiles to the object, once its edges are there (``link``).

    :raises NameTaken: if another has taken the name.
    :raises ScheduleGone: if its schedule is not there.
    """
    destinations.restore(customer_id=customer_id, ident=obj.id, kind=Kind.TIMESWITCH, name=obj.name)
    fields = {"customer_id": customer_id, "kind": Kind.TIMESWITCH, "schedule_id": ident_of(obj.schedule) or 0}
    with constraints(KNOWN):
        TimeSwitch.objects.update_or_create(pk=obj.id, defaults=fields)
    TimeSwitch.objects.filter(pk=obj.id).update(version=models.F("version") + 1)
    return TimeSwitch.objects.select_related("destination").get(pk=obj.id)


def link(_customer_id: int, obj: Object) -> None:
    """Write a time switch's edges."""
    row = TimeSwitch.objects.select_related("destination").get(pk=obj.id)
    edges = {slot: edge_to(getattr(obj, slot)) for slot in SLOTS}
    destinations.set_routes(source=row.destination, edges=edges)
