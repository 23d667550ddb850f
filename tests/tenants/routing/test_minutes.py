"""The evaluator against a strip of painted minutes, 2026 to 2030, nights the clock changes among them."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise, zip_longest

import pytest

from tenants.routing.objects import STATES, ExceptionRule, HolidayRule, Opening, Period, Schedule, WeekDay
from tenants.routing.schedules import DAY, evaluate
from tenants.routing.swedish_days import DAY_NAMES
from tests.tenants.routing.minutes import FIRST, MINUTES, START, Answer, intervals

# Nights the clock changes in Stockholm in these years, where random schedules put much of what they have.
NIGHTS = [
    date(2026, 3, 29), date(2026, 10, 25), date(2027, 3, 28), date(2027, 10, 31), date(2028, 3, 26),
    date(2028, 10, 29), date(2029, 3, 25), date(2029, 10, 28), date(2030, 3, 31), date(2030, 10, 27),
]  # fmt: skip
ZONES = ["Europe/Stockholm", "Europe/Stockholm", "Europe/Stockholm", "Africa/Cairo", "Australia/Lord_Howe", "UTC"]
EDGES = [0, 30, 60, 90, 120, 125, 150, 179, 180, 210, 240, 480, 720, 780, 1020, 1320, 1439, 1440, 1470, 1560, 1620]


def openings(rng: random.Random) -> tuple[Opening, ...]:
    cuts = sorted(rng.sample(EDGES, 2 * rng.randint(0, 3)))
    apart = list(zip(cuts[::2], cuts[1::2], strict=True))
    pairs = list(pairwise(cuts[:3])) if len(cuts) > 3 and rng.random() < 0.3 else apart
    return tuple(
        Opening(start=start, end=min(end, start + DAY), state=rng.choice(STATES)) for start, end in pairs if start < DAY
    )


def week(rng: random.Random) -> tuple[WeekDay, ...]:
    return tuple(WeekDay(weekday=n, openings=openings(rng)) for n in range(7) if rng.random() < 0.8)


def some_day(rng: random.Random) -> date:
    near = rng.choice(NIGHTS) + timedelta(days=rng.randint(-2, 2))
    return near if rng.random() < 0.6 else FIRST + timedelta(days=rng.randint(0, 1825))


def period(rng: random.Random, ident: int) -> Period:
    first, yearly = some_day(rng), rng.random() < 0.5
    last = first + timedelta(days=rng.randint(0, 200))
    if (first.month, first.day) == (2, 29) or (last.month, last.day) == (2, 29):
        first, last = date(2026, 12, 20), date(2027, 1, 7)
    return Period(name="", id=ident, first=first, last=last, yearly=yearly, week=week(rng))


def exception(rng: random.Random, ident: int) -> ExceptionRule:
    first = some_day(rng)
    return ExceptionRule(
        name="",
        id=ident,
        first=first,
        last=first + timedelta(days=rng.choice([0, 0, 1, 5])),
        openings=openings(rng),
        otherwise=rng.choice(STATES),
        prompt=rng.choice([None, "prompt/1"]),
    )


def holiday(rng: random.Random, name: str) -> HolidayRule:
    return HolidayRule(
        day=name, openings=openings(rng), otherwise=rng.choice(STATES), prompt=rng.choice([None, "prompt/2"])
    )


def schedule(seed: int) -> Schedule:
    rng = random.Random(seed)
    return Schedule(
        id=1,
        name="",
        zone=rng.choice(ZONES),
        week=week(rng),
        periods=tuple(period(rng, n) for n in range(rng.randint(0, 3))),
        holidays=tuple(holiday(rng, name) for name in rng.sample(DAY_NAMES, rng.randint(0, 12))),
        exceptions=tuple(exception(rng, n) for n in range(rng.randint(0, 8))),
    )


def evaluated(subject: Schedule) -> list[tuple[int, Answer]]:
    """Follow ``valid_until`` from one change to the next."""
    found: list[tuple[int, Answer]] = []
    at = START
    while (minute := (at - START) // timedelta(minutes=1)) < MINUTES:
        verdict = evaluate(subject, at)
        found.append((minute, (verdict.state, verdict.rule, verdict.prompt)))
        at = verdict.valid_until or at + timedelta(days=400)
    return found


def merged(runs: list[tuple[int, Answer]]) -> list[tuple[int, Answer]]:
    """Join neighbours of one answer: a horizon without a change makes two of them."""
    return [run for place, run in enumerate(runs) if place == 0 or runs[place - 1][1] != run[1]]


def differences(seed: int) -> Sequence[object]:
    subject = schedule(seed)
    pairs = zip_longest(merged(evaluated(subject)), merged(intervals(subject)))
    return [pair for pair in pairs if pair[0] != pair[1]][:3]


def moments(rng: random.Random) -> list[int]:
    """Return minutes to ask about out of order: each night the clock changes by the half hour, others at random."""
    nights = [(night - FIRST).days * DAY + minute for night in NIGHTS for minute in range(-180, 360, 30)]
    return nights + [rng.randrange(MINUTES) for _ in range(300)]


def wrong_answers(seed: int) -> Sequence[object]:
    subject = schedule(seed)
    runs = intervals(subject)
    found = []
    for minute in moments(random.Random(seed)):
        verdict = evaluate(subject, START + timedelta(minutes=minute))
        expected = runs[bisect_right(runs, minute, key=lambda run: run[0]) - 1][1]
        if (verdict.state, verdict.rule, verdict.prompt) != expected:
            found.append((minute, verdict, expected))
    return found[:3]


@pytest.mark.parametrize("seed", range(4))
def test_a_random_schedule_changes_exactly_where_the_painted_minutes_do(seed: int) -> None:
    assert differences(seed) == []


@pytest.mark.parametrize("seed", range(300, 308))
def test_a_random_schedule_asked_at_any_minute_says_what_is_painted_there(seed: int) -> None:
    assert wrong_answers(seed) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4, 220))
def test_two_hundred_more_schedules_change_exactly_where_the_painted_minutes_do(seed: int) -> None:
    assert differences(seed) == []
    assert wrong_answers(seed) == []


def test_the_painted_minutes_would_notice_a_wrong_night() -> None:
    night = Schedule(
        id=1, name="", week=tuple(WeekDay(weekday=n, openings=(Opening(start=150, end=240),)) for n in range(7))
    )
    off = Schedule(
        id=1, name="", week=tuple(WeekDay(weekday=n, openings=(Opening(start=151, end=240),)) for n in range(7))
    )
    assert merged(evaluated(night)) == merged(intervals(night))
    assert merged(evaluated(off)) != merged(intervals(night))
