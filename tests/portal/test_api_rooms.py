"""Every room over the API: made, read, replaced, deleted; lists that cost the same however long; many at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenants.changes.models import Change, Release
from tenants.customers import scope
from tenants.customers.models import Customer, Membership, Site
from tenants.destinations.models import Destination, Kind
from tenants.externals.models import ExternalNumber
from tenants.numbers.models import Number
from tenants.people.actions import MOST
from tenants.people.models import Device, Person
from tenants.prompts.models import Prompt
from tenants.requests.models import Answer
from tests.factories.cast import Cast
from tests.factories.doors import client
from tests.factories.mailboxes import mailbox, message
from tests.factories.office import Office
from tests.factories.people import person
from tests.factories.sounds import wav

pytestmark = pytest.mark.django_db
API = "/api/v1/customers/norrsken-bygg"
JSON = "application/json"


def send(who: Client, room: str, body: Any, **headers: str) -> Any:
    return who.post(f"{API}/{room}/", body, content_type=JSON, headers=headers)


BODIES: dict[str, Callable[[Office], dict[str, Any]]] = {
    "sites": lambda _rows: {"name": "Umeå", "area_code": "090", "municipality_code": "2480"},
    "people": lambda rows: {
        "name": "Erik Ek", "extension": "1043", "email": "erik@norrsken.test", "login": None, "site": rows["sites"],
    },
    "mailboxes": lambda rows: {
        "name": "Sena", "owner": rows["people"], "greeting": rows["prompts"], "max_seconds": 60, "listeners": [],
    },
    "menus": lambda rows: {
        "name": "Natt", "prompt": rows["prompts"], "invalid_prompt": None, "wait_seconds": 4, "tries": 2,
        "choices": [{"digit": "1", "target": f"group/{rows['groups']}", "prompt": None}],
        "no_input": f"mailbox/{rows['mailboxes']}", "invalid": None,
    },
    "groups": lambda rows: {
        "name": "Jour", "strategy": "parallel", "members": [rows["people"]], "ring_seconds": 15,
        "no_answer": f"mailbox/{rows['mailboxes']}", "nobody": None,
    },
    "timeswitches": lambda rows: {
        "name": "Helg", "schedule": rows["schedules"], "open": f"menu/{rows['menus']}", "closed": None, "lunch": None,
        "holiday": None,
    },
    "announcements": lambda rows: {"name": "Hej", "prompt": rows["prompts"], "next": f"mailbox/{rows['mailboxes']}"},
    "externals": lambda _rows: {"name": "Bilen", "e164": "+46701740606", "ring_seconds": 30},
}  # fmt: skip


class TestRooms:
    @pytest.mark.parametrize("room", BODIES)
    def test_made_read_replaced_deleted(self, room: str, alice: Client, rows: Office) -> None:
        body = BODIES[room](rows)
        made = send(alice, room, body)
        assert made.status_code == 201, made.json()
        where = made.headers["Location"]
        read = alice.get(where)
        assert {name: read.json()[name] for name in body} == body
        assert read.json() == made.json()
        assert read.headers["ETag"] == made.headers["ETag"]
        assert alice.put(where, body, content_type=JSON).status_code == 428
        seen = {"If-Match": read.headers["ETag"]}
        put = alice.put(where, {**body, "name": "Nytt namn"}, content_type=JSON, headers=seen)
        assert (put.status_code, put.json()["name"]) == (200, "Nytt namn")
        assert alice.put(where, body, content_type=JSON, headers=seen).status_code == 412
        names = [line["name"] for line in alice.get(f"{API}/{room}/?q=nytt").json()["results"]]
        assert names == ["Nytt namn"]
        gone = alice.delete(where, headers={"If-Match": put.headers["ETag"]})
        assert (gone.status_code, alice.get(where).status_code) == (204, 404)

    @pytest.mark.parametrize("room", BODIES)
    def test_a_name_that_is_taken_is_told_by_its_place(self, room: str, alice: Client, rows: Office) -> None:
        body = BODIES[room](rows)
        send(alice, room, body)
        changed = {"extension": "1999"} if room == "people" else {}
        again = send(alice, room, {**body, **changed})
        assert (again.status_code, again.json()["code"]) == (422, "name_taken")
        assert again.json()["errors"][0]["pointer"] == "/name"

    @pytest.mark.parametrize(
        ("room", "field"),
        [("groups", "no_answer"), ("menus", "no_input"), ("announcements", "next"), ("timeswitches", "open")],
    )
    def test_a_target_that_is_not_there_is_told_by_its_place(
        self, room: str, field: str, alice: Client, rows: Office
    ) -> None:
        answer = send(alice, room, {**BODIES[room](rows), field: "mailbox/999999"})
        assert answer.status_code == 400
        assert answer.json()["errors"] == [
            {"pointer": f"/{field}", "code": "unknown", "detail": answer.json()["errors"][0]["detail"]}
        ]

    def test_what_is_used_is_not_deleted(self, alice: Client, rows: Office) -> None:
        for room, code in {"groups": "still_pointed_at", "prompts": "prompt_used", "mailboxes": None}.items():
            where = f"{API}/{room}/{rows[room]}/"
            answer = alice.delete(where, headers={"If-Match": "*"})
            assert answer.status_code == (422 if code else 204), room
            assert code is None or answer.json()["code"] == code

    def test_destinations_are_listed_by_kind_and_name(self, alice: Client, rows: Office) -> None:
        found = alice.get(f"{API}/destinations/?kind=group&q=förs").json()["results"]
        assert found == [{"key": f"group/{rows['groups']}", "kind": "group", "name": "Försäljning"}]

    def test_a_search_for_nonsense_is_refused(self, alice: Client, rows: Office) -> None:
        for nonsense in ("%00", "x" * 81, "%0A%07x%07"):
            assert alice.get(f"{API}/people/?q={nonsense}").status_code == 400


class TestPeople:
    def test_where_calls_go_unanswered_is_draft(self, alice: Client, rows: Office) -> None:
        where, target = f"{API}/people/{rows['people']}/flow/", f"mailbox/{rows['mailboxes']}"
        read = alice.get(where)
        body = {**read.json(), "no_answer": target, "ring_seconds": 30}
        put = alice.put(where, body, content_type=JSON, headers={"If-Match": read.headers["ETag"]})
        assert (put.status_code, put.json()["no_answer"]) == (200, target)
        waiting = alice.get(f"{API}/publishing/").json()["results"]
        assert [one["key"] for one in waiting] == [f"person-flow/{rows['people']}"]

    def test_a_login_is_named_by_its_membership(self, alice: Client, everybody: Cast, rows: Office) -> None:
        where = f"{API}/people/{rows['people']}/"
        body = {"name": "Eva Lind", "extension": "1042", "email": "", "login": rows["logins"]}
        body |= {"mobile": "+46701740605", "mobile_confirm": False}
        put = alice.put(where, body, content_type=JSON, headers={"If-Match": "*"})
        assert (put.status_code, put.json()["login"]) == (200, rows["logins"])
        with scope.customer(everybody.bageri.pk):
            theirs = Membership.objects.get(user=everybody.charlie).pk
        answer = alice.put(where, {**body, "login": theirs}, content_type=JSON, headers={"If-Match": "*"})
        assert answer.json()["errors"][0]["pointer"] == "/login"

    def test_a_telephones_secret_is_in_the_answer_to_making_it_only(
        self, alice: Client, everybody: Cast, rows: Office
    ) -> None:
        where = f"people/{rows['people']}/devices"
        first = send(alice, where, {"name": "Mobilen"}, **{"Idempotency-Key": "one"})
        again = send(alice, where, {"name": "Mobilen"}, **{"Idempotency-Key": "one"})
        secret = first.json()["secret"]
        assert first.status_code == again.status_code == 201
        assert first.json() == again.json()
        assert "secret" not in alice.get(first.headers["Location"]).json()
        with scope.customer(everybody.norrsken.pk):
            assert Device.objects.filter(name="Mobilen").count() == 1
            kept = json.dumps(list(Answer.objects.values("body", "headers")))
        assert secret not in kept
        assert "sealed" in kept
        renewed = send(alice, f"{where}/{first.json()['id']}/secret", None)
        assert renewed.json()["secret"] != secret
        assert renewed.json()["version"] == 2

    def test_many_at_once(self, alice: Client, everybody: Cast, rows: Office) -> None:
        generation = alice.get(f"{API}/switch/").json()["desired"]
        people = [{"name": f"Person {n}", "extension": str(2000 + n)} for n in range(MOST)]
        people[7]["extension"], people[9]["name"] = "1042", "person 3"
        answer = send(alice, "people/bulk", {"people": people})
        told = answer.json()
        assert (answer.status_code, told["made"], told["refused"]) == (200, MOST - 2, 2)
        assert (told["results"][7]["code"], told["results"][7]["pointer"]) == (
            "extension_taken", "/people/7/extension",
        )  # fmt: skip
        assert (told["results"][9]["code"], told["results"][9]["pointer"]) == ("name_taken", "/people/9/name")
        assert alice.get(f"{API}/people/{told['results'][0]['id']}/").json()["name"] == "Person 0"
        assert alice.get(f"{API}/switch/").json()["desired"] == generation + 1

    @pytest.mark.slow
    def test_many_at_once_cost_no_more_statements_than_few(self, alice: Client, everybody: Cast) -> None:
        counts = []
        for many, first in ((10, 2000), (MOST, 3000)):
            people = [{"name": f"Person {first + n}", "extension": str(first + n)} for n in range(many)]
            with CaptureQueriesContext(connection) as asked:
                assert send(alice, "people/bulk", {"people": people}).json()["refused"] == 0
            counts.append(len(asked))
            assert not any("tenants_body" in one["sql"] and "IN (SELECT" in one["sql"] for one in asked)
        assert counts[0] == counts[1]

    def test_a_short_number_is_no_extension(self, alice: Client, rows: Office) -> None:
        one = send(alice, "people", {"name": "Bo", "extension": "112"})
        assert (one.status_code, one.json()["code"]) == (422, "extension_short_number")
        assert one.json()["errors"][0]["pointer"] == "/extension"
        many = send(alice, "people/bulk", {"people": [{"name": "Bo", "extension": "11414"}]})
        told = [(fault["pointer"], fault["code"]) for fault in many.json()["errors"]]
        assert (many.status_code, told) == (400, [("/people/0/extension", "extension_short_number")])

    def test_too_many_or_misshapen_are_refused_whole(self, alice: Client, everybody: Cast) -> None:
        people = [{"name": f"P {n}", "extension": str(2000 + n)} for n in range(MOST + 1)]
        assert send(alice, "people/bulk", {"people": people}).status_code == 400
        bad = send(alice, "people/bulk", {"people": [people[0], {"name": "P", "extension": "0"}]})
        assert [fault["pointer"] for fault in bad.json()["errors"]] == ["/people/1/extension"]
        with scope.customer(everybody.norrsken.pk):
            assert Person.objects.count() == 0


class TestNumbers:
    def test_staff_hand_out_and_take_back(self, everybody: Cast, alice: Client) -> None:
        sam = client(everybody.sam)
        body = {"e164": "040-622 10 00", "label": "Växeln"}
        assert send(alice, "numbers", body).status_code == 403
        made = send(sam, "numbers", body)
        assert (made.status_code, made.json()["e164"], made.json()["is_main"]) == (201, "+46406221000", True)
        second = send(sam, "numbers", {"e164": "040-622 10 01"}).json()
        assert send(sam, f"numbers/{second['id']}/main", None).json()["is_main"] is True
        held = send(sam, "numbers", body)
        assert (held.status_code, held.json()["code"]) == (422, "number_held")
        assert alice.delete(made.headers["Location"], headers={"If-Match": "*"}).status_code == 403
        assert sam.delete(made.headers["Location"], headers={"If-Match": "*"}).status_code == 204

    def test_the_label_is_live_and_the_way_is_draft(self, alice: Client, rows: Office) -> None:
        where = f"{API}/numbers/{rows['numbers']}/"
        wished = {"label": "Växeln", "site": rows["sites"]}
        put = alice.put(where, wished, content_type=JSON, headers={"If-Match": "*"})
        assert {name: put.json()[name] for name in wished} == wished
        none = alice.put(where, {**wished, "site": 999_999}, content_type=JSON, headers={"If-Match": "*"})
        assert (none.status_code, none.json()["errors"][0]["pointer"]) == (400, "/site")
        entry, target = f"{where}entry/", f"group/{rows['groups']}"
        answer = alice.put(entry, {"entry": target}, content_type=JSON, headers={"If-Match": put.headers["ETag"]})
        assert answer.json() == {"entry": target}
        assert [one["key"] for one in alice.get(f"{API}/publishing/").json()["results"]] == [
            f"number-flow/{rows['numbers']}"
        ]


class TestPrompts:
    def upload(self, who: Client, url: str, content: bytes, **more: str) -> Any:
        file = SimpleUploadedFile("hej.wav", content, "audio/wav")
        headers = {"Idempotency-Key": more.pop("key")} if "key" in more else {}
        return who.post(f"{API}/{url}", {"file": file, **more}, headers=headers)

    def test_a_file_is_sent_and_fetched(self, alice: Client, everybody: Cast) -> None:
        made = self.upload(alice, "prompts/", wav(1.0), name="Hej", manuscript="Hej och välkommen")
        assert made.status_code == 201, made.json()
        assert made.json()["seconds"] == pytest.approx(1.0, abs=0.1)
        heard = alice.get(made.headers["Location"] + "audio/")
        assert (heard.headers["Content-Type"], heard.content[:4]) == ("audio/wav", b"RIFF")
        prompt, old = made.json()["id"], made.json()["take"]
        take = self.upload(alice, f"prompts/{prompt}/takes/", wav(2.0))
        assert (take.status_code, take.json()["heard"]) == (201, True)
        assert send(alice, f"prompts/{prompt}/takes/{old}/choose", None).json()["take"] == old
        listed = alice.get(f"{API}/prompts/{prompt}/takes/").json()["results"]
        assert [one["heard"] for one in listed] == [True, False]
        away = alice.delete(take.headers["Location"], headers={"If-Match": "*"})
        assert away.status_code == 204
        kept = alice.delete(f"{API}/prompts/{prompt}/takes/{old}/", headers={"If-Match": "*"})
        assert kept.json()["code"] == "take_heard"

    def test_what_is_no_sound_is_refused_and_nothing_kept(self, alice: Client, everybody: Cast) -> None:
        answer = self.upload(alice, "prompts/", b"%PDF-1.7 no sound at all", name="Hej")
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/file"
        with scope.customer(everybody.norrsken.pk):
            assert Prompt.objects.count() == 0

    def test_a_file_sent_twice_is_one_prompt_and_another_file_another_request(
        self, alice: Client, everybody: Cast
    ) -> None:
        sent = [self.upload(alice, "prompts/", wav(1.0), name="Hej", key="k") for _ in range(2)]
        assert [answer.status_code for answer in sent] == [201, 201]
        assert sent[1].headers["Idempotency-Replayed"] == "true"
        other = self.upload(alice, "prompts/", wav(1.5), name="Hej", key="k")
        assert other.json()["code"] == "idempotency_key_reused"


class TestMessages:
    def test_heard_handled_fetched_deleted(self, alice: Client, rows: Office) -> None:
        where = f"{API}/mailboxes/{rows['mailboxes']}/messages/{rows['messages']}/"
        assert alice.get(where + "audio/").content[:4] == b"RIFF"
        assert alice.get(where).json()["heard_at"] is None
        heard = alice.post(where + "heard/")
        assert heard.json()["heard_at"] is not None
        handled = alice.put(
            where, {"handled": True}, content_type=JSON, headers={"If-Match": heard.headers["ETag"]}
        )  # fmt: skip
        assert handled.json()["handled_at"] is not None
        gone = alice.delete(where, headers={"If-Match": handled.headers["ETag"]})
        assert (gone.status_code, alice.get(where).status_code) == (204, 404)

    def test_who_is_not_ticked_hears_nothing_not_even_as_administrator(self, everybody: Cast, alice: Client) -> None:
        with scope.customer(everybody.norrsken.pk):
            box = mailbox(everybody.norrsken.pk, "Chefens", everybody.bob)
            said = message(box)
        where = f"{API}/mailboxes/{box.pk}/messages/"
        assert alice.get(where).status_code == 404
        assert alice.get(f"{where}{said.pk}/audio/").status_code == 404
        assert client(everybody.sam).get(where).status_code == 404
        assert client(everybody.bob).get(where).json()["results"][0]["id"] == said.pk


class TestHistory:
    def test_publish_go_back_and_undo(self, alice: Client, rows: Office) -> None:
        before = alice.get(f"{API}/switch/").json()["desired"]
        send(alice, "externals", {"name": "Bilen", "e164": "070-174 06 06"})
        change = alice.get(f"{API}/changes/").json()["results"][-1]
        assert send(alice, f"changes/{change['id']}/undo", None).status_code == 201
        assert send(alice, f"changes/{change['id']}/undo", None).status_code == 409
        newest = alice.get(f"{API}/releases/").json()["results"][0]
        assert newest["origin"] == "undo"
        assert send(alice, f"releases/{before}/rollback", None).json()["code"] == "nothing_to_publish"
        back = send(alice, f"releases/{before + 1}/rollback", None)
        assert (back.status_code, back.json()["generation"]) == (201, before + 3)
        assert [line["name"] for line in alice.get(f"{API}/externals/?q=bilen").json()["results"]] == ["Bilen"]
        one = alice.get(f"{API}/releases/{before + 1}/").json()
        assert [(part["change"], part["title"]) for part in one["differences"]] == [("new", "Bilen")]
        assert alice.get(f"{API}/releases/999999/").status_code == 404

    def test_going_back_throws_a_draft_away_only_if_told_to(self, alice: Client, rows: Office) -> None:
        before = alice.get(f"{API}/switch/").json()["desired"]
        send(alice, "externals", {"name": "Bilen", "e164": "070-174 06 06"})
        send(alice, "menus", {"name": "Natt"})
        waiting = alice.get(f"{API}/publishing/").json()["results"]
        back = f"releases/{before}/rollback"
        for body in (None, {"discard_draft": False}):
            refused = send(alice, back, body)
            told = refused.json()
            assert (refused.status_code, told["code"]) == (409, "draft_would_go")
            assert told["drafts"] == [{"key": waiting[0]["key"], "title": "Natt", "by": ["Alice Ek"]}]
        assert alice.get(f"{API}/publishing/").json()["results"] == waiting
        assert [line["name"] for line in alice.get(f"{API}/externals/?q=bilen").json()["results"]] == ["Bilen"]
        assert send(alice, back, {"discard_draft": "often"}).status_code == 400
        assert send(alice, back, {"discard_draft": True}).status_code == 201
        assert alice.get(f"{API}/publishing/").json()["results"] == []
        assert alice.get(f"{API}/menus/?q=natt").json()["results"] == []

    def test_a_draft_with_a_fault_is_told_by_its_places(self, alice: Client, rows: Office) -> None:
        made = send(alice, "menus", {"name": "Natt"})
        key = f"menu/{made.json()['id']}"
        alice.put(
            f"{API}/numbers/{rows['numbers']}/entry/", {"entry": key}, content_type=JSON, headers={"If-Match": "*"}
        )  # fmt: skip
        refused = send(alice, "publishing", {})
        assert (refused.status_code, refused.json()["code"]) == (422, "unproven")
        assert key in {one["place"] for one in refused.json()["problems"]}
        assert key in {one["place"] for one in alice.get(f"{API}/publishing/problems/").json()}

    def test_the_switch_and_its_receipts(self, alice: Client, everybody: Cast, rows: Office) -> None:
        told = alice.get(f"{API}/switch/").json()
        assert (told["in_step"], [node["node"] for node in told["nodes"]]) == (False, ["vaxel-1"])
        assert alice.get(f"{API}/switch/receipts/").json()["results"] == []


class TestLogins:
    def test_let_in_by_a_link_once_shown(self, alice: Client, everybody: Cast) -> None:
        body = {"email": "dora@norrsken.test", "name": "Dora Dal", "role": "user"}
        made = send(alice, "logins", body, **{"Idempotency-Key": "dora"})
        assert (made.status_code, made.json()["pending"]) == (201, True)
        link = made.json()["link"].removeprefix("http://testserver")
        assert Client().get(link).status_code == 200
        with scope.customer(everybody.norrsken.pk):
            assert link not in json.dumps(list(Answer.objects.values("body")))
        seen = {"If-Match": made.headers["ETag"]}
        changed = alice.put(made.headers["Location"], {"role": "admin"}, content_type=JSON, headers=seen)
        assert changed.json()["role"] == "admin"
        seen = {"If-Match": changed.headers["ETag"]}
        assert alice.delete(made.headers["Location"], headers=seen).status_code == 204

    def test_the_last_administrator_stays(self, alice: Client, everybody: Cast) -> None:
        with scope.customer(everybody.norrsken.pk):
            own = Membership.objects.get(user=everybody.alice).pk
        answer = alice.delete(f"{API}/logins/{own}/", headers={"If-Match": "*"})
        assert (answer.status_code, answer.json()["code"]) == (422, "last_admin")


class TestProvisioning:
    BODY = {
        "name": "Ny Kund AB", "organisation_number": "556016-0680", "slug": "ny-kund", "main_number": "040-622 20 00",
        "admin_name": "Nora Ny", "admin_email": "nora@nykund.test", "node": "vaxel-1",
    }  # fmt: skip

    def test_staff_make_a_customer_once(self, everybody: Cast, alice: Client) -> None:
        sam, where = client(everybody.sam), "/api/v1/customers/"
        headers = {"Idempotency-Key": "ny"}
        answers = [sam.post(where, self.BODY, content_type=JSON, headers=headers) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 201], answers[0].json()
        assert answers[0].json() == answers[1].json()
        assert answers[1].headers["Idempotency-Replayed"] == "true"
        assert Customer.objects.filter(slug="ny-kund").count() == 1
        other = sam.post(where, {**self.BODY, "name": "Annan"}, content_type=JSON, headers=headers)
        assert other.json()["code"] == "idempotency_key_reused"
        again = sam.post(where, self.BODY, content_type=JSON)
        assert (again.status_code, again.json()["code"]) == (422, "slug_taken")
        found = sam.get(where + "?q=ny kund").json()["results"]
        assert [customer["slug"] for customer in found] == ["ny-kund"]
        assert alice.get(where).status_code == 404

    def test_what_is_refused_leaves_nothing(self, everybody: Cast) -> None:
        sam = client(everybody.sam)
        body = {**self.BODY, "main_number": "abc"}
        answer = sam.post("/api/v1/customers/", body, content_type=JSON, headers={"Idempotency-Key": "ny"})
        assert (answer.status_code, answer.json()["code"]) == (422, "no_number")
        assert not Customer.objects.filter(slug="ny-kund").exists()


# --- the cost of a list --------------------------------------------------------------------------------------------


def _crowd(customer: Customer, many: int, first: int) -> None:
    """Make many rows of what can be many, in a few statements."""
    ident = customer.pk
    numbers = range(first, first + many)
    for kind in (Kind.PERSON, Kind.EXTERNAL, Kind.MAILBOX):
        places = Destination.objects.bulk_create(
            Destination(customer_id=ident, kind=kind, name=f"{kind} {number}") for number in numbers
        )
        if kind == Kind.PERSON:
            Person.objects.bulk_create(
                Person(customer_id=ident, destination=place, kind=kind, extension=str(100_000 + number))
                for place, number in zip(places, numbers, strict=True)
            )
        if kind == Kind.EXTERNAL:
            ExternalNumber.objects.bulk_create(
                ExternalNumber(customer_id=ident, destination=place, kind=kind, e164=f"+4670{number:07}")
                for place, number in zip(places, numbers, strict=True)
            )
    Site.objects.bulk_create(Site(customer_id=ident, name=f"Kontor {number}") for number in numbers)
    Number.objects.bulk_create(Number(customer_id=ident, e164=f"+4640{number:08}") for number in numbers)
    Prompt.objects.bulk_create(Prompt(customer_id=ident, name=f"Prompt {number}") for number in numbers)
    Change.objects.bulk_create(Change(customer_id=ident, summary=f"{number}") for number in numbers)
    Release.objects.bulk_create(
        Release(customer_id=ident, generation=1000 + number, root="0" * 64, origin="save") for number in numbers
    )


LISTS = ["people", "externals", "destinations", "sites", "numbers", "prompts", "changes", "releases"]


@pytest.mark.slow
def test_a_list_costs_the_same_for_ten_and_for_ten_thousand(everybody: Cast, alice: Client) -> None:
    counts: dict[str, list[int]] = {name: [] for name in LISTS}
    for many, first in ((10, 0), (9_990, 10)):
        with scope.customer(everybody.norrsken.pk):
            _crowd(everybody.norrsken, many, first)
        for name in LISTS:
            with CaptureQueriesContext(connection) as asked:
                found = alice.get(f"{API}/{name}/?limit=10").json()["results"]
            assert len(found) == 10
            counts[name].append(len(asked))
    assert {name: of for name, of in counts.items() if of[0] != of[1]} == {}


@pytest.mark.slow
@pytest.mark.parametrize("room", BODIES)
def test_a_line_more_costs_no_statement_more(room: str, alice: Client, rows: Office) -> None:
    counts = []
    for number in range(4):
        extension = {"extension": str(3000 + number)} if room == "people" else {}
        assert send(alice, room, {**BODIES[room](rows), "name": f"Nummer {number}", **extension}).status_code == 201
        with CaptureQueriesContext(connection) as asked:
            alice.get(f"{API}/{room}/")
        counts.append(len(asked))
    assert len(set(counts)) == 1


def test_the_whole_of_a_long_list_is_reached_page_by_page(everybody: Cast, alice: Client) -> None:
    with scope.customer(everybody.norrsken.pk):
        _crowd(everybody.norrsken, 230, 0)
        person(everybody.norrsken.pk, "Sist", "9999")
    seen, where = [], f"{API}/people/?limit=100"
    while where:
        page = alice.get(where).json()
        seen += [line["id"] for line in page["results"]]
        where = page["next"]
    assert len(seen) == len(set(seen)) == 231
