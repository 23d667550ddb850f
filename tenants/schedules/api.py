"""Schedules over the API. A schedule is read and written whole; a write is live at once, as on the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.urls import path
from rest_framework import serializers

from tenants.prompts.api import HeardField
from tenants.requests.fields import DAY, ClockField, DayField
from tenants.requests.schema import described, example
from tenants.requests.shapes import Shape
from tenants.requests.things import Room, Thing, Things
from tenants.routing import objects
from tenants.routing.objects import STATES
from tenants.routing.swedish_days import DAY_NAMES
from tenants.schedules import actions, whole
from tenants.schedules.compile import compile_schedule
from tenants.schedules.models import Schedule
from tenants.schedules.refusals import BadHours, Gone


class OpeningSerializer(Shape):
    """From ``start`` to ``end``; an end at or before the start is on the next day."""

    start = ClockField()
    end = ClockField()
    state = serializers.ChoiceField(choices=STATES, default="open")


class WeekDaySerializer(Shape):
    """A weekday, 0 is Monday; without openings it is closed."""

    weekday = serializers.IntegerField(min_value=0, max_value=6)
    openings = OpeningSerializer(many=True)


class PeriodSerializer(Shape):
    """Dates with a week of their own. Without ``id`` it is a new one."""

    id = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    name = serializers.CharField(max_length=80)
    first = DayField()
    last = DayField()
    yearly = serializers.BooleanField(default=False)
    week = WeekDaySerializer(many=True)


class HolidaySerializer(Shape):
    """What a Swedish red day, eve, half day or bridge day means."""

    day = serializers.ChoiceField(choices=DAY_NAMES)
    openings = OpeningSerializer(many=True)
    otherwise = serializers.ChoiceField(choices=STATES, default="holiday")
    prompt = HeardField(recorded=True, allow_null=True, default=None)


class ExceptionSerializer(Shape):
    """Dates that differ from everything else. Without ``id`` it is a new one."""

    id = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    name = serializers.CharField(max_length=80)
    first = DayField()
    last = DayField()
    openings = OpeningSerializer(many=True)
    otherwise = serializers.ChoiceField(choices=STATES, default="closed")
    prompt = HeardField(recorded=True, allow_null=True, default=None)


NINE_TO_FIVE = {"weekday": 0, "openings": [{"start": "08:00", "end": "17:00", "state": "open"}]}
EVE: dict[str, Any] = {"day": "julafton", "openings": [], "otherwise": "holiday", "prompt": None}


@example(
    {"name": "Växeln", "week": [NINE_TO_FIVE], "periods": [], "holidays": [EVE], "exceptions": []},
    {"id": 3, "zone": "Europe/Stockholm"},
)
class ScheduleSerializer(Shape):
    """Opening hours, whole. Times are the customer's own, in ``zone``."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=80)
    zone = serializers.CharField(read_only=True)
    week = WeekDaySerializer(many=True)
    periods = PeriodSerializer(many=True, default=list)
    holidays = HolidaySerializer(many=True, default=list)
    exceptions = ExceptionSerializer(many=True, default=list)


@example(answered={"id": 3, "name": "Växeln", "zone": "Europe/Stockholm", "version": 7})
class ScheduleLineSerializer(serializers.ModelSerializer[Schedule]):
    """A schedule in a list."""

    class Meta:
        model = Schedule
        fields = ("id", "name", "zone", "version")


ROOM = Room(
    rows=Schedule.objects.all,
    show=compile_schedule,
    serializer=ScheduleSerializer,
    line=ScheduleLineSerializer,
    address="api-schedule",
    searched=("name__icontains",),
)


@described("schedules", get="List the schedules.", post="Make a schedule. It is live at once.")
class Schedules(Things):
    """All schedules of a customer."""

    area = "schedules"
    room = ROOM

    def make(self, data: dict[str, Any]) -> Schedule:
        """Make one."""
        wish = _wish(data)
        with _pointing(wish):
            return whole.make(customer_id=self.request.customer.pk, by=self.request.user, wish=wish)


@described(
    "schedules",
    get="Read a schedule; the ETag is its version.",
    put="Replace a schedule, whole. It is live at once.",
    delete="Delete a schedule. Refused while something uses it.",
)
class OneSchedule(Thing):
    """One schedule."""

    area = "schedules"
    room = ROOM

    def replace(self, row: Schedule, data: dict[str, Any]) -> object:
        """Make it what was sent."""
        wish = _wish(data)
        with _pointing(wish):
            return whole.put(schedule=row, by=self.request.user, version=row.version, wish=wish)

    def remove(self, row: Schedule) -> object:
        """Delete it."""
        return actions.delete(schedule=row, by=self.request.user, version=row.version)


def _wish(data: dict[str, Any]) -> objects.Schedule:
    return objects.Schedule(
        id=0,
        name=data["name"],
        week=_week(data["week"]),
        periods=tuple(
            objects.Period(**{**part, "id": part.get("id", -place), "week": _week(part["week"])})
            for place, part in enumerate(data["periods"], 1)
        ),
        holidays=tuple(objects.HolidayRule(**_with_openings(part)) for part in data["holidays"]),
        exceptions=tuple(
            objects.ExceptionRule(**{**_with_openings(part), "id": part.get("id", -place)})
            for place, part in enumerate(data["exceptions"], 1)
        ),
    )


@contextmanager
def _pointing(wish: objects.Schedule) -> Iterator[None]:
    """Let a refusal of hours, or of a rule that is gone, say where in the body they are."""
    try:
        yield
    except (BadHours, Gone) as bad:
        pointer = _pointer(wish, bad.field) if bad.field else None
        bad.pointer = f"{pointer}/id" if pointer and isinstance(bad, Gone) else pointer
        raise


def _pointer(wish: objects.Schedule, where: str) -> str:
    """Return the JSON pointer of a rule that is named as in a verdict, ``period:3:week:2``."""
    name, _, rest = where.partition(":")
    rule, _, inner = rest.partition(":week:")
    match name:
        case "week":
            return f"/week/{_place(wish.week, 'weekday', rule)}"
        case "period":
            place = _place(wish.periods, "id", rule)
            week = f"/week/{_place(wish.periods[place].week, 'weekday', inner)}" if inner else ""
            return f"/periods/{place}{week}"
        case "holiday":
            return f"/holidays/{_place(wish.holidays, 'day', rule)}"
        case "exception":
            return f"/exceptions/{_place(wish.exceptions, 'id', rule)}"
    return f"/{name}"


def _place(rules: Sequence[objects.Value], field: str, value: str) -> int:
    return next((place for place, rule in enumerate(rules) if str(getattr(rule, field)) == value), 0)


def _week(days: list[Mapping[str, Any]]) -> tuple[objects.WeekDay, ...]:
    return tuple(objects.WeekDay(weekday=day["weekday"], openings=_openings(day["openings"])) for day in days)


def _with_openings(part: Mapping[str, Any]) -> dict[str, Any]:
    return {**part, "openings": _openings(part["openings"])}


def _openings(parts: list[Mapping[str, Any]]) -> tuple[objects.Opening, ...]:
    return tuple(
        objects.Opening(
            start=part["start"],
            end=part["end"] + DAY if part["end"] <= part["start"] else part["end"],
            state=part["state"],
        )
        for part in parts
    )


urlpatterns = [
    path("", Schedules.as_view(), name="api-schedules"),
    path("<int:ident>/", OneSchedule.as_view(), name="api-schedule"),
]
