"""A second opinion on schedules: every minute of five years painted on a strip, rung over rung.

It knows nothing of the evaluator's instants. It reads the wall clock of every quarter of an hour from zoneinfo, finds
minutes by looking them up, paints the lowest rung first and lets higher ones paint over it.
"""

from __future__ import annotations

from array import array
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

from tenants.routing.objects import Opening, Schedule
from tenants.routing.swedish_days import names_on

FIRST, LAST = date(2026, 1, 1), date(2030, 12, 31)
START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTES = (datetime(2031, 1, 1, tzinfo=UTC) - START) // timedelta(minutes=1)
QUARTER = 15
PAD = 1000
"""Quarters before and after, for days that reach in from outside."""

Answer = tuple[str, str, str | None]


class Strip:
    """The wall clock of a zone, minute by minute of UTC."""

    def __init__(self, zone: str) -> None:
        """Read the clock every quarter: no zone changes its clock within one in these years."""
        tz = ZoneInfo(zone)
        self.wall = array("q")
        for quarter in range(-PAD, MINUTES // QUARTER + PAD):
            local = (START + timedelta(minutes=quarter * QUARTER)).astimezone(tz).replace(tzinfo=None)
            self.wall.append((local - datetime(2026, 1, 1)) // timedelta(minutes=1))
        self.jumps = [i for i, (a, b) in enumerate(pairwise(self.wall), 1) if b - a != QUARTER]

    def minutes_at(self, wall: int) -> list[int]:
        """Return the UTC minutes at which the clock shows a wall minute: none, one or two of them."""
        found = []
        for low, high in pairwise([0, *self.jumps, len(self.wall)]):
            at = wall - self.wall[low]
            if 0 <= at < (high - low) * QUARTER:
                found.append((low - PAD) * QUARTER + at)
        return found

    def first(self, wall: int) -> int:
        """Return the first minute that shows a wall time, or the first after the gap that swallowed it."""
        return (self.minutes_at(wall) or [self._after_gap(wall)])[0]

    def last(self, wall: int) -> int:
        """Return the second minute that shows a wall time if there are two."""
        return (self.minutes_at(wall) or [self._after_gap(wall)])[-1]

    def _after_gap(self, wall: int) -> int:
        return next((i - PAD) * QUARTER for i in self.jumps if self.wall[i - 1] + QUARTER <= wall < self.wall[i])


@cache
def strip(zone: str) -> Strip:
    """Return the strip of a zone, read once."""
    return Strip(zone)


class _Day:
    def __init__(self, rung: int, rule: str, openings: tuple[Opening, ...], otherwise: str, prompt: str | None) -> None:
        self.rung, self.rule, self.openings, self.otherwise, self.prompt = rung, rule, openings, otherwise, prompt

    def answer(self, state: str) -> Answer:
        return state, self.rule, None if state == "open" else self.prompt


def _governs(schedule: Schedule, day: date) -> _Day:
    hits = [
        _Day(0, f"exception:{r.id}", r.openings, r.otherwise, r.prompt)
        for r in schedule.exceptions
        if day in _dates(r.first, r.last)
    ]
    hits += [
        _Day(1, f"holiday:{name}", r.openings, r.otherwise, r.prompt)
        for name in names_on(day)
        for r in schedule.holidays
        if r.day == name
    ]
    for period in schedule.periods:
        years = range(-1, 1) if period.yearly else ()
        spans = [(period.first, period.last)] + [
            (
                period.first.replace(year=day.year + n),
                period.last.replace(year=day.year + n + period.last.year - period.first.year),
            )
            for n in years
        ]
        if any(a <= day <= b for a, b in spans):
            own = [w.openings for w in period.week if w.weekday == day.weekday()]
            hits.append(_Day(2, f"period:{period.id}", own[0] if own else (), "closed", None))
    hits += [
        _Day(3, f"week:{w.weekday}", w.openings, "closed", None) for w in schedule.week if w.weekday == day.weekday()
    ]
    return [*hits, _Day(4, "closed", (), "closed", None)][0]


@cache
def _dates(first: date, last: date) -> frozenset[date]:
    return frozenset(first + timedelta(days=n) for n in range((last - first).days + 1))


def intervals(schedule: Schedule) -> list[tuple[int, Answer]]:
    """Return the minutes (of UTC, from 2026) at which the answer changes and the answer from there on."""
    clock = strip(schedule.zone)
    days = [FIRST + timedelta(days=n) for n in range(-2, (LAST - FIRST).days + 3)]
    governs = {day: _governs(schedule, day) for day in days}
    answers: list[Answer] = []
    painted = array("H", [0]) * MINUTES
    for rung in (4, 3, 2, 1, 0):
        mine = [day for day in days if governs[day].rung == rung]
        for day in mine:
            rule, at = governs[day], (day - FIRST).days * 1440
            _paint(painted, clock.first(at), clock.first(at + 1440), _id(answers, rule.answer(rule.otherwise)))
        for day in mine:
            rule, at = governs[day], (day - FIRST).days * 1440
            for opening in sorted(rule.openings, key=lambda opening: opening.start):
                begin, end = clock.first(at + opening.start), clock.last(at + opening.end)
                _paint(painted, begin, end, _id(answers, rule.answer(opening.state)))
    return _runs(painted, answers)


def _id(answers: list[Answer], answer: Answer) -> int:
    if answer not in answers:
        answers.append(answer)
    return answers.index(answer)


def _paint(painted: array[int], begin: int, end: int, colour: int) -> None:
    begin, end = max(begin, 0), min(end, MINUTES)
    if begin < end:
        painted[begin:end] = array("H", [colour]) * (end - begin)


def _runs(painted: array[int], answers: list[Answer]) -> list[tuple[int, Answer]]:
    runs, at = [], 0
    for colour, run in groupby(painted):
        runs.append((at, answers[colour]))
        at += sum(1 for _ in run)
    return runs
