"""Nights the clock changes: what opens and closes in an hour that is missing or comes twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from tenants.routing.objects import ExceptionRule, HolidayRule, Opening, Schedule
from tenants.routing.schedules import evaluate, next_state_change
from tests.tenants.routing.test_schedules import at, every_day, opened


def opens_and_closes(day: str, start: int, end: int) -> tuple[datetime, datetime]:
    when = date.fromisoformat(day)
    rule = ExceptionRule(name="", id=1, first=when, last=when, openings=opened((start, end)))
    subject = Schedule(id=1, name="", exceptions=(rule,))
    opens = next_state_change(subject, at(f"{day}T00:00"))
    assert opens is not None
    closes = next_state_change(subject, opens)
    assert closes is not None
    return opens, closes


@pytest.mark.parametrize("day", ["2026-03-29", "2027-03-28", "2028-03-26"])
def test_a_time_that_does_not_exist_moves_forward_to_the_first_that_does(day: str) -> None:
    three = at(f"{day}T03:00").astimezone(UTC)
    assert opens_and_closes(day, 150, 240) == (three, three + timedelta(hours=1))
    assert opens_and_closes(day, 60, 150) == (three - timedelta(hours=1), three)


def test_an_opening_wholly_inside_the_missing_hour_never_is() -> None:
    when = date(2027, 3, 28)
    rule = ExceptionRule(name="", id=1, first=when, last=when, openings=opened((125, 175)))
    assert next_state_change(Schedule(id=1, name="", exceptions=(rule,)), at("2027-03-27T00:00")) is None


@pytest.mark.parametrize("day", ["2026-10-25", "2027-10-31", "2028-10-29"])
def test_of_a_time_that_comes_twice_the_first_opens_and_the_second_closes(day: str) -> None:
    first, second = at(f"{day}T02:30"), at(f"{day}T02:30", fold=1)
    assert opens_and_closes(day, 150, 240)[0] == first.astimezone(UTC)
    assert opens_and_closes(day, 60, 150)[1] == second.astimezone(UTC)
    assert second.astimezone(UTC) - first.astimezone(UTC) == timedelta(hours=1)


def test_easter_sunday_2027_is_a_red_day_of_23_hours() -> None:
    subject = Schedule(id=1, name="", week=every_day((480, 1020)), holidays=(HolidayRule(day="paskdagen"),))
    verdict = evaluate(subject, at("2027-03-28T00:00"))
    assert (verdict.state, verdict.rule) == ("holiday", "holiday:paskdagen")
    assert verdict.valid_until == at("2027-03-29T00:00").astimezone(UTC)
    assert verdict.valid_until - at("2027-03-28T00:00").astimezone(UTC) == timedelta(hours=23)


def test_office_hours_keep_their_wall_clock_across_the_change() -> None:
    subject = Schedule(id=1, name="", week=every_day((480, 1020)))
    for day, hour in (("2026-03-28", 7), ("2026-03-29", 6), ("2026-10-24", 6), ("2026-10-25", 7)):
        assert evaluate(subject, datetime.fromisoformat(f"{day}T{hour:02}:00:00+00:00")).state == "open"
        assert evaluate(subject, datetime.fromisoformat(f"{day}T{hour - 1:02}:59:59+00:00")).state == "closed"


def test_where_one_opening_closes_as_the_next_opens_in_the_doubled_hour_the_later_counts() -> None:
    day = date(2026, 10, 25)
    spans = (Opening(start=60, end=150), Opening(start=150, end=240, state="lunch"))
    subject = Schedule(id=1, name="", exceptions=(ExceptionRule(name="", id=1, first=day, last=day, openings=spans),))
    assert evaluate(subject, at("2026-10-25T02:29")).state == "open"
    assert evaluate(subject, at("2026-10-25T02:30")).state == "lunch"
    assert evaluate(subject, at("2026-10-25T02:10", fold=1)).state == "lunch"
