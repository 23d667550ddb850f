"""What the proof of a change says is what the proof of everything says, and it reads no more than it must."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tenants.routing.objects import (
    Announcement,
    AnyObject,
    External,
    Group,
    HolidayRule,
    Key,
    Mailbox,
    Member,
    Number,
    NumberFlow,
    PersonFlow,
    Schedule,
    key_of,
)
from tenants.routing.proof import MAX_WAIT, prove_all, prove_changes
from tests.tenants.routing.edits import Changes, Document, Known, edited, lived_in
from tests.tenants.routing.sample import config, hours, person, prompt

SEEDS = st.integers(0, 10_000_000)


def after(document: Document, changes: Changes) -> Document:
    return {key: obj for key, obj in ({**document, **changes}).items() if obj is not None}


def check(seed: int) -> Counter[str]:
    document, rng = lived_in(seed)
    changes = edited(document, rng)
    expected = prove_all(after(document, changes))
    assert prove_changes(Known(document), changes) == expected
    return Counter(problem.code for problem in expected) or Counter(["legal"])


@given(seed=SEEDS)
@settings(max_examples=250, deadline=None)
def test_a_change_is_proven_as_everything_is(seed: int) -> None:
    check(seed)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(20))
def test_many_more_changes_are_proven_as_everything_is(block: int) -> None:
    for seed in range(block * 1000, block * 1000 + 1000):
        check(seed)


@pytest.mark.slow
def test_the_random_edits_meet_every_kind_of_problem_and_legal_ones_too() -> None:
    met = sum((check(seed) for seed in range(400)), Counter())
    assert met["legal"] > 30
    assert {
        "ring",
        "too_long_wait",
        "too_long_in_line",
        "too_many_places",
        "dangling",
        "required",
        "wrong_kind",
    } <= set(met)
    assert {"number_twice", "extension_twice", "member_twice", "out_of_range", "digit_unknown"} <= set(met)


def sample(*more: AnyObject, without: tuple[Key, ...] = ()) -> Document:
    document = dict(config(*more, without=without))
    assert prove_all(document) == []
    return document


def closing(said: Key) -> Schedule:
    return replace(hours(), holidays=(HolidayRule(day="julafton", prompt=said),))


MENU = replace(config()["menu/1"], invalid_prompt=None)
FAR = External(id=1, name="", e164="+46701740606", ring_seconds=300)
LONG = prompt(6, seconds=MAX_WAIT)


@pytest.mark.parametrize(
    ("document", "changes"),
    [
        (sample(closing("prompt/6")), [LONG]),
        (sample(LONG, MENU), [closing("prompt/6")]),
        (sample(), [prompt(3, seconds=MAX_WAIT)]),
        (sample(LONG, MENU), [Mailbox(id=1, name="", greeting="prompt/6")]),
        (sample(), [prompt(5, seconds=MAX_WAIT)]),
        (sample(), [FAR, PersonFlow(id=3, ring_seconds=300, no_answer="external/1")]),
        (
            sample(Announcement(id=9, name="", prompt="prompt/6", next="external/1"), LONG,
                   MENU, NumberFlow(id=2, entry="announcement/9")),
            [Number(id=2, name="", e164="+46406221001")],
        ),
    ],
    ids=["day's sound", "day with a sound", "greeting's sound", "greeting", "key's sound", "ringing", "number"],
)  # fmt: skip
def test_what_makes_a_caller_wait_is_found_wherever_it_lies(document: Document, changes: list[AnyObject]) -> None:
    edits: Changes = {key_of(obj): obj for obj in changes}
    expected = prove_all(after(document, edits))
    assert "too_long_wait" in {problem.code for problem in expected}
    assert prove_changes(Known(document), edits) == expected


def company(size: int) -> Document:
    """Return a company with a main number, and a number, a mailbox and a group of five for each person or five."""
    objects: list[AnyObject] = []
    for n in range(100, 100 + size):
        objects += [
            person(n, n),
            PersonFlow(id=n, no_answer=f"mailbox/{n}"),
            Mailbox(id=n, name="", greeting="prompt/3"),
        ]
        objects += [Number(id=n, name="", e164=f"+46{n:08}"), NumberFlow(id=n, entry=f"person/{n}")]
        if n % 5 == 0:
            members = tuple(Member(person=f"person/{n + k}") for k in range(min(5, 100 + size - n)))
            objects.append(Group(id=n, name="", members=members, no_answer=f"mailbox/{n}"))
    return {**sample(), **{key_of(obj): obj for obj in objects}}


@pytest.mark.parametrize(
    "change",
    [
        replace(person(110, 110), name="Anna Berg"),
        PersonFlow(id=110, ring_seconds=40, no_answer="mailbox/1", busy="group/110"),
        Mailbox(id=110, name="Ny"),
        prompt(3, seconds=3),
        hours(),
        replace(config()["menu/1"], tries=3, no_input="group/115"),
        replace(config()["timeswitch/1"], closed="person/111"),
        NumberFlow(id=110, entry="timeswitch/1"),
        Number(id=20_000, name="", e164="+46812345678"),
        replace(person(20_000, 20_000), extension="99999"),
    ],
    ids=key_of,
)
def test_the_proof_of_a_change_reads_as_much_of_a_large_company_as_of_a_small_one(change: AnyObject) -> None:
    small, large = Known(company(20)), Known(company(2000))
    for known in (small, large):
        assert prove_changes(known, {key_of(change): change}) == []
    assert (small.readings, small.read) == (large.readings, large.read)
    assert small.readings < 20
