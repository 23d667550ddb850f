"""A walk over every address as the stranger, as nobody, as a user and as the administrator."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from integrations.switch.models import Event
from tenants.apikeys.models import ApiKey
from tenants.changes.models import Body, Change, ChangeItem, Object
from tenants.changes.registry import kinds_of
from tenants.customers import scope
from tenants.people.models import Person
from tenants.prompts.models import Prompt
from tenants.routing.objects import digest, encode
from tenants.routing.root import bucket_of
from tests.factories.cast import Cast, cast
from tests.factories.everything import fill
from tests.house.fences.addresses import CUSTOMERS, ROUTES, STAFF, Route, Rows

METHODS = ["get", pytest.param("post", marks=pytest.mark.slow)]
"""The door is the same for both, so the second is tried in `make test-all` alone."""

PAGE, API = ("get", "post"), ("get", "post", "put", "delete")
"""What is asked of a page, and of the API."""

OPEN = {
    "login/": "where one logs in",
    "logout/": "where one logs out",
    "account/language/": "anybody may choose a language",
    "offline/": "shown without a connection",
    "worker.js": "the browser's own worker, without data",
    "api/v1/schema/": "the API's document holds no data",
    "api/docs/": "nor does the same for people",
    "health/live": "whether the process lives; holds no data",
    "health/ready": "which part is missing, in one word; holds no data",
    "api/switch/v1/enrol": "where a node shows its one-time code",
}
"""Addresses that answer somebody who is not logged in, with the reason."""


@dataclass(frozen=True)
class World:
    """Norrsken with a row of everything, and a session for each of the cast."""

    cast: Cast
    rows: Rows
    sessions: dict[str, str]
    known: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)

    def ask(self, who: str | None, method: str, route: Route, slug: str = "norrsken-bygg") -> HttpResponse:
        """Return the answer to somebody at an address; what the request did is undone."""
        client = Client(raise_request_exception=False)
        if who:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[who]
        place = transaction.savepoint()
        try:
            sent = route.sent(self.rows) if method == "post" else {}
            return getattr(client, method)(route.at(slug, self.rows), sent or None)  # type: ignore[no-any-return]
        finally:
            transaction.savepoint_rollback(place)

    def opened(self, who: str, route: Route) -> dict[str, int]:
        """Return by method what somebody is answered who finds the address and may use the method there."""
        if (who, route.address) not in self.known:
            methods = API if route.address.startswith("api/") else PAGE
            answers = {method: self.ask(who, method, route).status_code for method in methods}
            found = {method: status for method, status in answers.items() if status not in {404, 405}}
            self.known[who, route.address] = found
        return self.known[who, route.address]


def logged_in(everybody: Cast, who: str) -> str:
    """Log one of the cast in and return the session's key. What a request does to it is undone."""
    client = Client()
    client.force_login(getattr(everybody, who))
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def join(rows: Rows, everybody: Cast) -> None:
    """Make of rows that stand apart what Alice has: her telephone, her key, a recording, a save the switch was told."""
    person, prompt, key = rows["person"], rows["prompt"], rows["apikey"]
    assert isinstance(person, Person)
    assert isinstance(prompt, Prompt)
    assert isinstance(key, ApiKey)
    person.user = key.own_of = everybody.alice
    prompt.take = rows["take"]  # type: ignore[assignment]
    for row in (person, prompt, key):
        row.save()
    publish(person)
    rows["change"] = change = Change.objects.create(customer=everybody.norrsken, summary="Sparade", generation=1)
    ChangeItem.objects.create(customer=everybody.norrsken, change=change, key=f"schedule/{rows['schedule'].pk}")
    with scope.wide("portal_node"):
        rows["event"] = Event.objects.create(node=everybody.node, digest="1", body=b"1", poisoned="unreadable")


def publish(person: Person) -> None:
    """Let the switch know somebody, without a proof: rows that were only filled in lead nowhere."""
    told = next(kind.compile(person) for kind in kinds_of(person) if kind.name == "person")
    assert told is not None
    content = encode(told)
    Body.objects.create(customer_id=person.customer_id, sha256=digest(content), content=content)
    known = {"key": person.destination.key, "bucket": bucket_of(person.destination.key)}
    Object.objects.create(customer_id=person.customer_id, draft=digest(content), published=digest(content), **known)


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """Fill Norrsken, once for all tests here."""
    with django_db_blocker.unblock(), transaction.atomic():
        everybody = cast()
        with scope.customer(everybody.norrsken.pk):
            rows = fill(everybody.norrsken, everybody.alice, everybody.node)
            join(rows, everybody)
        yield World(everybody, rows, {who: logged_in(everybody, who) for who in ("alice", "bob", "charlie", "sam")})
        transaction.set_rollback(True)


def name(route: Route) -> str:
    """Return how a route is called in the test's name."""
    return route.address or "/"


def test_there_are_addresses_to_walk() -> None:
    assert len(CUSTOMERS) > 20
    assert STAFF


@pytest.mark.parametrize("route", CUSTOMERS, ids=name)
def test_the_stranger_cannot_tell_a_customer_from_none(route: Route, world: World) -> None:
    """He is told 404 of the very thing that Alice finds there, or staff where she is told 403, by the same method.

    An address that nobody finds would prove nothing, so somebody must.
    """
    found = world.opened("alice", route)
    assert not {status for status in found.values() if status >= 500}, found
    assert found, f"Alice finds nothing at {route.at('norrsken-bygg', world.rows)}"
    if set(found.values()) == {403}:
        found = world.opened("sam", route)
        assert set(found.values()) - {403}
    for method in found:
        here, nowhere = (world.ask("charlie", method, route, slug) for slug in ("norrsken-bygg", "no-such-customer"))
        assert (here.status_code, nowhere.status_code) == (404, 404), method


@pytest.mark.slow
@pytest.mark.parametrize("route", CUSTOMERS, ids=name)
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_no_method_tells_the_stranger_more(method: str, route: Route, world: World) -> None:
    here, nowhere = (world.ask("charlie", method, route, slug) for slug in ("norrsken-bygg", "no-such-customer"))
    assert here.status_code == nowhere.status_code
    assert here.status_code in {404, 405}


@pytest.mark.parametrize("route", [route for route in ROUTES if route.address not in OPEN], ids=name)
@pytest.mark.parametrize("method", METHODS)
def test_nobody_sees_anything(method: str, route: Route, world: World) -> None:
    answer = world.ask(None, method, route)
    assert answer.status_code in {301, 302, 401, 403, 404, 405}, answer.content[:200]
    if answer.status_code == 302:
        assert "/login/" in answer["Location"]


@pytest.mark.parametrize("route", STAFF, ids=name)
def test_staff_pages_do_not_exist_for_customers(route: Route, world: World) -> None:
    found = world.opened("sam", route)
    assert found, f"staff finds nothing at {route.at('', world.rows)}"
    assert not {status for status in found.values() if status >= 500}, found
    for method in found:
        assert world.ask("alice", method, route).status_code == 404, method


FOR_EVERY_ROLE = ("c/<customer>/mailboxes/", "c/<customer>/me/", "api/v1/customers/<customer>/me/")
FOR_LISTENERS = "api/v1/customers/<customer>/mailboxes/<mailbox>/messages/"
"""Whoever may not hear a mailbox is not told of its messages, whatever the role."""
PAGES_FOR_EVERY_ROLE = {"c/<customer>/", "c/<customer>/publish-state/"}
ADMINS = [
    route
    for route in CUSTOMERS
    if not route.address.startswith(FOR_EVERY_ROLE) and route.address not in PAGES_FOR_EVERY_ROLE
]


@pytest.mark.slow
@pytest.mark.parametrize("route", ADMINS, ids=name)
def test_a_user_is_told_the_role_is_too_small(route: Route, world: World) -> None:
    told = 404 if route.address.startswith(FOR_LISTENERS) else 403
    for method in world.opened("alice", route):
        assert world.ask("bob", method, route).status_code == told, method
