"""The streams' own door, over the product's port: who gets in, for how long, and what each is told."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from pytest_django.fixtures import Settings

from portal import metrics
from portal.stack.valkey import free_port
from portal.streams import app
from tenants.customers import scope
from tenants.customers.models import Membership, User
from tenants.customers.news import TOPICS
from tests.conftest import Databases
from tests.factories.cast import Cast, cast
from tests.factories.doors import client
from tests.factories.schedules import schedule
from tests.portal.browser.front import Front

MINE = "/streams/c/norrsken-bygg/"


@pytest.fixture
def everybody(transactional_db: None, front: Front) -> Iterator[Cast]:
    """The cast, and streams that hear."""
    yield cast()
    front.end()


class Stream:
    """A stream that is read as it comes."""

    def __init__(self, port: int, who: User | None, path: str = MINE, method: str = "GET") -> None:
        self.link = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
        cookie = f"{settings.SESSION_COOKIE_NAME}={session(who)}" if who else ""
        self.link.request(method, path, headers={"Cookie": cookie})
        self.wire = self.link.sock
        self.answer = self.link.getresponse()
        self.events: list[tuple[float, str]] = []
        self.whole = False
        self.reading = threading.Thread(target=self._read, daemon=True)
        if self.answer.status == 200:
            self.reading.start()

    def _read(self) -> None:
        try:
            for line in self.answer:
                if line.startswith(b"event: "):
                    self.events.append((time.monotonic(), line[7:].decode().strip()))
            self.whole = True
        except (OSError, http.client.HTTPException, ValueError, AttributeError):
            pass  # cut, or closed by the test while it was read, which http.client says by an AttributeError

    def told(self, count: int, seconds: float = 5) -> list[str]:
        """Return the topics once there are so many, or when the time is over."""
        until = time.monotonic() + seconds
        while len(self.events) < count and time.monotonic() < until:
            time.sleep(0.01)
        return [topic for _at, topic in self.events]

    def ends(self, seconds: float = 5) -> bool:
        """Tell whether it ends, and as a whole answer."""
        self.reading.join(seconds)
        return self.whole

    def close(self) -> None:
        """Leave, as a browser does."""
        with suppress(OSError):
            self.wire.shutdown(socket.SHUT_RDWR)
        self.link.close()


def session(who: User) -> str:
    """Return the key of a new login."""
    return client(who).cookies[settings.SESSION_COOKIE_NAME].value


def begun(front: Front, who: User, path: str = MINE) -> Stream:
    """Return a stream that has told what each begins with."""
    front.begin()
    made = Stream(front.port, who, path)
    assert made.answer.status == 200
    assert made.told(len(TOPICS)) == list(TOPICS)
    return made


def save(everybody: Cast, name: str = "Jouren") -> float:
    """Let somebody else save; return when."""
    with scope.customer(everybody.norrsken.pk):
        schedule(everybody.norrsken, name)
    return time.monotonic()


def test_who_may_not_listen_is_told_as_on_pages(everybody: Cast, front: Front) -> None:
    front.begin()
    assert Stream(front.port, None).answer.status == 401
    assert Stream(front.port, everybody.charlie).answer.status == 404
    assert Stream(front.port, everybody.alice, "/streams/c/no-such/").answer.status == 404
    assert Stream(front.port, everybody.alice, "/streams/nonsense/").answer.status == 404
    assert Stream(front.port, everybody.alice, MINE, "POST").answer.status == 405


def test_a_stream_is_not_kept_or_buffered_by_anybody(everybody: Cast, front: Front) -> None:
    one = begun(front, everybody.alice)
    headers = {name: one.answer.headers[name] for name in ("Content-Type", "Cache-Control", "X-Accel-Buffering")}
    assert headers == {
        "Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store", "X-Accel-Buffering": "no",
    }  # fmt: skip
    one.close()


def test_a_save_is_told_at_once_to_all_inside_and_to_nobody_else(everybody: Cast, front: Front) -> None:
    inside = [begun(front, who) for who in (everybody.alice, everybody.bob, everybody.sam)]
    others = begun(front, everybody.charlie, f"/streams/c/{everybody.bageri.slug}/")
    saved = save(everybody)
    for one in inside:
        assert one.told(4)[3:] == ["release"]
        assert one.events[3][0] - saved < 1
    time.sleep(0.5)
    assert others.told(4, 0.1) == list(TOPICS)
    for one in [*inside, others]:
        one.close()


@pytest.mark.slow
@pytest.mark.parametrize("why", ["left the company", "logged out", "left the house"])
def test_who_may_listen_no_more_is_cut_off_within_a_minute(
    everybody: Cast, front: Front, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert app.CHECK_SECONDS <= 60
    monkeypatch.setattr(app, "CHECK_SECONDS", 0.5)
    one = begun(front, everybody.bob)
    time.sleep(1)
    assert one.reading.is_alive()
    if why == "logged out":
        Session.objects.all().delete()
    elif why == "left the house":
        User.objects.filter(pk=everybody.bob.pk).update(is_active=False)
    else:
        with scope.customer(everybody.norrsken.pk):
            Membership.objects.filter(user=everybody.bob).delete()
    assert one.ends(3)


def test_a_stream_ends_in_time_and_says_that_it_lives(
    everybody: Cast, front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "LIFE_SECONDS", 1.5)
    monkeypatch.setattr(app, "PING_SECONDS", 0.3)
    one = begun(front, everybody.alice)
    assert one.ends(3)
    assert one.told(0).count("ping") >= 2


def test_there_is_a_most_and_it_is_said(everybody: Cast, front: Front, settings: Settings) -> None:
    settings.STREAMS_PER_USER, settings.STREAMS_PER_PROCESS = 2, 3
    two = [begun(front, everybody.alice) for _ in range(2)]
    third = Stream(front.port, everybody.alice)
    assert (third.answer.status, third.answer.headers["Retry-After"]) == (429, "10")
    two.append(begun(front, everybody.bob))
    assert Stream(front.port, everybody.sam).answer.status == 503
    assert metrics.STREAMS_OPEN._value.get() == 3
    for one in two:
        one.close()
    until = time.monotonic() + 5
    while metrics.STREAMS_OPEN._value.get() and time.monotonic() < until:
        time.sleep(0.02)
    assert metrics.STREAMS_OPEN._value.get() == 0
    begun(front, everybody.alice).close()


def test_streams_hold_no_connections(everybody: Cast, front: Front, owner_connection: psycopg.Connection) -> None:
    def count() -> int:
        sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        return int(owner_connection.execute(sql).fetchone()[0])  # type: ignore[index]

    one = [begun(front, everybody.alice)]
    before = count()
    owner_connection.rollback()
    one += [begun(front, everybody.bob) for _ in range(15)]
    assert count() <= before
    for stream in one:
        stream.close()


def test_a_cut_connection_is_made_anew_and_everybody_told_everything(
    everybody: Cast, front: Front, owner_connection: psycopg.Connection
) -> None:
    one = begun(front, everybody.alice)
    cut = """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%pg_notify(%'"""
    with psycopg.connect(_admin(owner_connection), autocommit=True) as admin:
        assert admin.execute(cut.encode()).fetchone() == (1,)
    assert one.told(6)[3:6] == list(TOPICS)
    time.sleep(0.3)
    save(everybody)
    assert one.told(7)[6:7] == ["release"]
    one.close()


def _admin(owner: psycopg.Connection) -> str:
    from tests import databases

    return databases.server(Path(os.environ[databases.SESSION])).url("admin", owner.info.dbname)


def test_where_nothing_is_heard_nobody_is_let_in(
    everybody: Cast, front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "HEARS_SECONDS", 0.2)
    front.end()
    assert Stream(front.port, everybody.alice).answer.status == 503


@pytest.mark.slow
def test_a_stopped_server_ends_its_streams_whole_and_the_next_one_serves(
    everybody: Cast, django_db_setup: Databases
) -> None:
    port = free_port()
    line = [sys.executable, "-m", "uvicorn", "portal.asgi:application", "--port", str(port)]
    environment = {**os.environ, "DATABASE_URL": django_db_setup.app}
    for number in (signal.SIGTERM, signal.SIGKILL):
        process = subprocess.Popen(
            [*line, "--timeout-graceful-shutdown", "5"], env=environment, cwd=settings.BASE_DIR,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        one = _connected(port, everybody.alice)
        assert one.told(3, 10) == list(TOPICS)
        sent = time.monotonic()
        process.send_signal(number)
        said, _none = process.communicate(timeout=15)
        assert time.monotonic() - sent < 3
        if number == signal.SIGTERM:
            assert one.ends(1)
            assert "Traceback" not in said
            assert "exceeded" not in said
        one.close()


def _connected(port: int, who: User) -> Stream:
    until = time.monotonic() + 20
    while True:
        try:
            return Stream(port, who)
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
