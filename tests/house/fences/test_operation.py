"""The migration operation that makes the fences, tried on tables of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tenants.customers.fences import Fence, fence_name

PROGRAM = """
import django; django.setup()
from django.db import connection
from django.db.migrations.state import ProjectState
from django.apps import apps
from tenants.customers.fences import Fence
state = ProjectState.from_apps(apps)
with connection.schema_editor() as editor:
    Fence("Route").database_forwards("tenants", editor, state, state)
"""


def as_owner(url: str, program: str) -> subprocess.CompletedProcess[str]:
    """Run a piece of Django as the owner, in a process of its own."""
    env = os.environ | {"DATABASE_URL": url}
    root = Path(__file__).resolve().parents[3]
    return subprocess.run(
        [sys.executable, "-c", program], env=env, cwd=root, capture_output=True, text=True, check=False
    )


@pytest.fixture
def unfenced(owner_connection: psycopg.Connection, django_db_setup: object) -> psycopg.Connection:
    """Take the fences off the routes and leave a route between two customers."""
    run = owner_connection.execute
    for column in ("source_id", "target_id", "prompt_id"):
        run(f"ALTER TABLE tenants_route DROP CONSTRAINT {fence_name('tenants_route', column)}".encode())
    run("DROP POLICY tenant ON tenants_route")
    run("DROP POLICY owner ON tenants_route")
    run("INSERT INTO tenants_customer (id, name, slug, organisation_number, status, created_at) "
        "VALUES (901, 'A', 'a', '', 'active', now()), (902, 'B', 'b', '', 'active', now())")  # fmt: skip
    run("INSERT INTO tenants_destination (id, customer_id, kind, name, removed) "
        "VALUES (901, 901, 'menu', 'A', false), (902, 902, 'mailbox', 'B', false)")  # fmt: skip
    run("ALTER TABLE tenants_route DISABLE ROW LEVEL SECURITY")
    run("INSERT INTO tenants_route (id, customer_id, source_id, source_kind, slot, target_id) "
        "VALUES (901, 901, 901, 'menu', 'key:1', 902)")  # fmt: skip
    owner_connection.commit()
    return owner_connection


@pytest.mark.django_db(transaction=True)
def test_a_key_is_refused_over_rows_that_cross(unfenced: psycopg.Connection, django_db_setup: object) -> None:
    owner = django_db_setup.owner  # type: ignore[attr-defined]
    refused = as_owner(owner, PROGRAM)
    assert "tenants_route_target_id_fence" in refused.stderr
    assert "is not present in table" in refused.stderr
    unfenced.execute("DELETE FROM tenants_route WHERE id = 901")
    unfenced.commit()
    assert as_owner(owner, PROGRAM).returncode == 0


def test_the_operation_says_what_it_does() -> None:
    assert Fence("Route").describe() == "Fence Route"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("login", ["owner", "app", "worker"])
def test_only_a_narrow_login_may_serve(login: str, django_db_setup: object) -> None:
    program = "import django; django.setup()\nfrom portal.logins import refuse_powerful\nrefuse_powerful()"
    result = as_owner(getattr(django_db_setup, login), program)
    assert (result.returncode == 0) is (login != "owner"), result.stderr
    assert ("use portal_app" in result.stderr) is (login == "owner")
