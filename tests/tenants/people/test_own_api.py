"""One's own state over the API, by one's login or a key one has made: the rules of Min sida, and nobody else's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from tenants.apikeys import actions as keys
from tenants.apikeys.models import ApiKey
from tenants.changes.actions import publish
from tenants.customers import scope
from tenants.customers.models import Membership, User
from tenants.live import queries
from tenants.mailboxes.models import Mailbox, Message
from tenants.people.models import Person
from tenants.routing.live import Diversion, Login, Pause, membership
from tests.factories.cast import Cast, cast
from tests.factories.doors import client, text
from tests.factories.flow import Story, story
from tests.factories.mailboxes import mailbox, message
from tests.factories.people import person

pytestmark = pytest.mark.django_db
API = "/api/v1/customers/norrsken-bygg"
PAGE = "/c/norrsken-bygg/me/keys/"
JSON = "application/json"


@dataclass
class Office:
    """Norrsken, where Bob, a user, is Anna of the group and has a mailbox; and Eva is somebody else."""

    cast: Cast
    flow: Story
    bob: Person
    eva: Person
    box: Mailbox
    others: Mailbox

    def standing(self, kind: str, subject: str) -> object:
        """Return what is wanted of a register."""
        with scope.customer(self.cast.norrsken.pk):
            return queries.standing(kind, subject).value


@pytest.fixture
def office() -> Office:
    everybody = cast()
    customer = everybody.norrsken
    with scope.customer(customer.pk):
        flow = story(customer)
        publish(customer_id=customer.pk, by=everybody.alice)
        bob = flow.sales.members.order_by("pk")[0].person
        Person.objects.filter(pk=bob.pk).update(user=everybody.bob)
        eva = person(customer.pk, "Eva Lind", "1042")
        box = mailbox(customer.pk, "Bobs", owner_id=bob.pk)
        return Office(everybody, flow, bob, eva, box, mailbox(customer.pk, "Annans"))


@pytest.fixture(params=["session", "key"])
def bob(request: pytest.FixtureRequest, office: Office) -> Client:
    """Bob's browser, or a program with a key of his own."""
    if request.param == "session":
        return client(office.cast.bob)
    return Client(headers={"Authorization": f"Bearer {own_key(office)}"})


def own_key(office: Office, name: str = "Bobs egen") -> str:
    with scope.customer(office.cast.norrsken.pk):
        return keys.make_own(customer_id=office.cast.norrsken.pk, by=office.cast.bob, name=name)[1]


def put(who: Client, where: str, body: dict[str, Any], seen: str = "") -> Any:
    headers = {"If-Match": seen or who.get(f"{API}/{where}").headers["ETag"]}
    return who.put(f"{API}/{where}", body, content_type=JSON, headers=headers)


def test_who_i_am_and_where_i_answer(office: Office, bob: Client) -> None:
    told = bob.get(f"{API}/me/").json()
    assert (told["id"], told["extension"]) == (office.bob.pk, office.bob.extension)
    assert office.flow.sales.pk in [group["id"] for group in told["groups"]]


def test_i_divert_pause_and_log_out_and_back(office: Office, bob: Client) -> None:
    me, group = f"person/{office.bob.pk}", office.flow.sales.pk
    assert put(bob, "me/diversion/", {"reason": "lunch", "target": f"mailbox/{office.box.pk}"}).status_code == 202
    assert office.standing("diversion", me) == Diversion(reason="lunch", target=f"mailbox/{office.box.pk}")
    assert put(bob, "me/pause/", {"reason": "Kundmöte"}).json()["pending"]
    assert office.standing("pause", me) == Pause(reason="Kundmöte")
    assert put(bob, f"me/groups/{group}/login/", {"on": False}).status_code == 202
    assert office.standing("login", membership(f"group/{group}", me)) == Login(on=False)
    assert bob.delete(f"{API}/me/pause/", headers={"If-Match": "*"}).status_code == 202
    assert office.standing("pause", me) is None


def test_a_change_says_what_it_has_seen(office: Office, bob: Client) -> None:
    where = f"{API}/me/pause/"
    assert bob.put(where, {}, content_type=JSON).status_code == 428
    seen = bob.get(where).headers["ETag"]
    assert put(bob, "me/pause/", {}, seen).status_code == 202
    assert put(bob, "me/pause/", {}, seen).json()["code"] == "changed_since"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"reason": "lunch", "target": "group/1"}, 400, "invalid"),
        ({"reason": "dans"}, 400, "invalid_choice"),
        ({"reason": "lunch", "until": "2020-01-01T00:00:00Z"}, 422, "until_out_of_bounds"),
        ({"reason": "lunch", "target": "mailbox/999999"}, 422, "bad_target"),
    ],
)
def test_bad_input_is_refused_in_words(
    office: Office, bob: Client, body: dict[str, Any], status: int, code: str
) -> None:
    answer = put(bob, "me/diversion/", body)
    assert answer.status_code == status
    assert code in {answer.json()["code"], *(error["code"] for error in answer.json().get("errors", []))}
    assert answer.json()["title"]


def test_i_may_divert_to_what_is_offered_and_not_to_myself(office: Office, bob: Client) -> None:
    keys_ = {line["key"] for line in bob.get(f"{API}/me/targets/?limit=100").json()["results"]}
    assert {f"mailbox/{office.box.pk}", f"person/{office.eva.pk}"} <= keys_
    assert f"person/{office.bob.pk}" not in keys_
    assert not any(key.startswith(("group/", "menu/")) for key in keys_)


def test_i_hear_my_messages_and_nobody_elses(office: Office, bob: Client) -> None:
    with scope.customer(office.cast.norrsken.pk):
        mine, theirs = message(office.box), message(office.others)
    (box,) = bob.get(f"{API}/me/mailboxes/").json()["results"]
    assert (box["id"], box["name"], box["unheard"]) == (office.box.pk, "Bobs", 1)
    where = f"{API}/me/mailboxes/{office.box.pk}/messages/"
    assert [one["id"] for one in bob.get(where).json()["results"]] == [mine.pk]
    assert bob.get(f"{where}{mine.pk}/audio/").headers["Content-Type"] == "audio/wav"
    for _again in range(2):
        heard = bob.post(f"{where}{mine.pk}/heard/", content_type=JSON, headers={"Idempotency-Key": "one"})
        assert heard.status_code == 200
        assert heard.json()["heard_at"]
    assert (
        bob.put(f"{where}{mine.pk}/", {"handled": True}, content_type=JSON, headers={"If-Match": "*"}).status_code
        == 200
    )
    for place in (f"me/mailboxes/{office.others.pk}/messages/", f"me/mailboxes/{office.box.pk}/messages/{theirs.pk}/"):
        assert bob.get(f"{API}/{place}").status_code == 404
    with scope.customer(office.cast.norrsken.pk):
        assert Message.objects.get(pk=theirs.pk).heard_at is None
    assert bob.delete(f"{where}{mine.pk}/", headers={"If-Match": "*"}).status_code == 204


def test_a_group_i_do_not_answer_in_is_not_there(office: Office, bob: Client) -> None:
    with scope.customer(office.cast.norrsken.pk):
        office.flow.sales.members.filter(person=office.bob).delete()
    assert bob.get(f"{API}/me/groups/{office.flow.sales.pk}/login/").status_code == 404


def test_my_key_opens_nothing_but_what_is_mine(office: Office) -> None:
    program = Client(headers={"Authorization": f"Bearer {own_key(office)}"})
    for where in ("people/", "live/", f"live/people/{office.eva.pk}/pause/", f"mailboxes/{office.box.pk}/messages/"):
        answer = program.get(f"{API}/{where}")
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing"), where
    assert program.get("/api/v1/customers/lilla-bageriet/me/").status_code == 404
    assert program.get("/api/v1/me/").json()["scopes"] == ["write:me"]


def test_a_companys_key_is_nobody_and_a_login_without_a_telephone_finds_nothing(office: Office) -> None:
    with scope.customer(office.cast.norrsken.pk):
        _row, secret = keys.make(
            customer_id=office.cast.norrsken.pk, by=office.cast.alice, name="Lön", scopes=["write:live"]
        )
    program = Client(headers={"Authorization": f"Bearer {secret}"})
    assert program.get(f"{API}/me/").json()["code"] == "scope_missing"
    for who in (office.cast.alice, office.cast.sam, office.cast.charlie):
        assert client(who).get(f"{API}/me/").status_code == 404
        assert client(who).get(f"{API}/me/pause/").status_code == 404


def test_my_key_ends_with_my_login_and_with_my_telephone(office: Office) -> None:
    program = Client(headers={"Authorization": f"Bearer {own_key(office)}"})
    with scope.customer(office.cast.norrsken.pk):
        Person.objects.filter(pk=office.bob.pk).update(user=None)
    assert program.get(f"{API}/me/").status_code == 404
    with scope.customer(office.cast.norrsken.pk):
        Person.objects.filter(pk=office.bob.pk).update(user=office.cast.bob)
        Membership.objects.get(user=office.cast.bob).delete()
    assert program.get(f"{API}/me/").status_code == 404
    assert program.get(f"{API}/me/mailboxes/").json()["results"] == []


def test_my_key_opens_nothing_while_i_may_not_log_in(office: Office) -> None:
    program = Client(headers={"Authorization": f"Bearer {own_key(office)}"})
    assert program.get(f"{API}/me/").status_code == 200
    User.objects.filter(pk=office.cast.bob.pk).update(is_active=False)
    assert program.get(f"{API}/me/").status_code == 404
    assert program.get(f"{API}/me/mailboxes/{office.box.pk}/messages/").status_code == 404


def test_i_make_and_remove_my_keys_on_a_page_and_my_administrator_may_too(office: Office) -> None:
    browser = client(office.cast.bob)
    made = browser.post(PAGE, {"name": "Klockan"})
    assert made.headers["Cache-Control"] == "no-store"
    with scope.customer(office.cast.norrsken.pk):
        row = ApiKey.objects.get(name="Klockan")
    assert row.prefix in text(made)
    assert row.prefix in text(browser.get(PAGE))
    assert browser.post(PAGE, {"name": ""}).status_code == 422
    assert "redan det namnet" in text(browser.post(PAGE, {"name": "klockan"}))
    alice = client(office.cast.alice)
    assert row.prefix not in text(alice.get(PAGE))
    assert alice.post(f"{PAGE}{row.pk}/revoke/").status_code == 404
    assert "Det egna, som på Min sida" in text(alice.get("/c/norrsken-bygg/settings/api-keys/"))
    assert browser.post(f"{PAGE}{row.pk}/revoke/").status_code == 302
    assert row.prefix not in text(browser.get(PAGE))
    own_key(office, "Andra")
    with scope.customer(office.cast.norrsken.pk):
        other = ApiKey.objects.get(name="Andra")
    assert alice.post(f"/c/norrsken-bygg/settings/api-keys/{other.pk}/revoke/").status_code == 302
    assert row.prefix not in text(alice.get("/c/norrsken-bygg/settings/api-keys/"))


def test_ten_keys_are_enough(office: Office) -> None:
    for number in range(keys.MOST_OWN):
        own_key(office, f"Nyckel {number}")
    refused = client(office.cast.bob).post(PAGE, {"name": "En till"})
    assert refused.status_code == 422
    assert "redan tio nycklar" in text(refused)
