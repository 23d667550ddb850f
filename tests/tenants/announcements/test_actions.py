"""Announcements: what is heard, and what comes after."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tenants.announcements import actions
from tenants.announcements.compile import compile_announcement
from tenants.announcements.models import Announcement
from tenants.customers import scope
from tenants.destinations import actions as destinations
from tenants.refusals import Conflict
from tenants.routing import objects
from tests.factories import flow
from tests.factories.announcements import announcement
from tests.factories.cast import Cast, cast
from tests.factories.menus import menu

pytestmark = pytest.mark.django_db


@pytest.fixture
def everybody() -> Iterator[Cast]:
    people = cast()
    with scope.customer(people.norrsken.pk):
        yield people


def test_without_a_next_the_call_ends(everybody: Cast) -> None:
    closed = flow.prompt(everybody.norrsken.pk, "Stängt")
    row = announcement(everybody.norrsken.pk, closed.pk)
    assert compile_announcement(row) == objects.Announcement(
        id=row.pk, name="Vi har stängt", prompt=f"prompt/{closed.pk}"
    )


def test_an_announcement_comes_back_as_it_was(everybody: Cast) -> None:
    customer = everybody.norrsken.pk
    closed, holiday, box = flow.prompt(customer, "Stängt"), flow.prompt(customer, "Helg"), flow.mailbox(customer)
    row = announcement(customer, closed.pk, next_id=box.pk)
    then = compile_announcement(row)
    wish = actions.Wish(name="Helgmeddelande", prompt_id=holiday.pk)
    actions.change(announcement=row, by=everybody.alice, version=1, wish=wish)
    back = actions.restore(customer, then)
    actions.link(customer, then)
    assert compile_announcement(back) == then
    assert then.next == f"mailbox/{box.pk}"


def test_two_editors_do_not_write_over_each_other(everybody: Cast) -> None:
    customer = everybody.norrsken.pk
    closed = flow.prompt(customer, "Stängt")
    row = announcement(customer, closed.pk)
    for_alice = actions.Wish(name="Stängt nu", prompt_id=closed.pk)
    actions.change(announcement=row, by=everybody.alice, version=1, wish=for_alice)
    with pytest.raises(Conflict):
        actions.change(
            announcement=row, by=everybody.sam, version=1, wish=actions.Wish(name="Annat", prompt_id=closed.pk)
        )
    assert Announcement.objects.get().name == "Stängt nu"


def test_a_prompt_of_another_customer_is_refused(everybody: Cast) -> None:
    with scope.customer(everybody.bageri.pk):
        theirs = flow.prompt(everybody.bageri.pk, "Bröd")
    with pytest.raises(destinations.PromptGone):
        announcement(everybody.norrsken.pk, theirs.pk)
    assert not Announcement.objects.exists()


def test_an_announcement_in_use_is_not_removed(everybody: Cast) -> None:
    customer = everybody.norrsken.pk
    row = announcement(customer, flow.prompt(customer).pk)
    menu(customer, "Huvudmeny", no_input_id=row.pk)
    with pytest.raises(destinations.StillPointedAt, match="Huvudmeny"):
        actions.remove(announcement=row, by=everybody.alice, version=None)
