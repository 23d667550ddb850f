"""Named points at which tests may kill or hold the process. Unset, a point is one look at an empty table.

``FAILPOINTS=push.sent=kill,release.half=sleep:0.05`` in the environment arms points; settings refuse it outside
development and tests. Nothing here has Django, and a node has its own (``Store``'s ``at``).
"""

from __future__ import annotations

import os
import signal
import time

NAMES = (
    "push.leased",
    "push.read",
    "push.sent",
    "push.confirmed",
    "release.half",
    "bell.unrung",
    "events.stored",
    "message.stored",
    "fold.applied",
    "live.answered",
    "request.done",
)
"""A point that is not here can't be armed; a test asks that each is met in the code, once, and crashed at."""

_armed: dict[str, str] = {}


def arm(plan: str) -> None:
    """Arm exactly these points: ``name=kill`` or ``name=sleep:<seconds>``, with commas between.

    :raises ValueError: if there is no such point, or nothing of the kind can be done at it.
    """
    _armed.clear()
    for part in filter(None, plan.split(",")):
        name, _equals, action = part.partition("=")
        if name not in NAMES or (action != "kill" and not action.startswith("sleep:")):
            raise ValueError(f"no failpoint: {part}")
        _armed[name] = action


def reached(name: str) -> None:
    """Do what is armed at a point, if anything is."""
    if name in _armed:
        _act(_armed[name])


def _act(action: str) -> None:
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(float(action.removeprefix("sleep:")))


arm(os.environ.get("FAILPOINTS", ""))
