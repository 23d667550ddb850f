"""Each wall of `.importlinter` falls when somebody runs into it; a wall that can't fall proves nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house import tree

PLANTED = [
    ("tenants/numbers/models.py", "from portal import rooms", "The shell stands on the integrations"),
    ("tenants/customers/models.py", "from tenants.changes import models", "A room may use only the rooms below it"),
    ("tenants/newroom/__init__.py", "", "A room may use only the rooms below it"),
    ("tenants/schedules/models.py", "from tenants.schedules import actions", "In a room: doors on forms"),
    (
        "integrations/switch/client.py",
        "from integrations.asterisk import settings",
        "Integrations do not know each other",
    ),
    ("integrations/asterisk/node.py", "from django.conf import settings", "The node imports nothing of Django"),
    ("integrations/asterisk/node.py", "from tenants.refusals import Refusal", "The node imports nothing of Django"),
    ("tenants/routing/decide.py", "import structlog", "Routing is pure"),
    ("tenants/schedules/compile.py", "import requests", "Compile touches nothing outside"),
    ("tenants/people/models.py", "from portal import settings", "Settings only through django.conf"),
    ("portal/stack/plan.py", "import django", "The supervisor starts without Django"),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of our Python, to run into walls in."""
    folder = tmp_path_factory.mktemp("walls")
    for path in [*tree.below("portal", "tenants", "integrations"), tree.ROOT / ".importlinter"]:
        target = folder / path.relative_to(tree.ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return folder


def lint(folder: Path) -> tuple[int, str]:
    """Return what import-linter thinks of a tree."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_tree_keeps_all_walls(copy: Path) -> None:
    code, said = lint(copy)
    assert code == 0, said[-3000:]


@pytest.mark.slow
@pytest.mark.parametrize(("where", "line", "wall"), PLANTED)
def test_a_planted_import_breaks_its_wall(copy: Path, where: str, line: str, wall: str) -> None:
    path = copy / where
    before = path.read_text() if path.exists() else None
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{before or ''}\n{line}\n")
    try:
        code, said = lint(copy)
    finally:
        path.write_text(before) if before is not None else shutil.rmtree(path.parent)
    broken = [one for one in said.splitlines() if one.endswith("BROKEN")]
    assert code != 0
    assert any(one.startswith(wall) for one in broken), said[-1500:]
