"""A walk over every address as the stranger, as nobody, as a user and as the administrator."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest
from django.conf import settings
from django.db import models, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern
from pytest_django.plugin import DjangoDbBlocker

from tenants.customers import scope
from tests.factories.cast import Cast, cast
from tests.factories.everything import fill

METHODS = ["get", pytest.param("post", marks=pytest.mark.slow)]
"""The door is the same for both, so the second is tried in `make test-all` alone."""

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

BY_ROOM = {
    "opening-hours": "schedule",
    "schedules": "schedule",
    "menus": "menu",
    "groups": "group",
    "announcements": "announcement",
    "people": "person",
    "mailboxes": "mailbox",
    "prompts": "prompt",
    "numbers": "number",
    "externals": "externalnumber",
    "external-numbers": "externalnumber",
    "changes": "change",
    "members": "membership",
    "logins": "membership",
    "sites": "site",
    "timeswitches": "timeswitch",
    "call-flow": "destination",
    "publishing": "release",
    "webhooks": "endpoint",
}
"""What ``ident`` means, by the first part of the address inside a customer."""

BY_NAME = {"rule": "exceptionrule", "target": "destination", "listener": "listener", "message": "message"}


@dataclass(frozen=True)
class Route:
    """An address with the names of its parameters."""

    address: str
    parameters: tuple[tuple[str, type], ...]

    def at(self, slug: str, rows: dict[str, models.Model]) -> str:
        """Return the address filled in."""
        text = self.address
        for name, converter in self.parameters:
            text = text.replace(f"<{name}>", slug if name == "customer" else self._value(name, converter, rows), 1)
        return f"/{text}"

    def _value(self, name: str, converter: type, rows: dict[str, models.Model]) -> str:
        kind = type(converter).__name__
        if kind == "UUIDConverter":
            return str(uuid.UUID(int=7))
        if "date" in kind.lower():
            return date(2026, 12, 24).isoformat()
        if kind != "IntConverter":
            return "1" * 8
        room = self.address.partition("<customer>/")[2].partition("/")[0]
        model = name if name in rows else BY_NAME.get(name) or BY_ROOM.get(room, "")
        return str(rows[model].pk) if model in rows else "1"


def walk(resolver: URLResolver, before: str = "", given: tuple[tuple[str, type], ...] = ()) -> Iterator[Route]:
    """Yield every address of a URLconf."""
    for part in resolver.url_patterns:
        assert isinstance(part.pattern, RoutePattern) or str(part.pattern) == "", f"an address by regex: {part.pattern}"
        text, here = _plain(part.pattern), (*given, *part.pattern.converters.items())
        if isinstance(part, URLPattern):
            yield Route(before + text, here)
        else:
            yield from walk(part, before + text, here)


def _plain(pattern: object) -> str:
    text = str(pattern)
    for name, converter in getattr(pattern, "converters", {}).items():
        for prefix in ("slug", "int", "str", "uuid", "path", "iso-date", ""):
            text = text.replace(f"<{prefix}:{name}>" if prefix else f"<{name}>", f"<{name}>")
        del converter
    return text


ROUTES = [route for route in walk(get_resolver()) if route.address != "api/v1/"]
CUSTOMERS = [route for route in ROUTES if "<customer>" in route.address]
STAFF = [
    route
    for route in ROUTES
    if route.address.startswith(("staff/", "styleguide/")) or route.address == "api/v1/customers/"
]


@dataclass(frozen=True)
class World:
    """Norrsken with a row of everything, and a client for each of the cast."""

    cast: Cast
    rows: dict[str, models.Model]
    sessions: dict[str, str]

    def ask(self, who: str | None, method: str, route: Route, slug: str = "norrsken-bygg") -> HttpResponse:
        """Return the answer to somebody at an address; what the request did is undone."""
        client = Client(raise_request_exception=False)
        if who:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[who]
        place = transaction.savepoint()
        try:
            return getattr(client, method)(route.at(slug, self.rows))  # type: ignore[no-any-return]
        finally:
            transaction.savepoint_rollback(place)


def logged_in(everybody: Cast, who: str) -> str:
    """Log one of the cast in and return the session's key. What a request does to it is undone."""
    client = Client()
    client.force_login(getattr(everybody, who))
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """Fill Norrsken, once for all tests here."""
    with django_db_blocker.unblock(), transaction.atomic():
        everybody = cast()
        with scope.customer(everybody.norrsken.pk):
            rows = fill(everybody.norrsken, everybody.alice, everybody.node)
        yield World(everybody, rows, {who: logged_in(everybody, who) for who in ("alice", "bob", "charlie", "sam")})
        transaction.set_rollback(True)


def name(route: Route) -> str:
    """Return how a route is called in the test's name."""
    return route.address or "/"


def test_there_are_addresses_to_walk() -> None:
    assert len(CUSTOMERS) > 20
    assert STAFF


@pytest.mark.parametrize("route", CUSTOMERS, ids=name)
@pytest.mark.parametrize("method", METHODS)
def test_the_stranger_cannot_tell_a_customer_from_none(method: str, route: Route, world: World) -> None:
    here, nowhere = (world.ask("charlie", method, route, slug) for slug in ("norrsken-bygg", "no-such-customer"))
    assert here.status_code == nowhere.status_code
    assert here.status_code in {404, 405}


@pytest.mark.parametrize("route", CUSTOMERS, ids=name)
def test_the_administrator_finds_what_the_stranger_does_not(route: Route, world: World) -> None:
    """Without this the test above would pass on addresses that answer 404 to everybody."""
    answers = {world.ask("alice", method, route).status_code for method in ("get", "post")}
    assert not {code for code in answers if code >= 500}, route.at("norrsken-bygg", world.rows)
    assert answers != {404}, route.at("norrsken-bygg", world.rows)


@pytest.mark.parametrize("route", [route for route in ROUTES if route.address not in OPEN], ids=name)
@pytest.mark.parametrize("method", METHODS)
def test_nobody_sees_anything(method: str, route: Route, world: World) -> None:
    answer = world.ask(None, method, route)
    assert answer.status_code in {301, 302, 401, 403, 404, 405}, answer.content[:200]
    if answer.status_code == 302:
        assert "/login/" in answer["Location"]


@pytest.mark.parametrize("route", STAFF, ids=name)
def test_staff_pages_do_not_exist_for_customers(route: Route, world: World) -> None:
    assert world.ask("alice", "get", route).status_code in {404, 405}
    assert world.ask("alice", "post", route).status_code in {404, 405}
    assert {world.ask("sam", method, route).status_code for method in ("get", "post")} & {200, 302, 403, 422, 405}


FOR_EVERY_ROLE = ("c/<customer>/mailboxes/", "c/<customer>/me/", "api/v1/customers/<customer>/me/")
PAGES_FOR_EVERY_ROLE = {"c/<customer>/", "c/<customer>/publish-state/"}
ADMINS = [
    route
    for route in CUSTOMERS
    if not route.address.startswith(FOR_EVERY_ROLE) and route.address not in PAGES_FOR_EVERY_ROLE
]


@pytest.mark.parametrize("route", ADMINS, ids=name)
def test_a_user_is_told_the_role_is_too_small(route: Route, world: World) -> None:
    for method in ("get", "post"):
        assert world.ask("bob", method, route).status_code in {403, 405, 404}, method
