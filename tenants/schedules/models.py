"""Schedule, its week and periods, holiday rules and exceptions."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, IntegerRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext_lazy as _

from tenants.customers.models import CustomerOwned

MINUTES = models.Q(start__gte=0, start__lt=1440, end__lte=2880) & models.Q(end__gt=models.F("start"))


class IntRange(models.Func):
    """PostgreSQL's half-open range of whole numbers."""

    function = "int4range"
    output_field = IntegerRangeField()


class DateRange(models.Func):
    """PostgreSQL's range of dates."""

    function = "daterange"
    output_field = DateRangeField()


class DayState(models.TextChoices):
    """What the customer is at some time of a day."""

    OPEN = "open", _("Öppet")
    LUNCH = "lunch", _("Lunch")
    CLOSED = "closed", _("Stängt")
    HOLIDAY = "holiday", _("Helgdag")


class Schedule(CustomerOwned):
    """A named set of opening hours, shared by as many time switches as wish."""

    name = models.CharField(_("Namn"), max_length=80)
    zone = models.CharField(max_length=40, default="Europe/Stockholm")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint("customer", Lower("name"), name="schedule_name_once")]

    def __str__(self) -> str:
        return self.name


class Period(CustomerOwned):
    """Dates, first and last included, with a week of their own."""

    schedule = models.ForeignKey("tenants.Schedule", on_delete=models.CASCADE, related_name="periods")
    name = models.CharField(_("Namn"), max_length=80)
    first = models.DateField(_("Från"))
    last = models.DateField(_("Till"))
    yearly = models.BooleanField(_("Varje år"), default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(last__gte=models.F("first")), name="period_order"),
            ExclusionConstraint(
                name="period_overlap",
                expressions=[
                    ("schedule", RangeOperators.EQUAL),
                    (DateRange("first", "last", RangeBoundary(inclusive_upper=True)), RangeOperators.OVERLAPS),
                ],
            ),
        ]


class WeekOpening(CustomerOwned):
    """One opening on a weekday (0 is Monday), of the ordinary week or of a period's."""

    schedule = models.ForeignKey("tenants.Schedule", on_delete=models.CASCADE, related_name="openings")
    period = models.ForeignKey("tenants.Period", on_delete=models.CASCADE, null=True, related_name="openings")
    weekday = models.PositiveSmallIntegerField()
    start = models.PositiveSmallIntegerField()
    end = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=DayState, default=DayState.OPEN)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(weekday__lte=6), name="week_opening_weekday"),
            models.CheckConstraint(condition=MINUTES, name="week_opening_minutes"),
            ExclusionConstraint(
                name="week_opening_overlap",
                expressions=[
                    ("schedule", RangeOperators.EQUAL),
                    (Coalesce("period", models.Value(0)), RangeOperators.EQUAL),
                    ("weekday", RangeOperators.EQUAL),
                    (IntRange("start", "end"), RangeOperators.OVERLAPS),
                ],
            ),
        ]


class HolidayRule(CustomerOwned):
    """What a named Swedish day means here; without openings it is closed all day."""

    schedule = models.ForeignKey("tenants.Schedule", on_delete=models.CASCADE, related_name="holidays")
    day = models.CharField(max_length=40)
    otherwise = models.CharField(max_length=8, choices=DayState, default=DayState.HOLIDAY)
    prompt = models.ForeignKey("tenants.Prompt", on_delete=models.RESTRICT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["schedule", "day"], name="holiday_rule_once")]


class ExceptionRule(CustomerOwned):
    """Dates that differ from everything below, first and last included."""

    schedule = models.ForeignKey("tenants.Schedule", on_delete=models.CASCADE, related_name="exceptions")
    name = models.CharField(_("Namn"), max_length=80)
    first = models.DateField(_("Från"))
    last = models.DateField(_("Till"))
    otherwise = models.CharField(max_length=8, choices=DayState, default=DayState.CLOSED)
    prompt = models.ForeignKey("tenants.Prompt", on_delete=models.RESTRICT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(last__gte=models.F("first")), name="exception_order"),
            ExclusionConstraint(
                name="exception_overlap",
                expressions=[
                    ("schedule", RangeOperators.EQUAL),
                    (DateRange("first", "last", RangeBoundary(inclusive_upper=True)), RangeOperators.OVERLAPS),
                ],
            ),
        ]


class DayOpening(CustomerOwned):
    """One opening of a holiday rule or of an exception; exactly one of the two."""

    holiday = models.ForeignKey("tenants.HolidayRule", on_delete=models.CASCADE, null=True, related_name="openings")
    exception = models.ForeignKey("tenants.ExceptionRule", on_delete=models.CASCADE, null=True, related_name="openings")
    start = models.PositiveSmallIntegerField()
    end = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=DayState, default=DayState.OPEN)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(holiday__isnull=True) ^ models.Q(exception__isnull=True), name="day_opening_owner"
            ),
            models.CheckConstraint(condition=MINUTES, name="day_opening_minutes"),
            ExclusionConstraint(
                name="day_opening_overlap",
                expressions=[
                    (Coalesce("holiday", models.Value(0)), RangeOperators.EQUAL),
                    (Coalesce("exception", models.Value(0)), RangeOperators.EQUAL),
                    (IntRange("start", "end"), RangeOperators.OVERLAPS),
                ],
            ),
        ]
