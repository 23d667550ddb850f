"""The list of mailboxes: who sees which, what is found, and that it costs the same however long it is."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenants.customers import scope
from tenants.customers.models import Membership, User
from tenants.mailboxes import queries
from tests.factories.cast import Cast, cast
from tests.factories.crowd import boxes
from tests.factories.doors import client, text
from tests.factories.mailboxes import mailbox, message
from tests.factories.people import person

pytestmark = pytest.mark.django_db
LIST = "/c/norrsken-bygg/mailboxes/"


@pytest.fixture
def everybody() -> Cast:
    return cast()


def found(everybody: Cast, who: User, search: str = "") -> list[str]:
    """Return the names of the mailboxes that somebody's list has."""
    with scope.customer(everybody.norrsken.pk):
        membership = Membership.objects.get(user=who)
        places = queries.matching(membership, search, everything=who == everybody.alice)
        return [place.name for place in places.order_by(*queries.ORDER)]


def test_a_mailbox_is_found_by_its_name_and_by_its_owners(everybody: Cast) -> None:
    with scope.customer(everybody.norrsken.pk):
        ident = everybody.norrsken.pk
        bob = person(ident, "Bob Lind", "102", user_id=everybody.bob.pk)
        mailbox(ident, "Privat", owner_id=bob.pk)
        mailbox(ident, "Växeln", everybody.alice)
        mailbox(ident, "bygget")
    assert found(everybody, everybody.alice) == ["bygget", "Privat", "Växeln"]
    assert found(everybody, everybody.alice, "lind") == ["Privat"]
    assert found(everybody, everybody.alice, "ÄX") == ["Växeln"]
    assert found(everybody, everybody.bob) == ["Privat"]
    assert found(everybody, everybody.bob, "växeln") == []


def test_a_row_says_how_many_messages_wait_and_who_may_listen(everybody: Cast) -> None:
    with scope.customer(everybody.norrsken.pk):
        for number in range(3):
            message(mailbox(everybody.norrsken.pk, f"Låda {number}", everybody.bob, everybody.alice))
        mailbox(everybody.norrsken.pk, "Tom")
        rows = queries.rows_of(list(queries.matching(None, everything=True).order_by(*queries.ORDER)))
    shown = [(row.mailbox.name, row.messages, row.unheard, row.listeners) for row in rows]
    told = (1, 1, ("Alice Ek", "Bob Lind"))
    assert shown == [(f"Låda {number}", *told) for number in range(3)] + [("Tom", 0, 0, ())]


@pytest.mark.parametrize("query", ["", "?q=nummer"])
def test_the_list_of_who_listens_costs_the_same_however_long_it_is(everybody: Cast, query: str) -> None:
    browser = client(everybody.bob)

    def cost() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as seen:
            rows = text(browser.get(LIST + query)).count("<tr>")
        return len(seen), rows

    with scope.customer(everybody.norrsken.pk):
        bob = Membership.objects.get(user=everybody.bob)
        boxes(everybody.norrsken, 2, bob)
        mailbox(everybody.norrsken.pk, "Ledningens nummer", everybody.alice)
    few, rows = cost()
    assert rows == 3
    with scope.customer(everybody.norrsken.pk):
        boxes(everybody.norrsken, 298, bob, first=2)
    assert cost() == (few, 51)
    assert "300 röstbrevlådor" in text(browser.get(LIST + query))


def test_a_search_without_a_match_says_so_and_leads_back(everybody: Cast) -> None:
    with scope.customer(everybody.norrsken.pk):
        mailbox(everybody.norrsken.pk, "Växeln", everybody.bob)
    page = text(client(everybody.bob).get(f"{LIST}?q=<b>"))
    assert "Inga träffar" in page
    assert "Ingen röstbrevlåda har ”&lt;b&gt;” i namnet" in page
    assert 'href="?"' in page
