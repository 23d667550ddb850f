"""The API against its own document: whatever is sent, no server error and no answer the document does not know."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.test import Client
from drf_spectacular import drainage
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from pytest_django.plugin import DjangoDbBlocker
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance, unsupported_method

from tenants.apikeys.actions import make, make_own
from tenants.apikeys.scopes import SCOPES
from tenants.customers import scope
from tenants.groups.models import Group
from tenants.mailboxes.models import Mailbox
from tenants.people.models import Person
from tests.factories.cast import Cast, cast
from tests.factories.office import Office, office

FEW = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "2"))
MANY = 25
CSRF = "c" * 32
NOT_OURS = [
    unsupported_method,  # PATCH and the like are answered 405 by the framework, undocumented
    positive_data_acceptance,  # a body may be well formed and still refused: the name is taken, nothing waits
]


def document() -> dict[str, Any]:
    """Return the API's document."""
    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return made


def operations() -> list[Any]:
    """Return every operation of the API's document."""
    schema = schemathesis.openapi.from_dict(document())
    schema.app = get_wsgi_application()
    found: Iterable[Any] = schema.get_all_operations()
    return [operation.ok() for operation in found]


OPERATIONS = operations()


@dataclass(frozen=True)
class World:
    """Norrsken with something in every room, a key that may do everything, and Sam's session."""

    rows: Office
    key: str
    own: str
    session: str


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """Fill Norrsken, once for all tests here. Requests keep the test's connection, as by Django's own client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    with django_db_blocker.unblock(), transaction.atomic():
        everybody, client = cast(), Client()
        with scope.customer(everybody.norrsken.pk):
            key, secret = make(customer_id=everybody.norrsken.pk, by=everybody.alice, name="Prov", scopes=SCOPES)
            rows = office(everybody, listener=key.user)
            own = own_key(everybody, rows)
        client.force_login(everybody.sam)
        yield World(rows, secret, own, client.cookies["sessionid"].value)
        transaction.set_rollback(True)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def own_key(everybody: Cast, rows: Office) -> str:
    """Return a key of Bob's own, who answers in the office's group and has its mailbox."""
    person = Group.objects.get(pk=rows["group"]).members.order_by("pk")[0].person
    Person.objects.filter(pk=person.pk).update(user=everybody.bob)
    Mailbox.objects.filter(pk=rows["mailbox"]).update(owner=person)
    return make_own(customer_id=everybody.norrsken.pk, by=everybody.bob, name="Bobs egen")[1]


def send(operation: Any, world: World, examples: int) -> None:
    """Send many requests to one operation; most are about things that are there. What each does is undone."""
    by_staff = operation.path == "/api/v1/customers/"
    cookies = {"sessionid": world.session, "csrftoken": CSRF} if by_staff else {}
    key = world.own if "/{customer}/me/" in operation.path else world.key
    headers = {"X-CSRFToken": CSRF} if by_staff else {"Authorization": f"Bearer {key}"}
    excluded = [*NOT_OURS, ignored_auth] if by_staff else NOT_OURS  # it takes any session for a made-up one
    dice = random.Random(operation.label)

    @given(case=operation.as_strategy())
    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def check(case: Any) -> None:
        point_at_what_is_there(case, world.rows, dice)
        place = transaction.savepoint()
        try:
            case.call_and_validate(headers=headers, cookies=cookies, excluded_checks=excluded)
        finally:
            transaction.savepoint_rollback(place)

    check()


def point_at_what_is_there(case: Any, rows: Office, dice: random.Random) -> None:
    """Give a request the customer and, four times of five, ids of things there are and a version that is true."""
    given = case.path_parameters or {}
    if "customer" in given:
        given["customer"] = "norrsken-bygg"
    if dice.random() < 0.8:
        parts = case.operation.path.split("/")
        for name in set(given) - {"customer"}:
            given[name] = rows[parts[parts.index(f"{{{name}}}") - 1] if name == "ident" else name]
        if case.headers is not None and "If-Match" in case.headers:
            case.headers["If-Match"] = "*"


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_every_answer_is_as_the_document_says(operation: Any, world: World) -> None:
    send(operation, world, FEW)


@pytest.mark.slow
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_every_answer_is_as_the_document_says_many_times(operation: Any, world: World) -> None:
    send(operation, world, MANY)


def test_the_document_is_made_without_a_warning() -> None:
    """Two shapes of one name would be one shape in the document."""
    drainage.reset_generator_stats()
    document()
    assert not drainage.GENERATOR_STATS
    drainage.reset_generator_stats()


def described() -> list[tuple[str, dict[str, Any]]]:
    """Return every operation as the document has it, by its address and method."""
    return [
        (f"{method.upper()} {address}", operation)
        for address, methods in document()["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_operation_says_what_it_does() -> None:
    for name, operation in described():
        assert operation["summary"], name
        assert len(operation["description"]) > 10, name
        assert operation["operationId"].startswith(operation["tags"][0]), name
        assert all(response["description"] for response in operation["responses"].values()), name
        assert {"400", "401", "403", "404", "429"} <= set(operation["responses"]), name


def test_every_body_has_an_example() -> None:
    """Files are no examples that can be read."""
    for name, operation in described():
        sent = operation.get("requestBody", {}).get("content", {})
        good = [response for code, response in operation["responses"].items() if code in {"200", "201"}]
        bodies = [*sent.items(), *(pair for response in good for pair in response.get("content", {}).items())]
        for kind, content in bodies:
            assert kind != "application/json" or content.get("examples") or content.get("example"), name


def test_an_operation_has_one_name() -> None:
    names = [operation["operationId"] for _name, operation in described()]
    assert len(names) == len(set(names))
    assert not [name for name in names if name[-1].isdigit()]
