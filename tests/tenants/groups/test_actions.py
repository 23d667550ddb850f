"""Response groups: who rings in which order, and what happens when nobody answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenants.customers import scope
from tenants.destinations import actions as destinations
from tenants.groups import actions
from tenants.groups.compile import compile_group
from tenants.groups.models import Group, Line, Order, Strategy
from tenants.people.models import Person
from tenants.prompts.actions import PromptUsed
from tenants.prompts.actions import remove as remove_prompt
from tenants.refusals import Conflict
from tests.factories import flow
from tests.factories.cast import Cast, cast
from tests.factories.groups import group
from tests.factories.menus import menu
from tests.factories.prompts import prompt

pytestmark = pytest.mark.django_db


@pytest.fixture
def everybody() -> Iterator[Cast]:
    people = cast()
    with scope.customer(people.norrsken.pk):
        yield people


def team(customer: int) -> tuple[Person, Person, Person]:
    return (
        flow.person(customer, "Anna Berg", "101"),
        flow.person(customer, "Bo Dahl", "102"),
        flow.person(customer, "Cia Ek", "103"),
    )


def ranks(row: Group) -> list[tuple[str, int]]:
    return [(member.person, member.rank) for member in compile_group(row).members]


def test_in_turn_everybody_has_a_rank_of_their_own(everybody: Cast) -> None:
    anna, bo, cia = team(everybody.norrsken.pk)
    row = group(everybody.norrsken.pk, members=(cia.pk, anna.pk, bo.pk))
    assert ranks(row) == [(f"person/{cia.pk}", 1), (f"person/{anna.pk}", 2), (f"person/{bo.pk}", 3)]


def test_all_at_once_have_the_same_rank(everybody: Cast) -> None:
    anna, bo, _cia = team(everybody.norrsken.pk)
    row = group(everybody.norrsken.pk, members=(anna.pk, bo.pk), strategy=Strategy.PARALLEL)
    assert ranks(row) == [(f"person/{anna.pk}", 0), (f"person/{bo.pk}", 0)]


def test_a_group_of_one_is_a_group(everybody: Cast) -> None:
    anna = flow.person(everybody.norrsken.pk)
    row = group(everybody.norrsken.pk, members=(anna.pk,))
    assert ranks(row) == [(f"person/{anna.pk}", 1)]


def test_the_order_can_be_changed(everybody: Cast) -> None:
    anna, bo, cia = team(everybody.norrsken.pk)
    row = group(everybody.norrsken.pk, members=(anna.pk, bo.pk, cia.pk))
    wish = actions.Wish(name="Försäljning", members=(bo.pk, cia.pk, anna.pk))
    actions.change(group=row, by=everybody.alice, version=1, wish=wish)
    assert [person for person, _rank in ranks(row)] == [f"person/{who.pk}" for who in (bo, cia, anna)]


def test_two_editors_do_not_write_over_each_other(everybody: Cast) -> None:
    row = group(everybody.norrsken.pk)
    actions.change(group=row, by=everybody.alice, version=1, wish=actions.Wish(name="Försäljning", ring_seconds=30))
    with pytest.raises(Conflict):
        actions.change(group=row, by=everybody.sam, version=1, wish=actions.Wish(name="Försäljning", ring_seconds=40))
    assert Group.objects.get().ring_seconds == 30


def test_somebody_cannot_be_a_member_twice(everybody: Cast) -> None:
    anna = flow.person(everybody.norrsken.pk)
    with pytest.raises(actions.Twice):
        group(everybody.norrsken.pk, members=(anna.pk, anna.pk))
    assert not Group.objects.exists()


def test_another_customers_person_cannot_be_a_member(everybody: Cast) -> None:
    with scope.customer(everybody.bageri.pk):
        theirs = flow.person(everybody.bageri.pk)
    with pytest.raises(actions.PersonGone):
        group(everybody.norrsken.pk, members=(theirs.pk,))


@pytest.mark.parametrize("seconds", [4, 121])
def test_a_ringing_time_out_of_bounds_is_refused(everybody: Cast, seconds: int) -> None:
    with pytest.raises(actions.OutOfBounds):
        group(everybody.norrsken.pk, ring_seconds=seconds)


def test_a_group_in_use_is_not_removed_and_the_words_say_where(everybody: Cast) -> None:
    row = group(everybody.norrsken.pk)
    menu(everybody.norrsken.pk, "Huvudmeny", keys={"1": row.pk})
    with pytest.raises(destinations.StillPointedAt, match="Huvudmeny"):
        actions.remove(group=row, by=everybody.alice, version=None)


def test_a_replacement_that_leads_to_what_it_replaces_is_refused(everybody: Cast) -> None:
    row = group(everybody.norrsken.pk)
    other = group(everybody.norrsken.pk, "Reserv", no_answer_id=row.pk)
    with pytest.raises(destinations.ToItself):
        actions.remove(group=row, by=everybody.alice, version=None, instead=other.destination)
    assert compile_group(other).no_answer == f"group/{row.pk}"


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations([0, 1, 2]),
    count=st.integers(0, 3),
    strategy=st.sampled_from(Strategy),
    seconds=st.integers(5, 120),
    answer=st.booleans(),
    nobody=st.booleans(),
    line=st.none()
    | st.builds(
        actions.LineWish,
        max_wait_seconds=st.integers(10, 3600),
        max_waiting=st.integers(1, 200),
        announce_every=st.integers(10, 600),
        order=st.sampled_from(Order),
        wrap_up_seconds=st.integers(0, 900),
    ),
)
def test_a_group_comes_back_as_it_was(
    everybody: Cast, order: list[int], count: int, strategy: Strategy, seconds: int, answer: bool, nobody: bool,
    line: actions.LineWish | None,
) -> None:  # fmt: skip
    with transaction.atomic():
        customer = everybody.norrsken.pk
        people, box = team(customer), flow.mailbox(customer)
        wish = actions.Wish(
            name="Då",
            strategy=strategy,
            members=tuple(people[index].pk for index in order[:count]),
            ring_seconds=seconds,
            no_answer_id=box.pk if answer else None,
            nobody_id=box.pk if nobody else None,
            full_id=box.pk if answer else None,
            line=line and replace(
                line, music_id=prompt(customer, "Musik").pk if answer else None,
                announce_id=prompt(customer, "Vänta").pk if nobody else None, exits={"1": box.pk} if answer else {},
            ),
        )  # fmt: skip
        row = actions.make(customer_id=customer, by=None, wish=wish)
        then = compile_group(row)
        actions.change(group=row, by=None, version=1, wish=actions.Wish(name="Nu", members=(people[0].pk,)))
        back = actions.restore(customer, then)
        actions.link(customer, then)
        assert compile_group(back) == then
        transaction.set_rollback(True)


def test_callers_wait_only_where_a_line_is_wished(everybody: Cast) -> None:
    customer = everybody.norrsken.pk
    box, sound = flow.mailbox(customer), prompt(customer)
    wish = actions.LineWish(max_wait_seconds=60, music_id=sound.pk, exits={"1": box.pk})
    row = group(customer, full_id=box.pk, line=wish)
    rules = compile_group(row).waiting
    assert rules is not None
    assert (rules.max_wait_seconds, rules.music) == (60, f"prompt/{sound.pk}")
    assert [(way.digit, way.target) for way in rules.exits] == [("1", f"mailbox/{box.pk}")]
    assert compile_group(row).full == f"mailbox/{box.pk}"
    actions.change(group=row, by=everybody.alice, version=1, wish=actions.Wish(name="Försäljning"))
    assert compile_group(row).waiting is None
    assert not Line.objects.exists()
    assert not row.destination.routes.exists()


@pytest.mark.parametrize(
    "figures",
    [
        {"max_wait_seconds": 9},
        {"max_wait_seconds": 3601},
        {"max_waiting": 0},
        {"announce_every": 9},
        {"wrap_up_seconds": 901},
    ],
)
def test_a_line_out_of_bounds_is_refused(everybody: Cast, figures: dict[str, int]) -> None:
    with pytest.raises(actions.LineOutOfBounds):
        group(everybody.norrsken.pk, line=actions.LineWish(**figures))  # type: ignore[arg-type]
    assert not Group.objects.exists()


def test_a_key_no_telephone_has_leads_nowhere(everybody: Cast) -> None:
    with pytest.raises(actions.UnknownKey):
        group(everybody.norrsken.pk, line=actions.LineWish(exits={"A": flow.mailbox(everybody.norrsken.pk).pk}))


def test_another_customers_music_is_refused(everybody: Cast) -> None:
    with scope.customer(everybody.bageri.pk):
        theirs = prompt(everybody.bageri.pk)
    with pytest.raises(destinations.PromptGone):
        group(everybody.norrsken.pk, line=actions.LineWish(music_id=theirs.pk))


def test_a_prompt_heard_in_a_line_is_not_removed_and_the_words_say_where(everybody: Cast) -> None:
    sound = prompt(everybody.norrsken.pk)
    group(everybody.norrsken.pk, line=actions.LineWish(announce_id=sound.pk))
    with pytest.raises(PromptUsed, match="Försäljning"):
        remove_prompt(prompt=sound, by=everybody.alice, version=None)
