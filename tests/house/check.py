"""`make check`: everything that must hold without running the product. `python -m tests.house.check [name …]`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from portal.stack.build import FRONT, node_environment

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent

COMMANDS: Mapping[str, list[str]] = {
    "mypy": [f"{BIN}/mypy"],
    "ruff": [f"{BIN}/ruff", "check", "."],
    "format": [f"{BIN}/ruff", "format", "--check", "."],
    "imports": [f"{BIN}/lint-imports"],
    "templates": [f"{BIN}/djlint", "portal", "tenants", "integrations", "--lint", "--quiet"],
    "migrations": [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"],
    "translations": [sys.executable, "-m", "tests.house.translations"],
    "typescript": ["npm", "run", "--silent", "check"],
    "htmx": [sys.executable, "-m", "tests.house.htmx"],
}
IN_FRONT = {"typescript"}

ENVIRONMENT = {
    "DEBUG": "1",
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "PYTHONWARNINGS": "ignore::RuntimeWarning",
}


def run(name: str) -> tuple[str, int, str, float]:
    """Run one check. Return its name, exit code, output and seconds."""
    began = time.monotonic()
    done = subprocess.run(
        COMMANDS[name],
        cwd=FRONT if name in IN_FRONT else ROOT,
        env={**node_environment(), **ENVIRONMENT},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return name, done.returncode, done.stdout, time.monotonic() - began


def main(names: list[str]) -> int:
    """Run the named checks, or all, two at a time; print a line for each and the output of those that fail."""
    unknown = set(names) - set(COMMANDS)
    if unknown:
        print(f"there is no check named {', '.join(sorted(unknown))}; there are {', '.join(COMMANDS)}")
        return 2
    failed = []
    with ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        for name, code, output, seconds in pool.map(run, names or COMMANDS):
            print(f"{name:>13}  {'ok' if code == 0 else 'FAILED'} ({seconds:.1f} s)", flush=True)
            if code:
                print(output.rstrip())
                failed.append(name)
    print(f"{len(failed)} failed: {', '.join(failed)}" if failed else "all checks passed")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
