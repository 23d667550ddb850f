"""Odd requests to the API: what no row, no clock and no stack can take is 400 where it stands, and never 5xx."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.factories.office import Office

pytestmark = pytest.mark.django_db
API = "/api/v1/customers/norrsken-bygg"
JSON = "application/json"
LONE = "\ud800"
ANY = {"If-Match": "*"}


def told(answer: Any) -> list[tuple[str, str]]:
    """Return the faults of a refusal as (pointer, code)."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    return [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]]


class TestText:
    """A lone half of a surrogate pair is no character: no row, no log and no answer can hold it."""

    @pytest.mark.parametrize(
        ("room", "body", "pointer"),
        [
            ("schedules", {"name": LONE, "week": []}, "/name"),
            ("schedules", {"name": "A", "week": [], "holidays": [{"day": LONE, "openings": []}]}, "/holidays/0/day"),
            ("groups", {"name": "A", "strategy": f"x{LONE}"}, "/strategy"),
            ("menus", {"name": "A", "no_input": LONE}, "/no_input"),
            ("logins", {"name": "A", "email": f"{LONE}@a.se", "role": "user"}, "/email"),
            ("webhooks", {"url": "https://a.example", "types": [LONE]}, "/types/0"),
            ("publishing", {"keys": [f"menu/{LONE}"]}, "/keys/0"),
            ("people/bulk", {"people": [{"name": "A", "extension": LONE}]}, "/people/0/extension"),
            ("sites", {"name": "A", "a/b~c": LONE}, "/a~1b~0c"),
            ("sites", {"name": "A", LONE: 1}, ""),
            ("sites", [LONE], "/0"),
        ],
    )
    def test_half_a_character_is_refused_where_it_stands(
        self, room: str, body: Any, pointer: str, alice: Client
    ) -> None:
        answer = alice.post(f"{API}/{room}/", json.dumps(body), content_type=JSON)
        assert (answer.status_code, told(answer)) == (400, [(pointer, "no_text")])

    def test_a_whole_pair_is_a_character(self, alice: Client) -> None:
        answer = alice.post(f"{API}/sites/", '{"name": "\\ud83d\\ude00"}', content_type=JSON)
        assert (answer.status_code, answer.json()["name"]) == (201, "\N{GRINNING FACE}")


MOMENTS = ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59",
           "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "1969-12-31T23:59:59Z"]  # fmt: skip
ASKED: dict[str, Callable[[Office, str], tuple[str, str, dict[str, Any]]]] = {
    "pause": lambda rows, at: ("put", f"live/people/{rows['people']}/pause", {"until": at}),
    "diversion": lambda rows, at: ("put", f"live/people/{rows['people']}/diversion", {"reason": "lunch", "until": at}),
    "override": lambda rows, at: (
        "put", f"live/schedules/{rows['schedules']}/override", {"state": "closed", "until": at}
    ),
    "replay": lambda rows, at: ("post", f"webhooks/{rows['webhooks']}/replay", {"since": at}),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("at", MOMENTS)
@pytest.mark.parametrize("room", ASKED)
def test_a_moment_that_no_clock_shows_is_refused(room: str, at: str, alice: Client, rows: Office) -> None:
    method, where, body = ASKED[room](rows, at)
    answer = getattr(alice, method)(f"{API}/{where}/", body, content_type=JSON, headers=ANY)
    pointer = "/since" if room == "replay" else "/until"
    assert (answer.status_code, told(answer)) == (400, [(pointer, "overflow")])


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_at_the_end_of_time_is_refused(day: str, alice: Client) -> None:
    nights = [{"start": "22:00", "end": "02:00"}]
    body = {
        "name": "Evig", "week": [], "exceptions": [{"name": "A", "first": day, "last": day, "openings": nights}],
        "periods": [{"name": "B", "first": day, "last": day, "week": []}],
    }  # fmt: skip
    answer = alice.post(f"{API}/schedules/", body, content_type=JSON)
    assert answer.status_code == 400
    assert {pointer for pointer, _code in told(answer)} == {
        f"/{part}/0/{edge}" for part in ("exceptions", "periods") for edge in ("first", "last")
    }


class TestShape:
    @pytest.mark.parametrize("body", [b"[" * 5000, b'{"a":' * 5000, b"[" * 400 + b"]" * 400, b"[" * 900 + b"]" * 900])
    @pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "deep"}])
    def test_what_is_nested_beyond_reason_is_refused(self, body: bytes, key: dict[str, str], alice: Client) -> None:
        answer = alice.post(f"{API}/sites/", body, content_type=JSON, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")

    @pytest.mark.parametrize(
        "body", [b"", b"{", b"\xff", b'{"name": NaN}', b'{"name": 1e999}', b"9" * 5000, b"null", b"7", b"[]", b'"x"']
    )
    def test_what_is_no_object_is_refused(self, body: bytes, alice: Client) -> None:
        assert alice.post(f"{API}/menus/", body, content_type=JSON).status_code == 400

    @pytest.mark.parametrize("charset", ["zlib", "hex", "undefined", "no-such"])
    def test_a_charset_that_is_none_is_no_fault_of_ours(self, charset: str, alice: Client) -> None:
        body = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nUme\xc3\xa5\r\n--x--\r\n'
        form, plain = f"multipart/form-data; boundary=x; charset={charset}", f"{JSON}; charset={charset}"
        asked = [
            alice.generic("POST", f"{API}/sites/", '{"name": "Umeå"}', content_type=plain),
            alice.generic("POST", f"{API}/prompts/", body, content_type=form),
            alice.generic("GET", f"{API}/prompts/", content_type=plain, QUERY_STRING="q=ume%C3%A5"),
        ]
        assert {answer.status_code for answer in asked} <= {200, 201, 400}

    def test_a_form_that_can_not_be_read_is_refused(self, alice: Client) -> None:
        for head in ("name*=zlib''%41", "name=\"name\"; filename*=zlib''%41", 'name="\ud800"', 'name="na\0me"'):
            body = f"--x\r\nContent-Disposition: form-data; {head}\r\n\r\nA\r\n--x--\r\n".encode(errors="surrogatepass")
            answer = alice.generic("POST", f"{API}/prompts/", body, content_type="multipart/form-data; boundary=x")
            assert answer.status_code == 400

    @pytest.mark.parametrize("cursor", ["p=x", "p=-1", f"p={10**30}", "p=1e5", "p=%00", "o=-1", "p=1&r=1"])
    @pytest.mark.parametrize("room", ["people", "releases", "changes", "live"])
    def test_a_cursor_of_ones_own_is_no_fault_of_ours(self, room: str, cursor: str, alice: Client) -> None:
        mine = b64encode(cursor.encode()).decode()
        assert alice.get(f"{API}/{room}/", {"cursor": mine}).status_code in {200, 400}

    def test_a_kind_that_is_none_is_refused(self, alice: Client) -> None:
        for kind in ("\0", "no-such"):
            for room in ("live", "destinations"):
                answer = alice.get(f"{API}/{room}/", {"kind": kind})
                assert (answer.status_code, told(answer)) == (
                    400,
                    [("/kind", "invalid_choice" if kind.isalpha() or "-" in kind else "invalid")],
                )

    @pytest.mark.parametrize("limit", ["", "0", "-1", "1.5", "x", "٣", "9" * 5000, "1\n"])
    def test_a_page_of_no_size_is_refused(self, limit: str, alice: Client) -> None:
        answer = alice.get(f"{API}/people/", {"limit": limit})
        assert (answer.status_code, told(answer)) == (400, [("/limit", "invalid")])
