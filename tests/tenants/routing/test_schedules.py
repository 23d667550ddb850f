"""The ladder, its edges, openings past midnight and whole days."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenants.routing.live import Override
from tenants.routing.objects import ExceptionRule, HolidayRule, Opening, Period, Schedule, State, WeekDay
from tenants.routing.schedules import day_plan, evaluate, next_state_change
from tests.tenants.routing.test_minutes import schedule as random_schedule

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def at(text: str, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM, fold=fold)


def opened(*spans: tuple[int, int]) -> tuple[Opening, ...]:
    return tuple(Opening(start=start, end=end) for start, end in spans)


def every_day(*spans: tuple[int, int]) -> tuple[WeekDay, ...]:
    return tuple(WeekDay(weekday=day, openings=opened(*spans)) for day in range(7))


OFFICE = Schedule(
    id=1,
    name="Kontoret",
    week=(
        *(WeekDay(weekday=day, openings=opened((480, 720), (780, 1020))) for day in range(4)),
        WeekDay(weekday=4, openings=opened((480, 900))),
    ),
)


@pytest.mark.parametrize(
    ("moment", "state", "rule"),
    [
        ("2026-11-23T07:59:59", "closed", "week:0"),
        ("2026-11-23T08:00:00", "open", "week:0"),
        ("2026-11-23T11:59:59", "open", "week:0"),
        ("2026-11-23T12:00:00", "closed", "week:0"),
        ("2026-11-23T12:59:59", "closed", "week:0"),
        ("2026-11-23T13:00:00", "open", "week:0"),
        ("2026-11-23T17:00:00", "closed", "week:0"),
        ("2026-11-27T14:59:59", "open", "week:4"),
        ("2026-11-27T15:00:00", "closed", "week:4"),
        ("2026-11-28T10:00:00", "closed", "closed"),
    ],
)
def test_edges_are_half_open_to_the_second(moment: str, state: str, rule: str) -> None:
    verdict = evaluate(OFFICE, at(moment))
    assert (verdict.state, verdict.rule) == (state, rule)


def test_valid_until_is_the_next_change_of_state_or_rule() -> None:
    assert evaluate(OFFICE, at("2026-11-27T09:00")).valid_until == at("2026-11-27T15:00")
    assert evaluate(OFFICE, at("2026-11-27T15:00")).valid_until == at("2026-11-28T00:00")
    assert evaluate(OFFICE, at("2026-11-28T09:00")).valid_until == at("2026-11-30T00:00")
    assert next_state_change(OFFICE, at("2026-11-27T15:00")) == at("2026-11-30T08:00")


def test_a_schedule_that_says_nothing_is_closed_for_good() -> None:
    verdict = evaluate(Schedule(id=1, name=""), at("2026-11-27T09:00"))
    assert (verdict.state, verdict.rule, verdict.valid_until) == ("closed", "closed", None)
    assert next_state_change(Schedule(id=1, name=""), at("2026-11-27T09:00")) is None


def test_a_change_more_than_400_days_ahead_is_not_told() -> None:
    far = Schedule(
        id=1, name="", exceptions=(ExceptionRule(name="", id=1, first=date(2028, 1, 1), last=date(2028, 1, 1)),)
    )
    assert evaluate(far, at("2026-11-26T00:00")).valid_until is None
    assert evaluate(far, at("2026-11-27T00:00")).valid_until == at("2028-01-01T00:00")


def test_the_ladder_from_the_bottom_to_the_top() -> None:
    monday, moment = date(2026, 4, 6), at("2026-04-06T10:00")
    rungs = Schedule(id=1, name="")
    assert evaluate(rungs, moment).rule == "closed"
    rungs = Schedule(id=1, name="", week=every_day((540, 1020)))
    assert evaluate(rungs, moment).rule == "week:0"
    periods = (Period(name="", id=7, first=monday, last=monday, week=every_day((600, 900))),)
    rungs = Schedule(id=1, name="", week=rungs.week, periods=periods)
    assert evaluate(rungs, moment).rule == "period:7"
    red = (HolidayRule(day="annandag_pask"),)
    rungs = Schedule(id=1, name="", week=rungs.week, periods=periods, holidays=red)
    assert (evaluate(rungs, moment).rule, evaluate(rungs, moment).state) == ("holiday:annandag_pask", "holiday")
    but = (ExceptionRule(name="", id=12, first=monday, last=monday, openings=opened((600, 660))),)
    rungs = Schedule(id=1, name="", week=rungs.week, periods=periods, holidays=red, exceptions=but)
    assert (evaluate(rungs, moment).rule, evaluate(rungs, moment).state) == ("exception:12", "open")
    forced = Override(state="lunch", until=at("2026-04-06T10:30"), prompt="prompt/3")
    verdict = evaluate(rungs, moment, forced)
    assert (verdict.rule, verdict.state, verdict.prompt, verdict.valid_until) == (
        "override",
        "lunch",
        "prompt/3",
        forced.until,
    )
    assert evaluate(rungs, forced.until, forced).rule == "exception:12"


def test_an_override_ends_by_itself_and_the_state_is_told_to_change_where_it_does() -> None:
    shut = Override(state="closed", until=at("2026-11-27T14:00"))
    assert evaluate(OFFICE, at("2026-11-27T13:59:59"), shut).state == "closed"
    assert evaluate(OFFICE, at("2026-11-27T14:00"), shut).state == "open"
    assert next_state_change(OFFICE, at("2026-11-27T10:00"), shut) == at("2026-11-27T14:00")
    late = Override(state="closed", until=at("2026-11-27T16:00"))
    assert next_state_change(OFFICE, at("2026-11-27T10:00"), late) == at("2026-11-30T08:00")


def test_a_red_day_inside_a_period_still_closes() -> None:
    summer = Schedule(
        id=1,
        name="",
        week=every_day((480, 1020)),
        periods=(Period(name="", id=1, first=date(2026, 6, 15), last=date(2026, 8, 2), week=every_day((540, 900))),),
        holidays=(HolidayRule(day="midsommarafton", prompt="prompt/9"),),
    )
    verdict = evaluate(summer, at("2026-06-19T11:00"))
    assert (verdict.state, verdict.rule, verdict.prompt) == ("holiday", "holiday:midsommarafton", "prompt/9")
    assert evaluate(summer, at("2026-06-18T08:30")).state == "closed"
    assert evaluate(summer, at("2026-06-18T09:00")).rule == "period:1"


def test_a_period_leaves_out_no_weekday_to_the_ordinary_week() -> None:
    week = tuple(day for day in every_day((540, 900)) if day.weekday != 2)
    subject = Schedule(
        id=1,
        name="",
        week=every_day((480, 1020)),
        periods=(Period(name="", id=1, first=date(2026, 7, 1), last=date(2026, 7, 31), week=week),),
    )
    assert (evaluate(subject, at("2026-07-08T10:00")).state, evaluate(subject, at("2026-07-08T10:00")).rule) == (
        "closed",
        "period:1",
    )


@pytest.mark.parametrize(
    ("day", "rule"),
    [
        ("2026-12-19", "week:5"),
        ("2026-12-20", "period:1"),
        ("2026-12-31", "period:1"),
        ("2027-01-01", "period:1"),
        ("2027-01-06", "period:1"),
        ("2027-01-07", "week:3"),
        ("2030-12-31", "period:1"),
    ],
)
def test_a_yearly_period_crosses_new_year(day: str, rule: str) -> None:
    winter = Period(
        name="", id=1, first=date(2025, 12, 20), last=date(2026, 1, 6), yearly=True, week=every_day((600, 900))
    )
    subject = Schedule(id=1, name="", week=every_day((480, 1020)), periods=(winter,))
    assert evaluate(subject, at(f"{day}T11:00")).rule == rule


def test_the_first_name_of_a_date_that_has_a_rule_counts() -> None:
    bridge = HolidayRule(day="klamdag")
    eve = HolidayRule(day="trettondagsafton", openings=opened((480, 780)))
    both = Schedule(id=1, name="", week=every_day((480, 1020)), holidays=(bridge, eve))
    assert evaluate(both, at("2026-01-05T10:00")).rule == "holiday:trettondagsafton"
    only = Schedule(id=1, name="", week=every_day((480, 1020)), holidays=(bridge,))
    assert evaluate(only, at("2026-01-05T10:00")).rule == "holiday:klamdag"
    assert evaluate(only, at("2026-01-06T10:00")).rule == "week:1"


def test_a_rules_prompt_is_heard_unless_the_rule_says_open() -> None:
    day = date(2026, 12, 23)
    early = ExceptionRule(name="", id=1, first=day, last=day, openings=opened((480, 720)), prompt="prompt/1")
    subject = Schedule(id=1, name="", exceptions=(early,))
    assert evaluate(subject, at("2026-12-23T10:00")).prompt is None
    assert evaluate(subject, at("2026-12-23T12:00")).prompt == "prompt/1"


# --- past midnight -----------------------------------------------------------------------------------------------

FRIDAY_NIGHT = (WeekDay(weekday=4, openings=opened((1320, 1560))), WeekDay(weekday=5, openings=opened((600, 900))))


@pytest.mark.parametrize(
    ("moment", "state", "rule"),
    [
        ("2026-11-27T21:59:59", "closed", "week:4"),
        ("2026-11-27T22:00:00", "open", "week:4"),
        ("2026-11-28T00:00:00", "open", "week:4"),
        ("2026-11-28T01:59:59", "open", "week:4"),
        ("2026-11-28T02:00:00", "closed", "week:5"),
    ],
)
def test_an_opening_past_midnight_belongs_to_the_evening_it_begins(moment: str, state: str, rule: str) -> None:
    verdict = evaluate(Schedule(id=1, name="", week=FRIDAY_NIGHT), at(moment))
    assert (verdict.state, verdict.rule) == (state, rule)


def test_a_higher_rung_on_the_next_day_cuts_the_tail_at_midnight() -> None:
    saturday = date(2026, 11, 28)
    shut = ExceptionRule(name="", id=1, first=saturday, last=saturday)
    subject = Schedule(id=1, name="", week=FRIDAY_NIGHT, exceptions=(shut,))
    assert evaluate(subject, at("2026-11-27T23:59:59")).state == "open"
    assert evaluate(subject, at("2026-11-28T00:00")).rule == "exception:1"


def test_a_tail_of_a_higher_rung_goes_before_the_next_days_week() -> None:
    friday = date(2026, 11, 27)
    party = ExceptionRule(name="", id=1, first=friday, last=friday, openings=opened((1200, 1680)))
    subject = Schedule(id=1, name="", week=FRIDAY_NIGHT, exceptions=(party,))
    assert evaluate(subject, at("2026-11-28T03:59:59")).rule == "exception:1"
    assert evaluate(subject, at("2026-11-28T04:00")).rule == "week:5"


def test_twenty_four_hundred_is_legal_and_meets_the_next_day_without_a_gap() -> None:
    subject = Schedule(id=1, name="", week=every_day((0, 1440)))
    assert evaluate(subject, at("2026-11-27T23:59:59")).state == "open"
    assert evaluate(subject, at("2026-11-28T00:00")).state == "open"
    assert next_state_change(subject, at("2026-11-27T12:00")) is None


# --- whole days --------------------------------------------------------------------------------------------------


def test_a_day_plan_covers_the_day_and_names_its_rule() -> None:
    plan = day_plan(OFFICE, date(2026, 11, 23))
    spans: list[tuple[int, int, State]] = [(span.start, span.end, span.state) for span in plan.spans]
    assert plan.rule == "week:0"
    assert spans == [
        (0, 480, "closed"),
        (480, 720, "open"),
        (720, 780, "closed"),
        (780, 1020, "open"),
        (1020, 1440, "closed"),
    ]


def test_a_day_plan_shows_the_tail_of_the_evening_before() -> None:
    plan = day_plan(Schedule(id=1, name="", week=FRIDAY_NIGHT), date(2026, 11, 28))
    assert [(span.start, span.end, span.rule) for span in plan.spans][:2] == [(0, 120, "week:4"), (120, 600, "week:5")]


@given(seed=st.integers(0, 100_000), days=st.integers(0, 1800), minute=st.integers(0, 1439))
@settings(max_examples=300, deadline=None)
def test_a_day_plan_and_the_evaluator_agree_where_the_clock_stands_still(seed: int, days: int, minute: int) -> None:
    subject = random_schedule(seed)
    zone = ZoneInfo(subject.zone)
    day = date(2026, 1, 2) + timedelta(days=days)
    near = [datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(days=n) for n in (-1, 0, 1, 2)]
    if len({moment.utcoffset() for moment in near}) > 1:
        return
    spans = day_plan(subject, day).spans
    assert [0, *(span.end for span in spans)] == [*(span.start for span in spans), 1440]
    span = next(span for span in spans if span.start <= minute < span.end)
    verdict = evaluate(subject, near[1] + timedelta(minutes=minute))
    assert (verdict.state, verdict.rule, verdict.prompt) == (span.state, span.rule, span.prompt)
