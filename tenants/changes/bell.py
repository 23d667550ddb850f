"""The doorbell: tells the pusher that a customer has something new. Nothing depends on its being heard."""

from __future__ import annotations

import time
from functools import partial

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)

PUSH = "switch.push"
QUEUES = ("emergency", "interactive", "sync", "bulk")
"""By ``Lane``."""
PAUSE_SECONDS = 5.0
"""A broker that does not answer is not asked again so soon, lest every save waits for its timeout."""

_silent_until = 0.0


def ring_on_commit(customer_id: int, lane: int) -> None:
    """Ring once the transaction is in the record; a broker that is down only delays (the scan finds it)."""
    transaction.on_commit(partial(_ring, customer_id, lane))


def _ring(customer_id: int, lane: int) -> None:
    global _silent_until  # noqa: PLW0603 - one broker for the whole process
    if time.monotonic() < _silent_until:
        return
    try:
        current_app.send_task(PUSH, kwargs={"customer_id": customer_id}, queue=QUEUES[lane], retry=False)
    except (OperationalError, OSError) as error:
        _silent_until = time.monotonic() + PAUSE_SECONDS
        log.warning("switch.bell.unheard", customer=customer_id, error=type(error).__name__)
