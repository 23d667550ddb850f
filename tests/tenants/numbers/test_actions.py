"""Numbers: held once in the whole platform, one main number, and where they lead waits for publishing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenants.changes import queries as changes
from tenants.changes.actions import publish, undo
from tenants.customers import scope
from tenants.destinations.actions import TargetGone
from tenants.numbers import actions
from tenants.numbers.compile import compile_flow, compile_number
from tenants.numbers.models import Number
from tenants.refusals import Conflict
from tenants.routing import objects
from tests.factories.cast import Cast, cast
from tests.factories.mailboxes import mailbox
from tests.factories.numbers import number

pytestmark = pytest.mark.django_db


@pytest.fixture
def everybody() -> Iterator[Cast]:
    people = cast()
    with scope.customer(people.norrsken.pk):
        yield people


def test_a_new_number_is_in_the_switch_and_out_of_use(everybody: Cast) -> None:
    row = number(everybody.norrsken.pk)
    assert set(changes.active()) == {f"number/{row.pk}", f"number-flow/{row.pk}"}
    assert changes.waiting() == []
    assert (row.e164, row.kind, row.is_main) == ("+46406221000", Number.Kind.GEOGRAPHIC, True)


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("08-465 004 01", "geographic"),
        ("070-174 06 05", "mobile"),
        ("010-123 45 67", "national"),
        ("020-12 34 56", "national"),
        ("+47 22 12 34 56", "foreign"),
    ],
)
def test_the_sort_of_number_is_seen(everybody: Cast, typed: str, kind: str) -> None:
    assert number(everybody.norrsken.pk, typed).kind == kind


@pytest.mark.parametrize("typed", ["", "hej", "112", "12", "040", "+46 40 622 10 00 000 000", "11414"])
def test_what_is_no_number_is_refused(everybody: Cast, typed: str) -> None:
    with pytest.raises(actions.NoNumber):
        number(everybody.norrsken.pk, typed)


def test_held_by_us_and_held_by_others_read_the_same(everybody: Cast) -> None:
    number(everybody.norrsken.pk, "040-622 10 00")
    with scope.customer(everybody.bageri.pk):
        number(everybody.bageri.pk, "040-622 10 01")
    said = set()
    for typed in ("040-622 10 00", "040-622 10 01"):
        with pytest.raises(actions.NumberHeld) as refusal:
            number(everybody.norrsken.pk, typed)
        said.add((str(refusal.value.message), refusal.value.code, refusal.value.field))
    assert len(said) == 1


def test_one_number_is_the_main_number(everybody: Cast) -> None:
    first, second = number(everybody.norrsken.pk), number(everybody.norrsken.pk, "040-622 10 01")
    assert (first.is_main, second.is_main) == (True, False)
    change = actions.make_main(number=second, by=everybody.alice)
    assert list(Number.objects.filter(is_main=True)) == [second]
    undo(customer_id=everybody.norrsken.pk, change_id=change.pk, by=everybody.alice)
    assert list(Number.objects.filter(is_main=True)) == [first]


def test_the_main_number_goes_last(everybody: Cast) -> None:
    first, second = number(everybody.norrsken.pk), number(everybody.norrsken.pk, "040-622 10 01")
    with pytest.raises(actions.MainNumber):
        actions.release(number=first, by=everybody.sam, version=None)
    actions.release(number=second, by=everybody.sam, version=None)
    actions.release(number=first, by=everybody.sam, version=None)
    assert changes.active() == {}


def test_a_released_number_may_be_anybodys(everybody: Cast) -> None:
    actions.release(number=number(everybody.norrsken.pk), by=everybody.sam, version=None)
    with scope.customer(everybody.bageri.pk):
        assert number(everybody.bageri.pk).is_main


def test_where_it_leads_waits_and_a_label_does_not(everybody: Cast) -> None:
    row, box = number(everybody.norrsken.pk), mailbox(everybody.norrsken.pk)
    actions.describe(number=row, by=everybody.alice, version=1, label="Malmö")
    actions.set_entry(number=row, by=everybody.alice, entry_id=box.pk, version=2)
    told = changes.active()
    assert told[f"number/{row.pk}"] == objects.Number(id=row.pk, name="Malmö", e164="+46406221000", is_main=True)
    assert told[f"number-flow/{row.pk}"] == objects.NumberFlow(id=row.pk)
    publish(customer_id=everybody.norrsken.pk, by=everybody.alice)
    assert changes.active()[f"number-flow/{row.pk}"] == objects.NumberFlow(id=row.pk, entry=f"mailbox/{box.pk}")


def test_it_can_not_lead_to_another_customer(everybody: Cast) -> None:
    with scope.customer(everybody.bageri.pk):
        theirs = mailbox(everybody.bageri.pk)
    with pytest.raises(TargetGone):
        actions.set_entry(number=number(everybody.norrsken.pk), by=None, entry_id=theirs.pk, version=None)


def test_the_second_at_a_form_is_told(everybody: Cast) -> None:
    row = number(everybody.norrsken.pk)
    actions.describe(number=row, by=everybody.alice, version=1, label="Malmö")
    with pytest.raises(Conflict):
        actions.describe(number=row, by=everybody.bob, version=1, label="Lund")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ident=st.integers(10**6, 10**9),
    label=st.text("abcåäö ", max_size=80),
    e164=st.from_regex(r"\+4640622[0-9]{4}", fullmatch=True),
    is_main=st.booleans(),
    leads=st.booleans(),
)
def test_a_number_comes_back_from_both_objects(
    everybody: Cast, ident: int, label: str, e164: str, is_main: bool, leads: bool
) -> None:
    with transaction.atomic():
        entry = f"mailbox/{mailbox(everybody.norrsken.pk).pk}" if leads else None
        obj = objects.Number(id=ident, name=label, e164=e164, is_main=is_main)
        flow = objects.NumberFlow(id=ident, entry=entry)
        assert compile_number(actions.restore(everybody.norrsken.pk, obj)) == obj
        assert compile_flow(actions.restore_flow(everybody.norrsken.pk, flow)) == flow
        transaction.set_rollback(True)
