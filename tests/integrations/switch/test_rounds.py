"""Going round the nodes: healthy ones within the minute however many hang, and nobody is asked twice at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from celery import current_app
from django.utils import timezone
from starlette.applications import Starlette
from starlette.routing import Mount

from integrations.switch import rounds
from integrations.switch.memory_node import application
from integrations.switch.memory_state import MemoryNode
from tenants.customers import scope
from tenants.nodes.models import Node
from tenants.nodes.rounds import actions
from tenants.routing import wire
from tests.conftest import Databases
from tests.factories import cast as factories
from tests.integrations.switch import nasty
from tests.integrations.switch.conftest import World, enrol, serving
from tests.integrations.switch.nasty import Nasty
from tests.integrations.switch.workers import bells_reach, until, worker

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Park:
    """Nodes in memory behind one port, and hung sockets."""

    healthy: list[int]
    hung: list[int]
    silent: list[Nasty]

    def compared(self) -> set[int]:
        """Return the healthy nodes whose comparison is over."""
        with scope.wide("portal_staff"):
            done = Node.objects.filter(pk__in=self.healthy, live_boot__gt="", answered_at__isnull=False)
            return set(done.values_list("pk", flat=True))


@contextmanager
def park(healthy: int, hung: int) -> Iterator[Park]:
    """Have so many nodes that answer, and so many that take connections and say nothing. The hung are the elder."""
    with ExitStack() as stack:
        silent = [Nasty(nasty.hangs) for _ in range(hung)]
        for server in silent:
            stack.callback(server.close)
        dead = [_enrolled(f"tyst-{number}", server.url).node for number, server in enumerate(silent)]
        memories = [MemoryNode() for _ in range(healthy)]
        parts = [Mount(f"/{number}", application(memory)) for number, memory in enumerate(memories)]
        url = stack.enter_context(serving(Starlette(routes=parts)))
        for number, memory in enumerate(memories):
            memory.enrolled = _enrolled(f"frisk-{number}", f"{url}/{number}")
        yield Park([one.enrolled.node for one in memories if one.enrolled], dead, silent)


def _enrolled(name: str, url: str) -> wire.Enrolled:
    return enrol(factories.node(name), url)


def asked(server: Nasty) -> list[bytes]:
    """Return the paths a hung node was asked for."""
    return [request.split()[1] for request in server.requests]


def side_by_side(workers: int) -> float:
    """Go round with so many workers at once until nothing is due; return the seconds it took."""
    began = time.monotonic()
    threads = [threading.Thread(target=_walk) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return time.monotonic() - began


def _walk() -> None:
    from django.db import connection

    while rounds.walk().more:
        pass
    connection.close()


def a_minute_later() -> None:
    """Let everybody be due again; breakers stay as they are."""
    with scope.wide("portal_relay"):
        Node.objects.update(compared_at=timezone.now() - timedelta(minutes=1))


@pytest.mark.slow
def test_hung_nodes_get_one_knock_and_the_healthy_are_compared(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.switch.compare.ROUND_KNOCK", 0.5)
    with park(healthy=20, hung=6) as all_:
        with world.worker():
            took = side_by_side(2)
        assert len(all_.compared()) == 20
        assert took < 6 * 0.5 / 2 + 3
        assert [asked(server) for server in all_.silent] == [[b"/v1/health"]] * 6


def test_a_round_soon_after_asks_nobody_again(world: World) -> None:
    with world.worker():
        assert rounds.visit_next() == 0
        assert rounds.visit_next() is None
        a_minute_later()
        assert rounds.visit_next() == 0


def test_those_that_failed_wait_for_the_healthy_and_one_worker_has_them_all(world: World) -> None:
    with park(healthy=1, hung=3) as all_, world.worker():
        with scope.wide("portal_relay"):
            Node.objects.filter(pk__in=all_.hung).update(failures=1)
        taken = [_taken() for _ in range(4)]
        assert {taken[0], taken[1]} == {world.cast.node.pk, all_.healthy[0]}
        assert taken[2] in all_.hung
        assert taken[3] is None


def _taken() -> int | None:
    with scope.wide("portal_relay"):
        node = actions.take()
    return node.pk if node else None


def test_one_whose_breaker_is_open_is_left_alone(world: World) -> None:
    with world.worker(), scope.wide("portal_relay"):
        Node.objects.update(failures=3, closed_until=timezone.now() + timedelta(seconds=30))
        assert actions.take() is None
        Node.objects.update(closed_until=timezone.now())
        assert actions.take() is not None


def test_a_slow_one_is_not_asked_twice_at_once_and_a_dead_workers_turn_ends(world: World) -> None:
    with world.worker(), scope.wide("portal_relay"):
        node = actions.take()
        assert node is not None
        a_minute = timezone.now() - timedelta(minutes=1)
        Node.objects.update(compared_at=a_minute)
        assert actions.take() is None
        node.compared_at = a_minute
        Node.objects.update(compare_until=timezone.now())
        actions.hold(node=node)
        assert actions.take() is None
        Node.objects.update(compare_until=timezone.now())
        assert actions.take() is not None


def test_a_turn_somebody_else_has_by_now_is_not_given_back(world: World) -> None:
    with world.worker(), scope.wide("portal_relay"):
        first = actions.take()
        assert first is not None
        Node.objects.update(compared_at=timezone.now() - timedelta(minutes=1), compare_until=timezone.now())
        assert actions.take() is not None
        actions.end(node=first)
        assert Node.objects.get(pk=first.pk).compare_until is not None


@pytest.mark.slow
def test_200_healthy_and_20_hung_nodes_within_the_minute(
    world: World, broker: str, django_db_setup: Databases, tmp_path: Path
) -> None:
    """As `portal-bulk` runs: two processes, and the beat, which asks for the first round after a minute."""
    with park(healthy=200, hung=20) as all_, pytest.MonkeyPatch.context() as patch:
        with worker(django_db_setup, broker, tmp_path, "-Q", "sync,bulk"), bells_reach(broker, patch):
            current_app.send_task("switch.compare", queue="sync")
            until(lambda: len(all_.compared()) == 200, 60, "every healthy node")
            until(lambda: all(map(asked, all_.silent)), 60, "every hung one")
        assert {len(asked(server)) for server in all_.silent} == {1}
