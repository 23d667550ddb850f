"""What finding no drift costs each minute: the roots of a hundred customers on a node, and of ten thousand.

The portal asks the node over HTTP for all roots, compares them with what it confirmed, and does the same for the
heights of live state. Nothing differs, so nothing is to be healed. ``BENCH_SWEPT`` is how many the many are.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from bench import _pair, _portal
from portal.stack import valkey

FEW = 100
FIRST = 1_000_000
ROUNDS = 7
CLONED = {"customer_id": "place", "generation": "1", "epoch": "1"}
"""What a copied row has instead: SQL over ``place``, the id of the customer it is for."""


def figures() -> list[_pair.Figure]:
    """Return milliseconds and statements of both comparisons by number of customers, and their ratios."""
    sizes = (FEW, _portal.size("SWEPT", 10_000))
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o711)
        url = _portal._postgres(stack, folder)
        _portal._settle(url, "redis://127.0.0.1:1/0", folder)
        first = FIRST
        for size in sizes:
            home = folder / f"node-{size}"
            home.mkdir()
            port = valkey.free_port()
            _portal._enrol(home, port, home.name)
            line = ["-m", "bench._roots", str(first), str(size)]
            _portal._child(stack, folder, line, {"NODE_HOME": str(home), "NODE_PORT": str(port)}, port)
            _customers(url("postgres"), home.name, range(first, first + size))
            first += size
        _portal.analyse(url("postgres"))
        return _measure(url, sizes)


def _measure(url: Callable[[str], str], sizes: tuple[int, ...]) -> list[_pair.Figure]:
    """Compare as a worker does, which is the login that may read across customers."""
    from django.db import connections

    connections.close_all()
    connections["default"].settings_dict["USER"] = "portal_worker"
    roots = {size: partial(_roots_of, f"node-{size}") for size in sizes}
    live = {size: partial(_live_of, f"node-{size}") for size in sizes}
    rows = _pair.compared("sweep_roots", roots, rounds=ROUNDS, warm=1)
    return [*rows, *_pair.compared("sweep_live", live, rounds=ROUNDS, warm=1)]


def _roots_of(name: str) -> None:
    from integrations.switch import compare

    (node,) = (node for node in compare.nodes() if node.name == name)
    if (found := compare.compare(node)) or _failures(name):
        raise RuntimeError(f"{found} customers of {name} had drifted")


def _live_of(name: str) -> None:
    from integrations.switch import compare, live

    (node,) = (node for node in compare.nodes() if node.name == name)
    if (found := live.sync(node)) or _failures(name):
        raise RuntimeError(f"{found} customers of {name} had drifted")


def _failures(name: str) -> int:
    from integrations.switch import compare

    return sum(node.failures for node in compare.nodes() if node.name == name)


def _customers(superuser: str, node: str, idents: range) -> None:
    """Place customers on a node which has confirmed what they have: copies of one that is made."""
    from tenants.customers import scope
    from tenants.nodes.models import Node
    from tenants.onboarding.actions import make_customer

    with scope.wide("portal_staff"):
        place = Node.objects.get(name=node)
    made = make_customer(name=node, slug=node, node=place).pk
    named = {"id": "place", "slug": "'kund-' || place"}
    root = {"root": f"(SELECT root FROM tenants_publication WHERE customer_id = {made})", "effective_at": "now()"}
    with psycopg.connect(superuser) as connection:
        _copy(connection, "tenants_customer", f"id = {made}", idents, named)
        _copy(connection, "tenants_publication", f"customer_id = {made}", idents, CLONED)
        _copy(connection, "tenants_placement", f"customer_id = {made}", idents, {**CLONED, **root})


def _copy(connection: psycopg.Connection[Any], table: str, of: str, idents: range, instead: dict[str, str]) -> None:
    """Copy one row for each of many customers; its key is the database's to choose, unless it is given."""
    found = connection.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table])
    names = [name for (name,) in found if name != "id" or name in instead]
    values = ", ".join(instead.get(name, name) for name in names)
    source = f"{table}, generate_series(%s, %s) place WHERE {of}"
    text = f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM {source}"
    connection.execute(sql.SQL(text), [idents.start, idents.stop - 1])
