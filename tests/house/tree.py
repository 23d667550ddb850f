"""What the walls walk over: our files as paths, and Python as syntax trees."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS_APART = {"migrations", "routing", "__pycache__"}
"""Folders of `tenants` that are no rooms with pages and rows."""


@cache
def files() -> tuple[Path, ...]:
    """Return every file of the project that git knows or would take in."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return tuple(path for name in listed if (path := ROOT / name).is_file())


def below(*folders: str, suffix: str = ".py") -> list[Path]:
    """Return the files under these folders with this suffix."""
    roots = [ROOT / folder for folder in folders]
    return [path for path in files() if path.suffix == suffix and any(path.is_relative_to(root) for root in roots)]


def rooms() -> list[Path]:
    """Return the rooms' folders."""
    found = {path.parent for path in below("tenants") if path.name == "__init__.py"}
    return sorted(path for path in found if path.parent.name == "tenants" and path.name not in ROOMS_APART)


def name(path: Path) -> str:
    """Return a path as people read it."""
    return str(path.relative_to(ROOT))


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Return every call in a module."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def called(call: ast.Call) -> str:
    """Return the last name of what is called: `save` of `row.save()`, `render` of `render(...)`."""
    match call.func:
        case ast.Attribute(attr=last) | ast.Name(id=last):
            return last
    return ""


def parse(path: Path) -> ast.Module:
    """Return a file's syntax tree."""
    return ast.parse(path.read_text(), filename=name(path))
