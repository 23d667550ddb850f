"""What machines ask before they send traffic or restart something."""

from __future__ import annotations

import pytest
from django.test import Client

from portal import health
from tests import databases
from tests.conftest import Databases
from tests.integrations.switch.workers import bells_reach


def ask(path: str) -> tuple[int, dict[str, str]]:
    """Return status and body."""
    answer = Client().get(path)
    assert "no-store" in answer.headers["Cache-Control"]
    return answer.status_code, answer.json()


def test_alive_is_answered_without_asking_anybody() -> None:
    """No database is allowed in this test."""
    assert ask("/health/live") == (200, {"state": "live"})


@pytest.mark.django_db
def test_ready(broker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with bells_reach(broker, monkeypatch):
        assert ask("/health/ready") == (200, {"state": "ready", "database": "ok", "broker": "ok"})


@pytest.mark.django_db
def test_without_a_broker_it_serves_on() -> None:
    assert ask("/health/ready") == (200, {"state": "degraded", "database": "ok", "broker": "away"})


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_without_a_database_it_can_not_serve(django_db_setup: Databases) -> None:
    databases.point_django_at("postgresql://portal_app@127.0.0.1:1/nowhere")
    try:
        assert ask("/health/ready")[0] == 503
        assert ask("/health/ready")[1]["database"] == "away"
        assert ask("/health/live")[0] == 200
    finally:
        databases.point_django_at(django_db_setup.app)


@pytest.mark.django_db(transaction=True)
def test_a_login_that_sees_everything_is_not_ready(django_db_setup: Databases) -> None:
    databases.point_django_at(django_db_setup.owner)
    try:
        assert health.database() == "login too powerful"
    finally:
        databases.point_django_at(django_db_setup.app)


@pytest.mark.django_db
def test_a_migration_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    known = health._on_disk() | {("tenants", "9999_of_tomorrow")}
    monkeypatch.setattr(health, "_on_disk", lambda: known)
    assert health.database() == "migrations missing"


@pytest.mark.django_db
def test_a_database_that_is_further_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """Old code goes on while the new schema is there already."""
    known = frozenset(list(health._on_disk())[1:])
    monkeypatch.setattr(health, "_on_disk", lambda: known)
    assert health.database() == "ok"


@pytest.mark.django_db
def test_only_reading_is_possible() -> None:
    assert {Client().post(path).status_code for path in ("/health/live", "/health/ready", "/metrics")} == {405}
