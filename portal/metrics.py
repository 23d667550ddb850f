"""What Prometheus may read: counted from our own log events as they happen, and asked of the database when it asks.

An event is measured where it is logged, so nothing in the product knows of metrics: the table ``MEASURES`` says what
each event adds to. No label ever names a customer or a person; routes, nodes and outcomes are few.

gunicorn's and Celery's processes share a folder (``PROMETHEUS_MULTIPROC_DIR``), which whoever is asked sums up.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from structlog.typing import EventDict, WrappedLogger

QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
SLOW = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600)
OWN = CollectorRegistry()


def _counter(name: str, says: str, *labels: str) -> Counter:
    return Counter(name, says, labels, registry=OWN)


def _histogram(name: str, says: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
    return Histogram(name, says, labels, buckets=buckets, registry=OWN)


REQUESTS = _counter("portal_requests", "Answered requests", "method", "route", "status")
REQUEST_SECONDS = _histogram("portal_request_seconds", "From a request to its answer", QUICK, "route")
CHANGES = _counter("portal_changes", "Saved edits, those that wait as draft included")
RELEASES = _counter("portal_releases", "Generations made", "origin")
PUSHES = _counter("portal_pushes", "Turns at pushing that have ended", "outcome")
PUSH_SECONDS = _histogram("portal_push_seconds", "A turn from its beginning to its end", SLOW, "outcome")
EFFECTIVE_SECONDS = _histogram(
    "portal_save_to_effective_seconds", "From a save to its effect, by the node's own receipt", SLOW
)
EVENTS_STORED = _counter("portal_events_stored", "Facts from nodes that were stored")
EVENTS_POISONED = _counter("portal_events_poisoned", "Facts from nodes that could not be read")
EVENTS_FOLDED = _counter("portal_events_folded", "Facts from nodes that have had their effect")
EVENTS_FAILED = _counter("portal_events_failed", "Times a fact's effect failed; it is tried again")
BELLS_UNHEARD = _counter("portal_bells_unheard", "Bells the broker did not take; the scan makes up for them")
EPOCHS_RAISED = _counter("portal_epochs_raised", "Nodes that had more than the record: a restore without after_restore")
DRIFTED = _counter("portal_drifted", "Customers whose node had something else than it should")
WEBHOOKS = _counter("portal_webhooks", "Tries at sending a webhook, by how the message stood afterwards", "status")
STREAMS_OPEN = Gauge(
    "portal_streams_open", "Open pages that hear of changes", registry=OWN, multiprocess_mode="livesum"
)
STREAMS_TOLD = _counter("portal_streams_told", "Events written to open pages")
STREAMS_TURNED = _counter("portal_streams_turned", "Streams that were not let in", "status")
STREAMS_DEAF = _counter("portal_streams_deaf", "Times the connection that hears of changes broke")
ERRORS = _counter("portal_log_errors", "Log lines of level error and above, by our own loggers")


def _request(event: Mapping[str, Any]) -> None:
    REQUESTS.labels(event["method"], event["route"], str(event["status"])).inc()
    REQUEST_SECONDS.labels(event["route"]).observe(event["seconds"])


def _push(event: Mapping[str, Any]) -> None:
    PUSHES.labels(event["outcome"]).inc()
    PUSH_SECONDS.labels(event["outcome"]).observe(event.get("seconds", 0.0))


def _effective(event: Mapping[str, Any]) -> None:
    for seconds in event["waited"]:
        EFFECTIVE_SECONDS.observe(max(0.0, seconds))


def _stored(event: Mapping[str, Any]) -> None:
    EVENTS_STORED.inc(event["stored"])
    EVENTS_POISONED.inc(event["poisoned"])


MEASURES: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
    "http.request": _request,
    "changes.change.saved": lambda _: CHANGES.inc(),
    "changes.release.made": lambda event: RELEASES.labels(event["origin"]).inc(),
    "switch.push.done": _push,
    "switch.push.effective": _effective,
    "switch.events.stored": _stored,
    "switch.fold.failed": lambda _: EVENTS_FAILED.inc(),
    "switch.events.folded": lambda event: EVENTS_FOLDED.inc(event["count"]),
    "switch.bell.unheard": lambda _: BELLS_UNHEARD.inc(),
    "switch.epoch.raised": lambda _: EPOCHS_RAISED.inc(),
    "webhooks.tried": lambda event: WEBHOOKS.labels(str(event["status"] or "again")).inc(),
    "streams.opened": lambda _: STREAMS_OPEN.inc(),
    "streams.closed": lambda _: STREAMS_OPEN.dec(),
    "streams.told": lambda event: STREAMS_TOLD.inc(event["count"]),
    "streams.turned": lambda event: STREAMS_TURNED.labels(str(event["status"])).inc(),
    "streams.deaf": lambda _: STREAMS_DEAF.inc(),
    "switch.roots.drifted": lambda _: DRIFTED.inc(),
}


def count(_logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Measure an event; a structlog processor, before any level is filtered away."""
    measure = MEASURES.get(str(event.get("event")))
    if measure:
        measure(event)
    if name in {"error", "exception", "critical"}:
        ERRORS.inc()
    return event


def page(now: Callable[[], Iterable[Metric]]) -> tuple[bytes, str]:
    """Return all metrics as text and its content type: what was counted, and what ``now`` finds at this moment."""
    registry = CollectorRegistry()
    if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        _forget_killed(Path(folder))
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(OWN)
    registry.register(_Now(now))
    return generate_latest(registry), CONTENT_TYPE_LATEST


def _forget_killed(folder: Path) -> None:
    """Forget the gauges of processes that were killed before they could say that they end."""
    for left in folder.glob("gauge_live*_*.db"):
        pid = left.stem.rpartition("_")[2]
        if pid.isascii() and pid.isdigit() and not Path(f"/proc/{pid}").exists():
            process_ended(int(pid))


class _Now(Collector):
    """What is found out when Prometheus asks."""

    def __init__(self, now: Callable[[], Iterable[Metric]]) -> None:
        self._now = now

    def describe(self) -> list[Metric]:
        """Say nothing beforehand, lest registering ask the database."""
        return []

    def collect(self) -> Iterable[Metric]:
        """Find out."""
        return self._now()


def may_read(authorization: str, token: str) -> bool:
    """Tell whether a header is ``Bearer`` and the token; without a token nobody may."""
    return bool(token) and hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode())


def process_ended(pid: int) -> None:
    """Forget the gauges of a process that is gone; its counts stay."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]
