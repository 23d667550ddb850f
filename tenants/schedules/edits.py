"""Edits of a schedule as pure functions: object in, object out. Actions store what they return, pages preview it.

A rule that has no row yet has an id below zero, from ``fresh``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from msgspec.structs import replace

from tenants.routing.objects import ExceptionRule, HolidayRule, Opening, Period, Schedule, WeekDay
from tenants.routing.schedules import DAY, day_plan, in_period
from tenants.schedules.compile import Hours

_ONE_DAY = timedelta(days=1)
LUNCH = (720, 780)
WORKDAYS = range(5)
OFFICE_WEEK: Mapping[int, Hours] = dict.fromkeys(WORKDAYS, (Opening(start=480, end=1020),))
"""Monday to Friday 08:00–17:00, what a new schedule begins with."""
CLOSED_EARLY = "Stänger tidigare"
"""What an exception is called that closes a day before its time."""


def fresh(obj: Schedule) -> int:
    """Return an id that no rule of the schedule has; below zero, since the rule has no row yet."""
    return min([0, *(rule.id for rule in obj.exceptions), *(period.id for period in obj.periods)]) - 1


def with_week(obj: Schedule, days: Mapping[int, Sequence[Opening]], period_id: int | None = None) -> Schedule:
    """Set the given weekdays (0 is Monday) of the ordinary week or of a period's; the others stay."""
    if period_id is None:
        return replace(obj, week=_set(obj.week, days))
    periods = [replace(p, week=_set(p.week, days)) if p.id == period_id else p for p in obj.periods]
    return replace(obj, periods=tuple(periods))


def _set(week: Iterable[WeekDay], days: Mapping[int, Sequence[Opening]]) -> tuple[WeekDay, ...]:
    kept = [day for day in week if day.weekday not in days]
    return (*kept, *(WeekDay(weekday=number, openings=tuple(openings)) for number, openings in days.items()))


def of_weekday(week: Iterable[WeekDay], weekday: int) -> Hours:
    """Return the openings of a weekday; none is closed."""
    return next((day.openings for day in week if day.weekday == weekday), ())


def copied(obj: Schedule, weekday: int, to: Iterable[int] = WORKDAYS) -> Schedule:
    """Give other weekdays the openings of one."""
    openings = of_weekday(obj.week, weekday)
    return with_week(obj, {number: openings for number in to if number != weekday})


# --- lunch: people see an open day with a break in it -----------------------------------------------------------


def without_lunch(openings: Sequence[Opening]) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return the open stretches as if there were no lunch, and the lunches. ``with_lunch`` is the way back."""
    lunches = [(part.start, part.end) for part in openings if part.state == "lunch"]
    stretches: list[tuple[int, int]] = []
    breaks = {start for start, _ in lunches} | {end for _, end in lunches}
    for part in sorted((part for part in openings if part.state in ("open", "lunch")), key=lambda part: part.start):
        if stretches and stretches[-1][1] == part.start and part.start in breaks:
            stretches[-1] = (stretches[-1][0], part.end)
        else:
            stretches.append((part.start, part.end))
    return stretches, lunches


def with_lunch(stretches: Iterable[tuple[int, int]], lunches: Iterable[tuple[int, int]]) -> Hours:
    """Cut lunches out of open stretches and put them in as openings of their own."""
    parts = [Opening(start=start, end=end) for start, end in stretches]
    lunches = list(lunches)
    for start, end in lunches:
        parts = [piece for part in parts for piece in _around(part, start, end)]
    parts += [Opening(start=start, end=end, state="lunch") for start, end in lunches]
    return tuple(sorted(parts, key=lambda part: part.start))


def _around(part: Opening, start: int, end: int) -> list[Opening]:
    """Return what is left of an opening on either side of a stretch."""
    if end <= part.start or part.end <= start:
        return [part]
    sides = [(part.start, min(start, part.end)), (max(end, part.start), part.end)]
    return [Opening(start=left, end=right, state=part.state) for left, right in sides if left < right]


def toggled_lunch(openings: Sequence[Opening], lunch: tuple[int, int] = LUNCH) -> Hours:
    """Take the lunch away where there is one; else close for lunch, at noon or in the middle of the day."""
    stretches, lunches = without_lunch(openings)
    if lunches or not stretches:
        return with_lunch(stretches, ())
    if not any(start < lunch[0] and lunch[1] < end for start, end in stretches):
        start, end = max(stretches, key=lambda stretch: stretch[1] - stretch[0])
        middle = (start + end) // 60 * 30
        lunch = (max(start, middle - 30), min(end, middle + 30))
    return with_lunch(stretches, [lunch])


# --- exceptions -------------------------------------------------------------------------------------------------


def with_exception(obj: Schedule, rule: ExceptionRule) -> Schedule:
    """Add an exception, or put it in the place of the one with its id."""
    kept = [other for other in obj.exceptions if other.id != rule.id]
    return replace(obj, exceptions=(*kept, rule))


def without_exception(obj: Schedule, ident: int) -> Schedule:
    """Take an exception away."""
    return replace(obj, exceptions=tuple(rule for rule in obj.exceptions if rule.id != ident))


def exception_on(obj: Schedule, day: date) -> ExceptionRule | None:
    """Return the exception that holds on a date."""
    return next((rule for rule in obj.exceptions if rule.first <= day <= rule.last), None)


def as_usual(obj: Schedule, day: date) -> Schedule:
    """Free a date from the exception that covers it; the dates round it keep theirs."""
    rule = exception_on(obj, day)
    if rule is None:
        return obj
    obj = without_exception(obj, rule.id)
    if rule.first < day:
        obj = with_exception(obj, replace(rule, last=day - _ONE_DAY))
    if day < rule.last:
        ident = fresh(obj) if rule.first < day else rule.id
        obj = with_exception(obj, replace(rule, id=ident, first=day + _ONE_DAY))
    return obj


def with_day(obj: Schedule, rule: ExceptionRule) -> Schedule:
    """Make one date an exception, cut out of a longer one if it lies in it. The rule keeps a date's own id."""
    standing = exception_on(obj, rule.first)
    obj = as_usual(obj, rule.first)
    alone = standing is not None and standing.first == standing.last
    return with_exception(obj, replace(rule, id=standing.id if standing and alone else fresh(obj)))


def ordinary(obj: Schedule, day: date) -> Hours:
    """Return what a date would be without exceptions and holidays: its period's week or the ordinary one."""
    period = next((period for period in obj.periods if in_period(period, day)), None)
    return of_weekday(period.week if period else obj.week, day.weekday())


def open_hours(obj: Schedule, day: date) -> list[tuple[int, int]]:
    """Return the stretches of a date that are open, 00:00 to 24:00, the evening before's tail included."""
    return [(span.start, span.end) for span in day_plan(obj, day).spans if span.state == "open"]


def hours_until(obj: Schedule, day: date, minute: int) -> Hours:
    """Return a date's openings as they are, cut off at a minute."""
    spans = [span for span in day_plan(obj, day).spans if span.state in ("open", "lunch") and span.start < minute]
    return tuple(Opening(start=span.start, end=min(span.end, minute), state=span.state) for span in spans)


def closes_after(obj: Schedule, day: date, minute: int) -> bool:
    """Tell whether a date is open at or after a minute, so that there is something to close."""
    return minute < DAY and any(end > minute for _start, end in open_hours(obj, day))


# --- holidays and periods ---------------------------------------------------------------------------------------


def with_holidays(obj: Schedule, rules: Mapping[str, HolidayRule | None]) -> Schedule:
    """Set the given named days; None takes the rule away, days not given stay."""
    kept = [rule for rule in obj.holidays if rule.day not in rules]
    return replace(obj, holidays=(*kept, *(rule for rule in rules.values() if rule)))


def with_period(obj: Schedule, period: Period) -> Schedule:
    """Add a period, or put it in the place of the one with its id."""
    kept = [other for other in obj.periods if other.id != period.id]
    return replace(obj, periods=(*kept, period))


def without_period(obj: Schedule, ident: int) -> Schedule:
    """Take a period away."""
    return replace(obj, periods=tuple(period for period in obj.periods if period.id != ident))
