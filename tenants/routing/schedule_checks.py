"""What can be wrong with a schedule as somebody filled it in, in codes that forms and proofs turn into words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import combinations, pairwise
from typing import Literal
from zoneinfo import ZoneInfoNotFoundError

from tenants.routing.objects import ExceptionRule, HolidayRule, Opening, Period, Schedule, Value, WeekDay
from tenants.routing.schedules import DAY, in_period, zone_of
from tenants.routing.swedish_days import CATEGORIES

_LEAP_YEAR = 2028

Code = Literal[
    "time_range",
    "empty",
    "overlap",
    "overlap_next_day",
    "weekday_unknown",
    "weekday_twice",
    "dates_reversed",
    "yearly_too_long",
    "periods_overlap",
    "exceptions_overlap",
    "holiday_unknown",
    "holiday_twice",
    "id_twice",
    "zone_unknown",
]


class ScheduleProblem(Value, frozen=True):
    """One fault. ``where`` is the rule it is in, written as in a verdict, ``period:3:week:2`` for a day of a period.

    ``opening`` is the place of the opening in its rule, or None if the fault is the rule's own. ``other`` is the
    rule it collides with.
    """

    code: Code
    where: str
    opening: int | None = None
    other: str = ""


def validate(schedule: Schedule) -> list[ScheduleProblem]:
    """Return everything wrong with a schedule, nothing for a sound one."""
    return [
        *_zone(schedule.zone),
        *_week(schedule.week, "week:"),
        *_periods(schedule.periods),
        *_holidays(schedule.holidays),
        *_exceptions(schedule.exceptions),
    ]


def openings_problems(openings: tuple[Opening, ...], where: str) -> Iterator[ScheduleProblem]:
    """Yield what is wrong with the openings of one day: impossible times, none at all, overlaps."""
    for place, opening in enumerate(openings):
        if code := _times(opening):
            yield ScheduleProblem(code=code, where=where, opening=place)
    order = sorted(range(len(openings)), key=lambda place: openings[place].start)
    for first, second in pairwise(order):
        if openings[second].start < openings[first].end:
            yield ScheduleProblem(code="overlap", where=where, opening=second)


def _times(opening: Opening) -> Literal["time_range", "empty"] | None:
    if opening.end <= opening.start:
        return "empty"
    legal = 0 <= opening.start < DAY and opening.end <= opening.start + DAY
    return None if legal else "time_range"


def _zone(name: str) -> Iterator[ScheduleProblem]:
    try:
        zone_of(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield ScheduleProblem(code="zone_unknown", where="zone")


def _week(week: tuple[WeekDay, ...], prefix: str) -> Iterator[ScheduleProblem]:
    numbers = [day.weekday for day in week]
    for day in week:
        where = f"{prefix}{day.weekday}"
        if not 0 <= day.weekday <= 6:
            yield ScheduleProblem(code="weekday_unknown", where=where)
        yield from openings_problems(day.openings, where)
        following = next((other for other in week if other.weekday == (day.weekday + 1) % 7), None)
        if following:
            yield from _tail(day.openings, following.openings, where, f"{prefix}{following.weekday}")
    for number in sorted(set(numbers)):
        if numbers.count(number) > 1:
            yield ScheduleProblem(code="weekday_twice", where=f"{prefix}{number}")


def _tail(today: tuple[Opening, ...], after: tuple[Opening, ...], where: str, other: str) -> Iterator[ScheduleProblem]:
    """Yield openings past midnight that run into an opening of the following day."""
    first = min((opening.start for opening in after), default=DAY)
    for place, opening in enumerate(today):
        if opening.end - DAY > first:
            yield ScheduleProblem(code="overlap_next_day", where=where, opening=place, other=other)


def _periods(periods: tuple[Period, ...]) -> Iterator[ScheduleProblem]:
    yield from _ids((period.id for period in periods), prefix="period:")
    for period in periods:
        where = f"period:{period.id}"
        yield from _range(period, where)
        yield from _week(period.week, f"{where}:week:")
    for one, other in combinations(periods, 2):
        if _meet(one, other):
            yield ScheduleProblem(code="periods_overlap", where=f"period:{other.id}", other=f"period:{one.id}")


def _range(period: Period, where: str) -> Iterator[ScheduleProblem]:
    if period.last < period.first:
        yield ScheduleProblem(code="dates_reversed", where=where)
    elif period.yearly and (period.last - period.first).days >= 365:
        yield ScheduleProblem(code="yearly_too_long", where=where)


def _meet(one: Period, other: Period) -> bool:
    """Tell whether two periods share a date. Ranges that meet contain the first or last date of one of them."""
    if not one.yearly and not other.yearly:
        return one.first <= other.last and other.first <= one.last
    if one.yearly and other.yearly:
        return any(in_period(a, _in_leap_year(b.first)) for a, b in ((one, other), (other, one)))
    fixed, yearly = (one, other) if other.yearly else (other, one)
    years = range(fixed.first.year, fixed.last.year + 1)
    return in_period(yearly, fixed.first) or any(
        fixed.first <= start <= fixed.last for start in _starts(yearly.first, years)
    )


def _in_leap_year(day: date) -> date:
    return day.replace(year=_LEAP_YEAR)


def _starts(day: date, years: Iterable[int]) -> Iterator[date]:
    """Yield the day of each year on which a yearly period begins, 1 March where there is no 29 February."""
    for year in years:
        leap = (day.month, day.day) == (2, 29) and not _is_leap(year)
        yield date(year, 3, 1) if leap else day.replace(year=year)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _holidays(rules: tuple[HolidayRule, ...]) -> Iterator[ScheduleProblem]:
    names = [rule.day for rule in rules]
    for rule in rules:
        where = f"holiday:{rule.day}"
        if rule.day not in CATEGORIES:
            yield ScheduleProblem(code="holiday_unknown", where=where)
        yield from openings_problems(rule.openings, where)
    for name in sorted(set(names)):
        if names.count(name) > 1:
            yield ScheduleProblem(code="holiday_twice", where=f"holiday:{name}")


def _exceptions(rules: tuple[ExceptionRule, ...]) -> Iterator[ScheduleProblem]:
    yield from _ids((rule.id for rule in rules), prefix="exception:")
    for rule in rules:
        where = f"exception:{rule.id}"
        if rule.last < rule.first:
            yield ScheduleProblem(code="dates_reversed", where=where)
        yield from openings_problems(rule.openings, where)
        if rule.last > rule.first:
            yield from _tail(rule.openings, rule.openings, where, where)
    for one, other in combinations(rules, 2):
        if one.first <= other.last and other.first <= one.last:
            yield ScheduleProblem(code="exceptions_overlap", where=f"exception:{other.id}", other=f"exception:{one.id}")


def _ids(ids: Iterable[int], prefix: str) -> Iterator[ScheduleProblem]:
    seen: set[int] = set()
    for ident in ids:
        if ident in seen:
            yield ScheduleProblem(code="id_twice", where=f"{prefix}{ident}")
        seen.add(ident)
