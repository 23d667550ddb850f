"""The commands of docs/operations.md for backup and restore, played on real servers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from psycopg.conninfo import conninfo_to_dict

from portal.stack import postgres
from tenants.customers import scope
from tests import databases
from tests.conftest import Databases
from tests.integrations.switch.conftest import World, world

__all__ = ["world"]
DEPLOY = Path(settings.BASE_DIR) / "docs" / "deploy"
COUNTS = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
FENCES = COUNTS.replace("relname", "relname, relrowsecurity, relforcerowsecurity, relacl::text", 1)
POLICIES = "SELECT tablename, policyname, roles::text, cmd, qual, with_check FROM pg_policies ORDER BY 1, 2"

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def tools() -> Path:
    """Return the folder of pg_dump; without it nothing can be played."""
    for folder in (postgres.find_binaries().folder, *Path("/usr/lib/postgresql").glob("*/bin")):
        if (folder / "pg_dump").exists() and (folder / "psql").exists():
            return folder
    pytest.skip("pg_dump is not installed (apt-get install postgresql-client)")


def superuser(app: str) -> dict[str, Any]:
    """Return the connection of the test server's superuser, as psycopg wants it."""
    return {**conninfo_to_dict(app), "user": "postgres"}


def environment(app: str, **more: str) -> dict[str, str]:
    """Return what the scripts read."""
    parts = superuser(app)
    path = f"{tools()}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PGHOST": str(parts["host"]), "PGPORT": str(parts.get("port", 5432)), **more}


def run(script: str, *arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run one of the scripts."""
    return subprocess.run([str(DEPLOY / script), *arguments], env=env, capture_output=True, text=True, check=False)


def content(connection: psycopg.Connection[Any]) -> dict[str, object]:
    """Return everything: rows of every table by hash, fences, policies, grants, sequences."""
    found: dict[str, object] = {}
    for (table,) in connection.execute(COUNTS).fetchall():
        query = f"SELECT count(*), coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text)), '') FROM {table} t"
        found[table] = connection.execute(query.encode()).fetchone()
    found["fences"] = connection.execute(FENCES.encode()).fetchall()
    found["policies"] = connection.execute(POLICIES.encode()).fetchall()
    found["sequences"] = connection.execute("SELECT sequencename, last_value FROM pg_sequences ORDER BY 1").fetchall()
    return found


@pytest.fixture
def restored(django_db_setup: Databases) -> Iterator[str]:
    """The name of the database to restore into; gone afterwards."""
    name = f"restored_{os.getpid()}"
    yield name
    with psycopg.connect(**{**superuser(django_db_setup.app), "dbname": "postgres"}, autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


def database_of(url: str, name: str) -> str:
    """Return a URL to another database of the same server."""
    was = str(conninfo_to_dict(url)["dbname"])
    return url.replace(f"/{was}?", f"/{name}?")


def test_what_is_backed_up_comes_back_and_is_pushed(
    world: World, django_db_setup: Databases, restored: str, tmp_path: Path
) -> None:
    """Ten saves, a backup, five more, a restore: rows, fences and grants are the same, and the node takes the past."""
    app, file = django_db_setup.app, tmp_path / "portal.dump"
    for number in range(10):
        world.save(f"Före {number}")
    assert world.push() == ["effective"]
    with psycopg.connect(**superuser(app)) as before:
        kept = content(before)
    name = str(conninfo_to_dict(app)["dbname"])
    done = run("backup.sh", str(file), env=environment(app, PORTAL_DATABASE=name))
    assert done.returncode == 0, done.stderr
    assert file.stat().st_mode & 0o077 == 0
    for number in range(5):
        world.save(f"Efter {number}")
    assert world.push() == ["effective"]
    ahead = world.memory.customers[world.cast.norrsken.pk].held

    done = run("restore.sh", str(file), restored, env=environment(app))
    assert (done.returncode, done.stderr) == (0, "")
    with psycopg.connect(**{**superuser(app), "dbname": restored}) as after:
        assert content(after) == kept

    back = Databases(*(database_of(url, restored) for url in (django_db_setup.owner, app, django_db_setup.worker)))
    command = [sys.executable, "manage.py", "after_restore"]
    told = subprocess.run(
        command, cwd=settings.BASE_DIR, env={**os.environ, "DATABASE_URL": back.app}, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert "2 customers have a new epoch" in told.stdout
    world.databases = back
    databases.point_django_at(back.app)
    try:
        assert world.publication().generation < ahead.generation
        assert "effective" in world.push()
        assert world.agrees()
        world.save("Sedan")
        assert world.push() == ["effective"]
        with scope.customer(world.cast.bageri.pk), connection.cursor() as cursor:
            cursor.execute("SELECT current_user, count(*) FROM tenants_schedule GROUP BY 1")
            assert cursor.fetchall() == []
    finally:
        databases.point_django_at(app)


def test_a_lesser_login_is_refused_and_leaves_no_file(django_db_setup: Databases, tmp_path: Path, world: World) -> None:
    """Under forced row-level security a dump as the pages' login or the owner's must not look whole."""
    name, file = str(conninfo_to_dict(django_db_setup.app)["dbname"]), tmp_path / "portal.dump"
    for login in ("portal_app", "portal_owner"):
        done = run("backup.sh", str(file), env=environment(django_db_setup.app, PORTAL_DATABASE=name, PGUSER=login))
        assert done.returncode != 0
        assert "row-level security" in done.stderr or "permission denied" in done.stderr
        assert not file.exists()


def test_a_cut_backup_is_refused_whole(world: World, django_db_setup: Databases, restored: str, tmp_path: Path) -> None:
    name, file = str(conninfo_to_dict(django_db_setup.app)["dbname"]), tmp_path / "portal.dump"
    world.save()
    assert run("backup.sh", str(file), env=environment(django_db_setup.app, PORTAL_DATABASE=name)).returncode == 0
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    assert run("restore.sh", str(file), restored, env=environment(django_db_setup.app)).returncode != 0
    with psycopg.connect(**{**superuser(django_db_setup.app), "dbname": restored}) as after:
        assert after.execute(COUNTS.encode()).fetchall() == []


def test_the_roles_of_the_sample_are_those_of_the_supervisor(tmp_path: Path) -> None:
    """On a fresh server, roles.sql makes what `make run` makes."""
    rights = "rolname, rolcanlogin, rolinherit, rolsuper, rolbypassrls, rolcreaterole"
    query = f"SELECT {rights} FROM pg_roles WHERE rolname LIKE 'portal%' ORDER BY 1"
    granted = "roleid::regrole::text, member::regrole::text"
    members = f"SELECT {granted} FROM pg_auth_members WHERE roleid::regrole::text LIKE 'portal%' ORDER BY 1"
    made = []
    with postgres.throw_away(tmp_path) as cluster:
        url = cluster.url("postgres", "postgres")
        for _ in range(2):
            with psycopg.connect(url, autocommit=True) as admin:
                made.append([admin.execute(text.encode()).fetchall() for text in (query, members)])
                for name in (*postgres.LOGINS, *postgres.GRANTED):
                    admin.execute(f"DROP ROLE IF EXISTS {name}".encode())
            psql = shutil.which("psql", path=str(tools()))
            assert psql
            command = [psql, "--dbname", url, "-v", "ON_ERROR_STOP=1", "-q", "-f", str(DEPLOY / "roles.sql")]
            subprocess.run(command, check=True)
    assert made[0] == made[1]
