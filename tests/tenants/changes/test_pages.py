"""Granska, Publicera and the history, as Alice meets them."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenants.changes import actions, queries
from tenants.changes.models import Change
from tenants.customers import scope
from tenants.menus import actions as menus
from tenants.menus.models import Menu
from tests.factories import flow
from tests.factories.cast import Cast, cast
from tests.factories.doors import text
from tests.factories.groups import group

pytestmark = pytest.mark.django_db

BASE = "/c/norrsken-bygg/publishing/"


@dataclass(frozen=True)
class World:
    """A published flow, then a menu with a new key and a group, both waiting."""

    cast: Cast
    story: flow.Story
    client: Client
    key: str
    late: str


@pytest.fixture
def world() -> World:
    people = cast()
    with scope.customer(people.norrsken.pk):
        story = flow.story(people.norrsken)
        actions.publish(customer_id=people.norrsken.pk, by=people.alice, note="Första flödet")
        late = group(people.norrsken.pk, "Jour", members=(story.people[0].pk,), no_answer_id=story.box.pk)
        choices = {"1": menus.Choice(story.sales.pk), "2": menus.Choice(story.support.pk), "3": menus.Choice(late.pk)}
        wish = menus.Wish("Huvudmeny", story.main.prompt_id, choices, story.desk.pk, story.desk.pk)
        menus.change(menu=story.main, by=people.alice, version=None, wish=wish)
    client = Client()
    client.force_login(people.alice, backend="django.contrib.auth.backends.ModelBackend")
    return World(people, story, client, f"menu/{story.main.pk}", f"group/{late.pk}")


def seen(page: str) -> str:
    """Return the mark of what a page of restoring shows."""
    found = re.search(r'name="seen" value="(\w+)"', page)
    assert found
    return found[1]


def test_review_tells_what_changes_and_who_made_it_so(world: World) -> None:
    text = world.client.get(f"{BASE}review/").content.decode()
    for words in ("Knapp 3 ny: Jour", "Alice Ek", "Ändrad", "Ny", "Publicera 2 ändringar", "Varje väg slutar"):
        assert words in text


def test_a_needed_target_follows_along(world: World) -> None:
    text = world.client.get(f"{BASE}review/", {"some": "1", "keys": world.key}).content.decode()
    assert "Följer med" in text
    assert "Publicera 2 ändringar" in text


def test_publishing_some_leaves_the_rest_waiting(world: World) -> None:
    response = world.client.post(f"{BASE}review/", {"keys": [world.late], "note": "Bara jouren"}, follow=True)
    assert "Bara jouren" in response.content.decode()
    with scope.customer(world.cast.norrsken.pk):
        assert world.late in queries.active()
        assert [obj.key for obj in queries.waiting()] == [world.key]


def test_publishing_nothing_says_so(world: World) -> None:
    response = world.client.post(f"{BASE}review/", {"note": "Hoppsan"})
    assert response.status_code == 422
    assert "Välj minst en ändring" in response.content.decode()
    assert 'value="Hoppsan"' in response.content.decode()


def test_what_cannot_be_published_is_told_with_the_way_there(world: World) -> None:
    with scope.customer(world.cast.norrsken.pk):
        menus.change(menu=world.story.main, by=None, version=None, wish=menus.Wish("Huvudmeny"))
    response = world.client.post(f"{BASE}review/", {"keys": [world.key], "note": "Snart helg"})
    text = response.content.decode()
    assert response.status_code == 422
    for words in ("Lägg till minst en knapp", "040-622 10 00", "Öppet: Huvudmeny", 'value="Snart helg"'):
        assert words in text
    with scope.customer(world.cast.norrsken.pk):
        assert world.key in {obj.key for obj in queries.waiting()}


def test_publishing_by_htmx_leaves_for_the_receipt(world: World) -> None:
    data = {"keys": [world.key, world.late]}
    response = world.client.post(f"{BASE}review/", data, headers={"HX-Request": "true"})
    assert response.status_code == 204
    assert "/publishing/releases/" in response["HX-Redirect"]


def test_any_release_is_restored_from_the_history(world: World) -> None:
    with scope.customer(world.cast.norrsken.pk):
        generation, then = queries.publication().generation, queries.active()
        actions.publish(customer_id=world.cast.norrsken.pk, by=world.cast.alice)
    assert "Första flödet" in world.client.get(BASE).content.decode()
    looked = text(world.client.get(f"{BASE}releases/{generation}/restore/"))
    assert "Knapp 3" in looked
    response = world.client.post(f"{BASE}releases/{generation}/restore/", {"seen": seen(looked)}, follow=True)
    assert f"Återställde publicering {generation}" in response.content.decode()
    with scope.customer(world.cast.norrsken.pk):
        assert queries.active() == then


def test_the_draft_is_thrown_away(world: World) -> None:
    with scope.customer(world.cast.norrsken.pk):
        generation = queries.publication().generation
    looked = text(world.client.get(f"{BASE}releases/{generation}/restore/"))
    assert "Kasta utkastet med 2 ändringar" in looked
    world.client.post(f"{BASE}releases/{generation}/restore/", {"seen": seen(looked), "lose": "on"})
    with scope.customer(world.cast.norrsken.pk):
        assert not queries.waiting()
        assert set(Menu.objects.values_list("destination__name", flat=True)) == {"Huvudmeny", "Support"}


def test_a_release_that_never_was_is_404(world: World) -> None:
    assert world.client.post(f"{BASE}releases/999/restore/").status_code == 404


def test_a_live_change_is_undone_and_the_reader_comes_back(world: World) -> None:
    with scope.customer(world.cast.norrsken.pk):
        box = flow.mailbox(world.cast.norrsken.pk, "Extra")
        change = Change.objects.latest("pk").pk
    back = world.client.post(f"{BASE}changes/{change}/undo/", {"next": "/c/norrsken-bygg/groups/"})
    assert back["Location"] == "/c/norrsken-bygg/groups/"
    with scope.customer(world.cast.norrsken.pk):
        assert f"mailbox/{box.pk}" not in queries.active()


def test_undo_leads_nowhere_outside(world: World) -> None:
    with scope.customer(world.cast.norrsken.pk):
        change = Change.objects.latest("pk").pk
    response = world.client.post(f"{BASE}changes/{change}/undo/", {"next": "https://elsewhere.test/"})
    assert response["Location"] == BASE


def test_the_history_costs_as_many_queries_whatever_its_length(world: World) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert world.client.get(BASE).status_code == 200
        return len(seen)

    short = cost()
    with scope.customer(world.cast.norrsken.pk):
        for index in range(5):
            flow.mailbox(world.cast.norrsken.pk, f"Låda {index}")
    assert cost() == short
