"""When a customer is open: one schedule, one instant, one answer.

The ladder, first hit wins: override, exception, holiday, period's week, ordinary week, closed.

* A day follows the highest rung that speaks of it. A period's week is a whole week: a weekday it leaves out is
  closed in that period. Of several exceptions or periods on a date the first in the schedule counts, and of
  several names of a date (``swedish_days``) the first that has a rule.
* Intervals are half-open: closed at 12:00:00 sharp when the opening ends at 12:00. 24:00 is legal.
* An opening past midnight belongs to the day it begins. Its tail yields to the next day's rule only if that
  stands higher on the ladder (an exception on Saturday cuts Friday night's ordinary tail at midnight) or opens
  by itself at that minute on the same rung.
* The clock changes: a time that does not exist moves forward to the first that does (02:30 becomes 03:00 on the
  night in March); of a time that comes twice the first counts for an opening and the second for a closing. Where
  one opening closes as the next opens within such an hour, the one that opened last counts.
* A rule's prompt is heard unless the rule says open; an override's prompt always.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tenants.routing.live import Override
from tenants.routing.objects import Key, Opening, Period, Schedule, State, Value, WeekDay
from tenants.routing.swedish_days import names_on

DAY = 1440
"""Minutes."""
HORIZON = timedelta(days=400)
"""How far ahead the next change is looked for."""
_ONE_DAY = timedelta(days=1)


class Verdict(Value, frozen=True):
    """What a schedule says at an instant.

    ``rule`` is ``override``, ``exception:<id>``, ``holiday:<day>``, ``period:<id>``, ``week:<weekday>`` or
    ``closed``. ``valid_until`` (UTC) is when state, rule or prompt next change, None if not within ``HORIZON``.
    """

    state: State
    rule: str
    valid_until: datetime | None
    prompt: Key | None = None


class Span(Value, frozen=True):
    """A stretch of one day by the wall clock, minutes 0..1440, with one answer."""

    start: int
    end: int
    state: State
    rule: str
    prompt: Key | None = None


class DayPlan(Value, frozen=True):
    """A whole day: the rule that governs it and what holds from 00:00 to 24:00, without gaps."""

    day: date
    rule: str
    spans: tuple[Span, ...]


class _Said(NamedTuple):
    state: State
    rule: str
    prompt: Key | None


class _Rule(NamedTuple):
    """What governs a date. A lower ``rung`` goes before a higher."""

    rung: int
    name: str
    openings: tuple[Opening, ...] = ()
    otherwise: State = "closed"
    prompt: Key | None = None

    def said(self, opening: Opening | None) -> _Said:
        """Return the answer inside one of the rule's openings, or outside all of them."""
        state = opening.state if opening else self.otherwise
        return _Said(state, self.name, None if state == "open" else self.prompt)


def evaluate(schedule: Schedule, moment: datetime, override: Override | None = None) -> Verdict:
    """Return what a schedule says at an aware instant, an override in force before all else."""
    moment = moment.astimezone(UTC)
    if override is not None and moment < override.until:
        until = override.until.astimezone(UTC)
        said = _Said(override.state, "override", override.prompt)
        return _verdict(said, until if until - moment <= HORIZON else None)
    now = _said(schedule, moment)
    return _verdict(now, _first(at for at, then in _ahead(schedule, moment) if then != now))


def next_state_change(schedule: Schedule, moment: datetime, override: Override | None = None) -> datetime | None:
    """Return when the *state* next changes (UTC), whatever rule says so, or None if not within ``HORIZON``."""
    verdict = evaluate(schedule, moment, override)
    if verdict.rule == "override" and verdict.valid_until is not None:
        after = _said(schedule, verdict.valid_until)
        return verdict.valid_until if after.state != verdict.state else next_state_change(schedule, verdict.valid_until)
    return _first(at for at, then in _ahead(schedule, moment.astimezone(UTC)) if then.state != verdict.state)


def day_plan(schedule: Schedule, day: date) -> DayPlan:
    """Return a day as the wall clock shows it, tails of the evening before included, overrides not."""
    today, before = _rule_of(schedule, day), _rule_of(schedule, day - _ONE_DAY)
    edges = {0, DAY, *_edges(today.openings, 0), *_edges(before.openings, DAY)}
    cuts = sorted(edge for edge in edges if 0 <= edge <= DAY)
    spans: list[Span] = []
    for start, end in pairwise(cuts):
        said = _pick(today, before, _at_minute(today, start), _at_minute(before, start + DAY))
        if spans and (spans[-1].state, spans[-1].rule, spans[-1].prompt) == said:
            start = spans.pop().start
        spans.append(Span(start=start, end=end, state=said.state, rule=said.rule, prompt=said.prompt))
    return DayPlan(day=day, rule=today.name, spans=tuple(spans))


def in_period(period: Period, day: date) -> bool:
    """Tell whether a date lies in a period, by month and day if it is yearly (then it may cross new year)."""
    if not period.yearly:
        return period.first <= day <= period.last
    first, last = _month_day(period.first), _month_day(period.last)
    when = _month_day(day)
    return first <= when <= last if first <= last else when >= first or when <= last


def _month_day(day: date) -> tuple[int, int]:
    return day.month, day.day


def _verdict(said: _Said, until: datetime | None) -> Verdict:
    return Verdict(state=said.state, rule=said.rule, valid_until=until, prompt=said.prompt)


def _first(moments: Iterable[datetime]) -> datetime | None:
    return next(iter(moments), None)


# --- what governs a date ---------------------------------------------------------------------------------------


def _rule_of(schedule: Schedule, day: date) -> _Rule:
    return (
        _exception(schedule, day)
        or _holiday(schedule, day)
        or _period(schedule, day)
        or _week(schedule, day)
        or _Rule(4, "closed")
    )


def _exception(schedule: Schedule, day: date) -> _Rule | None:
    for rule in schedule.exceptions:
        if rule.first <= day <= rule.last:
            return _Rule(0, f"exception:{rule.id}", rule.openings, rule.otherwise, rule.prompt)
    return None


def _holiday(schedule: Schedule, day: date) -> _Rule | None:
    if not schedule.holidays:
        return None
    rules = {rule.day: rule for rule in schedule.holidays}
    for name in names_on(day):
        if rule := rules.get(name):
            return _Rule(1, f"holiday:{name}", rule.openings, rule.otherwise, rule.prompt)
    return None


def _period(schedule: Schedule, day: date) -> _Rule | None:
    for period in schedule.periods:
        if in_period(period, day):
            weekday = _weekday(period.week, day)
            return _Rule(2, f"period:{period.id}", weekday.openings if weekday else ())
    return None


def _week(schedule: Schedule, day: date) -> _Rule | None:
    weekday = _weekday(schedule.week, day)
    return _Rule(3, f"week:{weekday.weekday}", weekday.openings) if weekday else None


def _weekday(week: tuple[WeekDay, ...], day: date) -> WeekDay | None:
    number = day.weekday()
    return next((weekday for weekday in week if weekday.weekday == number), None)


# --- what holds at an instant ----------------------------------------------------------------------------------


def _said(schedule: Schedule, moment: datetime) -> _Said:
    zone = zone_of(schedule.zone)
    day = moment.astimezone(zone).date()
    before = day - _ONE_DAY
    today, yesterday = _rule_of(schedule, day), _rule_of(schedule, before)
    return _pick(today, yesterday, _covering(today, day, moment, zone), _covering(yesterday, before, moment, zone))


def _pick(today: _Rule, before: _Rule, own: Opening | None, tail: Opening | None) -> _Said:
    if tail and (before.rung < today.rung or (before.rung == today.rung and own is None)):
        return before.said(tail)
    return today.said(own)


def _covering(rule: _Rule, day: date, moment: datetime, zone: ZoneInfo) -> Opening | None:
    """Return the opening of a date that holds at an instant, the one that opened last if there are two."""
    found = [opening for opening in rule.openings if _covers(opening, day, moment, zone)]
    return max(found, key=lambda opening: opening.start, default=None)


def _covers(opening: Opening, day: date, moment: datetime, zone: ZoneInfo) -> bool:
    return _instant(day, opening.start, zone) <= moment < _instant(day, opening.end, zone, second=True)


def _at_minute(rule: _Rule, minute: int) -> Opening | None:
    found = [opening for opening in rule.openings if opening.start <= minute < opening.end]
    return max(found, key=lambda opening: opening.start, default=None)


def _edges(openings: tuple[Opening, ...], shift: int) -> Iterator[int]:
    for opening in openings:
        yield from (opening.start - shift, opening.end - shift)


def _ahead(schedule: Schedule, moment: datetime) -> Iterator[tuple[datetime, _Said]]:
    """Yield the instants after ``moment`` at which something may change, in order, and what holds from then."""
    zone = zone_of(schedule.zone)
    day = moment.astimezone(zone).date()
    for number in range(HORIZON.days + 1):
        for at in _boundaries(schedule, day + number * _ONE_DAY, zone):
            if at - moment > HORIZON:
                return
            if at > moment:
                yield at, _said(schedule, at)


def _boundaries(schedule: Schedule, day: date, zone: ZoneInfo) -> list[datetime]:
    """Return the instants of one local date at which the answer may change, the next midnight included."""
    midnight = _instant(day + _ONE_DAY, 0, zone)
    found = {midnight}
    for when in (day - _ONE_DAY, day):
        for opening in _rule_of(schedule, when).openings:
            found |= {_instant(when, opening.start, zone), _instant(when, opening.end, zone, second=True)}
    start = _instant(day, 0, zone)
    return sorted(at for at in found if start <= at <= midnight)


# --- wall clock and instants -----------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def zone_of(name: str) -> ZoneInfo:
    """Return the IANA zone of that name.

    :raises zoneinfo.ZoneInfoNotFoundError: if there is none.
    """
    return ZoneInfo(name)


@lru_cache(maxsize=20_000)
def _instant(day: date, minutes: int, zone: ZoneInfo, *, second: bool = False) -> datetime:
    """Return the instant (UTC) of minutes after a date's midnight, by the rule for nights the clock changes."""
    clock = datetime.combine(day, time.min) + timedelta(minutes=minutes)
    at = clock.replace(tzinfo=zone, fold=second).astimezone(UTC)
    return at if at.astimezone(zone).replace(tzinfo=None) == clock else _after_gap(clock, zone)


def _after_gap(clock: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant the clock jumps over ``clock``: the offset changes between the two readings of it."""
    low = clock.replace(tzinfo=zone, fold=1).astimezone(UTC)
    high = clock.replace(tzinfo=zone, fold=0).astimezone(UTC)
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
    return high
