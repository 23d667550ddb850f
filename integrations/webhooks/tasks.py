"""What Celery runs for webhooks, in a queue of its own: strangers' servers are slow. Each may run twice or never."""

from __future__ import annotations

import time

import structlog
from celery import current_app, shared_task
from kombu.exceptions import OperationalError

from integrations.webhooks.actions import TASK
from integrations.webhooks.sending import actions, sender
from tenants.changes.bell import OUTSIDE, QUEUES
from tenants.customers import scope

log = structlog.get_logger(__name__)
BELL_SECONDS = 6
DRAIN_SECONDS = 20.0
MOST_RINGS = 16


@shared_task(name=TASK)
def send(*, customer_id: int | None = None) -> None:
    """Serve whose turn it is until nothing is due: a bell says that there is work, the record says whose."""
    until = time.monotonic() + DRAIN_SECONDS
    while sender.serve_next() is not None:
        if time.monotonic() > until:
            _ring(1)
            return


@shared_task(name="webhooks.scan")
def scan() -> None:
    """Find the endpoints that are due although nobody heard a bell, or whose time has come, and ring for them."""
    with scope.wide("portal_relay"):
        waiting = len(actions.due().values_list("pk")[:MOST_RINGS])
    _ring(waiting)


@shared_task(name="webhooks.drop")
def drop() -> None:
    """Forget what is old."""
    log.info("webhooks.dropped", count=actions.drop_old())


def _ring(times: int) -> None:
    try:
        for _ in range(times):
            current_app.send_task(TASK, queue=QUEUES[OUTSIDE], expires=BELL_SECONDS, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("webhooks.bell.unheard", error=type(error).__name__)
