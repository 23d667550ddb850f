"""Pages, event streams and workers refuse to start with a login that row-level security does not bind."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests import databases
from tests.conftest import Databases

ROOT = Path(__file__).resolve().parents[2]
CELERY = ["celery", "-A", "portal", "worker", "-c", "1", "-n", "refused@h", "--without-gossip", "--without-mingle"]
STARTS = {
    "wsgi": ["gunicorn", "--config", "python:portal.gunicorn", "portal.wsgi", "--bind", "127.0.0.1:0"],
    "asgi": ["uvicorn", "portal.asgi:application", "--port", "0"],
    "celery-threads": [*CELERY, "-P", "threads"],
    "celery-forked": CELERY,
}
"""As docs/deploy/systemd starts them."""
POWERS = {"superuser": "SUPERUSER", "bypass": "BYPASSRLS"}


@pytest.fixture(params=POWERS)
def powerful(request: pytest.FixtureRequest, django_db_setup: Databases) -> Iterator[str]:
    """The address of this worker's database, by a login that has the power."""
    server = databases.server(Path(os.environ[databases.SESSION]))
    name = f"strong_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{request.param}"
    if server.admin == server.owner:
        pytest.skip("the server that was given has no superuser for us")
    with psycopg.connect(server.url("admin", "postgres"), autocommit=True) as admin:
        login = sql.Identifier(name)
        admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(login))
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN " + POWERS[request.param]).format(login))
        yield django_db_setup.app.replace("portal_app", name)
        admin.execute(sql.SQL("DROP ROLE {}").format(login))


def started(start: str, url: str, broker: str, folder: Path) -> tuple[int | None, str]:
    """Start a process as a deployment does; return how it ended, None if it went on, and what it said."""
    line = [sys.executable, "-m", *STARTS[start]]
    environment = os.environ | {"DATABASE_URL": url, "BROKER_URL": broker}
    with (folder / "said").open("wb") as out:
        process = subprocess.Popen(line, cwd=ROOT, env=environment, stdout=out, stderr=out, start_new_session=True)
        try:
            code: int | None = process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()
            code = None
    return code, (folder / "said").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("start", STARTS)
def test_nothing_starts_with_a_login_that_sees_every_customer(
    start: str, powerful: str, broker: str, tmp_path: Path
) -> None:
    code, said = started(start, powerful, broker, tmp_path)
    assert "use portal_app" in said, said
    assert code not in {0, None}, said


LATE = """
import django; django.setup()
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from portal.logins import refuse_powerful
there = dict(connection.settings_dict)
connection.settings_dict |= {"HOST": "127.0.0.1", "PORT": "1"}
refuse_powerful()
connection.settings_dict |= there
for _time in range(2):
    try:
        connection.cursor()
        print("let in")
    except ImproperlyConfigured:
        print("refused")
"""


@pytest.mark.slow
@pytest.mark.parametrize("login", ["owner", "app"])
def test_a_database_that_comes_late_is_asked_then_and_each_time(login: str, django_db_setup: Databases) -> None:
    """A connection that was refused must not be lying there open for whoever asks next."""
    environment = os.environ | {"DATABASE_URL": getattr(django_db_setup, login)}
    done = subprocess.run(
        [sys.executable, "-c", LATE], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[:2] == ["refused" if login == "owner" else "let in"] * 2
