"""Webhooks over the API: made, read, replaced, deleted; the secret, tests and replays; by scopes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integrations.webhooks.models import Delivery, Endpoint, Status
from integrations.webhooks.queries import secrets_of
from tenants.apikeys import actions as apikeys
from tenants.customers import scope
from tests.factories.cast import Cast, cast

pytestmark = pytest.mark.django_db
API = "/api/v1/customers/norrsken-bygg/webhooks/"
JSON = "application/json"
BODY = {"url": "https://system.example/webhook", "types": ["call.ended"], "enabled": True}


@pytest.fixture
def everybody() -> Cast:
    return cast()


def program(everybody: Cast, *scopes: str) -> Client:
    """Return a program with a key."""
    ident = everybody.norrsken.pk
    with scope.customer(ident):
        _row, secret = apikeys.make(customer_id=ident, by=everybody.alice, name=" ".join(scopes), scopes=scopes)
    return Client(headers={"Authorization": f"Bearer {secret}"})


@pytest.fixture
def api(everybody: Cast) -> Client:
    return program(everybody, "write:webhooks")


def post(api: Client, path: str, body: object = None, **headers: str) -> Any:
    return api.post(f"{API}{path}", body or {}, content_type=JSON, headers=headers)


def test_an_endpoint_from_beginning_to_end(api: Client, everybody: Cast) -> None:
    made = post(api, "", BODY)
    assert made.status_code == 201, made.content
    assert made.headers["Cache-Control"] == "no-store"
    secret = made.json()["secret"]
    with scope.customer(everybody.norrsken.pk):
        assert secrets_of(Endpoint.objects.get()) == [secret]
    where = made.headers["Location"]
    read = api.get(where)
    assert "secret" not in read.json()
    assert read.json()["types"] == ["call.ended"]
    wanted = {**BODY, "types": ["message.left"], "enabled": False}
    assert api.put(where, wanted, content_type=JSON).status_code == 428
    put = api.put(where, wanted, content_type=JSON, headers={"If-Match": read.headers["ETag"]})
    assert (put.status_code, put.json()["disabled_reason"]) == (200, "by_hand")
    old = api.put(where, wanted, content_type=JSON, headers={"If-Match": read.headers["ETag"]})
    assert old.status_code == 412
    on = api.put(where, {**wanted, "enabled": True}, content_type=JSON, headers={"If-Match": put.headers["ETag"]})
    assert (on.json()["enabled"], on.json()["disabled_reason"]) == (True, "")
    assert api.delete(where, headers={"If-Match": "*"}).status_code == 204
    assert api.get(where).status_code == 404


def test_an_endpoint_sent_twice_is_one_with_one_secret(api: Client) -> None:
    first, second = (post(api, "", BODY, **{"Idempotency-Key": "k"}) for _ in range(2))
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(api.get(API).json()["results"]) == 1


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"url": "https://10.0.0.1/"}, 422, "bad_address"), ({"types": []}, 400, "invalid"),
        ({"types": ["call.exploded"]}, 400, "invalid"), ({"types": ["test"]}, 400, "invalid"),
        ({"url": 7}, 400, "invalid"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused(api: Client, change: dict[str, Any], status: int, code: str) -> None:
    answer = post(api, "", {**BODY, **change})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_test_is_sent_listed_and_sent_again(api: Client, everybody: Cast) -> None:
    one = post(api, "", BODY).json()["id"]
    sent = post(api, f"{one}/test/")
    assert (sent.status_code, sent.json()["type"], sent.json()["status"]) == (201, "test", "waiting")
    with scope.customer(everybody.norrsken.pk):
        Delivery.objects.update(status=Status.DEAD, tries=10, last_code=500)
    (dead,) = api.get(f"{API}{one}/deliveries/?status=dead").json()["results"]
    assert (dead["message"], dead["last_code"]) == (sent.json()["message"], 500)
    assert api.get(f"{API}{one}/deliveries/?status=waiting").json()["results"] == []
    again = post(api, f"{one}/deliveries/{dead['id']}/again/")
    assert (again.status_code, again.json()["status"], again.json()["tries"]) == (200, "waiting", 0)
    with scope.customer(everybody.norrsken.pk):
        Delivery.objects.update(status=Status.DEAD)
    late = (timezone.now() + timedelta(hours=1)).isoformat()
    assert post(api, f"{one}/replay/", {"since": late}).json() == {"sent_again": 0}
    early = (timezone.now() - timedelta(hours=1)).isoformat()
    assert post(api, f"{one}/replay/", {"since": early}).json() == {"sent_again": 1}


def test_a_new_secret_is_told_once_and_again_to_the_same_request(api: Client) -> None:
    one = post(api, "", BODY).json()["id"]
    first, again = (post(api, f"{one}/secret/", **{"Idempotency-Key": "r"}).json() for _ in range(2))
    assert first == again
    assert first["secret"].startswith("whsec_")
    assert post(api, f"{one}/secret/").json() != first


def test_a_disabled_one_is_sent_nothing(api: Client) -> None:
    one = post(api, "", {**BODY, "enabled": False}).json()["id"]
    answer = post(api, f"{one}/test/")
    assert (answer.status_code, answer.json()["code"]) == (422, "endpoint_disabled")


def test_scopes_rule(everybody: Cast, api: Client) -> None:
    one = post(api, "", BODY).json()["id"]
    reader, other = program(everybody, "read:webhooks"), program(everybody, "write:people")
    assert reader.get(API).status_code == 200
    assert post(reader, f"{one}/test/").status_code == 403
    assert other.get(API).json()["code"] == "scope_missing"
