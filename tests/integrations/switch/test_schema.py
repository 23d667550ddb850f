"""The portal's half of the contract with a node, against its own document: no server error, no unknown answer."""

from __future__ import annotations

import json
import os
import random
import time
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance, unsupported_method

from integrations.switch import openapi
from tenants.customers import scope
from tenants.nodes import actions as nodes
from tests.factories import cast as factories
from tests.factories import flow
from tests.factories.sounds import wav
from tests.integrations.switch.conftest import World

FEW = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "10"))
MANY = 200
NOT_OURS = [
    unsupported_method,  # PATCH and the like are answered 405, undocumented
    positive_data_acceptance,  # a receipt may be well formed and still be a lie
]
KEEPS_WHAT_IS_WRONG = ("/api/switch/v1/events",)
"""An entry that is no event spoils no other: the batch is taken, and the answer says which was none."""
pytestmark = pytest.mark.django_db(transaction=True)

schemathesis.openapi.media_type("audio/wav", st.one_of(st.just(wav(0.2)), st.binary(max_size=200)))


@schemathesis.serializer("audio/wav")
def as_sent(_context: Any, value: Any) -> bytes:
    """Return a WAV as the bytes it is, and what was made up in its place as JSON."""
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def operations() -> list[Any]:
    """Return what a node may ask of the portal."""
    document = openapi.document()
    document["paths"] = {path: one for path, one in document["paths"].items() if path.startswith("/api/")}
    schema = schemathesis.openapi.from_dict(document)
    schema.app = get_wsgi_application()
    found: Iterable[Any] = schema.get_all_operations()
    return [operation.ok() for operation in found]


def asked() -> Iterator[Any]:
    """Yield each operation as its document has it, and wrong on purpose where it can be."""
    for operation in operations():
        yield pytest.param(operation, GenerationMode.POSITIVE, id=operation.label)
        if operation.definition.raw["parameters"] or "requestBody" in operation.definition.raw:
            yield pytest.param(operation, GenerationMode.NEGATIVE, id=f"{operation.label} wrong")


@pytest.fixture
def there(world: World) -> dict[str, Any]:
    """Return the parameters of addresses that are there: a customer with something published, a mailbox, a sound."""
    world.save()
    factories.node("vaxel-9")
    with scope.customer(world.cast.norrsken.pk):
        return {
            "customer": world.cast.norrsken.pk, "mailbox": flow.mailbox(world.cast.norrsken.pk).pk,
            "sha256": flow.sound(world.cast.norrsken.pk, "Hej").sha256, "message": str(uuid.uuid4()),
        }  # fmt: skip


def code_for(_world: World) -> Any:
    """Return what a new node sends."""
    with scope.wide("portal_staff"):
        code = nodes.issue_code(name="vaxel-9")
    return {"code": code, "url": "http://127.0.0.1:8100", "boot": "b1"}


def receipt_for(world: World) -> Any:
    """Return the receipts that are true just now."""
    is_now = world.publication()
    return [
        {
            "customer": is_now.customer_id, "epoch": is_now.epoch, "generation": is_now.generation,
            "root": is_now.root, "effective_at": time.time(), "milliseconds": 2.5,
        }
    ]  # fmt: skip


def be_true(case: Any, world: World) -> None:
    """Make a request say what no document can: a code, a receipt or a generation that are true at the moment."""
    match case.operation.path.rpartition("/")[2]:
        case "enrol":
            case.body = code_for(world)
        case "receipts":
            case.body = receipt_for(world)
        case "config":
            case.query = {"since": 0}


def send(operation: Any, mode: GenerationMode, world: World, there: dict[str, Any], examples: int) -> set[int]:
    """Send many requests to one operation, and return which statuses they were answered with."""
    assert world.memory.enrolled is not None
    headers = {} if operation.path.endswith("/enrol") else {
        "Authorization": f"Bearer {world.memory.enrolled.token_of_node}"
    }  # fmt: skip
    excluded = [*NOT_OURS, *([negative_data_rejection] if operation.path in KEEPS_WHAT_IS_WRONG else [])]
    dice, seen = random.Random(operation.label), set[int]()

    @given(case=cases(operation, mode, headers, there))
    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def check(case: Any) -> None:
        if mode.is_positive and dice.random() < 0.5:
            be_true(case, world)
        seen.add(case.call_and_validate(headers=headers, excluded_checks=excluded).status_code)

    check()
    return seen


def cases(
    operation: Any, mode: GenerationMode, headers: dict[str, str], there: dict[str, Any]
) -> st.SearchStrategy[Any]:
    """Return requests to an operation: four of five about what is there, the others about anything."""
    raw = operation.definition.raw
    names = [one["name"] for one in raw["parameters"] if one["in"] == "path"]
    rest = "requestBody" in raw or len(raw["parameters"]) > len(names)
    far = operation.as_strategy(mode, headers=headers)
    if mode.is_negative and not rest:
        return far  # type: ignore[no-any-return]
    near = operation.as_strategy(mode, path_parameters={name: there[name] for name in names}, headers=headers)
    return st.one_of([near] * 4 + [far])


@pytest.mark.slow
@pytest.mark.parametrize(("operation", "mode"), list(asked()))
def test_every_answer_is_as_the_document_says(
    operation: Any, mode: GenerationMode, world: World, there: dict[str, Any]
) -> None:
    seen = send(operation, mode, world, there, FEW)
    assert mode.is_negative or any(status < 300 for status in seen)


@pytest.mark.slow
@pytest.mark.parametrize(("operation", "mode"), list(asked()))
def test_every_answer_is_as_the_document_says_many_times(
    operation: Any, mode: GenerationMode, world: World, there: dict[str, Any]
) -> None:
    send(operation, mode, world, there, MANY)


NUL = "a\0b"


def test_what_no_row_can_hold_is_refused(world: World, there: dict[str, Any], client: Any) -> None:
    """PostgreSQL holds no NUL in a text, and no number beyond its columns."""
    assert world.memory.enrolled is not None
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {world.memory.enrolled.token_of_node}"
    where, kind = "/api/switch/v1", "application/json"
    [true] = receipt_for(world)
    for lie in ({"root": NUL}, {"epoch": 10**30}, {"epoch": 2**40}, {"generation": 10**30}, {"customer": 10**30}):
        answer = client.post(f"{where}/receipts", msgspec.json.encode([{**true, **lie}]), content_type=kind)
        assert answer.status_code == 404
    enrolment = {**code_for(world), "boot": NUL}
    assert client.post(f"{where}/enrol", msgspec.json.encode(enrolment), content_type=kind).status_code == 422
    assert client.get(f"{where}/blobs/%00").status_code == 404
    box = f"{where}/customers/{there['customer']}/mailboxes"
    headers = {"X-Caller": f"+46{NUL}", "X-Recorded-At": "1800000000"}
    for mailbox, status in ((there["mailbox"], 204), (10**30, 422)):
        path = f"{box}/{mailbox}/messages/{uuid.uuid4()}"
        assert client.put(path, wav(0.2), content_type="audio/wav", headers=headers).status_code == status


def test_an_address_that_is_none_is_answered_in_the_wires_words(world: World, client: Any) -> None:
    for path in ("", "nothing", "customers/x/config", "customers/1/mailboxes/1/messages/none"):
        answer = client.get(f"/api/switch/v1/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
