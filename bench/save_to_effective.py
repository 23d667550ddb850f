"""How long from a save until calls follow it, against the least that two durable writes and one request can cost.

A: an administrator's save of opening hours, by the room's own action: rows, object, release, bell, Celery, push, the
node's transaction. B: one row committed in the same PostgreSQL, one PUT to a server that syncs it to disk. A and B
take turns, so that both see the same machine. Both ends are moments by the same clock, the node's own.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import requests

from bench import _portal

ROUNDS = 80
WARM = 10


def figures() -> list[tuple[str, float, str]]:
    """Return p50 and p95 of both in milliseconds, and the ratio of the medians."""
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        with _portal.running(folder) as parts:
            ours, bare = _measure(parts)
    rows = [*_percentiles("save_to_effective", ours), *_percentiles("commit_put_fsync", bare)]
    ratio = statistics.median(ours) / statistics.median(bare)
    return [*rows, ("save_to_effective_ratio_p50", round(ratio, 2), "x")]


def _percentiles(name: str, values: list[float]) -> list[tuple[str, float, str]]:
    cuts = statistics.quantiles(values, n=20)
    return [(f"{name}_p50", round(statistics.median(values), 2), "ms"), (f"{name}_p95", round(cuts[18], 2), "ms")]


def _measure(parts: _portal.Parts) -> tuple[list[float], list[float]]:
    save = _saver()
    put = _putter(parts)
    for _ in range(WARM):
        save()
        put()
    pairs = [(save(), put()) for _ in range(ROUNDS)]
    return [a for a, _b in pairs], [b for _a, b in pairs]


def _saver() -> Callable[[], float]:
    """Return what saves once and tells how many milliseconds later the node had it active, by its own receipt."""
    from tenants.customers import scope
    from tenants.nodes.models import Node, Receipt
    from tenants.onboarding.actions import make_customer
    from tenants.routing.objects import Opening
    from tenants.schedules import actions

    with scope.wide("portal_staff"):
        node = Node.objects.get()
    customer = make_customer(name="Mätning AB", slug="matning", node=node).pk
    with scope.customer(customer):
        schedule = actions.make(customer_id=customer, by=None, name="Huvudnummer").schedule
    minute = iter(range(1, 10_000))

    def save() -> float:
        began = time.time()
        with scope.customer(customer):
            day = {0: [Opening(start=next(minute) % 600, end=1200)]}
            change = actions.set_week(schedule=schedule, by=None, version=None, days=day).change
        assert change is not None
        assert change.generation is not None
        while True:
            with scope.customer(customer):
                receipt = Receipt.objects.filter(generation=change.generation).first()
            if receipt is not None:
                return (receipt.effective_at.timestamp() - began) * 1000
            if time.time() - began > 20:
                raise RuntimeError("a save did not become effective within 20 s")
            time.sleep(0.02)

    return save


def _putter(parts: _portal.Parts) -> Callable[[], float]:
    """Return what commits once, puts once and tells how many milliseconds later it was on the other side's disk."""
    connection = psycopg.connect(parts.superuser)
    connection.execute("CREATE TABLE bare (id bigserial PRIMARY KEY, body bytea)")
    connection.commit()
    session, body = requests.Session(), b"x" * 600

    def put() -> float:
        began = time.time()
        connection.execute("INSERT INTO bare (body) VALUES (%s)", [body])
        connection.commit()
        answer = session.put(f"http://127.0.0.1:{parts.durable}/", data=body, timeout=5)
        return (float(answer.text) - began) * 1000

    return put
