"""What watches over a node asks on loopback: its figures, whether it lives, whether calls can be decided.."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest
from starlette.testclient import TestClient

from integrations import node_logs, tracing
from integrations.asterisk import app, metrics, watch
from integrations.asterisk.node import Node
from tenants.routing import objects
from tenants.routing.wire import Event
from tests.integrations.asterisk.exchange import settings_in
from tests.integrations.switch.company import Company, Wire, identity

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """A node that is enrolled and has nobody beside it."""
    node = Node(settings_in(tmp_path))
    node.enrolled = identity()
    yield node
    node.spool.close()


def figures(node: Node) -> dict[str, float]:
    """Return the samples of ``/metrics`` by their text."""
    with TestClient(app.ask(node)) as client:
        text = client.get("/metrics").text
    lines = [line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in lines}


def company(node: Node) -> Company:
    """A customer whose pushes reach the node through its own door."""
    assert node.enrolled
    wire = Wire("http://node", node.enrolled)
    headers = dict(wire.http.headers) | {tracing.TRACEPARENT: f"00-{TRACE}-00f067aa0ba902b7-01"}
    wire.http = TestClient(app.wire(node), headers=headers)
    return Company(wire, 7)


def test_asks_are_counted_by_what_came_of_them(node: Node) -> None:
    before = figures(node)
    with TestClient(app.ask(node)) as client:
        assert client.post("/ask", content="nonce=1.2&from=trunk&number=%2B46406220000").status_code == 200
        assert client.post("/ask", content="no ask").status_code == 422
    after = figures(node)
    for outcome in ("answered", "nonsense"):
        name = f'node_ask_seconds_count{{outcome="{outcome}"}}'
        assert after[name] == before.get(name, 0) + 1


def test_pushes_are_counted_and_logged_under_their_trace(node: Node, caplog: pytest.LogCaptureFixture) -> None:
    before, norrsken = figures(node), company(node)
    norrsken.put(objects.Schedule(id=1, name="Öppet"))
    with caplog.at_level(logging.INFO):
        norrsken.publish()
    after = figures(node)
    name = 'node_push_seconds_count{outcome="active"}'
    assert after[name] == before.get(name, 0) + 1
    assert after["node_customers"] == 1
    (done,) = [record for record in caplog.records if record.getMessage() == "node.push.done"]
    assert (vars(done)["outcome"], vars(done)["generation"]) == ("active", 1)


def test_a_stranger_s_push_is_counted_as_one(node: Node) -> None:
    before = figures(node)
    with TestClient(app.wire(node)) as client:
        assert client.post("/v1/customers/7/push", content="{}").status_code == 401
    name = 'node_push_seconds_count{outcome="stranger"}'
    assert figures(node)[name] == before.get(name, 0) + 1


def test_what_waits_in_the_spool_is_told(node: Node) -> None:
    for _ in range(3):
        node.spool.append("call.started", 7, "c1")
    assert figures(node)["node_spooled_events"] == 3


@pytest.mark.parametrize(
    ("data", "result"),
    [({"answers": 1}, "answered"), ({"answers": 0, "cause": 17}, "unanswered"), ({"lost": True}, "lost")],
)
def test_calls_are_counted_by_how_they_ended(data: dict[str, int], result: str) -> None:
    counter = metrics.CALLS.labels(result)
    before = counter._value.get()
    event = {"boot": "b", "seq": 1, "at": 1.0, "kind": "call.ended", "customer": 7, "data": data}
    metrics.told(msgspec.convert(event, Event))
    assert counter._value.get() == before + 1


def test_it_lives_although_asterisk_is_away_and_is_not_ready(node: Node) -> None:
    with TestClient(app.ask(node)) as client:
        assert client.get("/health/live").json() == {"state": "live"}
        answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json() == {"state": "failing", "store": "ok", "switch": "away", "enrolled": "ok", "disk": "ok"}


def test_with_asterisk_it_is_ready(node: Node) -> None:
    node.ami.connected.set()
    assert watch.state_of(watch.parts_of(node)) == "ready"
    node.enrolled = None
    assert watch.state_of(watch.parts_of(node)) == "degraded"


def test_the_wire_has_no_figures(node: Node) -> None:
    """They are on loopback only; the wire is open to the portal's network."""
    with TestClient(app.wire(node)) as client:
        assert {client.get(path).status_code for path in ("/metrics", "/health/ready")} == {404}


def test_every_line_of_a_request_bears_its_trace(capsys: pytest.CaptureFixture[str]) -> None:
    """Also those written in a thread the request hands its work to."""
    lines, log = node_logs.Lines(), logging.getLogger("tests.node")

    class Into(logging.Handler):
        said: list[dict[str, object]] = []

        def emit(self, record: logging.LogRecord) -> None:
            self.said.append(json.loads(lines.format(record)))

    async def application(_scope: object, _receive: object, send: node_logs.Send) -> None:
        await asyncio.to_thread(log.warning, "in.a.thread")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})

    into = Into()
    logging.getLogger().addHandler(into)
    try:
        headers = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "Portal-Traces": f"{TRACE[::-1]},nonsense"}
        transport = httpx.ASGITransport(node_logs.Followed(application))

        async def ask() -> None:
            async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
                await client.get("/v1/anything", headers=headers)

        asyncio.run(ask())
    finally:
        logging.getLogger().removeHandler(into)
    (line,) = [line for line in into.said if line["event"] == "in.a.thread"]
    assert (line["trace"], line["traces"]) == (TRACE, [TRACE[::-1]])
