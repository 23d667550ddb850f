"""The doorbell: tells the pusher that a customer has something new. Nothing depends on its being heard."""

from __future__ import annotations

from functools import partial

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)

PUSH = "switch.push"
QUEUES = ("emergency", "interactive", "sync", "bulk")
"""By ``Lane``."""


def ring_on_commit(customer_id: int, lane: int) -> None:
    """Ring once the transaction is in the record; a broker that is down only delays (the scan finds it)."""
    transaction.on_commit(partial(_ring, customer_id, lane))


def _ring(customer_id: int, lane: int) -> None:
    try:
        current_app.send_task(PUSH, kwargs={"customer_id": customer_id}, queue=QUEUES[lane], retry=False)
    except (OperationalError, OSError) as error:
        log.warning("switch.bell.unheard", customer=customer_id, error=type(error).__name__)
