"""Chaos in the size a test run has time for; ``python -m tests.faults.chaos`` takes any."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from tests.house import tree

SIZES = {"changes": 2000, "customers": 50, "workers": 3, "kills": 100, "stops": 5, "node-kills": 5, "wipes": 2}


@pytest.mark.slow
def test_nothing_is_lost_and_nothing_is_done_twice() -> None:
    line = [f"--{name}={size}" for name, size in SIZES.items()]
    env = {key: value for key, value in os.environ.items() if not re.match("PYTEST_|PORTAL_TEST_|DATABASE_URL", key)}
    run = subprocess.run(
        [sys.executable, "-m", "tests.faults.chaos", *line], cwd=tree.ROOT, env=env, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert run.returncode == 0, f"{run.stdout[-4000:]}{run.stderr[-4000:]}"
    said = json.loads(run.stdout.partition("\n")[2])
    assert said["acknowledged"] >= SIZES["changes"]
    harms = {"pushers killed": "kills", "databases stopped": "stops", "nodes killed": "node-kills"}
    harms |= {"brokers wiped": "wipes"}
    assert {name: said[name] for name in harms} == {name: SIZES[size] for name, size in harms.items()}
    assert said["commits cut"] > 0
