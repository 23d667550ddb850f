"""The history of releases: paged, told by node, and gone back to only with open eyes."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tenants.changes import actions, queries
from tenants.changes.history import ORDER, history, releases
from tenants.changes.models import Publication, Release, ReleaseItem
from tenants.customers import scope
from tenants.nodes import actions as nodes
from tenants.nodes.models import Placement, Receipt
from tenants.routing import wire
from tests.factories import flow
from tests.factories.cast import Cast, cast
from tests.factories.doors import client, text
from tests.factories.groups import group
from tests.tenants.changes.test_pages import BASE, seen

pytestmark = pytest.mark.django_db


@pytest.fixture
def everybody() -> Cast:
    return cast()


@pytest.fixture
def inside(everybody: Cast) -> Iterator[int]:
    """Norrsken's id, with its rows in scope."""
    with scope.customer(everybody.norrsken.pk):
        yield everybody.norrsken.pk


@pytest.fixture
def story(everybody: Cast, inside: int) -> flow.Story:
    made = flow.story(everybody.norrsken)
    actions.publish(customer_id=inside, by=everybody.alice, note="Första flödet")
    return made


def newest() -> int:
    return queries.publication().generation


def received(everybody: Cast, generation: int) -> None:
    """Have the node confirm a generation."""
    Receipt.objects.create(
        customer=everybody.norrsken, node=everybody.node, epoch=1, generation=generation, root="x",
        effective_at=timezone.now() + timedelta(milliseconds=300), milliseconds=5,
    )  # fmt: skip


def shown(browser: Client, generation: int) -> str:
    return text(browser.get(f"{BASE}releases/{generation}/"))


def test_a_release_says_who_what_and_how_it_stands_on_the_node(everybody: Cast, story: flow.Story) -> None:
    page = shown(client(everybody.alice), newest())
    for words in (
        "Första flödet",
        "Alice Ek",
        "Huvudmeny",
        "vaxel-1",
        "Väntar på sin tur",
        'hx-trigger="load delay:400ms, release from:body, every 15s"',
    ):
        assert words in page
    received(everybody, newest())
    page = shown(client(everybody.alice), newest())
    assert "Gäller sedan" in page
    assert 'hx-trigger="load delay:400ms, release from:body, every 15s"' not in page.split('id="nodes"')[1]


def test_one_that_a_later_one_brought_says_so(everybody: Cast, story: flow.Story) -> None:
    received(everybody, newest())
    assert f"Kom med nr {newest()}" in shown(client(everybody.alice), newest() - 1)


def test_a_refused_one_names_the_object_by_its_name(everybody: Cast, story: flow.Story) -> None:
    key = f"menu/{story.main.pk}"
    said = {"code": "bad_menu", "key": key, "detail": "no such prompt", "generation": newest()}
    Placement.objects.update(quarantined=newest(), refusal=said, error="refused")
    page = shown(client(everybody.alice), newest())
    for words in ("Nekade ”Huvudmeny” (Knappval)", "Nekad av växeln", key, "bad_menu", "no such prompt"):
        assert words in page
    assert "Har inte nått växeln" in text(client(everybody.alice).get(BASE))


def test_a_refused_one_stays_so_when_a_later_one_goes_through(everybody: Cast, story: flow.Story) -> None:
    key, bad, placement = f"menu/{story.main.pk}", newest(), Placement.objects.get()
    nodes.refuse(
        placement=placement, generation=bad, refusal=wire.Refusal(code="bad_menu", key=key, detail="no prompt")
    )
    flow.mailbox(everybody.norrsken.pk, "Ny låda")
    good = wire.Receipt(
        customer=everybody.norrsken.pk, epoch=1, generation=bad + 1, root="x", effective_at=time.time(), milliseconds=5
    )
    assert nodes.confirm(node_id=everybody.node.pk, receipt=good)
    assert Placement.objects.get().refusal is None
    browser = client(everybody.alice)
    page = shown(browser, bad)
    for words in (
        "Nekade ”Huvudmeny” (Knappval)",
        f"tills nr {bad + 1} kom",
        "Nekad av växeln",
        "bad_menu",
        "no prompt",
    ):
        assert words in page
    assert 'data-state="was_refused"' in page
    assert f"Kom med nr {bad + 1}" not in page
    assert "Nekades av växeln" in text(browser.get(BASE))
    assert [past.state for past in history(list(releases().order_by(*ORDER))[:2])] == ["effective", "was_refused"]
    assert "Gäller sedan" in shown(browser, bad + 1)


def test_another_customers_release_is_none_of_ours(everybody: Cast, story: flow.Story) -> None:
    for tail in ("", "nodes/", "receipt/", "restore/"):
        assert client(everybody.charlie).get(f"{BASE}releases/{newest()}/{tail}").status_code == 404
        assert client(everybody.alice).get(f"{BASE}releases/99999/{tail}").status_code == 404


def test_a_draft_is_never_lost_in_silence(everybody: Cast, inside: int, story: flow.Story) -> None:
    group(inside, "Jour", members=(story.people[0].pk,), no_answer_id=story.box.pk)
    browser, address = client(everybody.alice), f"{BASE}releases/{newest() - 1}/restore/"
    page = text(browser.get(address))
    assert "Det här utkastet försvinner" in page
    assert "Jour" in page
    refused = browser.post(address, {"seen": seen(page)})
    assert refused.status_code == 422
    assert "Utkastet försvinner. Publicera det först" in text(refused)
    assert queries.waiting()


def test_what_changed_since_it_was_looked_at_stops_it(everybody: Cast, inside: int, story: flow.Story) -> None:
    browser, address = client(everybody.alice), f"{BASE}releases/{newest() - 1}/restore/"
    page = text(browser.get(address))
    flow.mailbox(inside, "Ny låda")
    before = newest()
    refused = browser.post(address, {"seen": seen(page), "lose": "on"})
    assert refused.status_code == 422
    assert "Någon har ändrat något" in text(refused)
    assert newest() == before
    assert browser.post(address, {"lose": "on"}).status_code == 422


def many(everybody: Cast, count: int) -> None:
    """Make so many more generations, each with an object and a receipt."""
    customer, first = everybody.norrsken, newest() + 1
    menu = ReleaseItem.objects.filter(key__startswith="menu/").latest("pk")
    made = Release.objects.bulk_create(
        Release(customer=customer, generation=first + n, root="x", origin="save", note=f"Ändring {n}")
        for n in range(count)
    )
    ReleaseItem.objects.bulk_create(
        ReleaseItem(
            customer=customer, release=one, generation=one.generation, key=menu.key, before=menu.after, after=menu.after
        )
        for one in made
    )
    Receipt.objects.bulk_create(
        Receipt(customer=customer, node=everybody.node, epoch=1, generation=one.generation, root="x",
                effective_at=timezone.now(), milliseconds=1)
        for one in made[:-1]
    )  # fmt: skip
    Publication.objects.update(generation=first + count - 1)


def test_every_page_costs_as_many_queries_whatever_the_length(everybody: Cast, story: flow.Story) -> None:
    browser = client(everybody.alice)
    many(everybody, 3)

    def cost(address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(address).status_code == 200
        return len(captured)

    addresses = [f"{BASE}", f"{BASE}releases/2/", f"{BASE}releases/2/restore/"]
    few = [cost(address) for address in addresses]
    many(everybody, 3000)
    assert [cost(address) for address in addresses] == few


def test_the_history_is_turned_page_by_page_to_its_end(everybody: Cast, story: flow.Story) -> None:
    many(everybody, 50)
    browser, query, told = client(everybody.alice), "", list[str]()
    for _ in range(-(-newest() // 20)):
        page = text(browser.get(f"{BASE}{query}"))
        told += re.findall(r"Nr (\d+) ·", page)
        found = re.search(r'href="(\?after=[^"&]+)"', page)
        query = found[1] if found else "?the-end"
    assert query == "?the-end"
    assert told == [str(number) for number in range(newest(), 0, -1)]


def test_a_large_release_is_listed_by_its_first_few_and_paged_on_its_own(everybody: Cast, story: flow.Story) -> None:
    many(everybody, 1)
    release = Release.objects.latest("generation")
    ReleaseItem.objects.bulk_create(
        ReleaseItem(customer=everybody.norrsken, release=release, generation=release.generation, key=f"prompt/{n}")
        for n in range(900000, 900250)
    )
    browser = client(everybody.alice)
    assert "och 246 till" in text(browser.get(BASE))
    page = shown(browser, release.generation)
    assert page.count("diff-title") == 100
    assert 'rel="next"' in page
