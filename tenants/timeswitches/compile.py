"""Row to object."""

from __future__ import annotations

from tenants.destinations import queries
from tenants.routing.objects import TimeSwitch as Object
from tenants.timeswitches.models import TimeSwitch


def compile_timeswitch(row: TimeSwitch) -> Object:
    """Return the object of a time switch: its schedule's key, and a target for each state that has one."""
    return Object(
        id=row.pk, name=row.name, schedule=f"schedule/{row.schedule_id}", **queries.targets(row.pk)
    )  # fmt: skip
