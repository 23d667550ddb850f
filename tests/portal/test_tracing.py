"""One id from the click to the node: in the web's log, in the worker's and in the node's."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from django.conf import settings
from django.test import Client

from integrations import tracing
from portal.stack.valkey import free_port
from tenants.customers import scope
from tenants.nodes.models import Node
from tenants.routing.wire import Enrolled
from tenants.schedules.models import Schedule
from tests.conftest import Databases
from tests.factories.cast import Cast, cast
from tests.factories.schedules import schedule
from tests.integrations.switch.conftest import enrol
from tests.integrations.switch.workers import ROOT, until, worker

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


@pytest.mark.parametrize(
    ("header", "trace"),
    [
        (PARENT, TRACE),
        (f" {PARENT} ", TRACE),
        (f"01-{TRACE}-00f067aa0ba902b7-01-what-comes", TRACE),
        (f"{PARENT}-more", ""),
        (f"ff-{TRACE}-00f067aa0ba902b7-01", ""),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", ""),
        (f"00-{TRACE}-{'0' * 16}-01", ""),
        (PARENT.upper(), ""),
        ("", ""),
        ("x" * 100_000, ""),
        ('"} grep {', ""),
    ],
)
def test_only_a_traceparent_is_taken_for_one(header: str, trace: str) -> None:
    assert tracing.read(header) == trace


def test_what_goes_on_has_a_parent_of_its_own() -> None:
    first, second = tracing.header(TRACE), tracing.header(TRACE)
    assert tracing.read(first) == tracing.read(second) == TRACE
    assert first != second
    assert tracing.headers("") == {}


def test_what_is_no_id_is_left_out() -> None:
    assert tracing.others(f"{TRACE}, x,{'g' * 32},,{TRACE[::-1]}") == [TRACE, TRACE[::-1]]


@pytest.mark.django_db
def test_every_answer_names_its_trace(client: Client) -> None:
    assert tracing.read(client.get("/login/", headers={"traceparent": PARENT}).headers["traceresponse"]) == TRACE
    assert tracing.read(client.get("/no/such/page").headers["traceresponse"]) not in {"", TRACE}


def lines(path: Path) -> list[dict[str, Any]]:
    """Return the log lines that are JSON."""
    return [json.loads(line) for line in path.read_text(errors="replace").splitlines() if line.startswith("{")]


def seen(path: Path, trace: str) -> list[str]:
    """Return the events that a search for a trace finds, in order."""
    return [line["event"] for line in lines(path) if trace in {line.get("trace"), *line.get("traces", ())}]


@contextmanager
def process(log: Path, command: list[str], environment: dict[str, str], ready: Callable[[], bool]) -> Iterator[None]:
    """Run a process with its log in a file until the block ends."""
    with log.open("wb") as out:
        child = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stdout=out, stderr=out)
    try:
        until(lambda: ready() or child.poll() is not None, 40, log.stem)
        assert child.poll() is None, log.read_text()
        yield
    finally:
        child.terminate()
        child.wait(15)


def answers(url: str) -> Callable[[], bool]:
    """Return whether something answers at an address."""

    def ask() -> bool:
        try:
            return httpx.get(url, trust_env=False).status_code < 500
        except httpx.HTTPError:
            return False

    return ask


@contextmanager
def node(folder: Path, people: Cast) -> Iterator[Path]:
    """Run an enrolled in-memory node; yield its log."""
    port, log = free_port(), folder / "node.log"
    who: Enrolled = enrol(people.node, f"http://127.0.0.1:{port}")
    (folder / "identity.json").write_bytes(msgspec.json.encode(who))
    environment = {"NODE_HOME": str(folder), "NODE_PORT": str(port)}
    command = [sys.executable, "-m", "integrations.switch.memory_node"]
    with process(log, command, environment, answers(f"http://127.0.0.1:{port}/health/live")):
        yield log


@contextmanager
def web(folder: Path, databases: Databases, broker: str) -> Iterator[tuple[str, Path]]:
    """Run gunicorn as in a deployment; yield its address and log."""
    port, log = free_port(), folder / "web.log"
    environment = {"DATABASE_URL": databases.app, "BROKER_URL": broker, "METRICS_TOKEN": "mätare"}
    environment |= {"PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics")}
    (folder / "metrics").mkdir()
    command = [sys.executable, "-m", "gunicorn", "--config", "python:portal.gunicorn", "portal.wsgi"]
    command += ["--bind", f"127.0.0.1:{port}", "--workers", "2", "--no-control-socket"]
    with process(log, command, environment, answers(f"http://127.0.0.1:{port}/health/live")):
        yield f"http://127.0.0.1:{port}", log


@contextmanager
def whole(folder: Path, databases: Databases, broker: str, people: Cast) -> Iterator[tuple[str, Path, Path, Path]]:
    """Run node, worker and web; yield the address, and the logs of web, worker and node."""
    with (
        node(folder, people) as node_log,
        worker(databases, broker, folder),
        web(folder, databases, broker) as (site, web_log),
    ):
        yield site, web_log, folder / "worker.log", node_log


def session(people: Cast) -> dict[str, str]:
    """Return Alice's cookies."""
    client = Client()
    client.force_login(people.alice)
    return {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}


def save(site: str, cookies: dict[str, str], row: Schedule, name: str, trace: str) -> httpx.Response:
    """Save opening hours through the API as a program would, under a trace."""
    csrf = "c" * 32
    with httpx.Client(base_url=site, cookies={**cookies, "csrftoken": csrf}, trust_env=False) as http:
        path = f"/api/v1/customers/norrsken-bygg/schedules/{row.pk}/"
        known = http.get(path)
        assert known.status_code == 200, known.text
        headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01", "If-Match": known.headers["ETag"]}
        headers |= {"X-CSRFToken": csrf, "Referer": site}
        return http.put(path, json={**known.json(), "name": name}, headers=headers)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_save_is_found_in_all_three_logs(broker: str, django_db_setup: Databases, tmp_path: Path) -> None:
    people = cast()
    with scope.customer(people.norrsken.pk):
        row = schedule(people.norrsken, "Huvudnummer")
    with whole(tmp_path, django_db_setup, broker, people) as (site, web_log, worker_log, node_log):
        answer = save(site, session(people), row, "Kundtjänst", TRACE)
        assert answer.status_code == 200, answer.text
        assert tracing.read(answer.headers["traceresponse"]) == TRACE
        until(lambda: "switch.push.done" in seen(worker_log, TRACE), 20, "the push")
    assert {"changes.release.made", "changes.change.saved", "http.request"} <= set(seen(web_log, TRACE))
    assert {"switch.push.effective", "switch.push.done"} <= set(seen(worker_log, TRACE))
    assert {"node.push.done", "http.request"} <= set(seen(node_log, TRACE))
    told = next(line for line in lines(node_log) if line["event"] == "node.push.done" and line["trace"] == TRACE)
    assert (told["customer"], told["outcome"]) == (people.norrsken.pk, "active")
    assert "gunicorn.error" in {line["logger"] for line in lines(web_log)}
    assert "gunicorn.access" not in {line["logger"] for line in lines(web_log)}
    request = next(line for line in lines(web_log) if line.get("trace") == TRACE and line["event"] == "http.request")
    assert request["route"] == "/api/v1/customers/<slug:customer>/schedules/<int:ident>/"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", request["timestamp"])


def close_by_hand(site: str, cookies: dict[str, str], row: Schedule, trace: str) -> httpx.Response:
    """Close by hand through the API as a program would, under a trace."""
    csrf, until = "c" * 32, (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    with httpx.Client(base_url=site, cookies={**cookies, "csrftoken": csrf}, trust_env=False) as http:
        path = f"/api/v1/customers/norrsken-bygg/live/schedules/{row.pk}/override/"
        headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01", "X-CSRFToken": csrf, "Referer": site}
        headers |= {"If-Match": http.get(path).headers["ETag"]}
        return http.put(path, json={"state": "closed", "until": until}, headers=headers)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_what_is_set_by_hand_is_found_in_all_three_logs(
    broker: str, django_db_setup: Databases, tmp_path: Path
) -> None:
    people, closed = cast(), tracing.begin()
    with scope.customer(people.norrsken.pk):
        row = schedule(people.norrsken, "Huvudnummer")
    with whole(tmp_path, django_db_setup, broker, people) as (site, web_log, worker_log, node_log):
        cookies = session(people)
        assert save(site, cookies, row, "Kundtjänst", TRACE).status_code == 200
        until(lambda: "switch.push.done" in seen(worker_log, TRACE), 20, "the push")
        assert close_by_hand(site, cookies, row, closed).status_code < 300
        until(lambda: "switch.live.set" in seen(worker_log, closed), 20, "the wish")
    assert "http.request" in seen(web_log, closed)
    told = [line["path"] for line in lines(node_log) if line.get("trace") == closed]
    assert f"/v1/customers/{people.norrsken.pk}/live" in told


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_one_push_for_three_saves_is_found_by_each_of_them(
    broker: str, django_db_setup: Databases, tmp_path: Path
) -> None:
    """The node is away during the saves; then one push brings all three, and a search for any of them finds it."""
    people = cast()
    traces = [tracing.begin() for _ in range(3)]
    with scope.customer(people.norrsken.pk):
        row = schedule(people.norrsken, "Huvudnummer")
    with web(tmp_path, django_db_setup, broker) as (site, _log):
        cookies = session(people)
        for number, trace in enumerate(traces):
            assert save(site, cookies, row, f"Namn {number}", trace).status_code == 200
    with node(tmp_path, people) as node_log, worker(django_db_setup, broker, tmp_path):
        worker_log = tmp_path / "worker.log"
        until(lambda: "switch.push.done" in seen(worker_log, traces[-1]), 20, "the push")
    for trace in traces:
        assert "switch.push.effective" in seen(worker_log, trace)
        assert "node.push.done" in seen(node_log, trace)
    pushed = [line for line in lines(node_log) if line["event"] == "node.push.done"]
    assert [line["trace"] for line in pushed] == [traces[-1]]
    assert set(traces[:-1]) <= set(pushed[0]["traces"])
    assert Node.objects.count() == 1
