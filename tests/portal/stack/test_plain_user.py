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
from tests.planted.test_planted import LINKED, copy_of_the_tree

ROOT = Path(__file__).resolve().parents[3]
USER = "nobody"
BECOME = ("setpriv", f"--reuid={USER}", "--regid=nogroup", "--clear-groups", "env")
"""What comes after is looked for by the plain user: ``setpriv`` itself still has root's rights as it does that."""


@dataclass(frozen=True)
class Home:
    """A plain user's copy of the tree, a Python that they can run, and where it finds its libraries."""

    tree: Path
    python: Path
    packages: str

    @property
    def state(self) -> Path:
        """Where `make run` keeps what it makes."""
        return self.tree / "state"

    def stack(self, command: str) -> subprocess.Popen[str]:
        """Begin a command of the stack as the plain user, with what a login has and where Python finds its parts."""
        mine = {"PYTHONPATH": self.packages, "LD_LIBRARY_PATH": str(self.python.parents[1] / "lib")}
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
        home = Home(own_tree(folder / "tree"), python_for_all(folder / "python"), packages_for_all(folder / "packages"))
        yield home
        home.stack("forget").communicate(timeout=60)


def for_all(path: Path, copy: Path, *unused: str) -> Path:
    """Return what everybody can read: a file or folder itself, or a copy if it lies where only root comes."""
    if subprocess.run([*BECOME, "test", "-r", path], check=False).returncode == 0:
        return path
    if path.is_file():
        return Path(shutil.copy2(path, copy))
    return shutil.copytree(path, copy, symlinks=True, ignore=shutil.ignore_patterns("__pycache__", *unused))


def python_for_all(folder: Path) -> Path:
    """Return the Python below this one."""
    base = for_all(Path(sys.base_prefix), folder, "test", "site-packages")
    return base / f"bin/python{sys.version_info.major}.{sys.version_info.minor}"


def packages_for_all(folder: Path) -> str:
    """Return the path of the libraries that this Python has."""
    places = [Path(path) for path in sys.path if path.endswith("site-packages")]
    return os.pathsep.join(str(for_all(path, folder / str(rank), "playwright")) for rank, path in enumerate(places))


def own_tree(folder: Path) -> Path:
    """Copy the tree, and Asterisk where it is installed; what else is linked there is root's, or a copy of that."""
    tree = copy_of_the_tree(folder)
    if (tree / ".cache").is_symlink():
        (tree / ".cache").unlink()
        shutil.copytree(ROOT / ".cache", tree / ".cache", symlinks=True)
    for link in filter(Path.is_symlink, [tree / name for name in LINKED if name != ".venv"]):
        aside = link.with_name(f"{link.name}.copy")
        if for_all(link.readlink(), aside) == aside:
            link.unlink()
            aside.rename(link)
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
