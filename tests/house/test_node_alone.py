"""A node's machine has no Django: whatever the node and the routing import must do without the portal."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.house import tree

BLOCKER = """
import importlib, pkgutil, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        top = name.split(".")[0]
        if top in {"django", "rest_framework", "celery", "kombu", "psycopg", "redis", "portal"}:
            raise ModuleNotFoundError(f"{name} is not on a node", name=name)
        if top == "tenants" and name != "tenants" and not name.startswith("tenants.routing"):
            raise ModuleNotFoundError(f"{name} is not on a node", name=name)

sys.meta_path.insert(0, Absent())
count = 0
for package in sys.argv[1:]:
    module = importlib.import_module(package)
    for info in pkgutil.walk_packages(module.__path__, f"{package}."):
        if not info.name.endswith("__main__"):
            importlib.import_module(info.name)
            count += 1
print(count)
"""


def imported(*packages: str) -> int:
    """Import all modules of these packages where there is no Django. Return how many there were."""
    command = [sys.executable, "-c", BLOCKER, *packages]
    done = subprocess.run(command, cwd=tree.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-1500:]
    return int(done.stdout)


def test_routing_needs_no_django() -> None:
    assert imported("tenants.routing") > 5


def test_the_node_needs_no_django() -> None:
    assert imported("integrations.asterisk") > 5


def test_the_blocker_blocks() -> None:
    with pytest.raises(AssertionError, match="is not on a node"):
        imported("tenants.customers")
