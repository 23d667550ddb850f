"""The database that tests get: as a deployment has it, and as good as new for each test."""

from __future__ import annotations

import psycopg
import pytest
import redis
from django.db import connection


@pytest.fixture
def role() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        row = cursor.fetchone()
    assert row is not None
    return str(row[0])


@pytest.mark.django_db
def test_pages_run_as_the_web_role(role: str) -> None:
    assert role == "portal_app"


@pytest.mark.django_db
def test_no_login_is_superuser_or_passes_row_security() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname, rolsuper, rolbypassrls, rolinherit FROM pg_roles WHERE rolname LIKE 'portal%'")
        roles = {name: rights for name, *rights in cursor.fetchall()}
    assert set(roles) == {"portal_owner", "portal_app", "portal_worker", "portal_relay", "portal_staff", "portal_node"}
    assert all(rights[:2] == [False, False] for rights in roles.values())
    assert not roles["portal_app"][2]
    assert not roles["portal_worker"][2]


@pytest.mark.django_db
def test_the_web_role_may_not_become_the_relay() -> None:
    with pytest.raises(Exception, match="permission denied"), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE portal_relay")


def test_the_worker_may_become_the_relay(worker_connection: psycopg.Connection) -> None:
    worker_connection.execute("SET LOCAL ROLE portal_relay")
    assert worker_connection.execute("SELECT current_user").fetchone() == ("portal_relay",)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", [1, 2])
def test_a_test_that_commits_leaves_nothing(round_: int, owner_connection: psycopg.Connection) -> None:
    owner_connection.execute("CREATE TABLE left_behind ()")
    owner_connection.commit()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relname = 'left_behind'")
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db
def test_the_web_role_may_not_make_tables() -> None:
    with pytest.raises(Exception, match="permission denied"), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE mine ()")


def test_the_broker_is_empty_and_keeps_what_it_holds(broker: str) -> None:
    client = redis.Redis.from_url(broker)
    assert client.dbsize() == 0
    assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    client.set("a", "b")
