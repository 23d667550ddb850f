"""Nodes that hang, drip, lie, stutter and die: each has a stated answer, and nothing is lost."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from datetime import timedelta

import msgspec
import psycopg
import pytest
from django.db import connection as django_connection
from django.db import transaction
from django.utils import timezone

from integrations import http
from integrations.switch import actions, compare, contents, pusher
from tenants.changes import queries as changes
from tenants.changes.models import Change, Lane, Publication
from tenants.customers import scope
from tenants.nodes.actions import back_off
from tenants.nodes.models import Node
from tenants.nodes.queries import BREAKER_AT
from tenants.routing import wire
from tests.integrations.switch import nasty
from tests.integrations.switch.conftest import World
from tests.integrations.switch.nasty import Behaviour, Nasty, answer, says

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server(world: World) -> Iterator[Nasty]:
    """A nasty server where the node should be; its customer has something to push."""
    made = Nasty(nasty.hangs, healthy=True)
    move(world, made.url)
    world.save()
    yield made
    made.close()


def move(world: World, url: str) -> None:
    """Let the node have another address."""
    with scope.wide("portal_staff"):
        Node.objects.filter(pk=world.cast.node.pk).update(url=url)


def node() -> Node:
    """Return the node's row."""
    return Node.objects.get()


def pushed(request: bytes) -> wire.Push:
    """Return the push of a request."""
    return msgspec.json.decode(request.partition(b"\r\n\r\n")[2], type=wire.Push)


def receipt(**other: object) -> Behaviour:
    """Answer with a receipt that is right but for these values."""

    def behave(connection: socket.socket, request: bytes) -> None:
        push = pushed(request)
        right = {"customer": push.customer, "epoch": push.epoch, "generation": push.generation, "root": push.root}
        values = {**right, "effective_at": time.time(), "milliseconds": 1.0, **other}
        connection.sendall(answer("200 OK", msgspec.json.encode(values)))

    return behave


def conflict(**other: object) -> Behaviour:
    """Answer with a conflict about the push's customer."""

    def behave(connection: socket.socket, request: bytes) -> None:
        values = {"customer": pushed(request).customer, "code": "gap", **other}
        connection.sendall(answer("409 Conflict", msgspec.json.encode(values)))

    return behave


NASTY = {
    "nonsense": says(answer("200 OK", b"<html>It works</html>")),
    "empty": says(answer("200 OK", b"")),
    "no-content": says(answer("204 No Content", b"")),
    "another-type": says(answer("200 OK", b'{"roots": []}')),
    "deep": says(answer("200 OK", b"[" * 100_000)),
    "other-customer": receipt(customer=10**9),
    "other-generation": receipt(generation=77),
    "other-root": receipt(root="0" * 64),
    "other-epoch": receipt(epoch=9),
    "no-time": receipt(effective_at=-1.0),
    "far-time": receipt(effective_at=1e300),
    "extra-field": receipt(extra=1),
    "cut": says(answer("200 OK", b'{"customer": 1}')[:-5]),
    "half": says(b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n{"),
    "dies": nasty.dies,
    "500": says(answer("500 Oops", b"Traceback")),
    "503": says(answer("503 Busy", b"")),
    "redirect": says(answer("302 Found", b"", "Location: http://127.0.0.1:9/\r\n")),
    "401": says(answer("401 No", b"{}")),
    "404": says(answer("404 Gone", b"{}")),
    "409-nonsense": says(answer("409 Conflict", b"null")),
    "409-huge-epoch": conflict(code="stale", epoch=2**62, generation=5),
    "409-negative": conflict(code="stale", epoch=-(2**62), generation=-5),
    "409-for-ever": conflict(code="gap"),
    "409-strange-blob": conflict(code="missing_blobs", blobs=["../../etc/passwd"]),
    "422-nonsense": says(answer("422 No", b"[]")),
}


@pytest.mark.slow
def test_no_receipt_means_not_effective_and_the_node_gets_it_once_it_is_well(world: World, server: Nasty) -> None:
    for number, (name, behaviour) in enumerate(NASTY.items(), 1):
        move(world, server.url)
        server.behaviour = behaviour
        assert world.push(1) == ["failed"], name
        placement = world.placement()
        assert (placement.generation, placement.lease, placement.attempts) == (number - 1, None, 1), name
        assert placement.error in {"unreachable", "rejected", "not_authorised", "unsupported"}, name
        assert placement.next_try_at > placement.last_served_at, name
        assert len(world.receipts()) == number - 1, name
        assert world.publication().epoch == 1, name
        assert node().last_error, name
        move(world, world.url)
        world.wait_over()
        assert world.push() == ["effective"], name
        assert world.agrees(), name
        assert (world.placement().error, world.placement().attempts, node().last_error) == ("", 0, ""), name
        world.save(f"Efter {name}")


@pytest.mark.parametrize("behaviour", [nasty.hangs, nasty.drips], ids=["hangs", "drips"])
def test_a_node_that_never_ends_its_answer_holds_a_worker_no_longer_than_the_deadline(
    behaviour: Behaviour, world: World, server: Nasty, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert http.DEADLINE == 5.0
    monkeypatch.setattr(http, "DEADLINE", 0.5)
    server.behaviour = behaviour
    began = time.monotonic()
    assert world.push(1) == ["failed"]
    assert time.monotonic() - began < 3
    assert world.placement().error == "unreachable"
    assert world.receipts() == []


def test_no_transaction_is_open_while_the_node_thinks(
    world: World, server: Nasty, worker_connection: psycopg.Connection
) -> None:
    def busy() -> int:
        query = (
            "SELECT count(*) FROM pg_stat_activity WHERE usename = 'portal_worker' AND xact_start IS NOT NULL "
            "AND datname = current_database() AND pid <> pg_backend_pid()"
        )
        row = worker_connection.execute(query).fetchone()
        worker_connection.rollback()
        assert row is not None
        return int(row[0])

    seen: list[int] = []

    def look(connection: socket.socket, request: bytes) -> None:
        seen.append(busy())
        receipt()(connection, request)

    with world.worker(), transaction.atomic():
        with django_connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        assert busy() == 1
    server.behaviour = look
    assert world.push(1) == ["effective"]
    assert seen == [0]


def test_the_page_says_that_it_waits_and_never_that_it_is_effective(world: World, server: Nasty) -> None:
    server.behaviour = NASTY["nonsense"]
    world.push(1)
    with scope.customer(world.cast.norrsken.pk):
        standing = changes.standing(Change.objects.get())
    assert (standing.state, standing.milliseconds) == ("waiting", None)


def test_a_failing_node_is_left_alone_but_for_one_probe_and_the_others_go_on(world: World, server: Nasty) -> None:
    server.behaviour = NASTY["500"]
    for _ in range(BREAKER_AT):
        world.set(next_try_at=timezone.now())
        assert world.push(1) == ["failed"]
    assert node().closed_until is not None
    with scope.wide("portal_staff"):  # its first back-off may be a tenth of a second, which a save can take
        Node.objects.update(closed_until=timezone.now() + timedelta(minutes=1))
    world.save("Bageriet", world.cast.bageri)
    world.set(next_try_at=timezone.now())
    asked = server.asked
    assert world.push() == []
    assert server.asked == asked
    world.wait_over()
    with world.worker():
        probe = actions.take_turn()
        assert probe is not None
        assert actions.take_turn() is None
        with scope.wide("portal_relay"):
            actions.end_turn(probe)
    move(world, world.url)
    world.wait_over()
    world.wait_over()
    assert world.push() == ["effective", "effective"]
    assert world.agrees()
    assert world.agrees(world.cast.bageri)
    assert (node().failures, node().closed_until) == (0, None)


def test_a_node_that_is_back_is_served_without_waiting_for_the_longest_back_off(world: World, server: Nasty) -> None:
    server.behaviour = NASTY["500"]
    world.save("Bageriet", world.cast.bageri)
    assert sorted(world.push(2)) == ["failed", "failed"]
    world.set(next_try_at=timezone.now() + timedelta(seconds=60))
    world.set(world.cast.bageri, next_try_at=timezone.now())
    move(world, world.url)
    assert world.push() == ["effective", "effective"]
    assert world.agrees()


def test_who_serves_saves_leaves_failing_nodes_and_imports_to_the_patient(world: World, server: Nasty) -> None:
    server.behaviour = NASTY["500"]
    assert world.push(1) == ["failed"]
    world.wait_over()
    with world.worker():
        assert actions.take_turn(patient=False) is None
        probe = actions.take_turn()
        assert probe is not None
        with scope.wide("portal_relay"):
            actions.end_turn(probe)
    move(world, world.url)
    with scope.customer(world.cast.norrsken.pk):
        Publication.objects.update(lane=Lane.BULK)
    with scope.wide("portal_staff"):
        Node.objects.update(failures=0)
    with world.worker():
        assert pusher.serve_next(patient=False) is None
    assert world.push() == ["effective"]


def test_of_failing_nodes_one_is_tried_at_a_time(world: World, server: Nasty) -> None:
    server.behaviour = NASTY["500"]
    world.save("Bageriet", world.cast.bageri)
    assert sorted(world.push(2)) == ["failed", "failed"]
    for customer in (world.cast.norrsken, world.cast.bageri):
        world.set(customer, next_try_at=timezone.now())
    with world.worker():
        assert actions.take_turn() is not None
        assert actions.take_turn() is None
    assert world.due() == 1


def test_back_off_has_jitter_and_a_cap_of_a_minute() -> None:
    waits = [back_off(attempts) for attempts in range(200) for _ in range(5)]
    assert max(waits) <= 60
    assert min(waits) > 0
    assert len(set(waits)) > 900
    assert max(back_off(0) for _ in range(200)) <= 0.5


def test_a_wish_to_wait_is_granted(world: World, server: Nasty) -> None:
    server.behaviour = says(answer("503 Busy", b"", "Retry-After: 30\r\n"))
    world.push(1)
    placement = world.placement()
    assert 29 < (placement.next_try_at - placement.last_served_at).total_seconds() < 32


@pytest.mark.parametrize("name", ["nonsense", "500", "dies", "401"])
def test_comparing_roots_survives_a_nasty_node_and_doubts_nobody(name: str, world: World, server: Nasty) -> None:
    move(world, world.url)
    world.push()
    move(world, server.url)
    server.behaviour = NASTY[name]
    with world.worker():
        assert compare.compare(compare.nodes()[0]) == 0
    assert world.placement().generation == 1


def test_a_bug_of_ours_leaves_a_lease_that_ends(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.save()

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch, world.worker():
        patch.setattr(contents, "for_node", broken)
        with pytest.raises(ZeroDivisionError):
            pusher.serve_next()
    assert world.push() == []
    world.wait_over()
    assert world.push() == ["effective"]
