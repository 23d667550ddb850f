"""What speaks against a configuration, with the way a call comes to it, by planted faults."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from tenants.routing.graph import Path
from tenants.routing.objects import (
    AnyObject,
    Choice,
    ExceptionRule,
    External,
    Group,
    Key,
    Member,
    Number,
    NumberFlow,
    Opening,
    PersonFlow,
    TimeSwitch,
    Waiting,
    WeekDay,
)
from tenants.routing.proof import MAX_WAIT, Problem, prove_all
from tests.tenants.routing.documents import any_document
from tests.tenants.routing.sample import config, hours, person, prompt


def arrows(path: Path) -> list[str]:
    return [f"{edge.source} {edge.rule} {edge.target}" for edge in path]


def change(key: Key, **fields: Any) -> AnyObject:
    return msgspec.structs.replace(config()[key], **fields)


def found(*changed: AnyObject, without: tuple[str, ...] = ()) -> list[tuple[str, Key, str, str]]:
    problems = prove_all(config(*changed, without=without))
    return [(problem.code, problem.key, problem.slot, problem.target or problem.detail) for problem in problems]


GREETING = 4
"""Seconds of what the sample's mailbox says before its tone."""
TO_MENU = ["number/1 slot:entry timeswitch/1", "timeswitch/1 state:open menu/1"]


def test_norrsken_is_legal() -> None:
    assert prove_all(config()) == []
    assert prove_all({}) == []


def test_a_number_out_of_use_is_legal() -> None:
    assert found(NumberFlow(id=1)) == []


@pytest.mark.parametrize(
    ("key", "fields", "slot"),
    [
        ("menu/1", {"no_input": None}, "slot:no_input"),
        ("menu/1", {"invalid": None}, "slot:invalid"),
        ("menu/1", {"prompt": None}, "prompt"),
        ("menu/1", {"choices": ()}, "choices"),
        ("group/1", {"no_answer": None}, "slot:no_answer"),
        ("group/1", {"members": ()}, "members"),
        ("timeswitch/1", {"open": None}, "state:open"),
        ("timeswitch/1", {"closed": None}, "state:closed"),
        ("announcement/1", {"prompt": None}, "prompt"),
    ],
)
def test_required_slots_are_set(key: Key, fields: dict[str, Any], slot: str) -> None:
    assert found(change(key, **fields)) == [("required", key, slot, "")]


@pytest.mark.parametrize(
    ("gone", "problems"),
    [
        ("mailbox/1", 7),
        ("group/2", 1),
        ("schedule/1", 1),
        ("prompt/5", 1),
        ("prompt/3", 1),
        ("prompt/1", 2),
        ("external/1", 2),
        ("person/1", 2),
    ],
)
def test_everything_named_exists(gone: Key, problems: int) -> None:
    result = found(without=(gone,))
    assert {(code, target) for code, _, _, target in result} == {("dangling", gone)}
    assert len(result) == problems


@pytest.mark.parametrize(
    ("changed", "slot"),
    [
        (change("menu/1", no_input="prompt/1"), "slot:no_input"),
        (change("menu/1", prompt="mailbox/1"), "prompt"),
        (change("menu/1", invalid_prompt="menu/1"), "invalid_prompt"),
        (change("menu/1", choices=(Choice(digit="1", target="number/1"),)), "key:1"),
        (change("menu/1", choices=(Choice(digit="1", target="menu/2", prompt="menu/2"),)), "key:1:prompt"),
        (change("group/1", members=(Member(person="mailbox/1"),)), "members"),
        (change("timeswitch/1", schedule="timeswitch/1"), "schedule"),
        (change("mailbox/1", greeting="mailbox/1"), "greeting"),
        (NumberFlow(id=1, entry="schedule/1"), "slot:entry"),
        (PersonFlow(id=3, busy="person-flow/3"), "slot:busy"),
        (change("announcement/1", next="number-flow/1"), "slot:next"),
    ],
)
def test_everything_named_is_of_the_kind_its_slot_takes(changed: AnyObject, slot: str) -> None:
    problems = found(changed)
    assert [(code, where) for code, _, where, _ in problems] == [("wrong_kind", slot)]


def test_prompts_of_holidays_and_exceptions_exist() -> None:
    day = date(2026, 12, 24)
    rule = ExceptionRule(id=5, name="", first=day, last=day, prompt="prompt/99")
    assert found(msgspec.structs.replace(hours(), exceptions=(rule,))) == [
        ("dangling", "schedule/1", "exception:5", "prompt/99")
    ]


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        (change("menu/1", tries=0), ("out_of_range", "menu/1", "tries", "0")),
        (change("menu/1", wait_seconds=0), ("out_of_range", "menu/1", "wait_seconds", "0")),
        (change("group/1", ring_seconds=1), ("out_of_range", "group/1", "ring_seconds", "1")),
        (change("mailbox/1", max_seconds=0), ("out_of_range", "mailbox/1", "max_seconds", "0")),
        (External(id=1, name="", e164="+469001234567"), ("number_refused", "external/1", "e164", "premium")),
        (External(id=1, name="", e164="112"), ("number_refused", "external/1", "e164", "emergency")),
        (External(id=1, name="", e164="+4722123456"), ("number_refused", "external/1", "e164", "abroad")),
        (Number(id=2, name="", e164="112"), ("number_malformed", "number/2", "e164", "112")),
        (Number(id=2, name="", e164="+46406221000"), ("number_twice", "number/2", "e164", "number/1")),
        (change("person/2", extension="101"), ("extension_twice", "person/2", "extension", "person/1")),
        *(
            (change("person/2", extension=short), ("extension_short_number", "person/2", "extension", short))
            for short in ("112", "1177", "11313", "11414", "116117", "118118", "118", "90000", "90510")
        ),
        (change("person/2", extension="0701"), ("extension_malformed", "person/2", "extension", "0701")),
    ],
)
def test_values_no_call_may_meet(changed: AnyObject, problem: tuple[str, Key, str, str]) -> None:
    assert found(changed) == [problem]


def test_keys_of_a_menu_are_keys_and_come_once() -> None:
    twice = (Choice(digit="1", target="group/1"), Choice(digit="1", target="group/2"))
    assert [(code, slot) for code, _, slot, _ in found(change("menu/1", choices=twice))] == [("digit_twice", "key:1")]
    odd = (Choice(digit="12", target="group/1"),)
    assert [(code, slot) for code, _, slot, _ in found(change("menu/1", choices=odd))] == [("digit_unknown", "key:12")]


def test_members_come_once() -> None:
    twice = (Member(person="person/1"), Member(person="person/1", rank=2))
    assert found(change("group/1", members=twice)) == [("member_twice", "group/1", "members", "person/1")]


def test_the_faults_of_a_schedule_are_told_with_their_place() -> None:
    week = (WeekDay(weekday=0, openings=(Opening(start=480, end=1500 + 1440),)),)
    assert found(msgspec.structs.replace(hours(), week=week)) == [("schedule", "schedule/1", "week:0", "time_range")]


def test_a_fault_comes_with_the_shortest_way_to_it() -> None:
    problem = prove_all(config(change("menu/2", no_input=None)))[0]
    assert arrows(problem.path) == [*TO_MENU, "menu/1 key:4 menu/2"]
    busy = prove_all(config(change("person-flow/3", busy="mailbox/99")))[0]
    assert arrows(busy.path) == [*TO_MENU, "menu/1 key:2 person/3"]


def test_a_ring_without_a_key_is_shown_whole() -> None:
    problems = prove_all(config(change("announcement/1", next="timeswitch/1")))
    assert [(problem.code, problem.key) for problem in problems] == [("ring", "timeswitch/1")]
    assert arrows(problems[0].path) == [
        "number/1 slot:entry timeswitch/1",
        "timeswitch/1 state:closed announcement/1",
        "announcement/1 slot:next timeswitch/1",
    ]


def test_a_ring_through_two_people_is_caught() -> None:
    problems = found(PersonFlow(id=1, no_answer="person/2"), PersonFlow(id=2, busy="person/1"))
    assert problems == [("ring", "person/1", "slot:no_answer", "")]


def test_a_menu_that_repeats_by_key_is_legal_and_by_silence_is_not() -> None:
    again = (Choice(digit="9", target="menu/1"),)
    assert found(change("menu/1", choices=again)) == []
    assert found(change("menu/1", no_input="menu/1")) == [("ring", "menu/1", "slot:no_input", "")]
    assert found(change("menu/1", invalid="menu/1")) == [("ring", "menu/1", "slot:invalid", "")]


def ranks(count: int) -> tuple[list[AnyObject], tuple[Member, ...]]:
    people: list[AnyObject] = [person(number, number) for number in range(100, 100 + count)]
    return people, tuple(Member(person=f"person/{100 + number}", rank=number) for number in range(count))


def test_what_a_caller_must_wait_without_pressing_a_key_is_bounded() -> None:
    people, members = ranks(20)
    group = Group(id=1, name="", members=members, ring_seconds=28, no_answer="mailbox/1")
    assert [code for code, *_ in found(*people, group)] == []
    longer = msgspec.structs.replace(group, ring_seconds=31)
    problems = [problem for problem in prove_all(config(*people, longer)) if problem.code == "too_long_wait"]
    by_key = problems[0]
    assert (by_key.key, by_key.detail) == ("group/1", str(20 * 31 + GREETING))
    assert arrows(by_key.path) == [*TO_MENU, "menu/1 key:1 group/1", "group/1 slot:no_answer mailbox/1"]
    by_itself = next(problem for problem in problems if problem.key == "number/1")
    assert int(by_itself.detail) > MAX_WAIT


def test_a_busy_telephone_costs_no_wait_and_an_unanswered_one_all_of_it() -> None:
    second = PersonFlow(id=2, ring_seconds=300 - GREETING, no_answer="mailbox/1")
    direct: list[AnyObject] = [NumberFlow(id=1, entry="person/1"), second, prompt(1, seconds=1)]
    third = PersonFlow(id=3, ring_seconds=10, no_answer="mailbox/1")
    busy = PersonFlow(id=1, ring_seconds=300, busy="person/2", no_answer="person/3")
    assert found(*direct, busy, third) == []
    unanswered = PersonFlow(id=1, ring_seconds=300, no_answer="person/2")
    longest = msgspec.structs.replace(second, no_answer="person/3")
    assert found(*direct, unanswered, third) == []
    assert found(*direct, unanswered, longest, third) == [
        ("too_long_wait", "number/1", "", "610"),
        ("too_long_wait", "person/1", "", "610"),
    ]


def test_every_turn_of_a_menu_nobody_answers_counts() -> None:
    turn, then = 4 + 60 + 4, 2 * 20 + GREETING
    assert found(change("menu/1", tries=8, wait_seconds=60)) == []
    assert found(change("menu/1", tries=9, wait_seconds=60)) == [
        ("too_long_wait", "menu/1", "", str(9 * turn + then)),
        ("too_long_wait", "number/1", "", str(9 * turn + then)),
    ]


def test_long_prompts_count_as_waiting() -> None:
    assert found(prompt(2, seconds=MAX_WAIT)) == [("too_long_wait", "number/1", "", str(MAX_WAIT + GREETING))]


def test_what_is_heard_after_a_key_counts_with_what_it_leads_to() -> None:
    after = 15 + 30
    assert found(prompt(5, seconds=MAX_WAIT - after)) == []
    longer = MAX_WAIT - after + 1
    assert found(prompt(5, seconds=longer)) == [("too_long_wait", "person/3", "", str(MAX_WAIT + 1))]


def test_a_greeting_counts_for_everybody_whose_calls_end_in_its_mailbox() -> None:
    keys = {key for code, key, *_ in found(prompt(3, seconds=MAX_WAIT)) if code == "too_long_wait"}
    assert {"number/1", "group/1", "menu/2", "person/3"} <= keys


def test_a_chain_of_places_longer_than_a_call_may_pass_is_refused() -> None:
    def chain(length: int) -> list[AnyObject]:
        switches = [
            TimeSwitch(id=n, name="", schedule="schedule/1", open=f"timeswitch/{n + 1}", closed="mailbox/1")
            for n in range(10, 10 + length)
        ]
        last = TimeSwitch(id=10 + length, name="", schedule="schedule/1", open="mailbox/1", closed="mailbox/1")
        return [NumberFlow(id=1, entry="timeswitch/10"), *switches, last]

    assert found(*chain(18)) == []
    assert found(*chain(19)) == [("too_many_places", "number/1", "", "21")]


def test_problems_come_in_order_of_keys_and_the_same_every_time() -> None:
    objects = any_document(1234)
    problems: list[Problem] = prove_all(objects)
    assert problems == prove_all(dict(reversed(list(objects.items()))))
    assert [problem.key for problem in problems] == sorted(problem.key for problem in problems)


def line(ident: int, minutes: int, following: Key) -> Group:
    return Group(
        id=ident,
        name="",
        members=(Member(person="person/1"),),
        waiting=Waiting(max_wait_seconds=minutes * 60),
        no_answer=following,
        full=following,
    )


def test_lines_one_after_the_other_are_bounded_however_short_each_is() -> None:
    first = NumberFlow(id=1, entry="group/20")
    two = [line(20, 60, "group/21"), line(21, 60, "mailbox/1")]
    assert found(first, *two) == []
    three = [line(20, 60, "group/21"), line(21, 60, "group/22"), line(22, 1, "mailbox/1")]
    assert found(first, *three) == [("too_long_in_line", "number/1", "", "7260")]


def test_a_line_that_is_full_costs_no_time_in_it() -> None:
    lines = [line(20, 60, "mailbox/1"), line(21, 60, "group/22"), line(22, 60, "mailbox/1")]
    passed = msgspec.structs.replace(lines[0], full="group/21", nobody="group/21")
    assert found(NumberFlow(id=1, entry="group/20"), passed, *lines[1:]) == []
