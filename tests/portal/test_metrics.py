"""What Prometheus reads: who may, that it is true, that it stays small, and that the alerts speak of it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import structlog
import yaml
from django.conf import settings
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django.fixtures import Settings

from integrations.asterisk import metrics as of_nodes
from portal import backlog, metrics
from tenants.customers import scope
from tenants.nodes import actions as nodes
from tenants.nodes.models import Node
from tests.integrations.switch.conftest import World, world
from tests.integrations.switch.workers import bells_reach

__all__ = ["world"]
PROMETHEUS = Path(settings.BASE_DIR) / "docs" / "prometheus"
TOKEN = "a token of Prometheus"
WORD = re.compile(r"\b(?:portal|node)_[a-z_]+\b")


@pytest.fixture
def allowed(settings: Settings) -> dict[str, str]:
    """The header that may read them."""
    settings.METRICS_TOKEN = TOKEN
    return {"Authorization": f"Bearer {TOKEN}"}


def values(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Return each sample by name and labels."""
    found = text_string_to_metric_families(text)
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in found for s in family.samples}


def read(client: Client, allowed: dict[str, str]) -> dict[Any, float]:
    answer = client.get("/metrics", headers=allowed)
    assert answer.status_code == 200
    return values(answer.content.decode())


@pytest.mark.django_db
@pytest.mark.parametrize("given", ["", "Bearer wrong", f"Basic {TOKEN}", "Bearer ", "Bearer ÅÄÖ"])
def test_without_the_token_there_is_no_such_page(client: Client, allowed: dict[str, str], given: str) -> None:
    assert client.get("/metrics", headers={"Authorization": given}).status_code == 404


@pytest.mark.django_db
def test_where_no_token_is_set_nobody_reads_them(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.slow
@pytest.mark.django_db
def test_a_request_is_counted_by_its_route(client: Client, allowed: dict[str, str]) -> None:
    name = ("portal_requests_total", (("method", "GET"), ("route", "/login/"), ("status", "200")))
    before = read(client, allowed).get(name, 0)
    client.get("/login/?next=/secret")
    assert read(client, allowed)[name] == before + 1


@pytest.mark.slow
@pytest.mark.django_db
def test_what_does_not_exist_is_one_route(client: Client, allowed: dict[str, str]) -> None:
    for number in range(50):
        client.get(f"/no/such/{number}")
        client.generic(f"VERB{number}", "/login/")
    routes = {dict(labels).get("route") for _name, labels in read(client, allowed)}
    assert not [route for route in routes if route and "such" in route]
    methods = {dict(labels).get("method") for _name, labels in read(client, allowed)} - {None}
    assert methods <= {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_save_is_followed_until_it_is_live(world: World, allowed: dict[str, str]) -> None:
    client = Client()
    before = read(client, allowed)
    world.save()
    waits = read(client, allowed)
    assert waits["portal_placements_behind", ()] == waits["portal_placements_due", ()] == 1
    assert 0 < waits["portal_placements_behind_seconds", ()] < 60
    assert world.push() == ["effective"]
    after = read(client, allowed)
    assert after["portal_placements_behind", ()] == after["portal_placements_behind_seconds", ()] == 0
    for name, labels in (
        ("portal_pushes_total", (("outcome", "effective"),)),
        ("portal_push_seconds_count", (("outcome", "effective"),)),
        ("portal_releases_total", (("origin", "save"),)),
        ("portal_changes_total", ()),
        ("portal_save_to_effective_seconds_count", ()),
    ):
        assert after[name, labels] == before.get((name, labels), 0) + 1, name
    spent = "portal_save_to_effective_seconds_sum", ()
    assert 0 < after[spent] - before.get(spent, 0) < 60


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_failing_node_is_seen(world: World, allowed: dict[str, str]) -> None:
    with scope.wide("portal_staff"):
        node = Node.objects.get()
        for _ in range(3):
            nodes.note_failed(node_id=node.pk, reason="test", wait=60)
    now = read(Client(), allowed)
    assert now["portal_node_circuit_open", (("node", "vaxel-1"),)] == 1
    assert now["portal_node_failures", (("node", "vaxel-1"),)] == 3


@pytest.mark.django_db(transaction=True)
def test_the_queue_is_measured(world: World, broker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with bells_reach(broker, monkeypatch):
        world.save()
        found = {family.name: family for family in backlog.now()}
    assert found["portal_broker_up"].samples[0].value == 1
    depths = {sample.labels["queue"]: sample.value for sample in found["portal_queue_tasks"].samples}
    assert depths == {"emergency": 0, "interactive": 1, "sync": 0, "bulk": 0, "webhooks": 0}


@pytest.mark.django_db
def test_without_a_broker_the_rest_is_there() -> None:
    found = {family.name: family for family in backlog.now()}
    assert found["portal_broker_up"].samples[0].value == 0
    assert found["portal_database_up"].samples[0].value == 1
    states = {sample.labels["state"] for sample in found["portal_database_connections"].samples}
    assert "active" in states
    assert found["portal_database_connections_limit"].samples[0].value > 1


def test_an_event_is_measured_although_its_line_is_not_written() -> None:
    log = structlog.get_logger("tests.quiet")
    log.setLevel("ERROR")
    before = metrics.EPOCHS_RAISED._value.get()
    log.warning("switch.epoch.raised", customer=1)
    assert metrics.EPOCHS_RAISED._value.get() == before + 1


def test_no_label_names_a_customer() -> None:
    labels = {name for metric in metrics.OWN._collector_to_names for name in metric._labelnames}  # type: ignore[attr-defined]
    assert labels <= {"method", "route", "status", "outcome", "origin"}
    own = {name for metric in of_nodes.OWN._collector_to_names for name in metric._labelnames}  # type: ignore[attr-defined]
    assert own <= {"outcome", "kind", "result"}


def names() -> set[str]:
    """Return every name a sample may have, on the portal and on a node."""
    counted = [name for registry in (metrics.OWN, of_nodes.OWN) for name in registry._names_to_collectors]
    node = {"node_switch_up", "node_customers", "node_spooled_events"}
    return {*counted, *node, *(family.name for family in backlog.now()), "portal_queue_tasks"}


@pytest.mark.django_db
def test_the_alerts_speak_of_what_there_is() -> None:
    rules = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())
    alerts = [rule for group in rules["groups"] for rule in group["rules"]]
    known = names()
    for alert in alerts:
        assert set(alert) <= {"alert", "expr", "for", "labels", "annotations"}
        assert alert["labels"]["severity"] in {"page", "ticket"}
        assert alert["annotations"]["summary"]
        expression = re.sub(r"\{[^}]*\}", "", alert["expr"])
        named = set(WORD.findall(expression))
        assert named <= known, named - known
        assert named or "up" in expression
        assert expression.count("(") == expression.count(")")
    assert len({alert["alert"] for alert in alerts}) == len(alerts) > 15


def test_the_sample_of_what_to_ask_is_yaml() -> None:
    asked = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
    assert [job["job_name"] for job in asked["scrape_configs"]] == ["portal", "node"]


HOLDS = """
from portal import metrics
metrics.STREAMS_OPEN.inc(3)
print("open", flush=True)
input()
"""


@pytest.mark.parametrize("signal", ["SIGKILL", None])
def test_pages_held_open_by_a_process_that_was_killed_are_not_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signal: str | None
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", HOLDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"open\n"
        if signal:
            child.kill()
            child.wait(10)
        told = values(metrics.page(list)[0].decode())
        child.kill()
    assert told.get(("portal_streams_open", ())) == (None if signal else 3)
