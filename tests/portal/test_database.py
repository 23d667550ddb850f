"""A database that takes everything and answers nothing is given up within seconds, by whoever asks it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import OperationalError, connection
from django.db.utils import ConnectionHandler

from portal.settings import GIVE_UP, database
from tests.faults.proxy import WELL, Fault, Proxy

ROOT = Path(__file__).parents[2]
PROCESSES = {
    "web": "from portal.health import database; print(database())",
    "worker": "from tenants.changes.tasks import prove; prove()",
    "streams": "import portal.asgi; from django.db import connection; connection.ensure_connection()",
}


@pytest.fixture
def hole() -> Iterator[Proxy]:
    """A server that takes connections and says nothing."""
    proxy = Proxy(("127.0.0.1", 1), lambda _: Fault("blackhole"))
    yield proxy
    proxy.close()


def at(proxy: Proxy, more: str = "") -> str:
    """Return the address of a database behind a proxy."""
    return f"postgresql://portal_app:none@127.0.0.1:{proxy.port}/portal?sslmode=disable{more}"


@pytest.mark.slow
def test_connecting_is_given_up(hole: Proxy) -> None:
    began = time.monotonic()
    with pytest.raises(OperationalError, match="timeout"):
        ConnectionHandler({"default": database(at(hole))})["default"].ensure_connection()
    assert GIVE_UP["connect_timeout"] - 1 < time.monotonic() - began < GIVE_UP["connect_timeout"] + 3


def test_the_address_may_say_otherwise(hole: Proxy) -> None:
    began = time.monotonic()
    with pytest.raises(OperationalError):
        ConnectionHandler({"default": database(at(hole, "&connect_timeout=2"))})["default"].ensure_connection()
    assert time.monotonic() - began < 4


@pytest.mark.slow
@pytest.mark.parametrize("process", PROCESSES)
def test_no_process_waits_longer(hole: Proxy, process: str) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_URL")}
    environment = kept | {"DATABASE_URL": at(hole), "DJANGO_SETTINGS_MODULE": "portal.settings", "DEBUG": "1"}
    told = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup(); {PROCESSES[process]}"],
        check=False, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert ("away" if process == "web" else "timeout") in told.stdout + told.stderr
    assert hole.connections >= 1


@pytest.mark.django_db
def test_a_connection_that_stands_is_asked_whether_it_is_there(django_db_setup: object) -> None:
    """By the kernel, on the socket itself; a Unix socket needs none of it, so PostgreSQL is met over TCP."""
    found = connection.settings_dict
    host, port = str(found["HOST"]), int(found["PORT"] or 5432)
    proxy = Proxy(Path(host) / f".s.PGSQL.{port}" if host.startswith("/") else (host, port), lambda _: WELL)
    url = f"postgresql://{found['USER']}:{found['PASSWORD'] or 'none'}@127.0.0.1:{proxy.port}/{found['NAME']}"
    made = ConnectionHandler({"default": database(url + "?sslmode=disable&gssencmode=disable")})["default"]
    made.ensure_connection()
    link: psycopg.Connection = made.connection
    with socket.socket(fileno=os.dup(link.fileno())) as wire:
        assert wire.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        options = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT)
        assert [wire.getsockopt(socket.IPPROTO_TCP, option) for option in options] == [30, 10, 3, 30_000]
    made.close()
    proxy.close()
