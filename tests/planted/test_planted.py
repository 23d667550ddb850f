"""Plant one fault at a time in a copy of the tree; the tests named for it must fail there.

A suite that stays green with a fence taken away proves nothing, so this is the test of the tests.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.planted.faults import FAULTS, Fault

ROOT = Path(__file__).resolve().parents[2]
LINKED = (
    ".venv", ".cache", "portal/static/dist", "frontend/node_modules",
    "locale/en/LC_MESSAGES/django.mo", "locale/sv/LC_MESSAGES/django.mo",
)  # fmt: skip


def copy_of_the_tree(folder: Path) -> Path:
    """Copy what git knows of, link what is built."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    for name in LINKED:
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).symlink_to(ROOT / name)
    return folder


def plant(fault: Fault, tree: Path) -> None:
    """Put the fault in; what it replaces must be there, once."""
    file = tree / fault.file
    text = file.read_text()
    assert text.count(fault.right) == 1, f"{fault.file} no longer has, once: {fault.right}"
    file.write_text(text.replace(fault.right, fault.wrong))


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "-"))
def test_the_suite_finds(fault: Fault, tmp_path: Path) -> None:
    tree = copy_of_the_tree(tmp_path / "tree")
    plant(fault, tree)
    said = ran(tree, fault.found_by.split(), "-x")
    last = said.splitlines()[-1]
    assert re.search(r"\b[1-9]\d* failed", last), f"not found by {fault.found_by}:\n{said}"


def test_each_choice_of_tests_chooses_some() -> None:
    """A fault whose test was renamed would else be told of an hour later, by the slow test above."""
    chosen = [fault.found_by.split(" -k ") for fault in FAULTS if " -k " in fault.found_by]
    said = ran(ROOT, sorted({file for file, _ in chosen}), "--collect-only", last=0)
    ids = {line for line in said.splitlines() if "::" in line}
    assert [(file, word) for file, word in chosen if not any(one.startswith(file) and word in one for one in ids)] == []


@pytest.mark.slow
def test_what_finds_them_passes_without_them(tmp_path: Path) -> None:
    """Else a copy in which something built is missing would look as if every fault had been found.

    Whole files only, without the fences' own: they read nothing that is built, and are thousands.
    """
    whole = {fault.found_by for fault in FAULTS if " " not in fault.found_by}
    tests = sorted(name for name in whole if not name.startswith("tests/house/fences/"))
    said = ran(copy_of_the_tree(tmp_path / "tree"), tests, "-m", "not slow and not browser")
    last = said.splitlines()[-1]
    assert " passed" in last, said
    assert not re.search(r"failed|error|skipped", last), said


def ran(tree: Path, tests: Sequence[str], *options: str, last: int = 3000) -> str:
    """Run tests in a copy of the tree and return the end of what pytest said (0: all); its last line sums up."""
    env = {key: value for key, value in os.environ.items() if not re.match("PYTEST_|PORTAL_TEST_SESSION", key)}
    line = [sys.executable, "-m", "pytest", *tests, *options, "-q", "-p", "no:cacheprovider"]
    run = subprocess.run(line, cwd=tree, env=env, capture_output=True, text=True, check=False)
    return f"{run.stderr[-2000:]}{run.stdout[-last:].rstrip()}"
