"""How each kind of place answers whatever comes of its action."""

from __future__ import annotations

import pytest

from tenants.routing.calls import (
    Action,
    Dial,
    HangUp,
    Play,
    Record,
    Ring,
)
from tenants.routing.decide import MAX_HOPS, decide
from tenants.routing.menus import MAX_KEYS
from tenants.routing.objects import (
    Announcement,
    Choice,
    External,
    Group,
    Member,
    Menu,
    PersonFlow,
)
from tests.tenants.routing.sample import (
    ANSWERED,
    BUSY,
    DONE,
    FAILED,
    LISTEN,
    MESSAGE,
    NO_ANSWER,
    NOTHING,
    OPEN,
    SILENCE,
    UNREACHABLE,
    actions,
    config,
    key,
    person,
    play,
    rules,
)

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
