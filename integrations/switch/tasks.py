"""What Celery runs for the switch. Every task may run twice at once, late or never."""

from __future__ import annotations

import time

import structlog
from celery import current_app, shared_task
from kombu.exceptions import OperationalError

from integrations.switch import actions, compare, events, pusher
from tenants.changes import bell
from tenants.customers import scope

log = structlog.get_logger(__name__)
BELL_SECONDS = 6
DRAIN_SECONDS = 10.0
MOST_RINGS = 16


@shared_task(name="switch.push")
def push(*, customer_id: int | None = None) -> None:
    """Serve whose turn it is until nothing is due: a bell says that there is work, the record says whose.

    What is saved while its customer is being pushed is due again at the end, so this loop finds it.
    """
    until = time.monotonic() + DRAIN_SECONDS
    while pusher.serve_next() is not None:
        if time.monotonic() > until:
            _ring(1)
            return


@shared_task(name="switch.scan")
def scan() -> None:
    """Find what is due although nobody heard its bell, and ring for it."""
    with scope.wide("portal_relay"):
        waiting = len(actions.due().values_list("pk")[:MOST_RINGS])
    _ring(waiting)


def _ring(times: int) -> None:
    """Ring; a bell unheard for two scans is worthless, so it expires and they don't pile up."""
    try:
        for _ in range(times):
            current_app.send_task(bell.PUSH, queue="interactive", expires=BELL_SECONDS, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("switch.bell.unheard", error=type(error).__name__)


@shared_task(name="switch.compare")
def compare_roots() -> None:
    """Compare every node's roots with ours; what differs is sent anew."""
    drifted = sum(compare.compare(node) for node in compare.nodes())
    _ring(min(drifted, MOST_RINGS))


@shared_task(name="switch.fold")
def fold() -> None:
    """Let stored events have their effect."""
    while events.fold_some():
        pass
