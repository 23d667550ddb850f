"""What the database breaks off to end a deadlock, a door does again; nobody but the log hears of it.

A rival locks in the wrong order: the publication first and then the row that the request has locked. The request has
waited longer when the ring closes, so PostgreSQL, which looks after ``deadlock_timeout`` of waiting, breaks it off.
On a machine so busy that the rival comes a second late, the rival is broken off instead; then all is tried again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import Client

from tenants.apikeys import actions as apikeys
from tenants.changes.models import Release
from tenants.customers import scope
from tenants.customers.access import RETRIES, retried
from tenants.externals import actions as externals
from tenants.externals.models import ExternalNumber
from tests.conftest import Databases
from tests.factories.cast import Cast, cast
from tests.factories.doors import client

pytestmark = pytest.mark.django_db(transaction=True)
API = "/api/v1/customers/norrsken-bygg/externals"
PAGE = "/c/norrsken-bygg/externals"
ATTEMPTS = 5
Sent = dict[str, object]
Door = Callable[[Cast, int, Sent], Any]


def page(everybody: Cast, ident: int, sent: Sent) -> Any:
    """Save the form of the page."""
    return client(everybody.alice).post(f"{PAGE}/{ident}/", sent)


def api(everybody: Cast, ident: int, sent: Sent) -> Any:
    """Replace it as somebody logged in."""
    return _replace(client(everybody.alice), ident, sent)


def program(everybody: Cast, ident: int, sent: Sent) -> Any:
    """Replace it with a key."""
    customer = everybody.norrsken.pk
    with scope.customer(customer):
        _row, secret = apikeys.make(customer_id=customer, by=everybody.alice, name="Lön", scopes=("write:flow",))
    return _replace(Client(headers={"Authorization": f"Bearer {secret}"}), ident, sent)


def _replace(who: Client, ident: int, sent: Sent) -> Any:
    tag = who.get(f"{API}/{ident}/").headers["ETag"]
    return who.put(f"{API}/{ident}/", sent, content_type="application/json", headers={"If-Match": tag})


@dataclass
class Rival:
    """Another transaction, which takes the same locks in the other order."""

    url: str
    customer: int
    ident: int
    went_through: bool = False
    error: Exception | None = None
    locked: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Lock the publication, wait until the request waits for it, then ask for what the request has."""
        try:
            with psycopg.connect(self.url) as link, psycopg.connect(self.url, autocommit=True) as watcher:
                link.execute("SELECT set_config('app.customer', %s, true)", [str(self.customer)])
                link.execute("SELECT FROM tenants_publication FOR NO KEY UPDATE")
                self.locked.set()
                _until_somebody_waits(watcher, link.info.backend_pid)
                link.execute("SELECT FROM tenants_externalnumber WHERE destination_id = %s FOR UPDATE", [self.ident])
                self.went_through = True
        except psycopg.errors.DeadlockDetected:
            return
        except Exception as error:
            self.error = error
        finally:
            self.locked.set()


def _until_somebody_waits(watcher: psycopg.Connection, pid: int) -> None:
    until = time.monotonic() + 20
    waits = "SELECT FROM pg_locks WHERE NOT granted AND %s = ANY(pg_blocking_pids(pid))"
    while not watcher.execute(waits, [pid]).fetchall():
        assert time.monotonic() < until, "nobody asked for the publication"
        time.sleep(0.005)


@contextmanager
def against(rival: Rival) -> Iterator[None]:
    """Have the rival stand in the way of what is done inside."""
    thread = threading.Thread(target=rival.run)
    thread.start()
    rival.locked.wait(20)
    try:
        yield
    finally:
        thread.join(60)


@pytest.mark.parametrize("door", [page, api, program])
def test_a_request_that_the_database_broke_off_is_done_again(door: Door, django_db_setup: Databases) -> None:
    everybody = cast()
    customer = everybody.norrsken.pk
    with scope.customer(customer):
        wish = externals.Wish("Jouren", "+46701740605", 20)
        ident = externals.make(customer_id=customer, by=None, wish=wish).pk
    for attempt in range(1, ATTEMPTS + 1):
        sent: Sent = {"name": "Bilen", "e164": "+46701740606", "ring_seconds": 20 + attempt}
        rival = Rival(django_db_setup.app, customer, ident)
        with against(rival):
            answer = door(everybody, ident, sent)
        assert rival.error is None
        assert answer.status_code in {200, 302}, answer.content
        with scope.customer(customer):
            saved = ExternalNumber.objects.get(pk=ident)
            assert (saved.ring_seconds, saved.version) == (20 + attempt, 1 + attempt), "once, although it ran twice"
            assert Release.objects.count() == 1 + attempt
        if rival.went_through:
            return
    pytest.fail(f"of {ATTEMPTS} requests the database broke none off")


RAISED = {"40P01": RETRIES + 1, "40001": RETRIES + 1, "57014": 1}
"""How often PostgreSQL is asked again, by its own code: deadlock, serialization failure, a query cancelled."""


@pytest.mark.parametrize("code", RAISED)
def test_only_what_may_go_well_is_done_again_and_not_for_ever(code: str) -> None:
    customer, runs = cast().norrsken.pk, 0

    def run() -> None:
        nonlocal runs
        runs += 1
        with connection.cursor() as cursor:
            cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}'; END $$")

    with pytest.raises(OperationalError):
        retried(run, customer)
    assert runs == RAISED[code]
    assert not connection.in_atomic_block
