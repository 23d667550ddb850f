"""Refusals of the API: at the exact place of the body, and in the language that was asked for."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tenants.customers import scope
from tenants.prompts import actions as prompts
from tests.factories.cast import Cast
from tests.factories.office import Office

pytestmark = pytest.mark.django_db
API = "/api/v1/customers/norrsken-bygg"
JSON = "application/json"
DAY: dict[str, Any] = {"first": "2026-12-11", "last": "2026-12-11", "openings": []}


@pytest.fixture
def silent(everybody: Cast) -> int:
    """A prompt that nobody has recorded."""
    with scope.customer(everybody.norrsken.pk):
        return prompts.make(customer_id=everybody.norrsken.pk, by=everybody.alice, name="Tyst", manuscript="").pk


def told(answer: Any) -> list[tuple[str, str]]:
    """Return the faults of a refusal as (pointer, code)."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    return [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]]


def bodies(prompt: int) -> dict[str, tuple[dict[str, Any], str]]:
    """Return bodies that name a prompt, by room, and where it stands."""
    return {
        "schedules": (
            {"week": [], "holidays": [{"day": "julafton", "openings": []},
                                      {"day": "midsommarafton", "openings": [], "prompt": prompt}]},
            "/holidays/1/prompt",
        ),
        "schedules/": ({"week": [], "exceptions": [{"name": "A", **DAY, "prompt": prompt}]}, "/exceptions/0/prompt"),
        "menus": ({"prompt": prompt}, "/prompt"),
        "menus/": ({"invalid_prompt": prompt}, "/invalid_prompt"),
        "groups": ({"line": {"music": prompt}}, "/line/music"),
        "mailboxes": ({"greeting": prompt}, "/greeting"),
        "announcements": ({"prompt": prompt}, "/prompt"),
    }  # fmt: skip


@pytest.mark.parametrize("room", bodies(0))
def test_a_prompt_that_is_not_there_is_told_by_its_place(room: str, alice: Client) -> None:
    body, pointer = bodies(999_999)[room]
    answer = alice.post(f"{API}/{room.strip('/')}/", {"name": "Prov", **body}, content_type=JSON)
    assert (answer.status_code, told(answer)) == (400, [(pointer, "unknown")])


@pytest.mark.parametrize("room", ["schedules", "schedules/", "mailboxes"])
def test_a_prompt_that_nobody_has_recorded_is_told_by_its_place(room: str, alice: Client, silent: int) -> None:
    body, pointer = bodies(silent)[room]
    answer = alice.post(f"{API}/{room.strip('/')}/", {"name": "Prov", **body}, content_type=JSON)
    assert (answer.status_code, told(answer)) == (400, [(pointer, "unrecorded")])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("room", "pointer"),
    [
        ("menus", "/no_input"), ("menus", "/invalid"), ("menus", "/choices/1/target"), ("groups", "/nobody"),
        ("groups", "/line/exits/1/target"), ("announcements", "/next"), ("timeswitches", "/lunch"),
        ("people", "/unreachable"),
    ],
)  # fmt: skip
def test_a_way_back_to_itself_is_told_by_its_place(room: str, pointer: str, alice: Client, rows: Office) -> None:
    kind = {"people": "person"}.get(room, room.rstrip("s") if room != "timeswitches" else "timeswitch")
    own = f"{kind}/{rows[room]}"
    ways = [{"digit": "5", "target": f"mailbox/{rows['mailboxes']}"}, {"digit": "2", "target": own}]
    where = f"{API}/{room}/{rows[room]}/" + ("flow/" if room == "people" else "")
    changed: dict[str, Any] = {
        "/choices/1/target": {"choices": ways},
        "/line/exits/1/target": {"line": {"exits": ways}},
    }
    body = {**alice.get(where).json(), **changed.get(pointer, {pointer.strip("/"): own})}
    answer = alice.put(where, body, content_type=JSON, headers={"If-Match": "*"})
    assert (answer.status_code, told(answer)) == (422, [(pointer, "to_itself")])


@pytest.mark.parametrize("part", ["periods", "exceptions"])
def test_a_rule_that_is_gone_is_told_by_its_place(part: str, alice: Client) -> None:
    rule = {"name": "A", **DAY} if part == "exceptions" else {"name": "A", **DAY, "week": []}
    rule = {name: value for name, value in rule.items() if part == "exceptions" or name != "openings"}
    other = {**rule, "id": 999_999, "first": "2027-01-01", "last": "2027-01-01"}
    answer = alice.post(f"{API}/schedules/", {"name": "A", "week": [], part: [rule, other]}, content_type=JSON)
    assert (answer.status_code, told(answer)) == (422, [(f"/{part}/1/id", "gone")])


SAID = {
    "if_match_required": (
        "Skicka If-Match med den ETag du senast läste.", "Send If-Match with the ETag you last read.",
    ),
    "changed_since": (
        "Det har ändrats sedan du läste det. Läs det igen.", "It has changed since you read it. Read it again.",
    ),
    "idempotency_key_invalid": ("Idempotency-Key ska ha 1–200 tecken.", "Idempotency-Key must be 1–200 characters."),
    "parse_error": ("Det som skickades är inte JSON som går att läsa.", "What was sent is not JSON that can be read."),
    "form": ("Det som skickades är inget formulär som går att läsa.", "What was sent is no form that can be read."),
    "key_invalid": ("Nyckeln gäller inte.", "The key is not valid."),
}  # fmt: skip


@pytest.mark.parametrize("code", SAID)
def test_what_a_program_did_wrong_is_said_in_its_language(code: str, alice: Client, rows: Office) -> None:
    where = f"{API}/menus/{rows['menus']}/"
    asked: dict[str, Any] = {
        "if_match_required": lambda **said: alice.delete(where, **said),
        "changed_since": lambda headers: alice.delete(where, headers={**headers, "If-Match": '"0"'}),
        "idempotency_key_invalid": lambda headers: alice.post(
            f"{API}/sites/", {"name": "A"}, content_type=JSON, headers={**headers, "Idempotency-Key": "å" * 201}
        ),
        "parse_error": lambda **said: alice.post(f"{API}/sites/", b"{", content_type=JSON, **said),
        "form": lambda **said: alice.generic(
            "POST", f"{API}/prompts/", "x", content_type="multipart/form-data; boundary=", **said
        ),
        "key_invalid": lambda headers: alice.get(where, headers={**headers, "Authorization": "Bearer no"}),
    }
    heard = [asked[code](headers=headers).json() for headers in ({}, {"Accept-Language": "en"})]
    assert tuple(one["title"] for one in heard) == SAID[code]
    assert {one["code"] for one in heard} == {"parse_error" if code == "form" else code}
