"""Rows to object and object to rows' values. Times are minutes after midnight; order is fixed so that equal rows give
equal bytes: weekdays from Monday, openings by start, dates by first day, holidays in their order of precedence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db.models import Q

from tenants.routing.naming import prompt_key
from tenants.routing.objects import ExceptionRule, HolidayRule, Opening, Period, Schedule, State, WeekDay
from tenants.routing.swedish_days import DAY_NAMES
from tenants.schedules import models

_PLACE = {name: place for place, name in enumerate(DAY_NAMES)}

Hours = tuple[Opening, ...]


def compile_schedule(row: models.Schedule) -> Schedule:
    """Return the object of a schedule's rows. Reads five tables, however many rows they hold."""
    weeks = _weeks(models.WeekOpening.objects.filter(schedule=row))
    of_holiday, of_exception = _days(row)
    periods = [_period(period, weeks) for period in models.Period.objects.filter(schedule=row)]
    holidays = [_holiday(rule, of_holiday) for rule in models.HolidayRule.objects.filter(schedule=row)]
    exceptions = [_exception(rule, of_exception) for rule in models.ExceptionRule.objects.filter(schedule=row)]
    return normal(
        Schedule(
            id=row.pk, name=row.name, zone=row.zone, week=weeks[None],
            periods=tuple(periods), holidays=tuple(holidays), exceptions=tuple(exceptions),
        )
    )  # fmt: skip


def normal(obj: Schedule) -> Schedule:
    """Return a schedule in the one order that is stored; a weekday without openings is left out, as closed."""
    return Schedule(
        id=obj.id,
        name=obj.name,
        zone=obj.zone,
        week=_normal_week(obj.week),
        periods=tuple(sorted(map(_normal_period, obj.periods), key=lambda period: (period.first, period.id))),
        holidays=tuple(sorted(map(_normal_holiday, obj.holidays), key=lambda rule: _PLACE.get(rule.day, len(_PLACE)))),
        exceptions=tuple(sorted(map(_normal_exception, obj.exceptions), key=lambda rule: (rule.first, rule.id))),
    )


def _in_order(openings: Iterable[Opening]) -> Hours:
    return tuple(sorted(openings, key=lambda opening: (opening.start, opening.end)))


def _normal_week(week: Iterable[WeekDay]) -> tuple[WeekDay, ...]:
    kept = [WeekDay(weekday=day.weekday, openings=_in_order(day.openings)) for day in week if day.openings]
    return tuple(sorted(kept, key=lambda day: day.weekday))


def _normal_period(period: Period) -> Period:
    return Period(
        id=period.id, name=period.name, first=period.first, last=period.last, yearly=period.yearly,
        week=_normal_week(period.week),
    )  # fmt: skip


def _normal_holiday(rule: HolidayRule) -> HolidayRule:
    return HolidayRule(day=rule.day, openings=_in_order(rule.openings), otherwise=rule.otherwise, prompt=rule.prompt)


def _normal_exception(rule: ExceptionRule) -> ExceptionRule:
    return ExceptionRule(
        id=rule.id, name=rule.name, first=rule.first, last=rule.last, openings=_in_order(rule.openings),
        otherwise=rule.otherwise, prompt=rule.prompt,
    )  # fmt: skip


def _opening(row: models.WeekOpening | models.DayOpening) -> Opening:
    return Opening(start=row.start, end=row.end, state=_state(row.state))


def _state(text: str) -> State:
    return models.DayState(text).value  # type: ignore[return-value]


def _weeks(rows: Iterable[models.WeekOpening]) -> Mapping[int | None, tuple[WeekDay, ...]]:
    """Return the week of each period by id, and the ordinary one by None."""
    found: dict[int | None, dict[int, list[Opening]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        found[row.period_id][row.weekday].append(_opening(row))
    weeks = {
        period: tuple(WeekDay(weekday=number, openings=tuple(openings)) for number, openings in days.items())
        for period, days in found.items()
    }
    return defaultdict(tuple, weeks)


def _days(row: models.Schedule) -> tuple[dict[int | None, Hours], dict[int | None, Hours]]:
    """Return the openings of holiday rules and of exceptions, by the rule's id."""
    of_holiday: dict[int | None, Hours] = defaultdict(tuple)
    of_exception: dict[int | None, Hours] = defaultdict(tuple)
    mine = Q(holiday__schedule=row) | Q(exception__schedule=row)
    for opening in models.DayOpening.objects.filter(mine):
        if opening.holiday_id:
            of_holiday[opening.holiday_id] += (_opening(opening),)
        else:
            of_exception[opening.exception_id] += (_opening(opening),)
    return of_holiday, of_exception


def _period(row: models.Period, weeks: Mapping[int | None, tuple[WeekDay, ...]]) -> Period:
    return Period(id=row.pk, name=row.name, first=row.first, last=row.last, yearly=row.yearly, week=weeks[row.pk])


def _holiday(row: models.HolidayRule, openings: Mapping[int | None, Hours]) -> HolidayRule:
    return HolidayRule(
        day=row.day, openings=openings[row.pk], otherwise=_state(row.otherwise), prompt=prompt_key(row.prompt_id)
    )


def _exception(row: models.ExceptionRule, openings: Mapping[int | None, Hours]) -> ExceptionRule:
    return ExceptionRule(
        id=row.pk, name=row.name, first=row.first, last=row.last, openings=openings[row.pk],
        otherwise=_state(row.otherwise), prompt=prompt_key(row.prompt_id),
    )  # fmt: skip
