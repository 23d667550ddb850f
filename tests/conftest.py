"""What every test may ask for: a database made by migrations and used as the web role, other roles, a broker."""

from __future__ import annotations

import copy
import os
import subprocess
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from pytest_django.plugin import DjangoDbBlocker

from tests import databases

for name in databases.GIVEN:
    if name in os.environ and f"PORTAL_TEST_{name}" not in os.environ:
        os.environ[f"PORTAL_TEST_{name}"] = os.environ[name]
os.environ |= {
    "DATABASE_URL": "postgresql://portal_app@127.0.0.1:1/set-by-a-fixture",
    "BROKER_URL": "redis://127.0.0.1:1/0",
    "DJANGO_SETTINGS_MODULE": "portal.settings",
    "DEBUG": "0",
    "HTTPS": "0",
    "STATIC_HASHED": "0",
    "SECRET_KEY": "only for tests, and longer than fifty characters so that no check complains",
    "FIELD_KEYS": "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "PORTAL_INSTANCE": "tests",
    "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
}

import django  # noqa: E402  (the environment comes first)
from django.db import connections  # noqa: E402
from django.utils import translation  # noqa: E402

django.setup()

from tenants.changes import bell  # noqa: E402  (Django must be set up)
from tenants.requests.bearer import KeyRate  # noqa: E402
from tests.portal.browser.harness import bundle, chromium, front, live_portal, visit  # noqa: E402  (Django must be set up)

__all__ = ["bundle", "chromium", "front", "live_portal", "visit"]


T = TypeVar("T")


def pytest_configure() -> None:
    """Name the folder that this run's processes share."""
    databases.begin_session()


def pytest_unconfigure() -> None:
    """Leave no server and no folder behind."""
    databases.end_session()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let one worker have all tests that share the Asterisk (and its ports), or the domain controller.

    What is marked as hearing (`listens`) or seeing (`browser`) in real time gets one second try, since two busy cores
    can make any call or page late; nothing else does. Who needed it stands in a part of its own at the end, and is a
    finding to look at: a page that is wrong once in twenty is wrong.
    """
    for item in items:
        if item.get_closest_marker("listens") or item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))
        for shared in ("asterisk", "samba"):
            if item.get_closest_marker(shared):
                item.add_marker(pytest.mark.xdist_group(shared))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name who needed a second try, in green runs too."""
    tried = sorted({report.nodeid for report in terminalreporter.stats.get("rerun", [])})
    if tried:
        terminalreporter.write_sep("=", f"{len(tried)} needed a second try: look why", yellow=True)
        for name in tried:
            terminalreporter.write_line(name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under CI=true a missing real part is a failure, so that nothing is green that did not run."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and CI has every real part: {reason}"
    return report


@pytest.fixture(autouse=True)
def our_language() -> None:
    """Begin each test in the product's own language, whatever the one before it left in its thread."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def nothing_known_as_silent() -> None:
    """Begin each test with a broker and a counter worth asking, whatever the one before it found down."""
    bell._silent_until = KeyRate._silent_until = 0.0


@dataclass(frozen=True, slots=True)
class Databases:
    """This worker's database, by login."""

    owner: str
    app: str
    worker: str

    def environment(self) -> dict[str, str]:
        """Return what a child process needs to use it."""
        return {"DATABASE_URL": self.app, "DATABASE_URL_WORKER": self.worker, "DATABASE_URL_OWNER": self.owner}


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Databases]:
    """Copy the migrated template for this worker and connect Django to it as `portal_app`."""
    folder = Path(os.environ[databases.SESSION])
    name = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with django_db_blocker.unblock():
        with databases.locked(folder):
            server = databases.server(folder)
            databases.migrate_template(folder, server)
            own = server.name(name)
            server.create(own, server.template)
            with (folder / "databases").open("a") as file:
                file.write(f"{own}\n")
        databases.point_django_at(server.url("app", own))
        restore = _renew_after_transactional_tests(server, own)
        yield Databases(*(server.url(login, own) for login in ("owner", "app", "worker")))
        restore()
        connections.close_all()


Plant = Callable[[str, Callable[[], T]], T]


@pytest.fixture(scope="session")
def plant(django_db_setup: Databases) -> Plant[Any]:
    """Make rows in an empty database once a session, and copy that database the next time: ``plant("demo", make)``.

    What ``make`` returns is returned again as a copy of its own, so it may hold rows, but no connection. For tests
    that commit; the others roll back.
    """
    server, own = databases.server(Path(os.environ[databases.SESSION])), _name_in(django_db_setup.app)
    known: dict[str, Any] = {}

    def planted(name: str, make: Callable[[], T]) -> T:
        kept = f"{own}_{name}"
        if name in known:
            connections.close_all()
            server.create(own, kept)
        else:
            made = make()
            connections.close_all()
            server.create(kept, own)
            known[name] = made
            with (Path(os.environ[databases.SESSION]) / "databases").open("a") as file:
                file.write(f"{kept}\n")
        copied: T = copy.deepcopy(known[name])
        return copied

    return planted


def _name_in(url: str) -> str:
    return str(conninfo_to_dict(url)["dbname"])


def _renew_after_transactional_tests(server: databases.Server, own: str) -> Callable[[], None]:
    """A test that commits can't be rolled back, and `portal_app` may not TRUNCATE: make the database anew."""
    from django.test import TransactionTestCase

    was = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def renew(_case: TransactionTestCase) -> None:
        connections.close_all()
        server.create(own, server.template)

    TransactionTestCase._fixture_teardown = renew  # type: ignore[attr-defined]

    def restore() -> None:
        TransactionTestCase._fixture_teardown = was  # type: ignore[attr-defined]

    return restore


@pytest.fixture
def owner_connection(django_db_setup: Databases) -> Iterator[psycopg.Connection[Any]]:
    """A connection as `portal_owner`; rolled back unless the test commits. Sees only what is committed."""
    with psycopg.connect(django_db_setup.owner) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def worker_connection(django_db_setup: Databases) -> Iterator[psycopg.Connection[Any]]:
    """A connection as `portal_worker`; rolled back unless the test commits. Sees only what is committed."""
    with psycopg.connect(django_db_setup.worker) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def app_connection(django_db_setup: Databases) -> Iterator[psycopg.Connection[Any]]:
    """A connection as `portal_app` beside Django's own; rolled back unless the test commits."""
    with psycopg.connect(django_db_setup.app) as connection:
        yield connection
        connection.rollback()


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker of this worker's own; its URL."""
    from portal.stack import valkey as server

    folder = tmp_path_factory.mktemp("valkey")
    port = server.free_port()
    with (folder / "log").open("wb") as log:
        process = server.serve(folder, port, log, keep=False)
        server.wait_ready(port, process)
        yield f"redis://127.0.0.1:{port}/0"
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()


@pytest.fixture
def broker(valkey: str) -> str:
    """The worker's broker, emptied; its URL."""
    import redis

    with redis.Redis.from_url(valkey) as client:
        client.flushall()
    return valkey
