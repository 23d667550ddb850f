"""Sending: signed, at least once, in order, in nobody's way; and what is made of receivers that misbehave."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from integrations import http
from integrations.webhooks import actions
from integrations.webhooks.models import Delivery, Endpoint, Reason, Status
from integrations.webhooks.sending import actions as sending
from integrations.webhooks.sending import sender
from tenants.customers import scope
from tests.integrations.switch import nasty
from tests.integrations.switch.nasty import Behaviour, answer, says
from tests.integrations.webhooks.conftest import OK, Hooks

pytestmark = pytest.mark.django_db(transaction=True)


def heads(request: bytes) -> dict[str, str]:
    """Return a request's headers."""
    lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    return {name.lower(): value.strip() for name, _colon, value in (line.partition(":") for line in lines)}


def body(request: bytes) -> dict[str, object]:
    """Return what a request says."""
    said: dict[str, object] = json.loads(request.partition(b"\r\n\r\n")[2])
    return said


def names(receiver: nasty.Nasty) -> list[object]:
    """Return the names of the facts a receiver was told of, in order."""
    return [body(request)["data"]["n"] for request in receiver.requests]  # type: ignore[index]


def test_what_is_told_arrives_signed(hooks: Hooks) -> None:
    receiver = hooks.receiver()
    hooks.endpoint(receiver.url + "/in?x=1")
    hooks.tell("a")
    assert hooks.send() == 1
    (request,) = receiver.requests
    assert request.startswith(b"POST /in?x=1 HTTP/1.1")
    said = heads(request)
    assert said["content-type"] == "application/json"
    assert said["webhook-id"] == hooks.row().message
    assert abs(int(said["webhook-timestamp"]) - time.time()) < 5
    assert said["webhook-signature"].startswith("v1,")
    told = body(request)
    assert (told["type"], told["customer"], told["data"]) == ("call.ended", "norrsken-bygg", {"n": "a"})
    row = hooks.row()
    assert (row.status, row.tries, row.last_code, row.last_said) == (Status.DELIVERED, 1, 200, "thanks")
    assert hooks.send() == 0


def test_a_fact_told_again_is_told_once(hooks: Hooks) -> None:
    receiver = hooks.receiver()
    hooks.endpoint(receiver.url)
    for _ in range(3):
        hooks.tell("a", "b", "a")
        hooks.send()
    assert names(receiver) == ["a", "b"]


def test_an_endpoint_hears_what_it_chose_and_of_its_own_customer(hooks: Hooks) -> None:
    ours, theirs = hooks.receiver(), hooks.receiver()
    hooks.endpoint(ours.url)
    hooks.endpoint(theirs.url, hooks.cast.bageri)
    hooks.tell("a", type="live.changed")
    hooks.tell("b", customer=hooks.cast.bageri)
    hooks.send()
    assert (names(ours), names(theirs)) == ([], ["b"])


def test_one_fact_has_one_id_at_every_endpoint_and_another_at_every_customer(hooks: Hooks) -> None:
    for number, customer in enumerate((hooks.cast.norrsken, hooks.cast.norrsken, hooks.cast.bageri)):
        hooks.endpoint(f"http://127.0.0.1:9/{number}", customer)
    hooks.tell("a")
    hooks.tell("a", customer=hooks.cast.bageri)
    first, second = hooks.rows()
    (other,) = hooks.rows(hooks.cast.bageri)
    assert first.message == second.message != other.message


def test_what_is_too_old_to_know_whether_it_was_told_is_not(hooks: Hooks) -> None:
    hooks.endpoint("http://127.0.0.1:9")
    ident = hooks.cast.norrsken.pk
    with scope.customer(ident):
        at = timezone.now() - actions.KEPT - timedelta(minutes=1)
        actions.tell(customer_id=ident, facts=[actions.Fact("call.ended", "old", at, {})])
    assert hooks.rows() == []


def test_messages_come_in_order(hooks: Hooks) -> None:
    receiver = hooks.receiver()
    hooks.endpoint(receiver.url)
    wanted = [f"n{number}" for number in range(30)]
    for name in wanted:
        hooks.tell(name)
    assert hooks.send() == 30
    assert names(receiver) == wanted


# --- receivers that misbehave ------------------------------------------------------------------------------------


def cut_off(connection: socket.socket, _request: bytes) -> None:
    """Declare more than is sent."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")


def answers(status: str, headers: str = "", body: bytes = b"no") -> Behaviour:
    return says(answer(status, body, headers))


BAD: dict[str, tuple[Behaviour, int | None, str]] = {
    "500": (answers("500 Oops"), 500, "no"),
    "503": (answers("503 Later"), 503, "no"),
    "400": (answers("400 Bad"), 400, "no"),
    "401": (answers("401 Who"), 401, "no"),
    "404": (answers("404 Where"), 404, "no"),
    "302": (answers("302 There", "Location: http://127.0.0.1:9/\r\n"), 302, "redirect"),
    "307": (answers("307 There", "Location: https://example.com/\r\n"), 307, "redirect"),
    "hangs": (nasty.hangs, None, "in time"),
    "drips": (nasty.drips, None, "in time"),
    "drips headers": (nasty.drips_headers, None, "in time"),
    "dies": (nasty.dies, None, ""),
    "cut off": (cut_off, None, ""),
    "no http": (says(b"\x00\xff" * 100), None, ""),
}


@pytest.mark.parametrize("name", BAD)
def test_a_failure_is_noted_and_tried_again_with_the_same_id(
    hooks: Hooks, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    behaviour, code, said = BAD[name]
    monkeypatch.setattr(sender, "DEADLINE", 0.4)
    receiver = hooks.receiver(behaviour)
    hooks.endpoint(receiver.url)
    hooks.tell("a")
    began = time.monotonic()
    assert hooks.send() == 1
    assert time.monotonic() - began < 3
    row = hooks.row()
    assert (row.status, row.tries, row.last_code) == (Status.WAITING, 1, code)
    assert said in row.last_said
    assert 3.9 < (row.next_try_at - timezone.now()).total_seconds() + 1 < 7.1
    receiver.behaviour = OK
    assert hooks.send() == 0
    hooks.again()
    assert hooks.send() == 1
    assert hooks.row().status == Status.DELIVERED
    ids = {heads(request)["webhook-id"] for request in receiver.requests}
    assert ids == {row.message}


@pytest.mark.parametrize("behaviour", [nasty.floods, says(answer("200 OK", b"\x00<b>" * 100_000))])
def test_of_a_huge_answer_only_the_beginning_is_read(hooks: Hooks, behaviour: Behaviour) -> None:
    hooks.endpoint(hooks.receiver(behaviour).url)
    hooks.tell("a")
    hooks.send()
    row = hooks.row()
    assert (row.status, row.last_code) == (Status.DELIVERED, 200)
    assert len(row.last_said) <= 200
    assert "\0" not in row.last_said


def test_410_disables_the_endpoint_and_what_waits_stays(hooks: Hooks) -> None:
    receiver = hooks.receiver(answers("410 Gone"))
    endpoint, _secret = hooks.endpoint(receiver.url)
    hooks.tell("a")
    hooks.tell("b")
    assert hooks.send() == 1
    gone, waits = hooks.rows()
    assert (gone.status, gone.last_code, waits.status, waits.tries) == (Status.DEAD, 410, Status.WAITING, 0)
    assert (gone.endpoint.enabled, gone.endpoint.disabled_reason) == (False, Reason.GONE)
    hooks.again()
    assert hooks.send() == 0
    hooks.tell("c")
    assert len(hooks.rows()) == 2, "nothing is written for who does not listen"
    receiver.behaviour = OK
    with scope.customer(hooks.cast.norrsken.pk):
        actions.enable(endpoint=endpoint)
        assert actions.send_dead_again(endpoint=endpoint, since=gone.created_at) == 1
    assert hooks.send() == 2
    assert names(receiver)[1:] == ["a", "b"]


@pytest.mark.parametrize("status", ["429 Slow", "503 Later"])
def test_retry_after_is_heeded_for_the_whole_endpoint(hooks: Hooks, status: str) -> None:
    receiver = hooks.receiver(answers(status, "Retry-After: 600\r\n"))
    hooks.endpoint(receiver.url)
    hooks.tell("a")
    hooks.tell("b")
    assert hooks.send() == 1
    first, second = hooks.rows()
    assert 590 < (first.next_try_at - timezone.now()).total_seconds() <= 600
    assert 590 < (first.endpoint.closed_until - timezone.now()).total_seconds() <= 600
    assert second.tries == 0


def test_after_three_days_of_failures_it_is_dead_and_can_be_sent_again(hooks: Hooks) -> None:
    receiver = hooks.receiver(answers("500 Oops"))
    _endpoint, _secret = hooks.endpoint(receiver.url)
    hooks.tell("a")
    waited = timedelta()
    for _ in range(len(sending.WAITS)):
        hooks.again()
        assert hooks.send() == 1
        waited += hooks.row().next_try_at - timezone.now()
    assert hooks.row().status == Status.WAITING
    assert timedelta(days=2.4) < waited < timedelta(days=3.9)
    hooks.again()
    hooks.send()
    assert hooks.row().status == Status.DEAD
    hooks.again()
    assert hooks.send() == 0
    receiver.behaviour = OK
    with scope.customer(hooks.cast.norrsken.pk):
        actions.send_again(delivery=hooks.row())
    assert hooks.send() == 1
    assert (hooks.row().status, hooks.row().tries) == (Status.DELIVERED, 1)


def test_a_message_the_receiver_dislikes_does_not_hold_up_the_others(hooks: Hooks) -> None:
    def picky(connection: socket.socket, request: bytes) -> None:
        connection.sendall(answer("422 No" if b'"bad"' in request else "200 OK", b""))

    receiver = hooks.receiver(picky)
    hooks.endpoint(receiver.url)
    for name in ("bad", "b", "c"):
        hooks.tell(name)
    hooks.send()
    assert [row.status for row in hooks.rows()] == [Status.WAITING, Status.DELIVERED, Status.DELIVERED]


def test_an_endpoint_in_trouble_is_left_alone_and_then_gets_all_in_order(hooks: Hooks) -> None:
    receiver = hooks.receiver(answers("500 Oops"))
    hooks.endpoint(receiver.url)
    for number in range(8):
        hooks.tell(f"n{number}")
    assert hooks.send() == sending.BREAKER_AT
    assert hooks.rows()[-1].tries == 0
    receiver.behaviour = OK
    receiver.requests.clear()
    hooks.again()
    hooks.send()
    assert names(receiver) == [f"n{number}" for number in range(8)]
    assert hooks.rows()[0].endpoint.failures == 0


# --- nobody in nobody's way --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_dead_endpoints_of_one_customer_do_not_hold_up_another(hooks: Hooks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "DEADLINE", 0.3)
    dead = hooks.receiver(nasty.hangs)
    for number in range(6):
        hooks.endpoint(f"{dead.url}/{number}")
    alive = hooks.receiver()
    hooks.endpoint(alive.url, hooks.cast.bageri)
    for number in range(10):
        hooks.tell(f"n{number}")
        hooks.tell(f"n{number}", customer=hooks.cast.bageri)
    with hooks.worker():
        turns = 0
        while alive.asked < 10:
            assert sender.serve_next() is not None
            turns += 1
    assert turns <= 7
    assert dead.asked <= 6 * sending.BREAKER_AT


def test_one_customer_has_no_more_than_its_share_at_once(hooks: Hooks) -> None:
    for number in range(4):
        hooks.endpoint(f"http://127.0.0.1:9/{number}")
    hooks.endpoint("http://127.0.0.1:9", hooks.cast.bageri)
    hooks.tell("a")
    hooks.tell("a", customer=hooks.cast.bageri)
    with hooks.worker():
        turns = [sending.take_turn() for _ in range(4)]
    customers = [turn.customer_id for turn in turns if turn]
    assert sorted(customers) == [hooks.cast.norrsken.pk] * 2 + [hooks.cast.bageri.pk]


def test_a_lost_lease_ends_the_turn_and_another_goes_on(hooks: Hooks) -> None:
    receiver = hooks.receiver()
    hooks.endpoint(receiver.url)
    hooks.tell("a")
    with hooks.worker():
        lost = sending.take_turn()
    assert lost is not None
    assert hooks.send() == 0
    hooks.again()
    assert hooks.send() == 1
    with hooks.worker():
        assert sending.next_of(lost) is None


def test_sent_again_by_hand_meanwhile_it_is_not_noted_over(hooks: Hooks) -> None:
    hooks.endpoint(hooks.receiver().url)
    hooks.tell("a")
    row = hooks.row()
    with scope.customer(hooks.cast.norrsken.pk):
        actions.send_again(delivery=row)
    with hooks.worker():
        assert sending.note(delivery=row, outcome=sending.Outcome(200, "")) is None
    assert hooks.row().status == Status.WAITING


@pytest.mark.parametrize("status", ["200 OK", "500 Oops", "410 Gone"])
def test_an_endpoint_may_be_removed_while_it_thinks(hooks: Hooks, status: str) -> None:
    def removes(connection: socket.socket, _request: bytes) -> None:
        with psycopg.connect(hooks.databases.owner) as owner:
            owner.execute("DELETE FROM integrations_delivery")
            owner.execute("DELETE FROM integrations_endpoint")
        connection.sendall(answer(status, b""))

    hooks.endpoint(hooks.receiver(removes).url)
    hooks.tell("a")
    hooks.tell("b")
    assert hooks.send() == 1
    assert hooks.rows() == []


# --- where it may go ---------------------------------------------------------------------------------------------


def test_no_transaction_is_open_while_a_receiver_thinks(hooks: Hooks) -> None:
    with psycopg.connect(hooks.databases.owner, autocommit=True) as watcher:
        seen: list[int] = []

        def thinks(connection: socket.socket, _request: bytes) -> None:
            time.sleep(0.1)
            count = watcher.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE usename = 'portal_worker' AND xact_start IS NOT NULL"
            ).fetchone()
            seen.append(count[0] if count else -1)
            connection.sendall(answer("200 OK", b""))

        hooks.endpoint(hooks.receiver(thinks).url)
        hooks.tell("a")
        hooks.send()
    assert seen == [0]


@pytest.mark.parametrize(
    "url",
    [
        "https://localhost.example.test:1/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://[::1]/",
        "https://0x7f.1/",
    ],
)
def test_private_addresses_are_not_reached_even_if_the_row_says_so(hooks: Hooks, settings: Settings, url: str) -> None:
    hooks.endpoint(url)
    hooks.tell("a")
    settings.WEBHOOKS_PRIVATE = False
    hooks.send()
    assert hooks.row().last_code is None


def test_a_name_that_turns_private_gains_nothing(
    hooks: Hooks, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address is checked where the connection is made, of the very answer it is made to."""
    receiver = hooks.receiver()
    port = int(receiver.url.rpartition(":")[2])
    hooks.endpoint(f"http://rebound.test:{port}/")
    hooks.tell("a")
    settings.WEBHOOKS_PRIVATE = False
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: found)
    with scope.customer(hooks.cast.norrsken.pk):
        row = Delivery.objects.select_related("endpoint").get()
    outcome = sender._outcome(row)
    assert (outcome.code, receiver.asked) == (None, 0)
    assert "open internet" in outcome.said


@pytest.mark.parametrize(
    "address",
    ["2002:7f00:1::", "2002:a00:1::", "fec0::1", "2001:0:1::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "fd00::1"],
)
def test_addresses_that_wrap_private_ones_are_private(address: str) -> None:
    assert not http.is_public(address)


def test_old_ones_are_dropped(hooks: Hooks) -> None:
    hooks.endpoint(hooks.receiver().url)
    hooks.tell("a", "b", "c")
    with scope.customer(hooks.cast.norrsken.pk):
        first, second, third = Delivery.objects.order_by("pk").values_list("pk", flat=True)
        ago: Callable[[int], object] = lambda days: timezone.now() - timedelta(days=days)  # noqa: E731
        Delivery.objects.filter(pk=first).update(status=Status.DELIVERED, created_at=ago(31))
        Delivery.objects.filter(pk=second).update(status=Status.DEAD, created_at=ago(31))
        Delivery.objects.filter(pk=third).update(status=Status.DEAD, created_at=ago(91))
    with hooks.worker():
        assert sending.drop_old() == 2
    assert [row.pk for row in hooks.rows()] == [second]
    with scope.customer(hooks.cast.norrsken.pk):
        assert Endpoint.objects.count() == 1
