"""Work that lets others go first: a large request uses what the machine has left when nobody waits at a page.

Its statements are paced: after each, PostgreSQL is left alone for twice as long, so others' statements find a gap (its
own vacuum does likewise). And its thread has the least priority. Linux keeps a priority for each thread
(setpriority(2)), so the other threads of a web worker are not touched. Whoever lowers it must be allowed to raise it
again: root is, and a service with ``LimitNICE=+0``. Others only pace.
"""

from __future__ import annotations

import os
import resource
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from django.db import connection

REST = 2
"""How long to rest after a statement, as often as it took."""
LONGEST_REST = 0.1
"""Seconds; a statement that took longer waited for a lock, which others want too."""
NICER = 19
"""How far a thread goes down: to the least priority there is, a sixtieth of the usual share."""
_LEAST = 19


@contextmanager
def in_background() -> Iterator[None]:
    """Yield to everybody else for as long as the block lasts."""
    with connection.execute_wrapper(_paced), _at_least_priority():
        yield


def _paced(execute: Callable[..., object], *statement: object) -> object:
    """Run a statement, and then nothing for a while."""
    began = time.perf_counter()
    result = execute(*statement)
    time.sleep(min((time.perf_counter() - began) * REST, LONGEST_REST))
    return result


@contextmanager
def _at_least_priority() -> Iterator[None]:
    thread = threading.get_native_id()
    usual = os.getpriority(os.PRIO_PROCESS, thread)
    if not _may_return_to(usual):
        yield
        return
    os.setpriority(os.PRIO_PROCESS, thread, min(usual + NICER, _LEAST))
    try:
        yield
    finally:
        os.setpriority(os.PRIO_PROCESS, thread, usual)


@cache
def _may_return_to(usual: int) -> bool:
    """Tell whether this process may raise a priority that it has lowered; root in a container often may not."""
    most, _hard = resource.getrlimit(resource.RLIMIT_NICE)
    if most == resource.RLIM_INFINITY or most >= _LEAST + 1 - usual:
        return True
    return _CAP_SYS_NICE in _capabilities()


_CAP_SYS_NICE = 23


def _capabilities() -> set[int]:
    """Return the numbers of the capabilities that are in effect (capabilities(7))."""
    lines = Path("/proc/self/status").read_bytes().splitlines()
    held = next(int(line.split()[1], 16) for line in lines if line.startswith(b"CapEff:"))
    return {number for number in range(64) if held >> number & 1}
