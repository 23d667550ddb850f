"""Reading schedules."""

from __future__ import annotations

from django.db.models import QuerySet
from django.db.models.functions import Lower

from tenants.changes.models import Change, ChangeItem
from tenants.destinations.models import Destination, Route
from tenants.prompts.models import Prompt
from tenants.schedules.models import Schedule


def schedules() -> QuerySet[Schedule]:
    """Return the customer's schedules by name."""
    return Schedule.objects.order_by(Lower("name"))


def latest_change(schedule_id: int) -> Change | None:
    """Return the newest change of a schedule, with who made it."""
    items = ChangeItem.objects.filter(key=f"schedule/{schedule_id}").select_related("change__by")
    item = items.order_by("-change").first()
    return item.change if item else None


def users(schedule_id: int) -> list[Destination]:
    """Return the time switches that part calls by a schedule, those removed in the draft included, by name."""
    return list(Destination.objects.filter(timeswitch__schedule_id=schedule_id).order_by("name"))


def closed_routes(schedule_id: int) -> list[Route]:
    """Return where the flow's time switches send calls outside the schedule's opening hours."""
    routes = Route.objects.filter(source__timeswitch__schedule_id=schedule_id, slot="closed")
    return list(routes.select_related("target").order_by("target__name"))


def heard_prompts() -> QuerySet[Prompt]:
    """Return the prompts that have a reading, by name: only those can be heard."""
    return Prompt.objects.filter(take__isnull=False).order_by(Lower("name"))
