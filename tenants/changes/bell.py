"""The doorbell: tells whoever speaks with the switch that something is new. Nothing depends on its being heard."""

from __future__ import annotations

import time
from functools import partial

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from tenants import failpoints

log = structlog.get_logger(__name__)

PUSH = "switch.push"
LIVE = "switch.live"
LIVE_SYNC = "switch.live-sync"
FOLD = "switch.fold"
QUEUES = ("emergency", "interactive", "sync", "bulk", "webhooks")
"""By ``Lane``, and one of its own for what waits for strangers' servers."""
OUTSIDE = 4
"""The place of that one."""
PAUSE_SECONDS = 5.0
"""A broker that does not answer is not asked again so soon, lest every save waits for its timeout."""

_silent_until = 0.0


def ring_on_commit(customer_id: int, lane: int, task: str = PUSH) -> None:
    """Ring once the transaction is in the record; a broker that is down only delays (the scan finds it)."""
    transaction.on_commit(partial(_ring, customer_id, lane, task))


def _ring(customer_id: int, lane: int, task: str) -> None:
    global _silent_until  # noqa: PLW0603 - one broker for the whole process
    failpoints.reached("bell.unrung")
    if time.monotonic() < _silent_until:
        return
    try:
        current_app.send_task(task, kwargs={"customer_id": customer_id}, queue=QUEUES[lane], retry=False)
    except (OperationalError, OSError) as error:
        _silent_until = time.monotonic() + PAUSE_SECONDS
        log.warning("switch.bell.unheard", customer=customer_id, error=type(error).__name__)
