"""Rows and object are two forms of one thing: whatever is compiled can be restored, and the other way round."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import TypeVar

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenants.routing.objects import ExceptionRule, HolidayRule, Opening, Period, Schedule, State, WeekDay, encode
from tenants.routing.schedule_checks import validate
from tenants.routing.swedish_days import DAY_NAMES
from tenants.schedules import actions, date_actions, edits
from tenants.schedules import models as rows
from tenants.schedules.compile import compile_schedule, normal
from tests.factories.cast import Cast

T = TypeVar("T")
DAYS = st.dates(date(2026, 1, 1), date(2030, 12, 31))
KNOWN: list[State] = ["open", "lunch", "closed", "holiday"]
STATES = st.sampled_from(KNOWN)
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20)


@st.composite
def openings(draw: st.DrawFn, most: int = 1440) -> tuple[Opening, ...]:
    """Openings of a day in order, apart or touching."""
    cuts = sorted(draw(st.sets(st.integers(0, most), max_size=6)))
    pairs = zip(cuts[::2], cuts[1::2], strict=False)
    return tuple(Opening(start=start, end=end, state=draw(STATES)) for start, end in pairs)


@st.composite
def weeks(draw: st.DrawFn) -> tuple[WeekDay, ...]:
    numbers = draw(st.sets(st.integers(0, 6)))
    return tuple(WeekDay(weekday=number, openings=draw(openings())) for number in numbers)


@st.composite
def ranges(draw: st.DrawFn) -> list[tuple[date, date]]:
    """Date ranges that do not meet."""
    cuts = sorted(draw(st.sets(DAYS, max_size=8)))
    return list(zip(cuts[::2], cuts[1::2], strict=False))


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """A sound schedule in the order it is stored."""
    periods = tuple(
        Period(id=5_000 + place, name=draw(NAMES), first=first, last=last, week=draw(weeks()))
        for place, (first, last) in enumerate(draw(ranges()))
    )
    exceptions = tuple(
        ExceptionRule(
            id=9_000 - place,
            name=draw(NAMES),
            first=first,
            last=last,
            openings=draw(openings()),
            otherwise=draw(STATES),
        )
        for place, (first, last) in enumerate(draw(ranges()))
    )
    holidays = tuple(
        HolidayRule(day=day, openings=draw(openings()), otherwise=draw(STATES))
        for day in draw(st.sets(st.sampled_from(DAY_NAMES), max_size=4))
    )
    return normal(
        Schedule(
            id=7_000, name="Huvudnummer", week=draw(weeks()), periods=periods, holidays=holidays, exceptions=exceptions
        )
    )


def rolled_back(run: Callable[[], None]) -> None:
    """Run and leave no row behind, so that every example begins alike."""
    with transaction.atomic():
        run()
        transaction.set_rollback(True)


RUN = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.slow
@RUN
@given(first=schedules(), second=schedules())
def test_what_is_restored_compiles_to_the_same_object(inside: Cast, first: Schedule, second: Schedule) -> None:
    """On an empty place, and over another schedule's rows."""
    assert validate(first) == []

    def run() -> None:
        for obj in (first, second):
            row = actions.restore(inside.norrsken.pk, obj)
            assert compile_schedule(row) == obj
            assert encode(compile_schedule(rows.Schedule.objects.get(pk=obj.id))) == encode(obj)

    rolled_back(run)


@given(day=openings())
def test_lunch_out_and_in_again_is_the_same_day(day: tuple[Opening, ...]) -> None:
    plain = tuple(part for part in day if part.state in ("open", "lunch"))
    again = edits.with_lunch(*edits.without_lunch(plain))
    assert _minutes(again) == _minutes(plain)


def _minutes(day: tuple[Opening, ...]) -> dict[int, str]:
    return {minute: part.state for part in day for minute in range(part.start, part.end)}


@given(obj=schedules(), day=DAYS)
def test_a_day_made_as_usual_again_has_no_exception_and_the_others_keep_theirs(obj: Schedule, day: date) -> None:
    after = edits.as_usual(obj, day)
    assert edits.exception_on(after, day) is None
    assert validate(after) == []
    for other in (day - timedelta(days=1), day + timedelta(days=1)):
        one, two = edits.exception_on(obj, other), edits.exception_on(after, other)
        assert (one and (one.name, one.openings)) == (two and (two.name, two.openings))


@pytest.mark.slow
def test_reading_costs_the_same_however_many_exceptions_there_are(main: rows.Schedule) -> None:
    counts = []
    for number in range(1, 41):
        day = date(2026, 12, 1) + timedelta(days=number)
        rule = ExceptionRule(id=0, name="", first=day, last=day, openings=(Opening(start=480, end=720),))
        with CaptureQueriesContext(connection) as saving:
            date_actions.add_exception(schedule=main, by=None, version=None, rule=rule)
        with CaptureQueriesContext(connection) as reading:
            compile_schedule(main)
        counts.append((len(saving), len(reading)))
    assert set(counts) == {counts[0]}
    assert counts[0][1] == 5


@pytest.mark.parametrize("state", KNOWN)
def test_each_state_survives(inside: Cast, state: State) -> None:
    part = Opening(start=0, end=1440, state=state)
    obj = Schedule(id=7_000, name="A", week=(WeekDay(weekday=0, openings=(part,)),))
    assert compile_schedule(actions.restore(inside.norrsken.pk, obj)) == obj
