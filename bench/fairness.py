"""What 200 small customers notice of another one's import of 20,000 objects, and of 20 nodes that die.

Everything is real and in processes of its own: PostgreSQL with its safety on, Valkey, the workers and the clock as
they are deployed, and a node's store. Administrators of the small customers save at a steady pace whatever the answer
times are; what is measured is from a save until calls follow it, by the node's own receipt. In turns, several times:

- ``quiet``: nothing else happens;
- ``onset``: in one instant 20 nodes that answered until then hang, with changes waiting in each of their customers;
- ``dead``: they are known to be dead, and tried now and then;
- ``import``: and one customer imports by the API meanwhile.

Then the nodes are well again. ``BENCH_CUSTOMERS``, ``BENCH_OBJECTS`` and ``BENCH_DEAD`` are how many, ``BENCH_SECONDS``
how long each part takes each time, ``BENCH_ROUNDS`` how often, and ``BENCH_PACE`` how many saves are made a second.
"""

from __future__ import annotations

import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, LiteralString

import msgspec
import psycopg

from bench import _portal
from portal.stack import valkey

if TYPE_CHECKING:
    from tenants.schedules.models import Schedule

Figure = tuple[str, float, str]
ADMINS = 4
ON_EACH_DEAD = 5
"""Customers whose changes wait for each dead node."""
PARTS = ("quiet", "onset", "dead", "import")


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
    "JOIN tenants_node n ON n.id = p.node_id WHERE p.generation < d.generation AND n.name "
)
HERE: LiteralString = BEHIND + "= 'bench'"
THERE: LiteralString = BEHIND + "<> 'bench'"
UNTRIED: LiteralString = "SELECT count(*) FROM tenants_node WHERE name <> 'bench' AND failures = 0"
HOLD = (
    "UPDATE tenants_placement p SET next_try_at = now() + %s * interval '1 hour' "
    "FROM tenants_node n WHERE n.id = p.node_id AND n.name <> 'bench'"
)
IMPORTED = "SELECT count(*) FROM tenants_object o JOIN tenants_customer c ON c.id = o.customer_id WHERE c.slug = 'stor'"


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
    schedules = [_customer(f"kund-{number}") for number in range(_portal.size("CUSTOMERS", 200))]
    bulk = stack.enter_context(_import(_importer(), _portal.size("OBJECTS", 20_000) // 2))
    mortal = stack.enter_context(_mortal(parts.superuser, _portal.size("DEAD", 20)))
    _until(parts.superuser, HERE, "saves did not become effective")
    _portal.analyse(parts.superuser)
    office, turns = Office(schedules), {name: Turn() for name in PARTS}
    office.work(Turn(), _portal.size("SECONDS", 20))
    for _ in range(_portal.size("ROUNDS", 3)):
        _round(office, turns, mortal, bulk)
        _until(parts.superuser, HERE, "saves did not become effective")
    return [*_rows(turns, parts.superuser), ("fairness_imported", _read(parts.superuser, IMPORTED)[0][0], "objects")]


def _round(office: Office, turns: dict[str, Turn], mortal: Mortal, bulk: subprocess.Popen[bytes]) -> None:
    seconds = _portal.size("SECONDS", 20)
    office.work(turns["quiet"], seconds)
    mortal.die()
    office.work(turns["onset"], seconds)
    _until(mortal.superuser, UNTRIED, "dead nodes were not tried")
    office.work(turns["dead"], seconds)
    bulk.send_signal(signal.SIGCONT)
    office.work(turns["import"], seconds)
    if bulk.poll() not in {0, None}:
        raise RuntimeError("the import failed")
    bulk.send_signal(signal.SIGSTOP)
    mortal.revive()


def _rows(turns: dict[str, Turn], superuser: str) -> list[Figure]:
    times = {name: turn.milliseconds(superuser) for name, turn in turns.items()}
    rows: list[Figure] = []
    for name, values in times.items():
        rows += [(f"fairness_{name}_p50", round(statistics.median(values), 1), "ms")]
        rows += [(f"fairness_{name}_p99", round(_p99(values), 1), "ms"), (f"fairness_{name}_saves", len(values), "")]
    quiet = _p99(times["quiet"])
    return [*rows, *((f"fairness_{name}_ratio_p99", round(_p99(times[name]) / quiet, 2), "x") for name in PARTS[1:])]


def _p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98]


class Office:
    """Administrators who save at a steady pace, each time in another customer."""

    def __init__(self, schedules: list[Schedule]) -> None:
        """Save the opening hours of these."""
        self._schedules, self._pace, self._minute = schedules, _portal.size("PACE", 8), count(1)
        self._dice = random.Random(1)

    def work(self, turn: Turn, seconds: float) -> None:
        """Save for so long, and wait until the last save is made."""
        began = time.time()
        moments = iter([began + number / self._pace for number in range(int(seconds * self._pace))])
        lock = threading.Lock()

        def administrate() -> None:
            from django.db import connection

            while True:
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
    """Begin an import that is stopped until it is told to go on."""
    line = [sys.executable, "-m", "bench._import", "stor", key, str(people)]
    process = subprocess.Popen(line, cwd=_portal.ROOT, env=os.environ | {"API_KEY_PER_MINUTE": "1000000"})
    process.send_signal(signal.SIGSTOP)
    yield process
    process.kill()
    process.wait(30)


@dataclass
class Mortal:
    """Nodes that die together and come back together, with customers on each."""

    superuser: str
    process: subprocess.Popen[bytes]
    schedules: list[Schedule]
    _minute: Iterator[int] = field(default_factory=count)

    def die(self) -> None:
        """Have changes wait in every customer, silence the nodes, and let all of the changes be due at once."""
        self._hold(1)
        for schedule in self.schedules:
            with _scope(schedule):
                change_hours(schedule, next(self._minute) % 600)
        self.process.send_signal(signal.SIGSTOP)
        self._hold(0)

    def revive(self) -> None:
        """Let the nodes go on, and wait until all is well again."""
        self.process.send_signal(signal.SIGCONT)
        _until(self.superuser, THERE, "the nodes did not come back")

    def _hold(self, hours: int) -> None:
        with psycopg.connect(self.superuser) as connection:
            connection.execute(HOLD, [hours])


@contextmanager
def _mortal(superuser: str, many: int) -> Iterator[Mortal]:
    """Let nodes in that may die, with customers whose first generation they have."""
    from tenants.customers import scope
    from tenants.nodes.actions import issue_code

    with scope.wide("portal_staff"):
        [issue_code(name=f"dead-{number}") for number in range(many)]
    schedules = [
        _customer(f"dead-{one}-{place}", f"dead-{one}") for one in range(many) for place in range(ON_EACH_DEAD)
    ]
    told = [(port := valkey.free_port(), _portal.let_in(f"dead-{number}", port)) for number in range(many)]
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(msgspec.json.encode(told))
        process = subprocess.Popen([sys.executable, "-m", "bench._nodes", file.name], cwd=_portal.ROOT)
        try:
            _until(superuser, THERE, "the nodes that are to die did not live")
            yield Mortal(superuser, process, schedules)
        finally:
            process.kill()
            process.wait(30)


def _scope(schedule: Schedule) -> AbstractContextManager[None]:
    from tenants.customers import scope

    return scope.customer(schedule.customer_id)


def _until(superuser: str, none_of: LiteralString, otherwise: str) -> None:
    until = time.monotonic() + 120
    while _read(superuser, none_of) != [(0,)]:
        if time.monotonic() > until:
            raise TimeoutError(otherwise)
        time.sleep(0.2)
