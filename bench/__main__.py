"""`python -m bench [module …]`: print one line a figure, and write all of them to bench/latest.json."""

from __future__ import annotations

import importlib
import json
import os
import platform
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

HERE = Path(__file__).resolve().parent
Figure = tuple[str, float, str]


def modules() -> list[str]:
    """Return the names of the modules that measure something."""
    return sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith("_"))


def measure(name: str) -> list[Figure]:
    """Run one module's `figures` in a process of its own, for its own database, and print a line for each."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as own:
        rows: list[Figure] = own.submit(importlib.import_module(f"bench.{name}").figures).result()
    for figure, value, unit in rows:
        print(f"{figure} {value:.6g} {unit}", flush=True)
    return rows


def main(wanted: list[str]) -> int:
    """Measure the named modules, or all. Return 1 if a name is unknown or nothing was measured."""
    unknown = set(wanted) - set(modules())
    if unknown:
        print(f"there is no bench named {', '.join(sorted(unknown))}; there are {', '.join(modules())}")
        return 1
    rows = [row for name in wanted or modules() for row in measure(name)]
    about = {
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "at": int(time.time()),
        "load": os.getloadavg()[0],
    }
    found = [{"name": name, "value": value, "unit": unit} for name, value, unit in rows]
    (HERE / "latest.json").write_text(json.dumps({"machine": about, "figures": found}, indent=1) + "\n")
    return 0 if rows else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
