"""Response groups: who rings in which order, and what happens when nobody answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenants.customers import scope
from tenants.destinations import actions as destinations
from tenants.groups import actions
from tenants.groups.compile import compile_group
from tenants.groups.models import Group, Strategy
from tenants.people.models import Person
from tenants.refusals import Conflict
from tests.factories import flow
from tests.factories.cast import Cast, cast
from tests.factories.groups import group
from tests.factories.menus import menu

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
        actions.remove(group=row, by=everybody.alice)


def test_a_replacement_that_leads_to_what_it_replaces_is_refused(everybody: Cast) -> None:
    row = group(everybody.norrsken.pk)
    other = group(everybody.norrsken.pk, "Reserv", no_answer_id=row.pk)
    with pytest.raises(destinations.ToItself):
        actions.remove(group=row, by=everybody.alice, instead=other.destination)
    assert compile_group(other).no_answer == f"group/{row.pk}"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations([0, 1, 2]),
    count=st.integers(0, 3),
    strategy=st.sampled_from(Strategy),
    seconds=st.integers(5, 120),
    answer=st.booleans(),
    nobody=st.booleans(),
)
def test_a_group_comes_back_as_it_was(
    everybody: Cast, order: list[int], count: int, strategy: Strategy, seconds: int, answer: bool, nobody: bool
) -> None:
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
        )
        row = actions.make(customer_id=customer, by=None, wish=wish)
        then = compile_group(row)
        actions.change(group=row, by=None, version=1, wish=actions.Wish(name="Nu", members=(people[0].pk,)))
        back = actions.restore(customer, then)
        actions.link(customer, then)
        assert compile_group(back) == then
        transaction.set_rollback(True)
