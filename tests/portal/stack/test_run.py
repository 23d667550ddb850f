"""The whole product by its one command: up, killed without mercy, up again, down."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from portal.stack.children import Identity, wait_gone
from portal.stack.state import State, read_pairs
from portal.stack.valkey import free_port

if TYPE_CHECKING:
    from tests.conftest import Databases

ROOT = Path(__file__).resolve().parents[3]
GIVEN = ("DATABASE_URL", "DATABASE_URL_OWNER", "DATABASE_URL_WORKER", "BROKER_URL")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "state"
    command = [sys.executable, "-m", "portal.stack", "--state", str(tmp_path / "state"), "forget"]
    subprocess.run(command, cwd=ROOT, env=environment(0), check=True)


def environment(port: int, **more: str) -> dict[str, str]:
    outer = {name: value for name, value in os.environ.items() if name not in GIVEN}
    for name in ("SECRET_KEY", "FIELD_KEYS", "PORTAL_INSTANCE", "ALLOWED_HOSTS"):
        outer.pop(name, None)
    return {**outer, "PORT": str(port), **more}


@contextmanager
def stack(folder: Path, port: int, **more: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Start the stack without telephones and wait until it says that it is ready."""
    command = [sys.executable, "-m", "portal.stack", "--state", str(folder), "run", "--without", "node"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(port, **more), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    lines: list[str] = []
    try:
        for line in process.stdout:
            lines.append(line)
            if "Ctrl-C ends all" in line:
                break
        assert "Ctrl-C ends all" in "".join(lines[-1:]), "".join(lines)
        yield process, lines
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(30)
        lines += process.stdout
        process.stdout.close()


def children(folder: Path) -> dict[str, Identity]:
    return State(folder).leftovers()


def status(port: int, path: str) -> int:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    link.request("GET", path, headers={"Host": "localhost"})
    answer = link.getresponse().status
    link.close()
    return answer


@pytest.mark.slow
def test_it_starts_survives_being_killed_and_leaves_nothing(folder: Path) -> None:
    port = free_port()
    with stack(folder, port) as (process, _):
        first = children(folder)
        assert set(first) == {"postgres", "valkey", "web", "streams", "door", "worker", "bulk", "webhooks", "beat"}
        assert status(port, "/login/") == 200
        assert status(port, "/streams/none/") == 404
        process.kill()
        process.wait()
    assert all(wait_gone(identity, 15) for identity in first.values())
    with stack(folder, port):
        second = children(folder)
        assert status(port, "/login/") == 200
        began = time.monotonic()
    assert time.monotonic() - began < 15
    assert not any(identity.alive() for identity in second.values())
    assert children(folder) == {}
    logins = read_pairs(folder / "secrets.env")
    assert all(password not in path.read_text() for path in (folder / "logs").iterdir() for password in logins.values())


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_it_uses_servers_that_are_given(folder: Path, django_db_setup: Databases, broker: str) -> None:
    """The owner migrates, pages and Celery have their own logins, and nothing of ours is started for them.

    The demo stays behind in the database it was given, so that is made anew afterwards.
    """
    given = django_db_setup.environment()
    with stack(folder, free_port(), BROKER_URL=broker, **given) as (_, lines):
        assert {"postgres", "valkey"} & set(children(folder)) == set()
        assert any("yours, by DATABASE_URL" in line for line in lines)
        with psycopg.connect(given["DATABASE_URL_OWNER"]) as connection:
            found = connection.execute(
                "SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = current_database()"
            ).fetchall()
    assert {name for (name,) in found} <= {"portal_owner", "portal_app", "portal_worker", None}
