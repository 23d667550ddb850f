"""The picker of one among many: what it finds, for whom, and that its pages cost the same whatever the size."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenants.customers import scope
from tenants.customers.models import Membership
from tenants.destinations import fields
from tenants.destinations.queries import targets
from tenants.people.models import Person
from tests.factories import flow
from tests.factories.cast import Cast, cast
from tests.factories.crowd import crowd, logins
from tests.factories.doors import client, statuses, text

pytestmark = pytest.mark.django_db

HOME = "/c/norrsken-bygg/"
ASK = f"{HOME}destinations/"


@dataclass(frozen=True)
class World:
    """A company with a flow, and a browser that Alice is logged in to."""

    cast: Cast
    story: flow.Story
    client: Client

    def found(self, query: str = "", **asked: str) -> list[str]:
        """Return the names that are answered, best first."""
        answer = self.client.get(ASK, {"q": query, **asked})
        assert answer.status_code == 200, answer.content[:500]
        return re.findall(r'class="picker-name">([^<]*)<', text(answer))


@pytest.fixture
def world() -> World:
    people = cast()
    with scope.customer(people.norrsken.pk):
        story = flow.story(people.norrsken)
    return World(people, story, client(people.alice))


def grow(world: World, size: int = 200) -> list[Person]:
    """Make the company large."""
    with scope.customer(world.cast.norrsken.pk):
        return crowd(world.cast.norrsken, size)


def test_under_each_kind_what_begins_so_comes_before_what_only_has_it(world: World) -> None:
    with scope.customer(world.cast.norrsken.pk):
        flow.person(world.cast.norrsken.pk, "Rolf Andersson", "300")
        flow.mailbox(world.cast.norrsken.pk, "Anna Bergs brevlåda")
        flow.mailbox(world.cast.norrsken.pk, "Botanna")
    assert world.found("an") == ["Anna Berg", "Rolf Andersson", "Anna Bergs brevlåda", "Botanna"]
    assert world.found("102") == ["Bo Dahl"]
    assert world.found("02") == []
    assert "Inget sådant finns" in text(world.client.get(ASK, {"q": "02"}))


def test_places_stand_under_their_kinds_and_only_those_asked_for(world: World) -> None:
    every = text(world.client.get(ASK))
    assert every.index('aria-label="Knappval"') < every.index('aria-label="Svarsgrupp"') < every.index("Bo Dahl")
    assert world.found(only="group,person") == ["Försäljning", "Receptionen", "Anna Berg", "Bo Dahl"]
    without = f"{world.story.people[0].pk},{world.story.sales.pk},x,-1,{9**40}"
    assert world.found(only="group,person", without=without) == ["Receptionen", "Bo Dahl"]
    assert world.found(only="nonsense") == []


def test_who_has_a_mailbox_of_their_name_is_told_from_it(world: World) -> None:
    """What is chosen stands alone in a closed select, without the heading of its kind."""
    with scope.customer(world.cast.norrsken.pk):
        flow.mailbox(world.cast.norrsken.pk, "Bo Dahl")
    page = text(world.client.get(f"{HOME}people/{world.story.people[0].pk}/"))
    assert re.findall(r">(Bo Dahl[^<]*|Receptionen[^<]*)</option>", page)[:3] == [
        "Receptionen", "Bo Dahl (Användare)", "Bo Dahl (Röstbrevlåda)",
    ]  # fmt: skip
    own = text(world.client.get(f"{HOME}people/{world.story.people[1].pk}/"))
    assert set(re.findall(r">(Bo Dahl[^<]*)</option>", own)) == {"Bo Dahl (Röstbrevlåda)"}


def test_thirty_are_shown_and_the_rest_counted_in_as_many_queries(world: World) -> None:
    with CaptureQueriesContext(connection) as few:
        world.found("nummer")
    grow(world)
    with CaptureQueriesContext(connection) as many:
        assert len(world.found("nummer")) == 30
    assert len(many) == len(few)
    assert "170 till – skriv mer" in text(world.client.get(ASK, {"q": "nummer"}))
    assert world.found("person nummer 117") == ["Person nummer 117"]
    assert world.found("20117") == ["Person nummer 117"]


@pytest.mark.slow
@pytest.mark.parametrize("query", ["\0", "%", "_", "\\", "a" * 5000, "<b>", "'"])
@pytest.mark.parametrize("room", ["destinations", "destinations/prompts", "people/logins", "mailboxes/logins"])
def test_whatever_is_typed_is_answered(world: World, room: str, query: str) -> None:
    answer = world.client.get(f"{HOME}{room}/", {"q": query})
    assert answer.status_code == 200
    assert query in ("\0",) or 'role="option"' not in text(answer)


def test_only_who_runs_the_customer_looks_up_its_places(world: World) -> None:
    people = (world.cast.alice, world.cast.bob, world.cast.charlie)
    for room in ("destinations", "destinations/prompts", "people/logins", "mailboxes/logins"):
        found = statuses(f"{HOME}{room}/", *people)
        assert {who: got for who, (got, _post) in found.items()} == {"Alice": 200, "Bob": 403, "Charlie": 404}
        assert found["Alice"][1] == 405
    charlie = client(world.cast.charlie)
    assert "Anna" not in text(charlie.get("/c/lilla-bageriet/destinations/", {"q": "anna"}))
    assert "Alice" not in text(charlie.get("/c/lilla-bageriet/people/logins/", {"q": "alice"}))


def test_ones_own_calls_are_led_to_what_is_allowed_and_not_to_oneself(world: World) -> None:
    bob = client(world.cast.bob)
    assert bob.get(f"{HOME}me/targets/").status_code == 404
    with scope.customer(world.cast.norrsken.pk):
        Person.objects.filter(pk=world.story.people[1].pk).update(user=world.cast.bob)
    answer = text(bob.get(f"{HOME}me/targets/", {"only": "menu", "without": ""}))
    assert re.findall(r'class="picker-name">([^<]*)<', answer) == ["Anna Berg", "Gemensam röstbrevlåda"]


def test_a_diversion_of_a_large_company_asks_ones_own_address(world: World) -> None:
    with scope.customer(world.cast.norrsken.pk):
        Person.objects.filter(pk=world.story.people[1].pk).update(user=world.cast.bob)
    grow(world)
    page = text(client(world.cast.bob).get(f"{HOME}me/"))
    assert f'data-lookup="{HOME}me/targets/' in page
    assert "Person nummer" not in page


def test_what_is_chosen_stands_and_what_is_not_there_is_refused(world: World) -> None:
    ident, crowded = world.story.people[0].pk, grow(world)
    address, chosen = f"{HOME}people/{ident}/flow/", crowded[150].pk

    def save(target: object) -> int:
        page = text(world.client.get(f"{HOME}people/{ident}/"))
        version = re.search(r'name="flow-version" value="(\d+)"', page)
        assert version
        posted = {"flow-version": version[1], "flow-ring_seconds": 20, "flow-no_answer": target}
        return world.client.post(address, posted).status_code

    assert save(chosen) == 302
    with scope.customer(world.cast.norrsken.pk):
        assert targets(ident)["no_answer"] == f"person/{chosen}"
    page = text(world.client.get(f"{HOME}people/{ident}/"))
    assert f'<option value="{chosen}" selected>Person nummer 150 (Användare)</option>' in page
    assert 'value="Person nummer 150 (Användare)"' in page
    with scope.customer(world.cast.bageri.pk):
        other = flow.person(world.cast.bageri.pk, "Kim Deg", "101").pk
    for gone in (other, ident, 9**15, 9**40, "x", "²", "\0"):
        assert save(gone) == 422, gone


def _many_logins(world: World) -> list[Membership]:
    with scope.customer(world.cast.norrsken.pk):
        return logins(world.cast.norrsken, 160)


def test_of_many_logins_those_who_may_listen_are_ticked_and_one_is_added(world: World) -> None:
    many, box = _many_logins(world), world.story.box
    address = f"{HOME}mailboxes/{box.pk}/settings/"
    version = re.search(r'name="version" value="(\d+)"', text(world.client.get(address)))
    assert version
    posted = {"name": "Gemensam", "max_seconds": 60, "listeners": [many[0].pk, many[1].pk], "version": version[1]}
    assert world.client.post(address, {**posted, "listener": many[155].pk}).status_code == 302
    page = text(world.client.get(address))
    assert re.findall(r"<span>Inloggad nummer (\d+)</span>", page) == ["0", "1", "155"]
    assert f'data-lookup="{HOME}mailboxes/logins/"' in page
    assert "Inloggad nummer 7<" not in page
    refused = world.client.post(address, {**posted, "version": "2", "listeners": ["x", str(9**40)]})
    assert refused.status_code == 422


def test_a_person_is_given_a_login_found_among_many(world: World) -> None:
    many, ident = _many_logins(world), world.story.people[0].pk
    assert "Inloggad nummer 155" in text(world.client.get(f"{HOME}people/logins/", {"q": "155"}))
    posted = {"who-name": "Anna Berg", "who-extension": "101", "who-user": many[155].user_id, "who-version": 1}
    assert world.client.post(f"{HOME}people/{ident}/", posted).status_code == 302
    assert ">Inloggad nummer 155</option>" in text(world.client.get(f"{HOME}people/{ident}/"))


PAGES = (
    "people/",
    "people/{person}/",
    "numbers/{number}/",
    "mailboxes/",
    "mailboxes/{box}/settings/",
    "groups/{group}/",
)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_a_page_costs_the_same_whatever_the_size(world: World, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    story = world.story
    named = {"person": story.people[0].pk, "number": story.number.pk, "box": story.box.pk, "group": story.sales.pk}
    address = HOME + page.format(**named)

    def look() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as seen:
            size = len(world.client.get(address).content)
        return len(seen), size

    look()
    few, small = look()
    grow(world, 400)
    _many_logins(world)
    many, large = look()
    assert many == few
    assert large < small + (60_000 if page == "people/" else 6_000)
    monkeypatch.setattr(fields, "MANY", 10_000)
    assert look()[1] > large
