"""The API against its own document: whatever is sent, no server error and no answer the document does not know."""

from __future__ import annotations

import copy
import os
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.test import Client
from django.utils import timezone
from drf_spectacular import drainage
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy, one_of
from pytest_django.plugin import DjangoDbBlocker
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    ignored_auth,
    negative_data_rejection,
    positive_data_acceptance,
    unsupported_method,
)

from tenants.apikeys.actions import make, make_own
from tenants.apikeys.scopes import SCOPES
from tenants.changes.models import Change
from tenants.customers import scope
from tenants.groups.models import Group
from tenants.mailboxes.models import Mailbox
from tenants.people.models import Person
from tests.factories.cast import Cast, cast
from tests.factories.office import Office, office
from tests.factories.sounds import wav

FEW = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "2"))
MANY = 25
CSRF = "c" * 32
NOT_OURS = [
    unsupported_method,  # PATCH and the like are answered 405 by the framework, undocumented
    positive_data_acceptance,  # a body may be well formed and still refused: the name is taken, nothing waits
]

FORM = "multipart/form-data"


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


def can_be_wrong(operation: Any, places: Container[str] = ("query", "body")) -> bool:
    """Tell whether a request has anything in these places that could be wrong."""
    raw = operation.definition.raw
    given = {"customer", "If-Match"}
    asked = any(one["in"] in places and one["name"] not in given for one in raw.get("parameters", []))
    return asked or ("body" in places and "requestBody" in raw)


def asked() -> Iterator[Any]:
    """Yield what is tried: each operation as its document has it, and wrong on purpose where it can be."""
    for operation in OPERATIONS:
        yield pytest.param(operation, GenerationMode.POSITIVE, id=operation.label)
        if can_be_wrong(operation, ("query", "body", "path", "header")):
            yield pytest.param(operation, GenerationMode.NEGATIVE, id=f"{operation.label} wrong")


@dataclass(frozen=True)
class World:
    """Norrsken with something in every room, a key that may do everything, and Sam's session."""

    customer: int
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
        yield World(everybody.norrsken.pk, rows, secret, own, client.cookies["sessionid"].value)
        transaction.set_rollback(True)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def own_key(everybody: Cast, rows: Office) -> str:
    """Return a key of Bob's own, who answers in the office's group and has its mailbox."""
    person = Group.objects.get(pk=rows["group"]).members.order_by("pk")[0].person
    Person.objects.filter(pk=person.pk).update(user=everybody.bob)
    Mailbox.objects.filter(pk=rows["mailbox"]).update(owner=person)
    return make_own(customer_id=everybody.norrsken.pk, by=everybody.bob, name="Bobs egen")[1]


def send(operation: Any, world: World, examples: int, mode: GenerationMode) -> None:
    """Send many requests to one operation; most are about things that are there. What each does is undone."""
    headers, cookies = credentials(operation, world)
    excluded = [*NOT_OURS, ignored_auth] if cookies else NOT_OURS  # it takes any session for a made-up one

    @given(case=cases(operation, world.rows, headers, mode))
    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    def check(case: Any) -> None:
        place = transaction.savepoint()
        try:
            # A form has nothing but texts, so a number in place of one is no fault that anybody could see.
            blind = [negative_data_rejection] if case.media_type == FORM else []
            case.call_and_validate(headers=headers, cookies=cookies, excluded_checks=[*excluded, *blind])
        finally:
            transaction.savepoint_rollback(place)

    check()


def credentials(operation: Any, world: World) -> tuple[dict[str, str], dict[str, str]]:
    """Return who asks, as headers and cookies."""
    if operation.path == "/api/v1/customers/":
        return staff(world)
    key = world.own if "/{customer}/me/" in operation.path else world.key
    return {"Authorization": f"Bearer {key}"}, {}


def staff(world: World) -> tuple[dict[str, str], dict[str, str]]:
    """Return our own staff as headers and cookies."""
    return {"X-CSRFToken": CSRF}, {"sessionid": world.session, "csrftoken": CSRF}


def cases(operation: Any, rows: Office, headers: dict[str, str], mode: GenerationMode) -> SearchStrategy[Any]:
    """Return requests to an operation: four of five name what is there, in a version that is true, the others anything.

    What is given here is not made up, so that in what is wrong on purpose something else is.
    """
    home = {name: value for name, value in there(operation, rows).items() if name == "customer"}
    if mode.is_negative and not can_be_wrong(operation):
        return operation.as_strategy(mode, headers=headers)  # type: ignore[no-any-return]
    near = operation.as_strategy(mode, path_parameters=there(operation, rows), headers={**headers, "If-Match": "*"})
    far = operation.as_strategy(mode, path_parameters=home, headers=headers)
    return one_of([near] * 4 + [far])


def there(operation: Any, rows: Office) -> dict[str, Any]:
    """Return the parameters of an address that is there."""
    names = [part.strip("{}") for part in operation.path.split("/") if part.startswith("{")]
    ids = {name: rows[room_of(operation.path, name)] for name in names if name != "customer"}
    return ids | ({"customer": "norrsken-bygg"} if "customer" in names else {})


def room_of(path: str, name: str) -> str:
    """Return what a parameter of an address names: the room before it, if it is only called ``ident``."""
    parts = path.split("/")
    return parts[parts.index(f"{{{name}}}") - 1] if name == "ident" else name


@pytest.mark.slow
@pytest.mark.parametrize(("operation", "mode"), list(asked()))
def test_every_answer_is_as_the_document_says(operation: Any, mode: GenerationMode, world: World) -> None:
    send(operation, world, FEW, mode)


@pytest.mark.slow
@pytest.mark.parametrize(("operation", "mode"), list(asked()))
def test_every_answer_is_as_the_document_says_many_times(operation: Any, mode: GenerationMode, world: World) -> None:
    send(operation, world, MANY, mode)


STAFFS = {"POST /api/v1/customers/{customer}/numbers/", "DELETE /api/v1/customers/{customer}/numbers/{ident}/"}
"""What only our own staff may, logged in."""
KIND = {"person": "people", "timeswitch": "timeswitches", "external": "externals"}


def truth(world: World) -> dict[str, Any]:
    """Return what is true here of what examples say, by the name of a field."""
    rows, soon = world.rows, timezone.now() + timedelta(hours=1)
    return {
        **dict.fromkeys(("prompt", "greeting", "music", "announce", "invalid_prompt"), rows["prompts"]),
        "site": rows["sites"], "schedule": rows["schedule"], "members": [rows["people"]], "listeners": [],
        "extension": "1999", "e164": "+46406221999", "name": "Ensam i sitt slag", "until": soon.isoformat(),
        "keys": None, "node": "vaxel-1", "main_number": "040-622 19 98", "slug": "ny-kund", "discard_draft": True,
        "owner": None, "email": "ny@norrsken.test", "url": "https://system.example/another",
    }  # fmt: skip


def true(value: Any, world: World, name: str = "") -> Any:
    """Return an example with what is true here in place of what it names."""
    if name in truth(world) and not (name == "prompt" and value is None):
        return truth(world)[name]
    if isinstance(value, dict):
        return {key: true(part, world, key) for key, part in value.items()}
    if isinstance(value, list):
        return [true(part, world) for part in value]
    kind, slash, number = value.partition("/") if isinstance(value, str) else ("", "", "")
    return f"{kind}/{world.rows[KIND.get(kind, _many(kind))]}" if slash and number.isdigit() else value


def _many(kind: str) -> str:
    return f"{kind}es" if kind.endswith("ox") else f"{kind}s"


def good(operation: Any, world: World) -> Any:
    """Return a request that must succeed."""
    content = operation.definition.raw.get("requestBody", {}).get("content", {})
    shown = content.get("application/json", {}).get("examples", {})
    more: dict[str, Any] = {}
    if shown:
        more = {"body": true(next(iter(shown.values()))["value"], world), "media_type": "application/json"}
    if FORM in content:
        named = {} if "takes" in operation.path else {"name": "Ensam i sitt slag"}
        more = {"body": {**named, "file": wav(1.0)}, "media_type": FORM}
    return operation.Case(path_parameters=there(operation, world.rows), **more)


def prepare(operation: Any, world: World) -> dict[str, Any]:
    """Make what an operation needs and could not have for long; return what its address then names."""
    path, method = operation.path, operation.method.upper()
    others = {one.label: one for one in OPERATIONS}
    if method == "DELETE" and (making := others.get(f"POST {path.removesuffix('{ident}/')}")):
        made = ask(making, world, good(making, world))
        return {} if "/takes/" in path else {"ident": made.json()["id"]}  # the take before is heard no more
    if path.endswith(("/publishing/", "/changes/{ident}/undo/", "/releases/{generation}/rollback/")):
        making = others[f"POST /api/v1/customers/{{customer}}/{'menus' if 'publishing' in path else 'externals'}/"]
        assert ask(making, world, good(making, world)).status_code == 201
    if path.endswith("/undo/"):
        return {"ident": Change.objects.latest("pk").pk}
    return {}


def ask(operation: Any, world: World, case: Any) -> Any:
    """Send one request, in any version."""
    headers, cookies = staff(world) if operation.label in STAFFS else credentials(operation, world)
    headers = {**headers, "If-Match": "*"} if operation.method in {"put", "delete"} else headers
    excluded = [*NOT_OURS, ignored_auth]
    return case.call_and_validate(headers=headers, cookies=cookies, excluded_checks=excluded)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_every_operation_is_answered_with_success(operation: Any, world: World) -> None:
    """What is only ever refused has not been tried."""
    place = transaction.savepoint()
    try:
        with scope.customer(world.customer):
            named = prepare(operation, world)
        case = good(operation, world)
        case.path_parameters = {**case.path_parameters, **named}
        answer = ask(operation, world, case)
        assert 200 <= answer.status_code < 300, answer.text
    finally:
        transaction.savepoint_rollback(place)


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


def bodies() -> Iterator[Any]:
    """Yield each operation that takes JSON, or nothing, with an example of it."""
    for operation in OPERATIONS:
        raw = operation.definition.raw
        content = raw.get("requestBody", {}).get("content", {"application/json": {}}).get("application/json")
        if operation.method in {"post", "put"} and content is not None:
            [shown] = content.get("examples", {"": {"value": {}}}).values()
            yield pytest.param(operation, shown["value"], id=operation.label)


def objects(value: Any, pointer: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every object in a body, with its place."""
    if isinstance(value, dict):
        yield pointer, value
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield from objects(part, f"{pointer}/{name}")


@pytest.mark.parametrize(("operation", "body"), list(bodies()))
def test_a_field_there_is_not_is_refused_wherever_it_stands(operation: Any, body: Any, world: World) -> None:
    sent = copy.deepcopy(body)
    places = [(where, found) for where, found in objects(sent)]
    for _where, found in places:
        found["sträng/e"] = 1
    case = operation.Case(path_parameters=there(operation, world.rows), body=sent, media_type="application/json")
    headers, cookies = credentials(operation, world)
    answer = case.call(headers={**headers, "If-Match": "*"}, cookies=cookies)
    told = {fault["pointer"] for fault in answer.json()["errors"] if fault["code"] == "unknown_field"}
    assert (answer.status_code, told) == (400, {f"{where}/sträng~1e" for where, _found in places})


def test_an_operation_has_one_name() -> None:
    names = [operation["operationId"] for _name, operation in described()]
    assert len(names) == len(set(names))
    assert not [name for name in names if name[-1].isdigit()]
