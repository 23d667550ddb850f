"""All of it by `make run`'s command as somebody without rights: from a copy that they own, telephones included."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from portal.stack.children import wait_gone
from portal.stack.state import State
from portal.stack.valkey import free_port
from tests.planted.test_planted import copy_of_the_tree

ROOT = Path(__file__).resolve().parents[3]
USER = "nobody"
BECOME = ("setpriv", f"--reuid={USER}", "--regid=nogroup", "--clear-groups", "env")
"""What comes after is looked for by the plain user: ``setpriv`` itself still has root's rights as it does that."""


@dataclass(frozen=True)
class Home:
    """A plain user's copy of the tree, and a Python that they can run."""

    tree: Path
    python: Path

    @property
    def state(self) -> Path:
        """Where `make run` keeps what it makes."""
        return self.tree / "state"

    def stack(self, command: str) -> subprocess.Popen[str]:
        """Begin a command of the stack as the plain user, with what a login has and where Python finds its parts."""
        packages = os.pathsep.join(path for path in sys.path if path.endswith("site-packages"))
        mine = {"PYTHONPATH": packages, "LD_LIBRARY_PATH": str(self.python.parents[1] / "lib")}
        login = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(self.tree), "LANG": "C.UTF-8"}
        line: list[str | Path] = [*BECOME, self.python, "-m", "portal.stack", "--state", self.state, command]
        return subprocess.Popen(
            line, cwd=self.tree, env={**login, **mine, "PORT": str(free_port())}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip


@pytest.fixture
def home() -> Iterator[Home]:
    """A folder that everybody can reach (pytest keeps its own closed), which leaves no process behind."""
    with tempfile.TemporaryDirectory(prefix="portal-plain-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        home = Home(own_tree(folder / "tree"), python_for_all(folder / "python"))
        yield home
        home.stack("forget").communicate(timeout=60)


def python_for_all(folder: Path) -> Path:
    """Return the Python below this one; as a copy if it lies where only root comes."""
    name = f"bin/python{sys.version_info.major}.{sys.version_info.minor}"
    base = Path(sys.base_prefix)
    if subprocess.run([*BECOME, base / name, "-c", ""], capture_output=True, check=False).returncode:
        unused = shutil.ignore_patterns("test", "__pycache__", "site-packages")
        base = shutil.copytree(base, folder, symlinks=True, ignore=unused)
    return base / name


def own_tree(folder: Path) -> Path:
    """Copy the tree, and Asterisk where it is installed; what else is linked there is root's and stays as it is."""
    tree = copy_of_the_tree(folder)
    if (tree / ".cache").is_symlink():
        (tree / ".cache").unlink()
        shutil.copytree(ROOT / ".cache", tree / ".cache", symlinks=True)
    subprocess.run(["chown", "-R", f"{USER}:", folder], check=True)
    return tree


@contextmanager
def running(home: Home) -> Iterator[list[str]]:
    """Run all of it until the block ends, and yield what is said; everything is there inside the block."""
    process = home.stack("run")
    assert process.stdout is not None
    said: list[str] = []
    try:
        while "Ctrl-C ends all" not in (line := process.stdout.readline()):
            assert line, "".join(said)
            said.append(line)
        yield said
    finally:
        process.terminate()
        said += process.communicate(timeout=60)[0]
    assert process.returncode == 0, "".join(said)


@pytest.mark.slow
@pytest.mark.asterisk
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_everything_starts_and_ends_for_a_plain_user(home: Home) -> None:
    with running(home) as said:
        there = State(home.state).leftovers()
        assert {"postgres", "valkey", "web", "worker", "node", "asterisk"} <= there.keys(), "".join(said)
        owners = {Path(f"/proc/{identity.pid}").owner() for identity in there.values()}
    assert owners == {USER}
    assert all(wait_gone(identity, 5) for identity in there.values())
