"""One PostgreSQL for a test run: migrated once by the owner into a template, copied for each worker, used as the app.

The run's own server (no fsync, a folder in the temporary directory) is shared by all pytest-xdist workers. A server
given by DATABASE_URL_OWNER, DATABASE_URL and DATABASE_URL_WORKER is used instead when all three are set.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

SESSION = "PORTAL_TEST_SESSION"
GIVEN = ("DATABASE_URL_OWNER", "DATABASE_URL", "DATABASE_URL_WORKER")
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Server:
    """A server and the logins on it; `{database}` in a URL is filled in by `url`."""

    owner: str
    app: str
    worker: str
    admin: str
    prefix: str

    def url(self, login: str, database: str) -> str:
        """Return the URL of `owner`, `app`, `worker` or `admin` to a database of this run."""
        template: str = getattr(self, login)
        return template.replace("{database}", database)

    @property
    def template(self) -> str:
        """Return the name of the migrated database that every worker's is a copy of."""
        return f"{self.prefix}_template"

    def name(self, worker: str) -> str:
        """Return the name of a worker's own database."""
        return f"{self.prefix}_{worker}"

    def create(self, name: str, template: str) -> None:
        """Make a database of the owner's, in place of what has that name; whoever is connected is thrown out.

        Copying files takes half the time of writing each page to the log, on a server that never syncs.
        """
        with psycopg.connect(self.url("admin", "postgres"), autocommit=True) as connection:
            connection.execute(_drop(name))
            create = sql.SQL("CREATE DATABASE {} OWNER portal_owner TEMPLATE {} STRATEGY file_copy")
            connection.execute(create.format(sql.Identifier(name), sql.Identifier(template)))

    def drop(self, name: str) -> None:
        """Remove a database and throw out whoever is connected."""
        with psycopg.connect(self.url("admin", "postgres"), autocommit=True) as connection:
            connection.execute(_drop(name))


def _drop(name: str) -> sql.Composed:
    return sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))


def begin_session() -> None:
    """Make the run's folder; only the controlling process does, its workers inherit the name by the environment."""
    if SESSION not in os.environ or "PYTEST_XDIST_WORKER" not in os.environ:
        folder = tempfile.mkdtemp(prefix="portal-tests-")
        Path(folder).chmod(0o711)
        os.environ[SESSION] = folder


def end_session() -> None:
    """Stop the run's server and remove its folder; the controlling process does, last."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    folder = Path(os.environ.pop(SESSION))
    pid = folder / "pid"
    if pid.exists():
        _stop(int(pid.read_text()), folder)
    elif (folder / "template").exists():
        _drop_given(folder)
    shutil.rmtree(folder, ignore_errors=True)


def _stop(pid: int, folder: Path) -> None:
    try:
        os.kill(pid, 15)
    except ProcessLookupError:
        return
    until = time.monotonic() + 15
    while folder.exists() and time.monotonic() < until:
        time.sleep(0.02)


def _drop_given(folder: Path) -> None:
    server = given(folder.name)
    assert server is not None
    for name in (folder / "databases").read_text().split() if (folder / "databases").exists() else []:
        server.drop(name)
    server.drop(server.template)


def given(session: str) -> Server | None:
    """Return the server that the environment names, or None unless all three logins are given."""
    urls = [os.environ.get(f"PORTAL_TEST_{name}") for name in GIVEN]
    if not all(urls):
        return None
    owner, app, worker = (make_conninfo(url or "", dbname="{database}") for url in urls)
    return Server(owner, app, worker, owner, session.replace("-", "_").lower())


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the run's lock: one worker at a time makes what all share."""
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def server(folder: Path) -> Server:
    """Return the run's server and start it unless it is there; call it under the lock."""
    if found := given(folder.name):
        return found
    address = folder / "address"
    if not address.exists():
        _start(folder)
    url = address.read_text()
    logins = {login: url.replace("{user}", f"portal_{login}") for login in ("owner", "app", "worker")}
    return Server(**logins, admin=url.replace("{user}", "postgres"), prefix="portal")


def _start(folder: Path) -> None:
    controller = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    command = [sys.executable, "-m", "portal.stack.throw_away", str(folder), str(controller)]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
    (folder / "pid").write_text(str(process.pid))
    until = time.monotonic() + 60
    while not (folder / "address").exists():
        if process.poll() is not None or time.monotonic() > until:
            said = (folder / "server.log").read_text() if folder.exists() else ""
            raise RuntimeError(f"the tests' PostgreSQL did not start: {said[-2000:]}")
        time.sleep(0.02)


def point_django_at(url: str) -> None:
    """Make Django's default connection a login and database of this run; nothing may be open on it."""
    from django.db import connections

    from portal.settings import database

    connections["default"].close()
    connections.settings["default"].update(database(url))
    pool = getattr(connections["default"], "_connection_pools", {}).pop("default", None)
    if pool is not None:
        pool.close()


def migrate_template(folder: Path, found: Server) -> None:
    """Make the template database once a run; the owner runs `migrate`, as in a deployment."""
    if (folder / "template").exists():
        return
    from django.core.management import call_command
    from django.db import connections

    found.create(found.template, "template0")
    point_django_at(found.url("owner", found.template))
    call_command("migrate", verbosity=0, interactive=False)
    connections["default"].close()
    (folder / "template").touch()
