"""What Prometheus may read of a node, on loopback: asks, pushes, calls, scrubs as they happen, and what waits.

No label names a customer, a number or a telephone.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from functools import wraps
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from tenants.routing.wire import Event, Health

Door = Callable[[Request], Awaitable[Response]]
OWN = CollectorRegistry()
ASK_BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1)
"""The dialplan waits one second."""
PUSH_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30)

ASKS = Histogram("node_ask_seconds", "Asks of the dialplan", ["outcome"], buckets=ASK_BUCKETS, registry=OWN)
PUSHES = Histogram("node_push_seconds", "Pushes of the portal", ["outcome"], buckets=PUSH_BUCKETS, registry=OWN)
EVENTS = Counter("node_events", "Facts written to the spool", ["kind"], registry=OWN)
CALLS = Counter("node_calls", "Calls that have ended", ["result"], registry=OWN)
SCRUBS = Counter("node_scrubs", "Customers computed anew from what is stored", ["result"], registry=OWN)

ASKED = {200: "answered", 422: "nonsense", 499: "gone"}
PUSHED = {200: "active", 401: "stranger", 409: "conflict", 422: "refused", 499: "gone"}


def timed(into: Histogram, words: dict[int, str]) -> Callable[[Door], Door]:
    """Return what measures a door by its answers' statuses; any other status is ``failed``."""

    def decorate(door: Door) -> Door:
        @wraps(door)
        async def measured(request: Request) -> Response:
            began = time.perf_counter()
            answer = await door(request)
            into.labels(words.get(answer.status_code, "failed")).observe(time.perf_counter() - began)
            return answer

        return measured

    return decorate


def told(event: Event) -> None:
    """Count a fact; the end of a call by how it ended."""
    EVENTS.labels(event.kind).inc()
    if event.kind == "call.ended":
        lost, answers = event.data.get("lost"), event.data.get("answers", 0)
        CALLS.labels("lost" if lost else "answered" if answers else "unanswered").inc()


def scrubbed(*, clean: bool) -> None:
    """Count a customer whose roots and derived rows were computed anew."""
    SCRUBS.labels("clean" if clean else "drifted").inc()


class Figures(Protocol):
    """What is asked of a node when Prometheus asks."""

    def health(self) -> Health:
        """Tell how the node is."""
        ...


class _Now(Collector):
    def __init__(self, node: Figures) -> None:
        self._node = node

    def describe(self) -> list[GaugeMetricFamily]:
        """Say nothing beforehand."""
        return []

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Tell what waits now."""
        health = self._node.health()
        up = float("unreachable" not in health.switch)
        yield GaugeMetricFamily("node_switch_up", "Whether Asterisk answers", value=up)
        yield GaugeMetricFamily("node_customers", "Customers with something active", value=health.customers)
        yield GaugeMetricFamily("node_spooled_events", "Facts the portal has not confirmed", value=health.spooled)


def page(node: Figures) -> Response:
    """Return all figures as text."""
    registry = CollectorRegistry()
    registry.register(OWN)
    registry.register(_Now(node))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
