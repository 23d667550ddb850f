"""What 200 small customers notice of another one's import of 20,000 objects, and of 20 dead nodes.

Everything is real and in processes of its own: PostgreSQL with its safety on, Valkey, the workers and the clock as
they are deployed, and a node's store. Administrators of the small customers save at a steady pace whatever the answer
times are; what is measured is from a save until calls follow it, by the node's own receipt. In turns: quiet; while
nodes die, half of which refuse connections and half of which take them and never answer; with each of them known to be
dead; with the import too.

``BENCH_CUSTOMERS``, ``BENCH_OBJECTS`` and ``BENCH_DEAD`` are how many; ``BENCH_SECONDS`` how long each turn takes, and
``BENCH_PACE`` how many saves are made a second.
"""

from __future__ import annotations

import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg

from bench import _portal

if TYPE_CHECKING:
    from tenants.schedules.models import Schedule

Figure = tuple[str, float, str]
ADMINS = 4
ON_EACH_DEAD = 5
"""Customers whose changes wait for each dead node."""
LONGEST = 75
"""Seconds an import is measured at most."""


@dataclass
class Turn:
    """Saves made under one condition: customer, generation and the moment, seconds since 1970."""

    saves: list[tuple[int, int, float]] = field(default_factory=list)

    def milliseconds(self, superuser: str) -> list[float]:
        """Return how long each took to become effective: with its own push, or the later one that held it too."""
        known: dict[int, list[tuple[int, float]]] = {}
        for customer, generation, moment in _read(superuser, RECEIPTS):
            known.setdefault(customer, []).append((generation, moment))
        return [
            (min(moment for held, moment in known[customer] if held >= generation) - began) * 1000
            for customer, generation, began in self.saves
        ]


RECEIPTS = "SELECT customer_id, generation, extract(epoch FROM effective_at)::float FROM tenants_receipt"
BEHIND = (
    "SELECT count(*) FROM tenants_placement p JOIN tenants_publication d USING (customer_id) "
    "JOIN tenants_node n ON n.id = p.node_id AND n.name = 'bench' WHERE p.generation < d.generation"
)

UNTRIED = "SELECT count(*) FROM tenants_node WHERE name <> 'bench' AND failures = 0"


def _read(superuser: str, sql: LiteralString) -> list[tuple[Any, ...]]:
    with psycopg.connect(superuser) as connection:
        return connection.execute(sql).fetchall()


def figures() -> list[Figure]:
    """Return p50 and p99 of each turn in milliseconds, the ratios to quiet, and how long the import took."""
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        with _portal.running(folder, _portal.AS_DEPLOYED, beat=True) as parts, ExitStack() as stack:
            return _measure(parts, stack)


def _measure(parts: _portal.Parts, stack: ExitStack) -> list[Figure]:
    seconds = _portal.size("SECONDS", 30)
    schedules = [_customer(f"kund-{number}") for number in range(_portal.size("CUSTOMERS", 200))]
    key = _importer()
    dead = stack.enter_context(_dead_nodes(_portal.size("DEAD", 20)))
    _settled(parts.superuser)
    _portal.analyse(parts.superuser)
    office = Office(schedules)
    office.work(lambda: True, 5)
    turns = {"quiet": office.work(lambda: True, 2 * seconds)}
    dead()
    turns["onset"] = office.work(lambda: True, seconds)
    _until(parts.superuser, UNTRIED, "dead nodes were not tried")
    _settled(parts.superuser)
    turns["dead"] = office.work(lambda: True, seconds)
    began = time.time()
    importing = stack.enter_context(_import(key, _portal.size("OBJECTS", 20_000) // 2))
    turns["import"] = office.work(lambda: importing.poll() is None, LONGEST)
    took = time.time() - began
    if importing.poll() not in {0, None}:
        raise RuntimeError("the import failed")
    importing.terminate()
    importing.wait(30)
    _settled(parts.superuser)
    return [*_rows(turns, parts.superuser), ("fairness_import", round(took, 1), "s")]


def _rows(turns: dict[str, Turn], superuser: str) -> list[Figure]:
    times = {name: turn.milliseconds(superuser) for name, turn in turns.items()}
    rows: list[Figure] = []
    for name, values in times.items():
        rows += [(f"fairness_{name}_p50", round(statistics.median(values), 1), "ms")]
        rows += [(f"fairness_{name}_p99", round(_p99(values), 1), "ms"), (f"fairness_{name}_saves", len(values), "")]
    quiet = _p99(times["quiet"])
    return [
        *rows,
        *((f"fairness_{n}_ratio_p99", round(_p99(times[n]) / quiet, 2), "x") for n in ("onset", "dead", "import")),
    ]


def _p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98]


class Office:
    """Administrators who save at a steady pace, each time in another customer."""

    def __init__(self, schedules: list[Schedule]) -> None:
        """Save the opening hours of these."""
        self._schedules, self._pace, self._minute = schedules, _portal.size("PACE", 8), count(1)
        self._dice = random.Random(1)

    def work(self, goes_on: Callable[[], bool], seconds: float) -> Turn:
        """Save for so long, or as long as something goes on, and wait until the last save is made."""
        turn, began = Turn(), time.time()
        moments = iter([began + number / self._pace for number in range(int(seconds * self._pace))])
        lock = threading.Lock()

        def administrate() -> None:
            from django.db import connection

            while goes_on():
                with lock:
                    due = next(moments, None)
                    schedule = self._dice.choice(self._schedules)
                if due is None:
                    break
                time.sleep(max(0.0, due - time.time()))
                turn.saves.append(self._save(schedule, due))
            connection.close()

        admins = [threading.Thread(target=administrate) for _ in range(ADMINS)]
        for admin in admins:
            admin.start()
        for admin in admins:
            admin.join()
        return turn

    def _save(self, schedule: Schedule, due: float) -> tuple[int, int, float]:
        from tenants.customers import scope

        with scope.customer(schedule.customer_id):
            generation = change_hours(schedule, next(self._minute) % 600)
        return schedule.customer_id, generation, due


def change_hours(schedule: Schedule, minute: int) -> int:
    """Save opening hours, and return the generation. In the customer's scope."""
    from tenants.routing.objects import Opening
    from tenants.schedules import actions

    day = {0: [Opening(start=minute, end=1200)], 1: [Opening(start=int(time.time()) % 600, end=1200)]}
    change = actions.set_week(schedule=schedule, by=None, version=None, days=day).change
    if change is None or change.generation is None:
        raise RuntimeError("a save changed nothing")
    return change.generation


def _customer(slug: str, node: str = "bench") -> Schedule:
    from tenants.customers import scope
    from tenants.nodes.models import Node
    from tenants.onboarding.actions import make_customer
    from tenants.schedules import actions

    with scope.wide("portal_staff"):
        place = Node.objects.get(name=node)
    customer = make_customer(name=slug, slug=slug, node=place).pk
    with scope.customer(customer):
        return actions.make(customer_id=customer, by=None, name="Huvudnummer").schedule


def _importer() -> str:
    """Make the customer that imports, and return its key."""
    from tenants.apikeys.actions import make
    from tenants.customers import scope
    from tenants.customers.models import User

    customer = _customer("stor").customer_id
    user = User.objects.create_user("import@portal.test", name="Import")
    with scope.customer(customer):
        return make(customer_id=customer, by=user, name="Import", scopes=["write:people"])[1]


@contextmanager
def _import(key: str, people: int) -> Iterator[subprocess.Popen[bytes]]:
    line = [sys.executable, "-m", "bench._import", "stor", key, str(people)]
    process = subprocess.Popen(line, cwd=_portal.ROOT, env=os.environ | {"API_KEY_PER_MINUTE": "1000000"})
    yield process
    process.kill()


@contextmanager
def _dead_nodes(many: int) -> Iterator[Callable[[], None]]:
    """Make nodes that do not answer; yield what lets them in and saves in their customers, so that changes wait."""
    with ExitStack() as stack:
        codes, schedules = [], []
        for number in range(many):
            hole = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            codes.append((_code(f"dead-{number}"), f"http://127.0.0.1:{hole.getsockname()[1]}"))
            schedules += [_customer(f"dead-{number}-{place}", f"dead-{number}") for place in range(ON_EACH_DEAD)]
            if number % 2:
                hole.close()
        yield lambda: _let_in(codes, schedules)


def _code(name: str) -> str:
    from tenants.customers import scope
    from tenants.nodes import actions

    with scope.wide("portal_staff"):
        return actions.issue_code(name=name)


def _let_in(codes: list[tuple[str, str]], schedules: list[Schedule]) -> None:
    from tenants.customers import scope
    from tenants.nodes import actions

    for code, address in codes:
        with scope.wide("portal_node"):
            actions.enrol(code=code, url=address, boot="dead")
    for number, schedule in enumerate(schedules):
        with scope.customer(schedule.customer_id):
            change_hours(schedule, number)


def _settled(superuser: str) -> None:
    """Wait until the living node has all that is wanted."""
    _until(superuser, BEHIND, "saves did not become effective")


def _until(superuser: str, none_of: LiteralString, otherwise: str) -> None:
    until = time.monotonic() + 120
    while _read(superuser, none_of) != [(0,)]:
        if time.monotonic() > until:
            raise TimeoutError(otherwise)
        time.sleep(0.2)
