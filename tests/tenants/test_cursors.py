"""Lists in pages: each row once, in order, back and forth, and nonsense asks for the first page."""

from __future__ import annotations

import base64
import json

import pytest
from django.db import connection
from django.db.models.functions import Lower
from django.test.utils import CaptureQueriesContext

from tenants import cursors
from tenants.customers import scope
from tenants.customers.models import Membership, Site
from tenants.numbers.models import Number
from tenants.prompts.models import Prompt
from tests.factories.cast import Cast, cast
from tests.factories.crowd import boxes, crowd
from tests.factories.doors import client, text

pytestmark = pytest.mark.django_db
ORDER = ("-area_code", "name")


@pytest.fixture
def everybody() -> Cast:
    return cast()


def sites(everybody: Cast, count: int) -> list[str]:
    """Make sites in three areas; return their names as they should be listed."""
    made = [
        Site(customer=everybody.norrsken, name=f"Kontor {n:03}", area_code=("040", "08", "031")[n % 3])
        for n in range(count)
    ]
    Site.objects.bulk_create(made)
    return [one.name for one in sorted(sorted(made, key=lambda one: one.name), key=lambda one: one.area_code)[::-1]]


def names(page: cursors.Slice[Site]) -> list[str]:
    return [one.name for one in page.rows]


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 20, 25])
def test_every_row_comes_once_and_back_again(everybody: Cast, count: int) -> None:
    with scope.customer(everybody.norrsken.pk):
        sites(everybody, count)
        whole = list(Site.objects.order_by(*ORDER).values_list("name", flat=True))
        page, seen, pages = cursors.cut(Site.objects.all(), ORDER, {}, 10), [], []
        while True:
            seen += names(page)
            pages.append(names(page))
            if not page.after:
                break
            page = cursors.cut(Site.objects.all(), ORDER, {"after": page.after}, 10)
        assert seen == whole
        back = [names(page)]
        while page.before:
            page = cursors.cut(Site.objects.all(), ORDER, {"before": page.before}, 10)
            back.append(names(page))
        assert back[::-1] == pages


def encoded(values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "åäö", "=" * 7, encoded([]), encoded(["040"]), encoded(["040", "a\0"]), encoded([1, None]),
     encoded({"a": 1}), encoded(["040", [1]]), encoded([1.5, "a"]), "A" * 5000],
)  # fmt: skip
def test_nonsense_asks_for_the_first_page(everybody: Cast, cursor: str) -> None:
    with scope.customer(everybody.norrsken.pk):
        sites(everybody, 12)
        first = names(cursors.cut(Site.objects.all(), ORDER, {}, 10))
        for side in ("after", "before"):
            assert names(cursors.cut(Site.objects.all(), ORDER, {side: cursor}, 10)) == first


def test_a_number_where_a_word_should_be_and_the_other_way_is_nonsense(everybody: Cast) -> None:
    with scope.customer(everybody.norrsken.pk):
        sites(everybody, 12)
        first = names(cursors.cut(Site.objects.all(), ("pk",), {}, 10))
        assert names(cursors.cut(Site.objects.all(), ("pk",), {"after": encoded(["abc"])}, 10)) == first


LISTS = {"people": "Person nummer", "prompts": "Prompt nummer", "numbers": "Växel nummer", "mailboxes": "Låda nummer"}


def fill(everybody: Cast, size: int) -> None:
    """Give Norrsken so many people, numbers, prompts and mailboxes."""
    customer = everybody.norrsken
    with scope.customer(customer.pk):
        crowd(customer, size)
        Number.objects.bulk_create(
            Number(customer=customer, e164=f"+4640{6000000 + n}", label=f"Växel nummer {n}") for n in range(size)
        )
        Prompt.objects.bulk_create(Prompt(customer=customer, name=f"Prompt nummer {n}") for n in range(size))
        boxes(customer, size, Membership.objects.get(user=everybody.bob))


@pytest.mark.parametrize("room", LISTS)
def test_a_list_costs_as_many_queries_whatever_its_length(everybody: Cast, room: str) -> None:
    address, browser = f"/c/norrsken-bygg/{room}/", client(everybody.alice)

    def cost(query: str = "") -> int:
        with CaptureQueriesContext(connection) as seen:
            assert LISTS[room] in text(browser.get(address + query))
        return len(seen)

    fill(everybody, 2)
    few = cost()
    with scope.customer(everybody.norrsken.pk):
        model = {"prompts": Prompt, "numbers": Number}.get(room)
        if model is Prompt:
            Prompt.objects.bulk_create(
                Prompt(customer=everybody.norrsken, name=f"Prompt nummer {n}") for n in range(2, 300)
            )
        elif model is Number:
            Number.objects.bulk_create(
                Number(customer=everybody.norrsken, e164=f"+4640{6000000 + n}", label=f"Växel nummer {n}")
                for n in range(2, 300)
            )
        elif room == "mailboxes":
            boxes(everybody.norrsken, 298, Membership.objects.get(user=everybody.bob), first=2)
        else:
            more(everybody)
    assert cost() == few
    assert cost("?q=nummer") == few


def more(everybody: Cast) -> None:
    """Add three hundred people."""
    from tenants.destinations.models import Destination, Kind
    from tenants.people.models import Person

    customer = everybody.norrsken
    rows = [Destination(customer=customer, kind=Kind.PERSON, name=f"Person nummer x{n}") for n in range(300)]
    Destination.objects.bulk_create(rows)
    Person.objects.bulk_create(
        Person(customer=customer, destination=row, kind=Kind.PERSON, extension=str(40000 + n))
        for n, row in enumerate(rows)
    )


@pytest.mark.parametrize("room", LISTS)
def test_a_list_is_searched_and_turned_without_scripts(everybody: Cast, room: str) -> None:
    fill(everybody, 120)
    browser, address = client(everybody.alice), f"/c/norrsken-bygg/{room}/"
    first = text(browser.get(address))
    assert first.count("<tr>") == 51
    assert 'rel="next"' in first
    assert 'rel="prev"' not in first
    found = text(browser.get(f"{address}?q={LISTS[room]} 77"))
    assert found.count("<tr>") == 2
    assert "Inga träffar" in text(browser.get(f"{address}?q=finns inte"))


@pytest.mark.parametrize("room", LISTS)
def test_a_search_by_htmx_gets_the_list_alone(everybody: Cast, room: str) -> None:
    fill(everybody, 3)
    answer = text(client(everybody.alice).get(f"/c/norrsken-bygg/{room}/?q=nummer", headers={"HX-Request": "true"}))
    assert "<html" not in answer
    assert f'id="{room}"' in answer


def test_names_come_in_order_whatever_their_capitals(everybody: Cast) -> None:
    with scope.customer(everybody.norrsken.pk):
        Prompt.objects.bulk_create(Prompt(customer=everybody.norrsken, name=name) for name in ("bil", "Apa", "Cykel"))
        rows = Prompt.objects.annotate(sorted=Lower("name"))
        assert [one.name for one in cursors.cut(rows, ("sorted",), {}).rows] == ["Apa", "bil", "Cykel"]
