"""A request with an ``Idempotency-Key`` has one effect however often it is sent, also when COMMIT answers get lost."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import close_old_connections, connections
from django.test import Client
from psycopg.conninfo import conninfo_to_dict

from tenants.apikeys import actions as keys
from tenants.changes.models import Change, Release
from tenants.customers import scope
from tenants.schedules.models import Schedule
from tests import databases
from tests.conftest import Databases
from tests.factories.cast import Cast, cast
from tests.faults.proxy import Proxy

SENDS, SENDERS, LOST = 3, 3, 0.3
SCHEDULES = "/api/v1/customers/norrsken-bygg/schedules/"
WEEK = [{"weekday": 4, "openings": [{"start": "08:00", "end": "15:00"}]}]


@pytest.fixture
def everybody(transactional_db: None) -> Cast:
    """The cast."""
    return cast()


@pytest.fixture
def proxy(everybody: Cast, django_db_setup: Databases) -> Iterator[Proxy]:
    """A proxy between Django and PostgreSQL."""
    found = conninfo_to_dict(django_db_setup.app)
    host, port = str(found.get("host", "")), int(found.get("port") or 5432)
    made = Proxy(Path(host) / f".s.PGSQL.{port}" if host.startswith("/") else (host, port), postgres=True)
    secret = f":{found['password']}" if found.get("password") else ""
    address = f"{found['user']}{secret}@127.0.0.1:{made.port}/{found['dbname']}"
    databases.point_django_at(f"postgresql://{address}?sslmode=disable&gssencmode=disable")
    yield made
    connections.close_all()
    databases.point_django_at(django_db_setup.app)
    made.close()


class Senders:
    """Threads that each send every request, so that one key is on its way several times at once."""

    def __init__(self, secret: str, posts: int) -> None:
        """Send as whoever shows this key."""
        self.secret, self.posts = secret, posts
        self.answers: Counter[int] = Counter()
        self.places: dict[int, set[str]] = {}
        self.errors: list[BaseException] = []
        self._lock = threading.Lock()

    def run(self) -> None:
        """Send everything, from every thread."""
        threads = [threading.Thread(target=self._send_all, args=(number,)) for number in range(SENDERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _send_all(self, number: int) -> None:
        client = Client(raise_request_exception=False)
        try:
            for post in range(self.posts):
                for _ in range(SENDS // SENDERS):
                    self._send(client, post)
        except BaseException as error:
            self.errors.append(error)
        finally:
            connections.close_all()

    def _send(self, client: Client, post: int) -> None:
        """Send one request; once more whenever there was no answer, as a client must."""
        for _ in range(20):
            close_old_connections()
            answer = client.post(
                SCHEDULES, {"name": f"Kontor {post}", "week": WEEK}, content_type="application/json",
                headers={"Idempotency-Key": f"post-{post}", "Authorization": f"Bearer {self.secret}"},
            )  # fmt: skip
            with self._lock:
                self.answers[answer.status_code] += 1
            if answer.status_code < 500:
                with self._lock:
                    self.places.setdefault(post, set()).add(answer.headers.get("Location", ""))
                return
        raise AssertionError(f"request {post} was never answered")


@pytest.mark.parametrize("posts", [40, pytest.param(1000, marks=pytest.mark.slow)])
def test_every_request_has_one_effect(everybody: Cast, proxy: Proxy, posts: int, settings: object) -> None:
    customer = everybody.norrsken.pk
    settings.API_KEY_PER_MINUTE = 1_000_000  # type: ignore[attr-defined]
    with scope.customer(customer):
        _row, secret = keys.make(customer_id=customer, by=everybody.alice, name="Kö", scopes=["write:schedules"])
    dice = random.Random(posts)
    proxy.cut_commit = lambda _: dice.random() < LOST
    senders = Senders(secret, posts)
    senders.run()
    proxy.cut_commit = lambda _: False
    assert senders.errors == []
    assert set(senders.answers) == {201, 500}
    assert sum(senders.answers.values()) >= posts * SENDS
    assert proxy.cut >= posts * LOST / 2
    assert {len(places) for places in senders.places.values()} == {1}
    connections.close_all()
    with scope.customer(customer):
        names = sorted(Schedule.objects.values_list("name", flat=True))
        assert names == sorted(f"Kontor {post}" for post in range(posts))
        made = list(Release.objects.order_by("generation").values_list("generation", flat=True))
        assert len(made) == len(set(made)) == Change.objects.exclude(generation=None).count()
        assert Change.objects.count() % posts == 0
