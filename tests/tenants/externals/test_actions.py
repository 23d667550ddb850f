"""External numbers: what may not be dialled is never saved, and the reader is told why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenants.changes import queries as changes
from tenants.changes.actions import undo
from tenants.changes.models import Change
from tenants.customers import scope
from tenants.destinations.dialling import WHY, NotDialled
from tenants.externals import actions
from tenants.externals.compile import compile_external
from tenants.externals.models import ExternalNumber
from tenants.routing import objects
from tenants.routing.dialling import Code
from tests.factories.cast import Cast, cast
from tests.factories.externals import external

pytestmark = pytest.mark.django_db


@pytest.fixture
def everybody() -> Iterator[Cast]:
    people = cast()
    with scope.customer(people.norrsken.pk):
        yield people


@pytest.mark.parametrize(
    "typed", ["070-174 06 35", "+46 70 174 06 35", "0046701740635", "tel:+46701740635", "０７０１７４０６３５"]
)
def test_a_number_is_stored_in_one_form(everybody: Cast, typed: str) -> None:
    assert external(everybody.norrsken.pk, typed=typed).e164 == "+46701740635"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "empty"),
        ("hej", "characters"),
        ("0701740635,w1", "characters"),
        ("112", "emergency"),
        ("11313", "short"),
        ("118118", "directory"),
        ("0900-123 45 67", "premium"),
        ("0939-100 20 30", "premium"),
        ("+870 773 111 632", "satellite"),
        ("+8816 123 45678", "satellite"),
        ("+47 22 12 34 56", "abroad"),
        ("+1 809 555 1234", "abroad"),
        ("020-12 34 56", "freephone"),
    ],
)
def test_what_may_not_be_dialled_is_refused_with_its_reason(everybody: Cast, typed: str, code: str) -> None:
    with pytest.raises(NotDialled) as refusal:
        external(everybody.norrsken.pk, typed=typed)
    assert (refusal.value.code, refusal.value.field) == (code, "e164")
    assert str(refusal.value.message) == str(WHY[code])  # type: ignore[index]
    assert not ExternalNumber.objects.exists()


def test_every_verdict_of_the_gate_has_its_words() -> None:
    assert set(WHY) == set(get_args(Code))


def test_a_changed_number_passes_the_gate_again(everybody: Cast) -> None:
    row = external(everybody.norrsken.pk)
    with pytest.raises(NotDialled):
        actions.change(
            external=row, by=everybody.alice, version=1, wish=actions.Wish(name="Jouren", typed="0900-1234567")
        )
    row.refresh_from_db()
    assert row.e164 == "+46701740635"


def test_an_external_number_is_live_at_once_and_its_making_can_be_undone(everybody: Cast) -> None:
    row = external(everybody.norrsken.pk)
    assert changes.active() == {f"external/{row.pk}": compile_external(row)}
    undo(customer_id=everybody.norrsken.pk, change_id=Change.objects.get().pk, by=everybody.alice)
    assert not ExternalNumber.objects.exists()
    assert changes.active() == {}


def test_a_removed_one_comes_back(everybody: Cast) -> None:
    row = external(everybody.norrsken.pk)
    then = compile_external(row)
    change = actions.remove(external=row, by=everybody.alice, version=None)
    undo(customer_id=everybody.norrsken.pk, change_id=change.pk, by=everybody.alice)
    assert compile_external(ExternalNumber.objects.get()) == then


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ident=st.integers(10**6, 10**9),
    name=st.text("abcåäö ", min_size=1, max_size=80),
    e164=st.from_regex(r"\+4670174(060[5-9]|06[1-9][0-9])", fullmatch=True),
    ring=st.integers(5, 120),
)
def test_an_external_number_comes_back_from_its_object(
    everybody: Cast, ident: int, name: str, e164: str, ring: int
) -> None:
    with transaction.atomic():
        obj = objects.External(id=ident, name=name, e164=e164, ring_seconds=ring)
        assert compile_external(actions.restore(everybody.norrsken.pk, obj)) == obj
        transaction.set_rollback(True)
