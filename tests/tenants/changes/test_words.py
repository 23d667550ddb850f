"""Objects, problems and calls in words: nothing lacks a sentence, and differences are told one by one."""

from __future__ import annotations

from datetime import date
from typing import get_args

import msgspec
import pytest

from tenants.callflow.words import RULES, choice_of, inputs_of, sentence
from tenants.changes import words
from tenants.changes.problems import CODES, path, tell
from tenants.changes.words import KINDS, Line, differ, national
from tenants.routing import explain, object_checks, objects
from tenants.routing.calls import Inputs
from tenants.routing.proof import Problem
from tenants.routing.slots import Edge

NAMES = {"menu/1": "Huvudmeny", "group/2": "Försäljning", "external/3": "Jourtelefon", "mailbox/4": "Röstbrevlåda",
         "group/5": "Receptionen", "number/1": "040-622 10 00", "person/6": "Anna", "person/7": "Bo"}  # fmt: skip


def menu(*choices: objects.Choice, **more: object) -> objects.Menu:
    return objects.Menu(id=1, name="Huvudmeny", choices=choices, **more)  # type: ignore[arg-type]


def test_every_problem_has_a_sentence() -> None:
    every = {*get_args(object_checks.Code), "ring", "too_many_places", "too_long_wait", "too_long_in_line"}
    assert every == CODES
    for code in every:
        told = tell(Problem(code=code, key="menu/1", slot="key:1", target="group/2", detail="700"), NAMES)
        assert told.sentence.endswith(".")
        assert told.title == "Huvudmeny"


def test_every_reason_has_a_sentence() -> None:
    assert set(RULES) == set(explain.RULES)
    for code in explain.RULES:
        fact = explain.Fact(key="menu/1", code=code, value="no_answer")
        assert sentence(fact, NAMES).endswith(".")


def test_every_kind_has_a_name() -> None:
    assert set(KINDS) == set(objects.KINDS)


@pytest.mark.parametrize("result", ["done", "silence", "answered", "no_answer", "busy", "unreachable"])
def test_what_can_come_of_a_step_goes_through_the_address(result: str) -> None:
    inputs = Inputs(result=result)  # type: ignore[arg-type]
    assert inputs_of(choice_of(inputs).value) == inputs
    assert inputs_of(choice_of(Inputs(result="digit", digit="#")).value) == Inputs(result="digit", digit="#")


@pytest.mark.parametrize("value", ["", "start", "digit:", "digit:12", "boom"])
def test_what_cannot_come_of_a_step_is_not_read(value: str) -> None:
    assert inputs_of(value) is None


def test_every_field_of_every_kind_is_told_of() -> None:
    told = {*words.SLOTS, *words.FIELDS, *words.PARTS, *words.UNTOLD, "waiting"}
    assert {name for kind in objects.KINDS.values() for name in kind.__struct_fields__} <= told


def test_a_day_off_and_a_new_telephone_are_told_by_what_they_are() -> None:
    day = date(2026, 12, 11)
    rule = objects.ExceptionRule(id=1, name="Julbord", first=day, last=day)
    hours = objects.Schedule(id=8, name="Huvudnummer")
    after = msgspec.structs.replace(hours, exceptions=(rule,))
    assert differ("schedule/8", hours, after, NAMES).lines == (Line("", "Avvikande dagar: ändrat"),)
    device = objects.Device(id=1, username="a1b2", credential=objects.Credential(id=1, version=1))
    anna = objects.Person(id=6, name="Anna", extension="101")
    lines = differ("person/6", anna, msgspec.structs.replace(anna, devices=(device,)), NAMES).lines
    assert lines == (Line("", "Telefonerna: ändrat"),)


def test_a_new_key_is_told_with_where_it_leads() -> None:
    before = menu(objects.Choice(digit="1", target="group/2"))
    after = menu(objects.Choice(digit="1", target="group/2"), objects.Choice(digit="3", target="external/3"))
    assert differ("menu/1", before, after, NAMES).lines == (Line("", "Knapp 3 ny: Jourtelefon"),)


def test_another_fallback_is_told_as_from_and_to() -> None:
    before = objects.Group(id=2, name="Försäljning", no_answer="mailbox/4")
    after = objects.Group(id=2, name="Försäljning", no_answer="group/5")
    assert differ("group/2", before, after, NAMES).lines == (Line("Ingen svarar: Röstbrevlåda", "Receptionen"),)


def test_another_order_of_members_is_told_by_names() -> None:
    anna, bo = objects.Member(person="person/6", rank=1), objects.Member(person="person/7", rank=2)
    together = (objects.Member(person="person/7"), objects.Member(person="person/6"))
    before = objects.Group(id=2, name="Försäljning", members=(anna, bo))
    after = objects.Group(id=2, name="Försäljning", members=together)
    assert differ("group/2", before, after, NAMES).lines == (
        Line("Vem svarar: Anna, Bo", "Bo, Anna"),
        Line("Ringer: i tur och ordning", "alla samtidigt"),
    )


def test_the_way_to_a_problem_is_told_place_by_place() -> None:
    edges = (
        Edge(source="number/1", rule="slot:entry", target="menu/1"),
        Edge(source="menu/1", rule="key:2", target="group/2", pressed=True),
    )
    problem = Problem(code="required", key="group/2", slot="members", path=edges)
    assert path(problem, NAMES) == ("040-622 10 00", "Huvudmeny", "Knapp 2: Försäljning")


def test_swedish_numbers_are_written_nationally() -> None:
    assert (national("+46406221000"), national("+4570174063"), national("x")) == (
        "040-622 10 00",
        "+45 70 17 40 63",
        "x",
    )
