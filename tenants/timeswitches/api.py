"""Time switches over the API: where calls go when it is open, closed, lunch or a holiday. A write changes the draft."""

from __future__ import annotations

from typing import Any

from django.urls import path
from rest_framework import serializers

from tenants.destinations.api import TargetField
from tenants.requests.schema import described, example
from tenants.requests.shapes import Shape
from tenants.requests.things import Room, Thing, Things
from tenants.routing.naming import ident_of
from tenants.timeswitches import actions
from tenants.timeswitches.compile import compile_timeswitch
from tenants.timeswitches.models import TimeSwitch


@example(
    {
        "name": "Växelns tider", "schedule": 3, "open": "menu/8", "closed": "mailbox/12", "lunch": None,
        "holiday": None,
    },
    {"id": 9},
)  # fmt: skip
class TimeSwitchSerializer(Shape):
    """A fork that follows a schedule. Lunch and holiday that lead nowhere go as closed does."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=80)
    schedule = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    open = TargetField(allow_null=True, default=None)
    closed = TargetField(allow_null=True, default=None)
    lunch = TargetField(allow_null=True, default=None)
    holiday = TargetField(allow_null=True, default=None)


@example(answered={"id": 9, "name": "Växelns tider", "schedule": 3, "version": 1})
class TimeSwitchLineSerializer(serializers.ModelSerializer[TimeSwitch]):
    """A time switch in a list."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()
    schedule = serializers.IntegerField(source="schedule_id")

    class Meta:
        model = TimeSwitch
        fields = ("id", "name", "schedule", "version")


def _rows() -> Any:
    return TimeSwitch.objects.filter(destination__removed=False).select_related("destination")


def _show(row: TimeSwitch) -> dict[str, Any]:
    obj = compile_timeswitch(row)
    targets = {state: getattr(obj, state) for state in actions.SLOTS}
    return {"id": row.pk, "name": row.name, "schedule": row.schedule_id, **targets}


ROOM = Room(
    rows=_rows,
    show=_show,
    serializer=TimeSwitchSerializer,
    line=TimeSwitchLineSerializer,
    address="api-timeswitch",
    searched=("destination__name__icontains",),
)


@described("timeswitches", get="List the time switches of the draft.", post="Make a time switch in the draft.")
class TimeSwitches(Things):
    """All time switches of a customer."""

    area = "flow"
    room = ROOM

    def make(self, data: dict[str, Any]) -> TimeSwitch:
        """Make one."""
        return actions.make(customer_id=self.request.customer.pk, by=self.request.user, wish=_wish(data))


@described(
    "timeswitches",
    get="Read a time switch as it stands in the draft.",
    put="Replace a time switch in the draft.",
    delete="Remove a time switch from the draft. Refused while something in the draft leads to it.",
)
class OneTimeSwitch(Thing):
    """One time switch."""

    area = "flow"
    room = ROOM

    def replace(self, row: TimeSwitch, data: dict[str, Any]) -> object:
        """Make it what was sent."""
        return actions.change(switch=row, by=self.request.user, version=row.version, wish=_wish(data))

    def remove(self, row: TimeSwitch) -> object:
        """Remove it from the draft."""
        return actions.remove(switch=row, by=self.request.user, version=row.version)


def _wish(data: dict[str, Any]) -> actions.Wish:
    targets = {f"{state}_id": ident_of(data[state]) for state in actions.SLOTS}
    return actions.Wish(data["name"], data["schedule"], **targets)


urlpatterns = [
    path("", TimeSwitches.as_view(), name="api-timeswitches"),
    path("<int:ident>/", OneTimeSwitch.as_view(), name="api-timeswitch"),
]
