"""A real worker, killed while a receiver thinks: sent again, with the same id; and how soon a message comes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from integrations.webhooks.models import Endpoint, Status
from tenants.customers import scope
from tests.integrations.switch.nasty import answer
from tests.integrations.switch.workers import ROOT, bells_reach, environment, kill, until
from tests.integrations.webhooks.conftest import OK, Hooks
from tests.integrations.webhooks.test_sending import heads, names

pytestmark = pytest.mark.django_db(transaction=True)
ONE_TURN = "import django; django.setup(); from integrations.webhooks.sending import sender; sender.serve_next()"


def start(hooks: Hooks, *command: str, broker: str = "redis://127.0.0.1:1/0") -> subprocess.Popen[bytes]:
    """Run a process as the worker's login that may send to this machine."""
    env = environment(hooks.databases, broker) | {"WEBHOOKS_PRIVATE": "1"}
    return subprocess.Popen([sys.executable, *command], env=env, cwd=ROOT, start_new_session=True)


def test_killed_while_the_receiver_thinks_it_is_sent_again_with_the_same_id(hooks: Hooks) -> None:
    def thinks(connection: socket.socket, _request: bytes) -> None:
        time.sleep(20)

    receiver = hooks.receiver(thinks)
    hooks.endpoint(receiver.url)
    hooks.tell("a")
    hooks.tell("b")
    process = start(hooks, "-c", ONE_TURN)
    until(lambda: receiver.asked == 1, 30, "the request")
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    row = hooks.rows()[0]
    assert (row.status, row.tries) == (Status.WAITING, 0)
    receiver.behaviour = OK
    assert hooks.send() == 0, "the dead one's lease still stands"
    with scope.customer(hooks.cast.norrsken.pk):
        Endpoint.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert hooks.send() == 2
    assert names(receiver) == ["a", "a", "b"]
    assert len({heads(request)["webhook-id"] for request in receiver.requests}) == 2


def test_killed_between_the_answer_and_the_note_it_is_sent_again(hooks: Hooks) -> None:
    """The receiver has said 200, and kills the sender before it can write that down."""
    pids: list[int] = []

    def answers_and_kills(connection: socket.socket, _request: bytes) -> None:
        os.kill(pids[0], signal.SIGSTOP)
        connection.sendall(answer("200 OK", b""))
        os.kill(pids[0], signal.SIGKILL)

    receiver = hooks.receiver(answers_and_kills)
    hooks.endpoint(receiver.url)
    hooks.tell("a")
    process = start(hooks, "-c", ONE_TURN)
    pids.append(process.pid)
    process.wait(30)
    assert hooks.row().status == Status.WAITING
    receiver.behaviour = OK
    hooks.again()
    hooks.send()
    assert (hooks.row().status, names(receiver)) == (Status.DELIVERED, ["a", "a"])


def test_a_worker_of_threads_hears_the_bell(
    hooks: Hooks, broker: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver, slow = hooks.receiver(), hooks.receiver(lambda _connection, _request: time.sleep(9))
    hooks.endpoint(receiver.url)
    hooks.endpoint(slow.url, hooks.cast.bageri)
    command = ["-m", "celery", "-A", "portal", "worker", "-Q", "webhooks", "-P", "threads", "-c", "4", "-l", "INFO"]
    process = start(hooks, *command, "--without-gossip", "--without-mingle", "-n", f"h{os.getpid()}@h", broker=broker)
    try:
        with bells_reach(broker, monkeypatch):
            hooks.tell("slow", customer=hooks.cast.bageri)
            until(lambda: slow.asked == 1, 30, "the worker")
            for name in ("a", "b", "c"):
                hooks.tell(name)
                until(lambda: name == names(receiver)[-1:][0] if receiver.requests else False, 2.9, name)  # noqa: B023
        until(lambda: all(row.status == Status.DELIVERED for row in hooks.rows()), 10)
    finally:
        kill(process)
