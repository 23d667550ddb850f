"""What the switch does next with a call, place by place."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from tenants.routing.calls import HangUp, Play, Ring
from tenants.routing.decide import arrive, decide
from tenants.routing.live import Live, Override
from tenants.routing.objects import (
    ExceptionRule,
    NumberFlow,
    Schedule,
    TimeSwitch,
)
from tests.tenants.routing.sample import (
    ANSWERED,
    CALLER,
    DONE,
    LISTEN,
    MESSAGE,
    NO_ANSWER,
    NOTHING,
    OPEN,
    SHUT,
    actions,
    call,
    config,
    hours,
    key,
    play,
    rules,
)

# --- the story ---------------------------------------------------------------------------------------------------


def test_an_open_call_hears_the_menu_presses_one_and_the_second_in_order_answers() -> None:
    steps = play(config(), "number/1", key("1"), NO_ANSWER, ANSWERED)
    assert actions(steps) == [
        LISTEN,
        Ring(devices=("d1",), seconds=20),
        Ring(devices=("d2", "d3"), seconds=20),
        HangUp(),
    ]
    assert rules(steps[0]) == ["number/1 slot:entry", "schedule/1 week:4", "timeswitch/1 state:open", "menu/1 listen"]
    assert rules(steps[1]) == ["menu/1 key:1", "group/1 rank:0"]
    assert steps[-1].call.waited == 20


def test_a_friday_call_at_half_past_three_hears_that_it_is_closed_and_leaves_a_message() -> None:
    steps = play(config(), "number/1", DONE, DONE, moment=SHUT)
    assert actions(steps) == [Play(prompt="narrow-2"), MESSAGE, HangUp()]
    assert rules(steps[0])[1:3] == ["schedule/1 week:4", "timeswitch/1 state:closed"]
    assert steps[0].reasons[1].until == datetime(2026, 11, 27, 23, 0, tzinfo=UTC)


def test_the_same_number_fifteen_o_clock_sharp_is_closed() -> None:
    sharp = OPEN.replace(hour=15)
    assert actions(play(config(), "number/1", moment=sharp - timedelta(seconds=1))) == [LISTEN]
    assert actions(play(config(), "number/1", moment=sharp)) == [Play(prompt="narrow-2")]


# --- numbers -----------------------------------------------------------------------------------------------------


def test_a_number_nobody_holds_is_unallocated() -> None:
    stranger = arrive(config(), "+46406221099", CALLER, customer=7, joined_at=0)
    assert decide(config(), NOTHING, stranger, OPEN).action == HangUp(cause="unallocated")


@pytest.mark.parametrize("subject", [config(NumberFlow(id=1)), config(without=["number-flow/1"])])
def test_a_number_without_a_flow_is_out_of_use(subject: object) -> None:
    step = decide(subject, NOTHING, call(), OPEN)  # type: ignore[arg-type]
    assert (step.action, rules(step)) == (HangUp(cause="unallocated"), ["number/1 unused"])


# --- time --------------------------------------------------------------------------------------------------------


def test_an_override_by_hand_goes_before_the_schedule_and_is_heard() -> None:
    live = Live(overrides={"schedule/1": Override(state="closed", until=OPEN + timedelta(hours=1), prompt="prompt/6")})
    steps = play(config(), "number/1", DONE, moment=OPEN, live=live)
    assert actions(steps) == [Play(prompt="narrow-6"), Play(prompt="narrow-2")]
    assert rules(steps[1]) == ["schedule/1 override", "timeswitch/1 state:closed", "announcement/1 played"]
    assert actions(play(config(), "number/1", moment=OPEN + timedelta(hours=1), live=live)) == [LISTEN]


def test_the_prompt_of_an_exception_is_heard_before_the_call_goes_on() -> None:
    day = date(2026, 11, 27)
    rule = ExceptionRule(name="", id=12, first=day, last=day, prompt="prompt/5")
    subject = config(msgspec.structs.replace(hours(), exceptions=(rule,)))
    steps = play(subject, "number/1", DONE, DONE)
    assert actions(steps) == [Play(prompt="narrow-5"), Play(prompt="narrow-2"), MESSAGE]
    assert rules(steps[0])[-1] == "schedule/1 exception:12"


@pytest.mark.parametrize(("state", "slot"), [("lunch", "closed"), ("holiday", "closed"), ("closed", "closed")])
def test_lunch_and_holiday_fall_back_to_closed_when_they_have_no_way_of_their_own(state: str, slot: str) -> None:
    live = Live(overrides={"schedule/1": Override(state=state, until=OPEN + timedelta(hours=1))})  # type: ignore[arg-type]
    steps = play(config(), "timeswitch/1", live=live)
    assert (rules(steps[0])[1], actions(steps)) == (f"timeswitch/1 state:{state}", [Play(prompt="narrow-2")])
    own = TimeSwitch(
        id=1,
        name="",
        schedule="schedule/1",
        open="menu/1",
        closed="announcement/1",
        lunch="mailbox/1",
        holiday="mailbox/1",
    )
    expected = [Play(prompt="narrow-2")] if state == slot else [MESSAGE]
    assert actions(play(config(own), "timeswitch/1", live=live)) == expected


@pytest.mark.parametrize(
    "subject",
    [config(without=["schedule/1"]), config(Schedule(id=1, name="", zone="Mars/Olympus"))],
)
def test_a_schedule_that_is_missing_or_means_nothing_is_closed(subject: object) -> None:
    step = decide(subject, NOTHING, call(), OPEN)  # type: ignore[arg-type]
    assert step.action == Play(prompt="narrow-2")
    assert "schedule/1 missing" in rules(step)


# --- belts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["group/99", "menu/99", "schedule/1", "prompt/1", "number-flow/1", "nonsense", ""])
def test_a_place_that_is_not_there_ends_the_call_with_a_reason(place: str) -> None:
    step = play(config(), place)[0]
    assert isinstance(step.action, HangUp)
    assert step.action.cause in ("failed", "unallocated")
    assert rules(step) == [f"{place} missing"]


def test_a_ring_of_places_ends_at_the_hop_limit() -> None:
    ring = [
        TimeSwitch(id=number, name="", schedule="schedule/1", open=f"timeswitch/{number % 2 + 1}") for number in (1, 2)
    ]
    step = play(config(*ring), "timeswitch/1")[0]
    assert (step.action, step.reasons[-1].rule, step.call.place) == (HangUp(cause="failed"), "hops", "end/0")


def test_nothing_follows_the_end() -> None:
    assert actions(play(config(), "end/0")) == [HangUp()]
    assert actions(play(config(), "mailbox/1", DONE, DONE, DONE))[1:] == [HangUp()] * 3
