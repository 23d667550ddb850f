"""Everything dies while administrators work, and afterwards nothing is missing and nothing was done twice.

``python -m tests.faults.chaos --changes 10000 --customers 200 --kills 500 --stops 20 --node-kills 20 --wipes 5`` is the
full size. The seed decides what is changed, which connections are hurt and when what is killed, as counted in changes
that were acknowledged; which instruction a kill falls on is the machine's affair. Prints what happened as JSON; the
exit code is 1 if anything is wrong. ``--keep`` leaves the folder with all logs.
"""

from __future__ import annotations

import argparse
import json
import random
import secrets
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec

from tests.faults.ledger import Ledger
from tests.faults.rig import Rig, until

CONVERGES = 240.0
"""Seconds after the last fault within which all must agree: longest back-off, lease and comparison, with room."""


def arguments(line: list[str] | None = None) -> argparse.Namespace:
    """Read the sizes."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.chaos")
    sizes = {
        "changes": 2000, "customers": 50, "workers": 3, "kills": 100, "stops": 5, "node-kills": 5, "wipes": 2,
        "admins": 6, "seed": secrets.randbelow(10**6),
    }  # fmt: skip
    for name, default in sizes.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--share", type=float, default=0.3, help="of all connections that are hurt")
    parser.add_argument("--commits", type=float, default=0.02, help="of all commits whose answer is lost")
    parser.add_argument("--keep", action="store_true")
    return parser.parse_args(line)


def main() -> int:
    """Run once, print what happened, return the exit code."""
    wanted = arguments()
    folder = Path(tempfile.mkdtemp(prefix="portal-chaos-"))
    folder.chmod(0o711)
    print(f"seed {wanted.seed}, in {folder}", flush=True)
    rig = Rig(folder, wanted.seed, wanted.workers)
    try:
        said = Run(rig, wanted).all()
    finally:
        rig.close()
        if not wanted.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(said, indent=1, ensure_ascii=False))
    return 1 if said["wrong"] else 0


class Run:
    """One run. Django is set up by the rig's environment, so what needs it is imported here."""

    def __init__(self, rig: Rig, wanted: argparse.Namespace) -> None:
        """Set up Django and make the customers."""
        import django

        django.setup()
        from tests.databases import point_django_at
        from tests.faults.customers import customers, new_code

        self.rig, self.wanted, self.ledger = rig, wanted, Ledger()
        self.customers = customers(wanted.customers)
        rig.start(new_code())
        point_django_at(rig.url("portal_worker"))
        self.had: Counter[str] = Counter()
        self.times: dict[str, float] = {}

    def all(self) -> dict[str, Any]:
        """Change, hurt, heal, wait and look; return what happened."""
        from django.db import connections

        from tests.faults.admins import Admin, Crowd

        base = f"http://127.0.0.1:{self.rig.web_port}"
        admins = [Admin(base, customer, self.wanted.seed, self.ledger) for customer in self.customers]
        for admin in admins:
            admin.begin()
        self.crowd = Crowd(admins, self.wanted.changes, self.wanted.admins)
        self.rig.hurt(self.wanted.share, self.wanted.commits)
        began = time.monotonic()
        self.crowd.start()
        self._harm()
        until(lambda: not self.crowd.busy(), 300 + self.wanted.changes, "the administrators")
        self.times["changing"] = time.monotonic() - began
        self.rig.heal()
        connections.close_all()
        wrong = [f"{type(error).__name__}: {error}" for error in self.crowd.errors]
        try:
            self.times["converging"] = until(self._agree, CONVERGES, "agreement of portal and node")
        except TimeoutError as error:
            wrong.append(str(error))
        return self._said([*wrong, *self._looked()])

    def _harm(self) -> None:
        """Do each harm when so many changes are acknowledged; what is left when nobody works any more, at once."""
        harms: dict[str, tuple[int, Callable[[], None]]] = {
            "pushers killed": (self.wanted.kills, self.rig.kill_pusher),
            "databases stopped": (self.wanted.stops, self.rig.stop_database),
            "nodes killed": (self.wanted.node_kills, self.rig.kill_node),
            "brokers wiped": (self.wanted.wipes, self.rig.wipe_broker),
        }
        dice, whole = random.Random(f"{self.wanted.seed}/harm"), self.wanted.changes
        plan = [(dice.random() * 0.95 * whole, name) for name, (times, _do) in harms.items() for _ in range(times)]
        already = self.ledger.acknowledged
        for after, name in sorted(plan):
            while self.crowd.busy() and self.ledger.acknowledged - already < after:
                time.sleep(0.02)
            harms[name][1]()
            self.had[name] += 1

    def _agree(self) -> bool:
        """Tell whether there is nothing left to push, to set, to tell or to fold."""
        from tests.faults.customers import left

        time.sleep(0.5)
        health = self.rig.health()
        return health is not None and not msgspec.json.decode(health)["spooled"] and not left()

    def _looked(self) -> list[str]:
        """Return what is wrong, by every oracle."""
        from tenants.routing.wire import Registers, Roots
        from tests.faults import oracle

        wrong = list(oracle.untold())
        roots = {
            one.customer: one for one in msgspec.json.decode(self.rig.ask_node("roots") or b"{}", type=Roots).roots
        }
        for customer in self.customers:
            answer = self.rig.ask_node(f"customers/{customer.id}/live?since=-1") or b"{}"
            registers = msgspec.json.decode(answer, type=Registers).registers
            held: oracle.Registers = {(one.kind, one.subject): one for one in registers}
            found = chain(
                oracle.faults(customer.id, self.rig.home / "rows.sqlite3", held),
                oracle.lost_or_double(customer.id, self.ledger),
                oracle.unequal(customer.id, roots.get(customer.id)),
            )
            wrong += [f"{customer.slug}: {fault}" for fault in found]
        return wrong

    def _said(self, wrong: list[str]) -> dict[str, Any]:
        proxies = {"sql": self.rig.sql, "to the portal": self.rig.to_portal, "to the node": self.rig.to_node}
        return {
            "seed": self.wanted.seed, "customers": len(self.customers), "acknowledged": self.ledger.acknowledged,
            "answers": dict(self.ledger.sends), **self.had, "commits cut": self.rig.sql.cut,
            "connections hurt": {name: dict(proxy.hurt) for name, proxy in proxies.items()},
            "seconds": {name: round(seconds, 1) for name, seconds in self.times.items()}, "wrong": wrong,
        }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
