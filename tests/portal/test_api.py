"""The REST API as its clients meet it: doors, preconditions, one effect, problem details, paging."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenants.changes.models import Publication
from tenants.customers import scope
from tenants.schedules.models import Schedule
from tests.factories.cast import Cast, cast

SCHEDULES = "/api/v1/customers/norrsken-bygg/schedules/"
MENUS = "/api/v1/customers/norrsken-bygg/menus/"
PUBLISHING = "/api/v1/customers/norrsken-bygg/publishing/"
HOURS = {"weekday": 4, "openings": [{"start": "08:00", "end": "15:00"}]}
BODY = {"name": "Huvudnummer", "week": [HOURS]}
JSON = "application/json"


@pytest.fixture
def everybody(db: None) -> Cast:
    """The cast."""
    return cast()


@pytest.fixture
def alice(everybody: Cast) -> Client:
    """Alice's client."""
    client = Client()
    client.force_login(everybody.alice)
    return client


def made(client: Client, url: str = SCHEDULES, body: Any = BODY, **headers: str) -> Any:
    """Make something."""
    return client.post(url, body, content_type=JSON, headers=headers)


class TestDoor:
    @pytest.mark.parametrize("url", [SCHEDULES, MENUS, PUBLISHING, SCHEDULES + "1/", MENUS + "1/"])
    def test_the_stranger_is_told_there_is_nothing(self, url: str, everybody: Cast) -> None:
        charlie = Client()
        charlie.force_login(everybody.charlie)
        answers = [charlie.get(url), charlie.get(url.replace("norrsken-bygg", "no-such-customer"))]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].json() == answers[1].json()
        assert answers[0].headers["Content-Type"] == "application/problem+json"

    def test_nobody_must_log_in(self, everybody: Cast) -> None:
        answer = Client().get(SCHEDULES)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="api"')

    def test_a_user_is_told_the_role_is_too_small(self, everybody: Cast) -> None:
        bob = Client()
        bob.force_login(everybody.bob)
        answer = bob.get(SCHEDULES)
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")

    def test_one_customers_thing_is_not_found_at_another(self, alice: Client, everybody: Cast) -> None:
        where = made(alice).headers["Location"]
        charlie = Client()
        charlie.force_login(everybody.charlie)
        theirs = where.replace("norrsken-bygg", "lilla-bageriet")
        assert charlie.get(theirs).status_code == 404
        assert charlie.delete(theirs, headers={"If-Match": '"1"'}).status_code == 404
        assert alice.get(where).status_code == 200

    def test_a_post_without_a_csrf_token_is_refused(self, everybody: Cast) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(everybody.alice)
        assert made(client).status_code == 403


class TestSchedules:
    def test_made_read_replaced_deleted(self, alice: Client, everybody: Cast) -> None:
        answer = made(alice)
        assert answer.status_code == 201, answer.json()
        where, body = answer.headers["Location"], answer.json()
        assert body["week"] == [{"weekday": 4, "openings": [{"start": "08:00", "end": "15:00", "state": "open"}]}]
        read = alice.get(where)
        assert read.json() == body
        body["exceptions"] = [
            {
                "name": "Julbord",
                "first": "2026-12-11",
                "last": "2026-12-11",
                "openings": [{"start": "22:00", "end": "02:00"}],
            }
        ]
        put = alice.put(where, body, content_type=JSON, headers={"If-Match": read.headers["ETag"]})
        assert put.status_code == 200, put.json()
        (exception,) = put.json()["exceptions"]
        assert (exception["openings"][0]["end"], exception["otherwise"]) == ("02:00", "closed")
        again = alice.put(where, put.json(), content_type=JSON, headers={"If-Match": put.headers["ETag"]})
        assert again.json() == put.json()
        gone = alice.delete(where, headers={"If-Match": again.headers["ETag"]})
        assert (gone.status_code, alice.get(where).status_code) == (204, 404)

    def test_it_is_live_at_once(self, alice: Client, everybody: Cast) -> None:
        made(alice)
        with scope.customer(everybody.norrsken.pk):
            assert Publication.objects.get().generation >= 1

    @pytest.mark.parametrize(
        ("week", "pointer", "code"),
        [
            ([{"weekday": 7, "openings": []}], "/week/0/weekday", "max_value"),
            ([{"weekday": 0, "openings": [{"start": "25:00", "end": "08:00"}]}], "/week/0/openings/0/start", "invalid"),
            ([{"weekday": 0, "openings": [{"start": 8, "end": "17:00"}]}], "/week/0/openings/0/start", "invalid"),
            ([{"weekday": 0, "openings": "always"}], "/week/0/openings", "not_a_list"),
        ],
    )
    def test_a_body_is_refused_by_the_place_of_its_fault(
        self, alice: Client, week: Any, pointer: str, code: str
    ) -> None:
        answer = made(alice, body={**BODY, "week": week})
        assert answer.status_code == 400
        assert [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]] == [(pointer, code)]

    def test_overlapping_hours_are_refused_and_nothing_is_kept(self, alice: Client, everybody: Cast) -> None:
        twice = [{"start": "08:00", "end": "12:00"}, {"start": "11:00", "end": "17:00"}]
        answer = made(alice, body={**BODY, "week": [{"weekday": 0, "openings": twice}]})
        assert (answer.status_code, answer.json()["code"]) == (422, "overlap")
        assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/week/0"]
        with scope.customer(everybody.norrsken.pk):
            assert Schedule.objects.count() == 0

    def test_a_refusal_points_into_a_period(self, alice: Client) -> None:
        twice = [{"start": "08:00", "end": "12:00"}, {"start": "11:00", "end": "17:00"}]
        period = {"name": "Sommar", "first": "2027-07-01", "last": "2027-07-31"}
        week = [{"weekday": 2, "openings": []}, {"weekday": 3, "openings": twice}]
        answer = made(alice, body={**BODY, "periods": [{**period, "week": week}]})
        assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/periods/0/week/1"]

    def test_dates_of_two_exceptions_may_not_meet(self, alice: Client) -> None:
        days = {"first": "2026-12-24", "last": "2026-12-26", "openings": []}
        answer = made(alice, body={**BODY, "exceptions": [{**days, "name": "Jul"}, {**days, "name": "Mer"}]})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] in {"/exceptions/0", "/exceptions/1"}

    def test_a_rule_of_another_schedule_is_refused(self, alice: Client) -> None:
        exception = {"name": "Jul", "first": "2026-12-24", "last": "2026-12-24", "openings": []}
        first = made(alice, body={**BODY, "exceptions": [exception]}).json()
        other = made(alice, body={**BODY, "name": "Lager", "exceptions": first["exceptions"]})
        assert (other.status_code, other.json()["code"]) == (422, "gone")


class TestPreconditions:
    def test_a_change_must_say_what_it_has_seen(self, alice: Client) -> None:
        where = made(alice).headers["Location"]
        assert alice.put(where, BODY, content_type=JSON).status_code == 428
        assert alice.delete(where).status_code == 428

    def test_a_change_of_what_has_changed_is_refused(self, alice: Client) -> None:
        answer = made(alice)
        seen = {"If-Match": answer.headers["ETag"]}
        first = alice.put(answer.headers["Location"], {**BODY, "name": "Ett"}, content_type=JSON, headers=seen)
        second = alice.put(answer.headers["Location"], {**BODY, "name": "Två"}, content_type=JSON, headers=seen)
        assert (first.status_code, second.status_code) == (200, 412)
        assert alice.get(answer.headers["Location"]).json()["name"] == "Ett"


class TestOneEffect:
    def test_a_repeated_request_is_answered_as_before(self, alice: Client, everybody: Cast) -> None:
        key = {"Idempotency-Key": "abc-1"}
        first, second = made(alice, **key), made(alice, **key)
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.json() == second.json()
        assert first.headers["ETag"] == second.headers["ETag"]
        assert second.headers["Idempotency-Replayed"] == "true"
        with scope.customer(everybody.norrsken.pk):
            assert Schedule.objects.count() == 1

    def test_a_key_is_for_one_request(self, alice: Client) -> None:
        key = {"Idempotency-Key": "abc-1"}
        made(alice, **key)
        other = made(alice, body={**BODY, "name": "Annat"}, **key)
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")

    def test_a_refused_request_may_be_mended_and_sent_again(self, alice: Client) -> None:
        key = {"Idempotency-Key": "abc-1"}
        assert made(alice, body={**BODY, "week": "no"}, **key).status_code == 400
        assert made(alice, **key).status_code == 201

    @pytest.mark.parametrize("key", ["", "x" * 201])
    def test_a_senseless_key_is_refused(self, alice: Client, key: str) -> None:
        assert made(alice, **{"Idempotency-Key": key}).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_the_same_request_from_eight_sides_at_once_has_one_effect() -> None:
    everybody = cast()
    answers: list[int] = []

    def send() -> None:
        client = Client()
        client.force_login(everybody.alice)
        answers.append(made(client, **{"Idempotency-Key": "at-once"}).status_code)
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [201] * 8
    with scope.customer(everybody.norrsken.pk):
        assert Schedule.objects.count() == 1


class TestLists:
    def fill(self, everybody: Cast, count: int) -> None:
        with scope.customer(everybody.norrsken.pk):
            Schedule.objects.bulk_create(Schedule(customer=everybody.norrsken, name=f"S{n}") for n in range(count))

    def test_a_list_comes_in_pages_and_is_whole(self, alice: Client, everybody: Cast) -> None:
        self.fill(everybody, 130)
        names, url = [], SCHEDULES + "?limit=60"
        while url:
            page = alice.get(url).json()
            names += [row["name"] for row in page["results"]]
            url = page["next"]
        assert names == [f"S{n}" for n in range(130)]

    def test_a_page_is_never_unbounded(self, alice: Client, everybody: Cast) -> None:
        self.fill(everybody, 130)
        assert len(alice.get(SCHEDULES + "?limit=100000").json()["results"]) == 100

    def test_the_cost_of_a_page_does_not_grow(self, alice: Client, everybody: Cast) -> None:
        counts = []
        for more in (3, 200):
            self.fill(everybody, more) if more == 3 else self.fill_more(everybody, more)
            with CaptureQueriesContext(connection) as queries:
                alice.get(SCHEDULES)
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def fill_more(self, everybody: Cast, count: int) -> None:
        with scope.customer(everybody.norrsken.pk):
            Schedule.objects.bulk_create(Schedule(customer=everybody.norrsken, name=f"T{n}") for n in range(count))


def test_a_deleted_things_address_is_a_problem_document(alice: Client) -> None:
    answer = alice.get(SCHEDULES + "999999/")
    assert answer.json() == {"type": "about:blank", "status": 404, "title": answer.json()["title"], "code": "not_found"}
