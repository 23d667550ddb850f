"""Killed at each named point, the portal comes back with nothing lost and nothing done twice."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Literal

import msgspec
import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from integrations.switch import contents, events, live, pusher
from integrations.switch.models import Event
from tenants import failpoints
from tenants.changes.models import Change, Object, Publication, Release
from tenants.customers import scope
from tenants.live.actions import want
from tenants.live.models import LiveRegister
from tenants.mailboxes.models import Message
from tenants.nodes.models import Receipt
from tenants.routing import wire
from tenants.routing.live import Order, Override, Register
from tenants.routing.root import buckets_of, root_of
from tenants.schedules.models import Schedule
from tests.factories import flow
from tests.house import tree
from tests.integrations.switch.conftest import World
from tests.integrations.switch.test_api import wav

HOURS = {"weekday": 4, "openings": [{"start": "08:00", "end": "15:00"}]}
Kind = Literal["call.started", "live"]
SCHEDULES = "/api/v1/customers/norrsken-bygg/schedules/"


def killed(point: str, work: Callable[[], Any]) -> None:
    """Do some work in a process of its own that is killed when it comes to a point."""
    connections.close_all()
    child = os.fork()
    if not child:
        code = 1
        try:
            failpoints.arm(f"{point}=kill")
            work()
            code = 2
        finally:
            os._exit(code)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"{point} was not reached: {status}"
    assert os.WTERMSIG(status) == signal.SIGKILL


def whole(world: World) -> bool:
    """Tell whether releases, objects, root and the node are one generation, each made once."""
    customer = world.cast.norrsken.pk
    with scope.customer(customer):
        publication = Publication.objects.get()
        made = list(Release.objects.order_by("generation").values_list("generation", flat=True))
        stored = Object.objects.filter(published__isnull=False).values_list("key", "published")
        root = root_of(buckets_of((key, str(sha256)) for key, sha256 in stored))
        told = list(Receipt.objects.values_list("epoch", "generation"))
    assert made == list(range(1, publication.generation + 1))
    assert root == publication.root
    assert len(told) == len(set(told))
    return world.agrees()


def served(world: World) -> None:
    """Serve one turn, as the worker."""
    with world.worker():
        pusher.serve_next()


@pytest.mark.django_db(transaction=True)
class TestPushing:
    @pytest.mark.parametrize("point", ["push.leased", "push.read", "push.sent", "push.confirmed"])
    def test_a_dead_pushers_turn_ends_and_the_node_is_answered_the_same(self, world: World, point: str) -> None:
        world.save()
        killed(point, lambda: served(world))
        assert world.due() == 0
        before = world.memory.customers.get(world.cast.norrsken.pk)
        receipt = before.receipt if before else None
        world.wait_over()
        assert world.push() == ([] if point == "push.confirmed" else ["effective"])
        assert whole(world)
        after = world.memory.customers[world.cast.norrsken.pk]
        assert receipt in (None, after.receipt)
        world.save("Lager")
        world.push()
        assert whole(world)

    def test_generation_and_objects_are_of_one_moment_however_long_reading_takes(self, world: World) -> None:
        customer, node = world.cast.norrsken.pk, world.cast.node.pk
        assert world.memory.enrolled is not None
        key, read = world.memory.enrolled.sealing_key, list[wire.Push | None]()

        def reading() -> None:
            read.append(contents.for_node(customer, node, key, whole=True))
            connections.close_all()

        world.save()
        failpoints.arm("push.read=sleep:3")
        reader = threading.Thread(target=reading)
        reader.start()
        time.sleep(1.5)
        failpoints.arm("")
        world.save("Lager")
        reader.join()
        (push,) = read
        assert push is not None
        assert (push.generation, world.publication().generation) == (1, 2)
        assert root_of(buckets_of((part.key, str(part.sha256)) for part in push.changes)) == push.root

    def test_a_release_is_there_whole_or_not_at_all(self, world: World) -> None:
        world.save()
        world.push()
        before = world.publication()
        killed("release.half", lambda: world.save("Lager"))
        now = world.publication()
        assert (now.generation, now.root, bytes(now.buckets)) == (
            before.generation, before.root, bytes(before.buckets),
        )  # fmt: skip
        with scope.customer(world.cast.norrsken.pk):
            assert [row.name for row in Schedule.objects.all()] == ["Huvudnummer"]
            assert (
                not Object.objects.exclude(draft__isnull=True, published__isnull=True)
                .exclude(key__startswith="schedule/")
                .exists()
            )
        world.save("Lager")
        world.push()
        assert whole(world)

    def test_what_no_bell_announced_is_due_all_the_same(self, world: World) -> None:
        killed("bell.unrung", world.save)
        assert world.publication().generation == 1
        assert world.due() == 1
        assert world.push() == ["effective"]
        assert whole(world)


def told(world: World, seq: int, kind: Kind = "call.started", data: dict[str, Any] | None = None) -> wire.Event:
    """Return an event of Norrsken's."""
    return wire.Event(
        boot="b", seq=seq, at=1_800_000_000.0, kind=kind, customer=world.cast.norrsken.pk, call="c", data=data or {}
    )


def as_node(world: World) -> dict[str, Any]:
    """Return the headers a node's requests bear."""
    assert world.memory.enrolled is not None
    return {"Authorization": f"Bearer {world.memory.enrolled.token_of_node}"}


def batch(world: World, *rows: wire.Event) -> int:
    """Hand over events, as the node; return the status of the answer."""
    body = msgspec.json.encode(wire.Batch(events=tuple(msgspec.Raw(msgspec.json.encode(row)) for row in rows)))
    answer = Client().post("/api/switch/v1/events", body, content_type="application/json", headers=as_node(world))
    return answer.status_code


def stored(world: World) -> list[tuple[int, bool]]:
    """Return the events that are stored by number, and whether each has had its effect."""
    with world.worker(), scope.wide("portal_relay"):
        return [(seq or 0, at is not None) for seq, at in Event.objects.order_by("seq").values_list("seq", "folded_at")]


def folded(world: World) -> int:
    """Fold, as the worker."""
    with world.worker():
        return events.fold_some()


def login(world: World, version: int = 1) -> Register:
    """Return a register as a node tells of it."""
    return Register(kind="pause", subject="person/1", version=version, at=1_800_000_000.0 + version, by="Anna")


@pytest.mark.django_db(transaction=True)
class TestWhatNodesTell:
    def test_a_batch_that_was_stored_but_not_answered_is_stored_once(self, world: World) -> None:
        rows = [told(world, seq) for seq in (1, 2, 3)]
        killed("events.stored", lambda: batch(world, *rows))
        assert batch(world, *rows, told(world, 4)) == 202
        assert [seq for seq, _ in stored(world)] == [1, 2, 3, 4]

    def test_a_message_that_was_stored_but_not_answered_is_one_message(self, world: World) -> None:
        customer, name = world.cast.norrsken.pk, uuid.uuid4()
        with scope.customer(customer):
            box = flow.mailbox(customer).pk
        body = wav()

        def send() -> int:
            address = f"/api/switch/v1/customers/{customer}/mailboxes/{box}/messages/{name}"
            more = {"X-Caller": "+46701740605", "X-Recorded-At": "1800000000"}
            answer = Client().put(address, body, content_type="audio/wav", headers=as_node(world) | more)
            return answer.status_code

        killed("message.stored", send)
        assert [send(), send()] == [204, 204]
        with scope.customer(customer):
            assert [row.uuid for row in Message.objects.all()] == [name]

    def test_an_effect_had_but_not_noted_is_had_again_and_harms_nothing(self, world: World) -> None:
        registers = [login(world, version) for version in (1, 2)]
        rows = [
            told(world, one.version, "live", {"register": msgspec.json.encode(one).decode()}) for one in registers
        ]  # fmt: skip
        assert batch(world, *rows) == 202
        killed("fold.applied", lambda: folded(world))
        assert stored(world) == [(1, False), (2, False)]
        assert folded(world) == 2
        assert stored(world) == [(1, True), (2, True)]
        with scope.customer(world.cast.norrsken.pk):
            assert [(row.subject, row.version) for row in LiveRegister.objects.all()] == [("person/1", 2)]

    def test_a_command_answered_but_not_folded_is_sent_again_and_changes_nothing_more(self, world: World) -> None:
        customer = world.cast.norrsken.pk
        hours = world.save()
        world.push()
        with scope.customer(customer):
            closed = Override(state="closed", until=timezone.now() + timedelta(hours=1))
            order = Order(kind="override", subject=f"schedule/{hours.pk}", value=closed)
            want(customer_id=customer, order=order, by=None)
        killed("live.answered", lambda: sent(world))
        before = world.memory.board(customer).since(-1)
        assert [one.version for one in before] == [1]
        with scope.customer(customer):
            LiveRegister.objects.update(lease_until=timezone.now())
        assert sent(world)
        assert world.memory.board(customer).since(-1) == before
        with scope.customer(customer):
            assert [(row.version, row.wanted_command) for row in LiveRegister.objects.all()] == [(1, None)]


def sent(world: World) -> bool:
    """Send a wish, as the worker."""
    with world.worker():
        return live.send_next()


@pytest.mark.django_db(transaction=True)
def test_a_request_that_died_before_its_answer_was_kept_had_no_effect(world: World) -> None:
    alice = Client()
    alice.force_login(world.cast.alice)

    def post() -> int:
        body = {"name": "Huvudnummer", "week": [HOURS]}
        made = alice.post(SCHEDULES, body, content_type="application/json", headers={"Idempotency-Key": "once"})
        return made.status_code

    killed("request.done", post)
    with scope.customer(world.cast.norrsken.pk):
        assert Schedule.objects.count() == Change.objects.count() == 0
    assert post() == 201
    once = world.publication().generation
    assert post() == 201
    with scope.customer(world.cast.norrsken.pk):
        assert (Schedule.objects.count(), world.publication().generation) == (1, once)


def test_every_point_is_in_the_code_once_and_crashed_at_here() -> None:
    sources = [path.read_text() for path in tree.below("tenants", "integrations", "portal")]
    found = sorted(name for text in sources for name in re.findall(r'failpoints\.reached\("([a-z.]+)"\)', text))
    assert found == sorted(failpoints.NAMES)
    here = (tree.ROOT / "tests/faults/test_failpoints.py").read_text()
    assert [name for name in failpoints.NAMES if f'"{name}"' not in here] == []


def test_a_name_or_an_action_that_is_none_is_refused() -> None:
    for plan in ("push.nowhere=kill", "push.sent=explode", "push.sent"):
        with pytest.raises(ValueError, match="no failpoint"):
            failpoints.arm(plan)
    failpoints.arm("")
    failpoints.reached("push.sent")


def begun(**extra: str) -> subprocess.CompletedProcess[str]:
    """Start Django and come to a point, in an environment."""
    line = "import django; django.setup(); from tenants import failpoints; failpoints.reached('push.sent'); print('on')"
    return subprocess.run(
        [sys.executable, "-c", line], env=os.environ | extra, cwd=tree.ROOT, capture_output=True, text=True, check=False
    )


def test_the_environment_arms_points_and_production_refuses_to_start_with_any() -> None:
    assert begun(FAILPOINTS="push.sent=kill").returncode == -signal.SIGKILL
    refused = begun(FAILPOINTS="push.sent=kill", PORTAL_INSTANCE="production", DEBUG="0")
    assert (refused.returncode, "FAILPOINTS is for development" in refused.stderr) == (1, True)
