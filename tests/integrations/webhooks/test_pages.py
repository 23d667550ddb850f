"""The pages: adding, the secret once, testing, sending again, rotating, pausing; and who may."""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integrations.webhooks import actions, signing
from integrations.webhooks.models import Delivery, Endpoint, Reason, Status
from integrations.webhooks.queries import secrets_of
from integrations.webhooks.sending import actions as sending
from tenants.customers import scope
from tests.factories.cast import Cast, cast
from tests.factories.doors import client, text

pytestmark = pytest.mark.django_db
PAGE = "/c/norrsken-bygg/settings/webhooks/"
URL = "https://system.example/webhook"


@pytest.fixture
def everybody() -> Cast:
    return cast()


@pytest.fixture
def alice(everybody: Cast) -> Client:
    return client(everybody.alice)


@pytest.fixture
def endpoint(everybody: Cast) -> Endpoint:
    ident = everybody.norrsken.pk
    with scope.customer(ident):
        return actions.make(customer_id=ident, by=everybody.alice, url=URL, types=["call.ended"])[0]


def now(endpoint: Endpoint) -> Endpoint:
    with scope.customer(endpoint.customer_id):
        return Endpoint.objects.get(pk=endpoint.pk)


def sent(endpoint: Endpoint, status: Status = Status.DEAD, **more: Any) -> Delivery:
    """Something that was sent, and how it went."""
    with scope.customer(endpoint.customer_id):
        row = actions.send_test(endpoint=endpoint)
        Delivery.objects.filter(pk=row.pk).update(status=status, last_at=timezone.now(), tries=10, **more)
        return row


def test_an_endpoint_is_added_and_its_secret_shown_once(alice: Client, everybody: Cast) -> None:
    assert "Inga mottagare än" in text(alice.get(PAGE))
    made = alice.post(f"{PAGE}new/", {"url": URL, "types": ["call.ended", "message.left"]})
    assert made.headers["Cache-Control"] == "no-store"
    secret = re.search(r"whsec_[A-Za-z0-9+/=]+", text(made).replace("&#x3D;", "="))
    assert secret
    with scope.customer(everybody.norrsken.pk):
        row = Endpoint.objects.get()
        assert secrets_of(row) == [secret[0]]
    assert len(base64.b64decode(secret[0].removeprefix("whsec_"))) == 32
    for page in (PAGE, f"{PAGE}{row.pk}/"):
        assert URL in text(alice.get(page))
        assert "whsec_" not in text(alice.get(page))


@pytest.mark.parametrize(
    "url",
    [
        "", "system.example", "http://system.example/", "ftp://system.example/", "https://",
        "https://user:pass@system.example/",
        "https://127.0.0.1/", "https://10.1.2.3/", "https://[::1]/", "https://169.254.169.254/latest", "https://localhost/",
        "https://db.internal/", "https://intranet/", "https://2130706433/", "https://system.example/#a",
        "https://exa mple.com/",
        "https://system.example:99999/", "https://åäö.example/", "https://[::ffff:10.0.0.1]/", "https://100.64.0.1/",
        "https://system.example/\r\nX: y",
    ],
)  # fmt: skip
def test_a_bad_address_is_refused_and_kept_in_the_form(alice: Client, everybody: Cast, url: str) -> None:
    answer = alice.post(f"{PAGE}new/", {"url": url, "types": ["call.ended"]})
    assert answer.status_code == 422
    assert "checked" in text(answer), "the chosen types are kept"
    with scope.customer(everybody.norrsken.pk):
        assert not Endpoint.objects.exists()


def test_nothing_chosen_or_twice_the_same_is_refused(alice: Client, endpoint: Endpoint) -> None:
    answer = alice.post(f"{PAGE}new/", {"url": "https://other.example/"})
    assert (answer.status_code, "Välj minst en sak" in text(answer)) == (422, True)
    answer = alice.post(f"{PAGE}new/", {"url": URL, "types": ["call.ended"]})
    assert (answer.status_code, "Den adressen finns redan" in text(answer)) == (422, True)


def test_there_is_an_end_to_how_many(everybody: Cast) -> None:
    ident = everybody.norrsken.pk
    with scope.customer(ident):
        for number in range(actions.MOST):
            actions.make(customer_id=ident, by=None, url=f"{URL}/{number}", types=["call.ended"])
        with pytest.raises(actions.TooManyEndpoints):
            actions.make(customer_id=ident, by=None, url=URL, types=["call.ended"])


def test_it_is_changed_paused_started_and_removed(alice: Client, endpoint: Endpoint) -> None:
    one = f"{PAGE}{endpoint.pk}/"
    alice.post(f"{one}change/", {"url": f"{URL}/2", "types": ["message.left"]})
    assert (now(endpoint).url, now(endpoint).types) == (f"{URL}/2", ["message.left"])
    bad = alice.post(f"{one}change/", {"url": "nonsense", "types": ["message.left"]})
    assert (bad.status_code, "nonsense" in text(bad)) == (422, True)
    alice.post(f"{one}pause/")
    assert (now(endpoint).enabled, now(endpoint).disabled_reason) == (False, Reason.BY_HAND)
    paused = text(alice.get(one))
    assert "Mottagaren är pausad" in paused
    assert "Skicka test" not in paused
    assert "Starta den först" in text(alice.post(f"{one}test/", follow=True))
    alice.post(f"{one}start/")
    assert now(endpoint).enabled
    assert alice.post(f"{one}remove/", {"version": endpoint.stamp}).status_code == 409
    assert alice.post(f"{one}remove/", {"version": now(endpoint).stamp}).status_code == 302
    assert alice.get(one).status_code == 404


def test_a_test_is_sent_whatever_is_chosen(alice: Client, endpoint: Endpoint) -> None:
    with scope.customer(endpoint.customer_id):
        Endpoint.objects.update(failures=5, closed_until=timezone.now() + timedelta(hours=1))
    alice.post(f"{PAGE}{endpoint.pk}/test/")
    with scope.customer(endpoint.customer_id):
        row = Delivery.objects.get()
    assert (row.type, row.status) == ("test", Status.WAITING)
    assert now(endpoint).closed_until <= timezone.now()


def test_a_new_secret_signs_beside_the_old_for_a_day(alice: Client, endpoint: Endpoint) -> None:
    (before,) = secrets_of(now(endpoint))
    assert "whsec_" in text(alice.post(f"{PAGE}{endpoint.pk}/secret/"))
    newest, old = secrets_of(now(endpoint))
    assert old == before != newest
    sent_headers = signing.headers([newest, old], "msg_1", 1, b"{}")
    assert len(sent_headers["webhook-signature"].split(" ")) == 2
    with scope.customer(endpoint.customer_id):
        Endpoint.objects.update(old_until=timezone.now())
    assert secrets_of(now(endpoint)) == [newest]


def test_a_dead_letter_is_seen_with_its_answer_and_sent_again(alice: Client, endpoint: Endpoint) -> None:
    row = sent(endpoint, last_code=500, last_said="<b>Oops</b>")
    page = text(alice.get(f"{PAGE}{endpoint.pk}/"))
    assert "&lt;b&gt;Oops" in page
    assert "kom inte fram" in page
    alice.post(f"{PAGE}{endpoint.pk}/deliveries/{row.pk}/again/")
    with scope.customer(endpoint.customer_id):
        again = Delivery.objects.get()
    assert (again.status, again.tries, again.message) == (Status.WAITING, 0, row.message)


def test_all_that_did_not_arrive_is_sent_again_from_a_day_on(alice: Client, endpoint: Endpoint) -> None:
    sent(endpoint)
    sent(endpoint, Status.DELIVERED)
    old = sent(endpoint, created_at=timezone.now() - timedelta(days=5))
    bad = alice.post(f"{PAGE}{endpoint.pk}/again/", {"since": "i går"})
    assert (bad.status_code, "åååå-mm-dd" in text(bad)) == (422, True)
    day = f"{timezone.localdate():%Y-%m-%d}"
    assert "1 meddelande skickas igen" in text(alice.post(f"{PAGE}{endpoint.pk}/again/", {"since": day}, follow=True))
    with scope.customer(endpoint.customer_id):
        states = dict(Delivery.objects.values_list("pk", "status"))
    assert sorted(states.values()) == ["dead", "delivered", "waiting"]
    assert states[old.pk] == "dead"


def test_the_list_is_narrowed_and_paged(alice: Client, endpoint: Endpoint) -> None:
    for _ in range(27):
        sent(endpoint, Status.DELIVERED)
    sent(endpoint)
    page = f"{PAGE}{endpoint.pk}/"
    assert text(alice.get(page)).count("msg_") == 25
    assert text(alice.get(f"{page}?status=dead")).count("msg_") == 1
    assert text(alice.get(f"{page}?status=nonsense")).count("msg_") == 25
    assert 'rel="next"' in text(alice.get(page))


def test_a_users_role_and_a_stranger_do_not_get_in(everybody: Cast, endpoint: Endpoint) -> None:
    assert client(everybody.bob).get(PAGE).status_code == 403
    assert client(everybody.charlie).get(PAGE).status_code == 404
    theirs = f"/c/lilla-bageriet/settings/webhooks/{endpoint.pk}/"
    assert client(everybody.charlie).get(theirs).status_code == 404
    assert client(everybody.charlie).post(f"{theirs}secret/").status_code == 404


def test_the_sender_sees_whose_turn_it_is_and_nothing_else(endpoint: Endpoint, owner_connection: Any) -> None:
    for table, columns in {"endpoint": "url secret old_secret types", "delivery": "body message last_said"}.items():
        for column in columns.split():
            may = "SELECT has_column_privilege('portal_relay', %s, %s, 'SELECT')"
            assert owner_connection.execute(may, [f"integrations_{table}", column]).fetchone() == (False,)
    assert sending.MOST_AT_ONCE
