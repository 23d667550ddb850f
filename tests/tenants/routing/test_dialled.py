"""Calls that begin inside, transfers, and the state a call carries with it."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from tenants.routing.calls import (
    MAX_PACKED,
    Call,
    Dial,
    HangUp,
    Ring,
    Step,
    pack,
    unpack,
)
from tenants.routing.decide import MAX_HOPS, arrive, decide, dialled, inside, moment_of
from tenants.routing.objects import (
    Person,
)
from tests.tenants.routing.sample import (
    BUSY,
    CALLER,
    LISTEN,
    MAIN,
    MESSAGE,
    NOTHING,
    OPEN,
    actions,
    config,
    device,
    play,
    rules,
)

# --- calls from inside -------------------------------------------------------------------------------------------


def dial(digits: str, *, person: str = "person/1") -> Step:
    return dialled(config(), NOTHING, inside(7, person, 0), OPEN, digits)


def test_an_extension_is_that_person_with_all_their_ways_on() -> None:
    step = dial("103")
    assert (step.action, step.call.person) == (Ring(devices=("d4",), seconds=15), "person/1")
    assert decide(config(), NOTHING, step.call, OPEN, BUSY).action == MESSAGE


@pytest.mark.parametrize("digits", ["0701740606", "+46701740606", "0046701740606"])
def test_a_number_outside_is_dialled_through_the_gate(digits: str) -> None:
    step = dial(digits)
    assert (step.action, rules(step)) == (Dial(e164="+46701740606", seconds=60), ["person/1 dialled"])
    assert decide(config(), NOTHING, step.call, OPEN, BUSY).action == HangUp(cause="busy")


def test_a_number_without_area_code_is_completed_by_the_office_of_who_dials() -> None:
    for area, e164 in {"040": "+46406222000", "08": "+4686222000"}.items():
        there = config(Person(id=9, name="", extension="109", area=area))
        step = dialled(there, NOTHING, inside(7, "person/9", 0), OPEN, "622 20 00")
        assert step.action == Dial(e164=e164, seconds=60)
    assert rules(dial("622 20 00")) == ["person/1 gate:no_area"]


def test_an_extension_comes_before_a_local_number_and_a_local_number_of_ones_own_stays_inside() -> None:
    malmo = config(Person(id=9, name="", extension="109", area="040"))
    assert dialled(malmo, NOTHING, inside(7, "person/9", 0), OPEN, "103").action == dial("103").action
    assert dialled(malmo, NOTHING, inside(7, "person/9", 0), OPEN, "622 10 00").action == LISTEN


def test_a_transfer_is_completed_by_the_office_of_who_transfers() -> None:
    there = config(Person(id=9, name="", extension="109", area="040"))
    waiting = msgspec.structs.replace(play(there, "group/1")[-1].call, person="person/9")
    assert dialled(there, NOTHING, waiting, OPEN, "622 20 00").action == Dial(e164="+46406222000", seconds=60)


def test_the_customers_own_number_stays_inside() -> None:
    assert dial("040-622 10 00").action == LISTEN


@pytest.mark.parametrize(
    ("digits", "why"),
    [
        ("0900-1234567", "premium"),
        ("+4722123456", "abroad"),
        ("118 118", "directory"),
        ("118100", "directory"),
        ("114 00", "short"),
        ("0701*21", "characters"),
        ("", "empty"),
    ],
)
def test_what_the_gate_refuses_is_not_dialled(digits: str, why: str) -> None:
    step = dial(digits)
    assert (step.action, rules(step)) == (HangUp(cause="refused"), [f"person/1 gate:{why}"])


@pytest.mark.parametrize("digits", ["113 13", "114 14", "1177", "116 000", "116111", "90 510"])
def test_a_short_number_is_dialled_as_it_is(digits: str) -> None:
    assert dial(digits).action == Dial(e164=digits.replace(" ", ""), seconds=60)


@pytest.mark.parametrize("digits", ["112", "1 12", "90 000", "+46112", "0112"])
@pytest.mark.parametrize("person", ["person/1", "person/99", ""])
def test_a_call_for_help_is_connected_whoever_dials(digits: str, person: str) -> None:
    shadowed = config(Person(id=9, name="", extension="112"))
    assert dialled(shadowed, NOTHING, inside(7, person, 0), OPEN, digits).action == Dial(e164="112", seconds=60)


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
