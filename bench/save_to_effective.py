"""How long from a save until calls follow it, for ten people and for ten thousand, against the least it can cost.

A: an administrator's save of opening hours, by the room's own action: rows, object, release, bell, Celery, push, the
node's transaction; in a customer of ten people and in one of ten thousand. B: one row committed in the same PostgreSQL,
one PUT to a server that syncs it to disk. They take turns, so that all see the same machine. Both ends are moments by
the same clock, the node's own. Statements are counted too: of the save, and of the worker that pushes it.
``BENCH_PEOPLE`` is how large the large one is, ``BENCH_ROUNDS`` how often each is saved.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

import psycopg
import requests

from bench import _portal

Save = Callable[[], tuple[float, int]]
"""Saves once; the milliseconds until it was effective and the statements of the save."""

SMALL = 10
WARM = 10
SETTLED = 120
"""Seconds a whole company may take to become effective the first time."""


def figures() -> list[tuple[str, float, str]]:
    """Return p50 and p95 of all in milliseconds, statements by size, and the ratios of medians."""
    sizes, rounds = (SMALL, _portal.size("PEOPLE", 10_000)), _portal.size("ROUNDS", 80)
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        with _portal.running(folder) as parts:
            saves = [_saver(size) for size in sizes]
            _portal.analyse(parts.superuser)
            put = _putter(parts)
            taken = [(*(save() for save in saves), put()) for _ in range(WARM + rounds)][WARM:]
            pushes = [_statements_of_push(parts, folder, save) for save in saves]
    small, large, bare = zip(*taken, strict=True)
    return [*_rows(sizes, (small, large), pushes), *_beside(small, bare)]


def _rows(
    sizes: Sequence[int], taken: Sequence[Sequence[tuple[float, int]]], pushes: Sequence[int]
) -> list[tuple[str, float, str]]:
    rows: list[tuple[str, float, str]] = []
    for size, saves, push in zip(sizes, taken, pushes, strict=True):
        rows += _percentiles(f"save_to_effective_{size}", [time for time, _ in saves])
        rows.append((f"save_statements_{size}", max(number for _, number in saves), ""))
        rows.append((f"push_statements_{size}", push, ""))
    small, large = (statistics.median(time for time, _ in saves) for saves in taken)
    return [*rows, ("save_to_effective_growth", round(large / small, 2), "x")]


def _beside(small: Sequence[tuple[float, int]], bare: Sequence[float]) -> list[tuple[str, float, str]]:
    ratio = statistics.median(time for time, _ in small) / statistics.median(bare)
    return [*_percentiles("commit_put_fsync", bare), ("save_to_effective_ratio_p50", round(ratio, 2), "x")]


def _percentiles(name: str, values: Sequence[float]) -> list[tuple[str, float, str]]:
    cuts = statistics.quantiles(values, n=20)
    return [(f"{name}_p50", round(statistics.median(values), 2), "ms"), (f"{name}_p95", round(cuts[18], 2), "ms")]


def _saver(size: int) -> Save:
    """Return what saves in a customer of so many people, all of them already effective."""
    from tenants.changes.models import Publication
    from tenants.customers import scope
    from tenants.nodes.models import Node
    from tenants.onboarding.actions import make_customer
    from tenants.routing.objects import Opening
    from tenants.schedules import actions
    from tests.factories.crowd import crowd

    with scope.wide("portal_staff"):
        node = Node.objects.get()
    customer = make_customer(name=f"Mätning {size} AB", slug=f"matning-{size}", node=node)
    with scope.customer(customer.pk):
        crowd(customer, size)
        schedule = actions.make(customer_id=customer.pk, by=None, name="Huvudnummer").schedule
        newest = Publication.objects.get().generation
    _effective(customer.pk, newest, SETTLED)
    minute = count(1)

    def save() -> tuple[float, int]:
        began = time.time()
        with _portal.counting() as statements, scope.customer(customer.pk):
            day = {0: [Opening(start=next(minute) % 600, end=1200)]}
            change = actions.set_week(schedule=schedule, by=None, version=None, days=day).change
        assert change is not None
        assert change.generation is not None
        return (_effective(customer.pk, change.generation, 20) - began) * 1000, len(statements)

    return save


def _effective(customer: int, generation: int, seconds: float) -> float:
    """Wait until the node has a generation active, and return when it was, seconds since 1970.

    :raises TimeoutError: if it takes too long.
    """
    from tenants.customers import scope
    from tenants.nodes.models import Receipt

    until = time.time() + seconds
    while time.time() < until:
        with scope.customer(customer):
            receipt = Receipt.objects.filter(generation=generation).first()
        if receipt is not None:
            return receipt.effective_at.timestamp()
        time.sleep(0.02)
    raise TimeoutError(f"a save did not become effective within {seconds} s")


def _statements_of_push(parts: _portal.Parts, folder: Path, save: Save) -> int:
    """Return how many statements the worker needs for one push, by PostgreSQL's own log.

    A save just before makes the node one that is known to answer, or it would be asked how it is first.
    """
    _log_statements(parts, "all")
    log = folder / "postgres.log"
    save()
    time.sleep(0.2)
    begin = log.stat().st_size
    save()
    time.sleep(0.5)
    with log.open("rb") as file:
        file.seek(begin)
        lines = file.read().splitlines()
    _log_statements(parts, "none")
    return sum(
        line.startswith(b"portal_worker|LOG:  ") and (b" execute " in line or b" statement: " in line) for line in lines
    )


def _log_statements(parts: _portal.Parts, which: str) -> None:
    with psycopg.connect(parts.superuser, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET log_line_prefix TO '%u|'")
        connection.execute(f"ALTER SYSTEM SET log_statement TO '{which}'")
        connection.execute("SELECT pg_reload_conf()")
    time.sleep(0.5)


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
