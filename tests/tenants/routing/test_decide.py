"""What the switch does next with a call, place by place."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from tenants.routing.calls import (
    MAX_PACKED,
    Action,
    Call,
    Dial,
    Gather,
    HangUp,
    Live,
    Override,
    Play,
    Record,
    Ring,
    Step,
    pack,
    unpack,
)
from tenants.routing.decide import MAX_HOPS, arrive, decide, dialled, inside, moment_of
from tenants.routing.menus import MAX_KEYS
from tenants.routing.objects import (
    Announcement,
    Choice,
    ExceptionRule,
    External,
    Group,
    Member,
    Menu,
    NumberFlow,
    Person,
    PersonFlow,
    Schedule,
    TimeSwitch,
)
from tests.tenants.routing.sample import (
    ANSWERED,
    BUSY,
    CALLER,
    DONE,
    FAILED,
    MAIN,
    NO_ANSWER,
    NOTHING,
    OPEN,
    SHUT,
    SILENCE,
    UNREACHABLE,
    call,
    config,
    device,
    hours,
    key,
    person,
    play,
)


def actions(steps: list[Step]) -> list[Action]:
    return [step.action for step in steps]


def rules(step: Step) -> list[str]:
    return [f"{reason.key} {reason.rule}" for reason in step.reasons]


LISTEN = Gather(prompt="narrow-1", seconds=5)
MESSAGE = Record(mailbox=1, greeting="narrow-3", seconds=120)


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


# --- menus -------------------------------------------------------------------------------------------------------


def test_no_key_and_a_wrong_key_are_different_and_end_in_different_places() -> None:
    assert actions(play(config(), "menu/1", SILENCE, SILENCE)) == [LISTEN, LISTEN, Ring(devices=("d1",), seconds=20)]
    wrong = play(config(), "menu/1", key("8"), DONE, key("8"), DONE)
    assert actions(wrong) == [LISTEN, Play(prompt="narrow-6"), LISTEN, Play(prompt="narrow-6"), MESSAGE]
    assert rules(wrong[-1]) == ["menu/1 slot:invalid", "mailbox/1 record"]


def test_the_last_mistake_says_which_way_the_call_leaves() -> None:
    steps = play(config(), "menu/1", key("8"), DONE, SILENCE)
    assert rules(steps[-1])[0] == "menu/1 slot:no_input"
    steps = play(config(), "menu/1", SILENCE, key("8"), DONE)
    assert rules(steps[-1])[0] == "menu/1 slot:invalid"


def test_a_wrong_key_without_a_prompt_for_it_plays_the_menu_again_at_once() -> None:
    steps = play(config(), "menu/2", key("5"), key("5"), key("5"))
    assert actions(steps) == [LISTEN, LISTEN, LISTEN, MESSAGE]


def test_the_prompt_of_a_key_is_heard_before_its_target() -> None:
    steps = play(config(), "menu/1", key("2"), DONE)
    assert actions(steps) == [LISTEN, Play(prompt="narrow-5"), Ring(devices=("d4",), seconds=15)]


def test_keys_lead_into_other_menus_and_back() -> None:
    steps = play(config(), "menu/1", key("4"), key("9"), key("4"), key("0"))
    assert [step.call.place for step in steps] == ["menu/1", "menu/2", "menu/1", "menu/2", "group/2"]


def test_a_caller_may_go_to_and_fro_longer_than_a_call_may_by_itself() -> None:
    steps = play(config(), "menu/1", *([key("4"), key("9")] * MAX_HOPS), key("1"))
    assert steps[-1].action == Ring(devices=("d1",), seconds=20)


def test_a_robot_that_presses_for_ever_is_led_out() -> None:
    steps = play(config(), "menu/1", *([key("4"), key("9")] * ((MAX_KEYS + 2) // 2)))
    assert steps[-2].action in (MESSAGE, Play(prompt="narrow-6"))


@pytest.mark.parametrize("digit", ["", "12", "A", "x", "٣"])
def test_odd_keys_are_wrong_keys(digit: str) -> None:
    choices = (Choice(digit=digit, target="group/1"),)
    menu = Menu(id=3, name="", prompt="prompt/1", choices=choices, no_input="group/1", invalid="mailbox/1", tries=1)
    assert actions(play(config(menu), "menu/3", key(digit))) == [LISTEN, MESSAGE]


def test_a_key_taken_out_while_its_prompt_was_heard_ends_the_call_with_a_reason() -> None:
    heard = play(config(), "menu/1", key("2"))[-1].call
    menu = Menu(id=1, name="", prompt="prompt/1", choices=(Choice(digit="1", target="group/1"),))
    step = decide(config(menu), NOTHING, heard, OPEN, DONE)
    assert (step.action, rules(step)) == (HangUp(cause="failed"), ["menu/1 missing"])


# --- groups ------------------------------------------------------------------------------------------------------


def test_a_sequential_group_goes_down_the_ranks_and_then_on() -> None:
    steps = play(config(), "group/1", BUSY, NO_ANSWER)
    assert actions(steps) == [Ring(devices=("d1",), seconds=20), Ring(devices=("d2", "d3"), seconds=20), MESSAGE]
    assert steps[-1].call.waited == 20, "a busy telephone costs the caller no time"


def test_a_parallel_group_rings_every_telephone_of_everybody_at_once() -> None:
    assert actions(play(config(), "group/2", NO_ANSWER)) == [Ring(devices=("d1", "d2", "d3"), seconds=20), MESSAGE]


def test_a_rank_without_telephones_is_passed_over() -> None:
    subject = config(person(1))
    assert actions(play(subject, "group/1", NO_ANSWER)) == [Ring(devices=("d2", "d3"), seconds=20), MESSAGE]


def test_a_group_in_which_nobody_has_a_telephone_goes_on_at_once() -> None:
    nobody = config(person(1), person(2))
    assert actions(play(nobody, "group/2", DONE)) == [Play(prompt="narrow-4"), HangUp()]
    assert actions(play(nobody, "group/1")) == [MESSAGE]


def test_a_group_whose_next_rank_came_while_another_rang_rings_it() -> None:
    ringing = play(config(), "group/1")[-1].call
    members = (Member(person="person/1"), Member(person="person/3", rank=1), Member(person="person/2", rank=5))
    changed = config(Group(id=1, name="", members=members, no_answer="mailbox/1"))
    assert decide(changed, NOTHING, ringing, OPEN, NO_ANSWER).action == Ring(devices=("d4",), seconds=20)


def test_a_person_in_a_group_twice_or_not_there_at_all_rings_once() -> None:
    members = (Member(person="person/1"), Member(person="person/1"), Member(person="person/99"))
    subject = config(Group(id=1, name="", members=members))
    assert actions(play(subject, "group/1", NO_ANSWER)) == [
        Ring(devices=("d1",), seconds=20),
        HangUp(cause="no_answer"),
    ]


# --- people, outside, mailboxes, announcements -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "action"),
    [
        (BUSY, MESSAGE),
        (NO_ANSWER, Dial(e164="+46701740606", seconds=30)),
        (UNREACHABLE, Play(prompt="narrow-4")),
        (FAILED, Play(prompt="narrow-4")),
        (ANSWERED, HangUp()),
    ],
)
def test_a_persons_telephones_ring_and_each_outcome_has_its_way(result: object, action: Action) -> None:
    assert actions(play(config(), "person/3", result)) == [Ring(devices=("d4",), seconds=15), action]  # type: ignore[arg-type]


def test_a_person_without_telephones_is_unreachable() -> None:
    assert actions(play(config(person(3)), "person/3")) == [Play(prompt="narrow-4")]


@pytest.mark.parametrize(("result", "cause"), [(BUSY, "busy"), (NO_ANSWER, "no_answer"), (FAILED, "failed")])
def test_a_person_without_ways_on_ends_the_call_as_the_telephone_did(result: object, cause: str) -> None:
    steps = play(config(), "person/1", result)  # type: ignore[arg-type]
    assert steps[0].action == Ring(devices=("d1",), seconds=25)
    assert steps[1].action == HangUp(cause=cause)  # type: ignore[arg-type]


def test_no_answer_stands_in_for_busy_and_unreachable_that_lead_nowhere() -> None:
    subject = config(PersonFlow(id=1, no_answer="mailbox/1"))
    for result in (BUSY, UNREACHABLE, NO_ANSWER):
        assert actions(play(subject, "person/1", result))[-1] == MESSAGE


def test_a_number_outside_passes_the_gate_again_when_dialled() -> None:
    subject = config(External(id=1, name="", e164="+469001234567"))
    step = play(subject, "external/1")[0]
    assert (step.action, rules(step)) == (HangUp(cause="refused"), ["external/1 gate:premium"])


def test_a_number_outside_ends_the_call_as_it_did() -> None:
    assert actions(play(config(), "external/1", BUSY)) == [Dial(e164="+46701740606", seconds=30), HangUp(cause="busy")]


def test_an_announcement_goes_on_or_hangs_up_and_is_never_silence() -> None:
    assert actions(play(config(), "announcement/2", DONE)) == [Play(prompt="narrow-4"), HangUp()]
    mute = config(Announcement(id=2, name="", prompt="prompt/99", next="mailbox/1"))
    assert actions(play(mute, "announcement/2")) == [MESSAGE]


def test_a_mailbox_without_a_greeting_still_records() -> None:
    step = play(config(without=["prompt/3"]), "mailbox/1")[0]
    assert step.action == Record(mailbox=1, greeting=None, seconds=120)


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


# --- calls from inside -------------------------------------------------------------------------------------------


def dial(digits: str, *, area: str = "040", person: str = "person/1") -> Step:
    return dialled(config(), NOTHING, inside(7, person, 0), OPEN, digits, area)


def test_an_extension_is_that_person_with_all_their_ways_on() -> None:
    step = dial("103")
    assert (step.action, step.call.person) == (Ring(devices=("d4",), seconds=15), "person/1")
    assert decide(config(), NOTHING, step.call, OPEN, BUSY).action == MESSAGE


@pytest.mark.parametrize("digits", ["0701740606", "+46701740606", "0046701740606"])
def test_a_number_outside_is_dialled_through_the_gate(digits: str) -> None:
    step = dial(digits)
    assert (step.action, rules(step)) == (Dial(e164="+46701740606", seconds=60), ["person/1 dialled"])
    assert decide(config(), NOTHING, step.call, OPEN, BUSY).action == HangUp(cause="busy")


def test_a_number_without_area_code_is_completed_by_the_office() -> None:
    assert dial("622 20 00").action == Dial(e164="+46406222000", seconds=60)


def test_the_customers_own_number_stays_inside() -> None:
    assert dial("040-622 10 00").action == LISTEN


@pytest.mark.parametrize(
    ("digits", "why"),
    [
        ("0900-1234567", "premium"),
        ("+4722123456", "abroad"),
        ("112", "emergency"),
        ("*21#", "characters"),
        ("", "empty"),
    ],
)
def test_what_the_gate_refuses_is_not_dialled(digits: str, why: str) -> None:
    step = dial(digits)
    assert (step.action, rules(step)) == (HangUp(cause="refused"), [f"person/1 gate:{why}"])


def test_somebody_who_is_no_person_any_more_dials_nothing() -> None:
    assert dial("103", person="person/99").action == HangUp(cause="refused")


def test_a_transferred_call_keeps_its_number_and_caller_and_begins_anew() -> None:
    waiting = msgspec.structs.replace(play(config(), "group/1")[-1].call, hops=MAX_HOPS, person="person/2")
    step = dialled(config(), NOTHING, waiting, OPEN, "103")
    assert (step.call.number, step.call.caller, step.call.place) == (MAIN, CALLER, "person/3")
    assert (step.call.hops, step.call.stage) == (0, 1)


# --- the state of a call -----------------------------------------------------------------------------------------


def test_a_packed_call_reads_back_as_itself_and_fits() -> None:
    largest = Call(
        customer=2**40,
        place=f"announcement/{2**40}",
        number="+" + "9" * 15,
        caller="+" + "9" * 15,
        person=f"person/{2**40}",
        stage=2**31,
        tries=10,
        hops=21,
        waited=10**6,
        joined_at=2**33,
        offset=-(10**9),
        keys=61,
    )
    assert unpack(pack(largest)) == largest
    assert len(pack(largest)) < MAX_PACKED // 3


@pytest.mark.parametrize("text", ["", "AAAA", "å", "%%%%", "kg"])
def test_what_is_no_packed_call_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (msgspec's own errors are subclasses)
        unpack(text)


def test_a_call_that_does_not_fit_is_refused_when_packed() -> None:
    with pytest.raises(ValueError, match="bytes"):
        pack(Call(customer=1, place="x" * 2000))


def test_the_moment_of_a_test_call_is_shifted_by_its_offset() -> None:
    shifted = arrive(config(), MAIN, CALLER, 7, joined_at=0, offset=3600)
    assert moment_of(shifted, 1_000_000) == datetime.fromtimestamp(1_003_600, UTC)


def test_the_rows_of_a_person_are_theirs() -> None:
    both = Person(id=9, name="", extension="109", devices=(device(8), device(9)))
    assert actions(play(config(both), "person/9")) == [Ring(devices=("d8", "d9"), seconds=25)]
