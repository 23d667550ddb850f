"""Reading time switches."""

from __future__ import annotations

from django.db.models import QuerySet

from tenants.timeswitches.models import TimeSwitch


def timeswitches() -> QuerySet[TimeSwitch]:
    """Return the time switches of the draft, by name, with their schedules."""
    found = TimeSwitch.objects.filter(destination__removed=False).select_related("destination", "schedule")
    return found.order_by("destination__name")
