"""Schedules over the API. A schedule is read and written whole; a write is live at once, as on the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.http import Http404
from django.urls import path, reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response

from tenants.requests.door import CustomerApiRequest, CustomerView, MakingView, etag, matched
from tenants.requests.fields import DAY, ClockField, PromptField
from tenants.routing import objects
from tenants.routing.objects import STATES
from tenants.routing.swedish_days import DAY_NAMES
from tenants.schedules import actions, whole
from tenants.schedules.compile import compile_schedule
from tenants.schedules.models import Schedule
from tenants.schedules.refusals import BadHours

Plain = serializers.Serializer[Any]


class OpeningSerializer(Plain):
    """From ``start`` to ``end``; an end at or before the start is on the next day."""

    start = ClockField()
    end = ClockField()
    state = serializers.ChoiceField(choices=STATES, default="open")


class WeekDaySerializer(Plain):
    """A weekday, 0 is Monday; without openings it is closed."""

    weekday = serializers.IntegerField(min_value=0, max_value=6)
    openings = OpeningSerializer(many=True)


class PeriodSerializer(Plain):
    """Dates with a week of their own. Without ``id`` it is a new one."""

    id = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    name = serializers.CharField(max_length=80)
    first = serializers.DateField()
    last = serializers.DateField()
    yearly = serializers.BooleanField(default=False)
    week = WeekDaySerializer(many=True)


class HolidaySerializer(Plain):
    """What a Swedish red day, eve, half day or bridge day means."""

    day = serializers.ChoiceField(choices=DAY_NAMES)
    openings = OpeningSerializer(many=True)
    otherwise = serializers.ChoiceField(choices=STATES, default="holiday")
    prompt = PromptField(allow_null=True, default=None)


class ExceptionSerializer(Plain):
    """Dates that differ from everything else. Without ``id`` it is a new one."""

    id = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    name = serializers.CharField(max_length=80)
    first = serializers.DateField()
    last = serializers.DateField()
    openings = OpeningSerializer(many=True)
    otherwise = serializers.ChoiceField(choices=STATES, default="closed")
    prompt = PromptField(allow_null=True, default=None)


class ScheduleSerializer(Plain):
    """Opening hours, whole. Times are the customer's own, in ``zone``."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=80)
    zone = serializers.CharField(read_only=True)
    week = WeekDaySerializer(many=True)
    periods = PeriodSerializer(many=True, default=list)
    holidays = HolidaySerializer(many=True, default=list)
    exceptions = ExceptionSerializer(many=True, default=list)


class ScheduleLineSerializer(serializers.ModelSerializer[Schedule]):
    """A schedule in a list."""

    class Meta:
        model = Schedule
        fields = ("id", "name", "zone", "version")


class Schedules(MakingView):
    """All schedules of a customer."""

    @extend_schema(responses=ScheduleLineSerializer(many=True), operation_id="schedules_list")
    def get(self, request: CustomerApiRequest) -> Response:
        """List the schedules."""
        return self.listed(Schedule.objects.all(), ScheduleLineSerializer)

    @extend_schema(request=ScheduleSerializer, responses={201: ScheduleSerializer}, operation_id="schedules_create")
    def post(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Make a schedule. It is live at once."""
        return super().post(request, **kwargs)

    def create(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Make it and answer 201."""
        wish = _wish(request)
        with _pointing(wish):
            row = whole.make(customer_id=request.customer.pk, by=request.user, wish=wish)
        where = reverse("api-schedule", kwargs={"customer": request.customer.slug, "ident": row.pk})
        return _answer(row, status.HTTP_201_CREATED, Location=where)


class OneSchedule(CustomerView):
    """One schedule."""

    @extend_schema(responses=ScheduleSerializer, operation_id="schedules_read")
    def get(self, request: CustomerApiRequest, ident: int) -> Response:
        """Read a schedule; the ETag is its version."""
        return _answer(_find(ident))

    @extend_schema(request=ScheduleSerializer, responses=ScheduleSerializer, operation_id="schedules_replace")
    def put(self, request: CustomerApiRequest, ident: int) -> Response:
        """Replace a schedule, whole. Needs If-Match. It is live at once."""
        row = _find(ident)
        matched(request, row.version)
        wish = _wish(request)
        with _pointing(wish):
            return _answer(whole.put(schedule=row, by=request.user, version=row.version, wish=wish))

    @extend_schema(responses={204: None}, operation_id="schedules_delete")
    def delete(self, request: CustomerApiRequest, ident: int) -> Response:
        """Delete a schedule that nothing uses. Needs If-Match."""
        row = _find(ident)
        matched(request, row.version)
        actions.delete(schedule=row, by=request.user, version=row.version)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _find(ident: int) -> Schedule:
    row = Schedule.objects.filter(pk=ident).first()
    if row is None:
        raise Http404
    return row


def _answer(row: Schedule, code: int = status.HTTP_200_OK, **headers: str) -> Response:
    body = ScheduleSerializer(compile_schedule(row)).data
    return Response(body, code, headers={"ETag": etag(row.version), **headers})


def _wish(request: CustomerApiRequest) -> objects.Schedule:
    serializer = ScheduleSerializer(data=request.data)
    serializer.is_valid(raise_exception=True)
    data = serializer.validated_data
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
    """Let a refusal of hours say where in the body they are."""
    try:
        yield
    except BadHours as bad:
        bad.pointer = _pointer(wish, bad.field) if bad.field else None
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
