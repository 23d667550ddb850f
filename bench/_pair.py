"""The same work for a small customer and a large one, in turns, so that both see the same machine."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from time import perf_counter

from bench import _portal

Figure = tuple[str, float, str]
Work = Mapping[int, Callable[[], object]]
"""What to do, by size; the smallest first."""


def compared(name: str, work: Work, *, rounds: int = 30, warm: int = 5) -> list[Figure]:
    """Return milliseconds, p50, and statements of each size, and the ratio of the last to the one before."""
    for _ in range(warm):
        [run() for run in work.values()]
    taken = [{size: _timed(run) for size, run in work.items()} for _ in range(rounds)]
    times = {size: statistics.median(one[size][0] for one in taken) for size in work}
    rows = [(f"{name}_{size}", round(time, 2), "ms") for size, time in times.items()]
    rows += [(f"{name}_{size}_statements", statistics.median_high(one[size][1] for one in taken), "") for size in work]
    *_, less, last = times.values()
    return [*rows, (f"{name}_ratio", round(last / less, 2), "x")]


def _timed(run: Callable[[], object]) -> tuple[float, int]:
    """Return how many milliseconds something took, and how many statements."""
    began = perf_counter()
    with _portal.counting() as statements:
        run()
    return (perf_counter() - began) * 1000, len(statements)
