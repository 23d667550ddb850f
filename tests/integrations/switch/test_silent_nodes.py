"""Nodes that fall silent: each holds one worker for a moment, and nobody else's save."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.utils import timezone

from integrations.switch import actions, knocking, pusher
from tenants.customers import scope
from tenants.customers.models import Customer
from tenants.nodes import actions as nodes
from tenants.nodes import queries
from tenants.nodes.models import Node
from tenants.onboarding.actions import make_customer
from tests.conftest import Databases
from tests.factories import cast as factories
from tests.factories.schedules import schedule
from tests.integrations.switch import nasty
from tests.integrations.switch.conftest import World, enrol
from tests.integrations.switch.nasty import Nasty
from tests.integrations.switch.test_nasty_nodes import move, receipt
from tests.integrations.switch.workers import bells_reach, until, worker

pytestmark = pytest.mark.django_db(transaction=True)


def silent(stack: ExitStack, number: int, customers: int = 1) -> tuple[Nasty, list[Customer]]:
    """Return a node that takes connections and never answers, and customers of it with something to push."""
    server, node = Nasty(nasty.hangs), factories.node(f"tyst-{number}")
    stack.callback(server.close)
    enrol(node, server.url)
    made = [
        make_customer(name=f"Tyst {number}-{one}", slug=f"tyst-{number}-{one}", node=node) for one in range(customers)
    ]
    for customer in made:
        with scope.customer(customer.pk):
            schedule(customer, "Huvudnummer")
    return server, made


def answered(world: World) -> None:
    """Let the world's node be one that has just answered."""
    with world.worker(), scope.wide("portal_relay"):
        nodes.note_answered(node_id=world.cast.node.pk)


def test_of_a_node_in_doubt_one_finds_out_and_then_all_go_on(world: World) -> None:
    world.save()
    world.save("Bageriet", world.cast.bageri)
    with world.worker():
        first = actions.take_turn(patient=False)
        assert first is not None
        assert actions.take_turn(patient=False) is None
        with scope.wide("portal_relay"):
            nodes.note_heard(node_id=world.cast.node.pk)
        assert actions.take_turn(patient=False) is not None


def test_a_turn_that_came_to_nothing_leaves_the_node_to_others(world: World) -> None:
    world.save()
    with world.worker():
        turn = actions.take_turn()
        assert turn is not None
        with scope.wide("portal_relay"):
            actions.end_turn(turn)
        assert actions.take_turn() is not None


def test_who_finds_a_node_taken_looks_on_to_the_next(world: World) -> None:
    """Somebody is just about to ask the node of the first in line, and says so only while we take our turn."""
    with ExitStack() as stack:
        _server, [customer] = silent(stack, 1)
        world.save()
        world.set(customer, last_served_at=timezone.now() - timedelta(hours=1))
        found: list[actions.Turn | None] = []
        thread = threading.Thread(target=lambda: found.append(actions.take_turn(patient=False)))
        with world.worker():
            with scope.wide("portal_relay"):
                assert next(row.customer_id for row in actions.due()) == customer.pk
                node = Node.objects.get(placements__customer=customer)
                assert nodes.claim(node=node, seconds=20)
                thread.start()
                time.sleep(0.3)
            thread.join(10)
    assert found[0] is not None
    assert found[0].placement.customer_id == world.cast.norrsken.pk


def test_the_first_silence_moves_all_of_a_node_away_from_the_saves(world: World) -> None:
    with ExitStack() as stack:
        server, customers = silent(stack, 1, customers=3)
        with world.worker():
            began = time.monotonic()
            served = pusher.serve_next(patient=False)
            assert time.monotonic() - began < knocking.KNOCK + 1
            assert served is not None
            assert served.outcome == "failed"
            assert actions.take_turn(patient=False) is None
            assert {turn.placement.customer_id for turn in [actions.take_turn()] if turn} <= {
                one.pk for one in customers
            }
        assert [request.split()[1] for request in server.requests] == [b"/v1/health"]


def test_what_takes_long_is_not_cut_and_does_not_keep_others_from_the_node(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(knocking, "KNOCK", 0.5)
    others: list[bool] = []

    def slowly(connection: object, request: bytes) -> None:
        with scope.wide("portal_relay"):
            others.append(nodes.claim(node=Node.objects.get(pk=world.cast.node.pk), seconds=1))
        time.sleep(1)
        receipt()(connection, request)  # type: ignore[arg-type]

    server = Nasty(slowly, healthy=True)
    move(world, server.url)
    world.save()
    assert world.push(1) == ["effective"]
    assert others == [True]
    server.close()


def test_however_many_are_in_doubt_the_known_are_served(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST_IN_DOUBT", 2)
    actions._written.cache_clear()
    with ExitStack() as stack:
        stack.callback(actions._written.cache_clear)
        for number in range(3):
            silent(stack, number)
        with world.worker():
            assert [actions.take_turn(patient=False) is not None for _ in range(3)] == [True, True, False]
        world.save()
        answered(world)
        with world.worker():
            turn = actions.take_turn(patient=False)
        assert turn is not None
        assert turn.placement.customer_id == world.cast.norrsken.pk


@pytest.mark.slow
def test_eight_nodes_fall_silent_at_once_and_nobody_elses_save_waits(
    world: World, broker: str, django_db_setup: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has three customers with something to push: more than there are threads, if each held one."""
    with ExitStack() as stack:
        servers = [silent(stack, number, customers=3)[0] for number in range(8)]
        stack.enter_context(bells_reach(broker, monkeypatch))
        options = ("-P", "threads", "-c", "12", "-B", "-s", str(tmp_path / "beat"))
        stack.enter_context(worker(django_db_setup, broker, tmp_path, *options))
        until(lambda: any(server.asked for server in servers), what="the first of the silent ones")
        waits = []
        for number in range(8):
            world.save(f"Nummer {number}")
            wanted = world.publication().generation
            waits.append(until(lambda: world.placement().generation >= wanted, 20, "the save"))  # noqa: B023
        assert max(waits) < 2 * knocking.KNOCK


def test_every_thread_of_a_worker_is_connected_before_its_first_task(
    world: World, broker: str, django_db_setup: Databases, tmp_path: Path
) -> None:
    def connected() -> int:
        with psycopg.connect(django_db_setup.owner) as link:
            asked = "SELECT FROM pg_stat_activity WHERE usename = 'portal_worker' AND datname = current_database()"
            return len(link.execute(asked).fetchall())

    before = connected()
    with worker(django_db_setup, broker, tmp_path, "-P", "threads", "-c", "7"):
        until(lambda: connected() >= before + 7, what="a connection for each thread")
