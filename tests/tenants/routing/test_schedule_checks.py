"""Faults a form must be able to show where they are."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tenants.routing.objects import ExceptionRule, HolidayRule, Opening, Period, Schedule, WeekDay
from tenants.routing.schedule_checks import ScheduleProblem, validate
from tests.tenants.routing.test_minutes import schedule as random_schedule


def day(weekday: int, *spans: tuple[int, int]) -> WeekDay:
    return WeekDay(weekday=weekday, openings=tuple(Opening(start=start, end=end) for start, end in spans))


def exception(ident: int, first: str, last: str, *spans: tuple[int, int]) -> ExceptionRule:
    return ExceptionRule(
        name="",
        id=ident,
        first=date.fromisoformat(first),
        last=date.fromisoformat(last),
        openings=day(0, *spans).openings,
    )


def period(ident: int, first: str, last: str, *, yearly: bool = False) -> Period:
    return Period(name="", id=ident, first=date.fromisoformat(first), last=date.fromisoformat(last), yearly=yearly)


def found(**parts: Any) -> list[tuple[str, str, int | None]]:
    return [(problem.code, problem.where, problem.opening) for problem in validate(Schedule(id=1, name="", **parts))]


@pytest.mark.parametrize(
    ("spans", "problems"),
    [
        ([(480, 720), (720, 1020)], []),
        ([(0, 1440)], []),
        ([(1320, 1560)], []),
        ([(480, 1500)], []),
        ([(480, 1921)], [("time_range", "week:0", 0)]),
        ([(1500, 1560)], [("time_range", "week:0", 0)]),
        ([(-1, 60)], [("time_range", "week:0", 0)]),
        ([(480, 480)], [("empty", "week:0", 0)]),
        ([(1020, 480)], [("empty", "week:0", 0)]),
        ([(480, 721), (720, 1020)], [("overlap", "week:0", 1)]),
        ([(720, 1020), (480, 721)], [("overlap", "week:0", 0)]),
    ],
)
def test_openings_of_a_day(spans: list[tuple[int, int]], problems: list[tuple[str, str, int | None]]) -> None:
    assert found(week=(day(0, *spans),)) == problems


def test_an_opening_past_midnight_may_not_run_into_the_next_days() -> None:
    assert found(week=(day(6, (1320, 1560)), day(0, (120, 600)))) == []
    problems = validate(Schedule(id=1, name="", week=(day(6, (1320, 1561)), day(0, (120, 600)))))
    assert problems == [ScheduleProblem(code="overlap_next_day", where="week:6", opening=0, other="week:0")]


def test_weekdays_come_once_and_are_seven() -> None:
    assert found(week=(day(0), day(0))) == [("weekday_twice", "week:0", None)]
    assert found(week=(day(7),)) == [("weekday_unknown", "week:7", None)]


def test_dates_run_forward() -> None:
    assert found(periods=(period(3, "2026-07-31", "2026-07-01"),)) == [("dates_reversed", "period:3", None)]
    assert found(exceptions=(exception(4, "2026-07-31", "2026-07-01"),)) == [("dates_reversed", "exception:4", None)]


def test_a_yearly_period_is_shorter_than_a_year() -> None:
    assert found(periods=(period(1, "2026-01-01", "2026-12-31", yearly=True),)) == []
    assert found(periods=(period(1, "2026-01-01", "2027-01-01", yearly=True),)) == [
        ("yearly_too_long", "period:1", None)
    ]


@pytest.mark.parametrize(
    ("one", "other", "collide"),
    [
        (period(1, "2026-07-01", "2026-07-31"), period(2, "2026-07-31", "2026-08-15"), True),
        (period(1, "2026-07-01", "2026-07-31"), period(2, "2026-08-01", "2026-08-15"), False),
        (period(1, "2020-12-20", "2021-01-06", yearly=True), period(2, "2030-01-06", "2030-01-09"), True),
        (period(1, "2020-12-20", "2021-01-06", yearly=True), period(2, "2030-01-07", "2030-01-09"), False),
        (period(1, "2020-12-20", "2021-01-06", yearly=True), period(2, "2029-12-01", "2029-12-20"), True),
        (period(1, "2020-07-01", "2020-08-06", yearly=True), period(2, "2029-06-01", "2029-09-20"), True),
        (period(1, "2020-07-01", "2020-08-06", yearly=True), period(2, "2023-08-06", "2023-09-20", yearly=True), True),
        (period(1, "2020-07-01", "2020-08-06", yearly=True), period(2, "2023-08-07", "2023-09-20", yearly=True), False),
        (period(1, "2024-02-29", "2024-03-02", yearly=True), period(2, "2027-02-20", "2027-02-28"), False),
        (period(1, "2024-02-29", "2024-03-02", yearly=True), period(2, "2027-02-20", "2027-03-01"), True),
    ],
)
def test_periods_may_not_share_a_date(one: Period, other: Period, *, collide: bool) -> None:
    expected = [("periods_overlap", "period:2", None)] if collide else []
    assert found(periods=(one, other)) == expected
    assert [code for code, _, _ in found(periods=(other, one))] == [code for code, _, _ in expected]


def test_exceptions_may_not_share_a_date_nor_run_into_themselves() -> None:
    pair = (exception(1, "2026-07-01", "2026-07-03"), exception(2, "2026-07-03", "2026-07-03"))
    assert found(exceptions=pair) == [("exceptions_overlap", "exception:2", None)]
    nights = exception(1, "2026-07-01", "2026-07-03", (0, 60), (1320, 1470))
    assert found(exceptions=(nights,)) == [("overlap_next_day", "exception:1", 1)]


def test_ids_come_once() -> None:
    pair = (exception(1, "2026-07-01", "2026-07-01"), exception(1, "2026-07-03", "2026-07-03"))
    assert found(exceptions=pair) == [("id_twice", "exception:1", None)]


def test_holidays_are_known_and_come_once() -> None:
    assert found(holidays=(HolidayRule(day="midsommarafton"), HolidayRule(day="klamdag"))) == []
    assert found(holidays=(HolidayRule(day="fettisdagen"),)) == [("holiday_unknown", "holiday:fettisdagen", None)]
    twice = (HolidayRule(day="julafton"), HolidayRule(day="julafton"))
    assert found(holidays=twice) == [("holiday_twice", "holiday:julafton", None)]


@pytest.mark.parametrize("zone", ["Europe/Stokholm", "", "../etc/passwd", "Europe"])
def test_the_zone_exists(zone: str) -> None:
    assert found(zone=zone) == [("zone_unknown", "zone", None)]


def test_where_a_fault_of_a_periods_day_is() -> None:
    july = Period(name="", id=5, first=date(2026, 7, 1), last=date(2026, 7, 31), week=(day(2, (480, 480)),))
    assert found(periods=(july,)) == [("empty", "period:5:week:2", 0)]


def test_random_schedules_are_full_of_faults_and_never_stop_the_check() -> None:
    codes = {problem.code for seed in range(300) for problem in validate(random_schedule(seed))}
    assert codes >= {"overlap_next_day", "periods_overlap", "exceptions_overlap"}
