"""One turn: an endpoint's messages, the oldest first, one at a time. No transaction is open while it is spoken with.

Whoever dies half-way leaves a lease that ends and a message that waits: it is sent again with the same ``webhook-id``.
"""

from __future__ import annotations

import time

import structlog
from django.conf import settings

from integrations import http
from integrations.errors import OutsideError
from integrations.webhooks import signing
from integrations.webhooks.models import Delivery
from integrations.webhooks.queries import secrets_of
from integrations.webhooks.sending import actions
from integrations.webhooks.sending.actions import Outcome
from tenants.sealing import Unopenable

log = structlog.get_logger(__name__)
DEADLINE = 10.0
"""Seconds a receiver has for the whole of its answer."""
LARGEST = http.Cut(4096)
"""Bytes of an answer that are read."""
TURN_MESSAGES = 50
TURN_SECONDS = 10.0
ANY = range(100, 600)


def serve_next() -> int | None:
    """Send to the endpoint whose turn it is, and return how many messages were tried; None if nothing is due."""
    turn = actions.take_turn()
    if turn is None:
        return None
    tried, until = 0, time.monotonic() + TURN_SECONDS
    while tried < TURN_MESSAGES and time.monotonic() < until and (delivery := actions.next_of(turn)) is not None:
        _send(delivery)
        tried += 1
    actions.end_turn(turn)
    return tried


def _send(delivery: Delivery) -> None:
    began = time.perf_counter()
    outcome = _outcome(delivery)
    status = actions.note(delivery=delivery, outcome=outcome)
    log.info(
        "webhooks.tried", customer=delivery.customer_id, endpoint=delivery.endpoint_id, message=delivery.message,
        type=delivery.type, code=outcome.code, status=status, seconds=round(time.perf_counter() - began, 6),
    )  # fmt: skip


def _outcome(delivery: Delivery) -> Outcome:
    """Send a message and return what came of it, in whatever way it failed."""
    body = delivery.body.encode()
    try:
        headers = signing.headers(secrets_of(delivery.endpoint), delivery.message, int(time.time()), body)
        answer = http.send(
            "POST", delivery.endpoint.url, body=body, headers=headers, expect=ANY, deadline=DEADLINE,
            largest=LARGEST, private=settings.WEBHOOKS_PRIVATE,
        )  # fmt: skip
    except OutsideError as error:
        return Outcome(None, error.reason)
    except Unopenable:
        return Outcome(None, "the secret can't be opened: rotate it")
    return Outcome(answer.status, _said(answer), http.seconds(answer.headers.get("retry-after", "")))


def _said(answer: http.Answer) -> str:
    if 300 <= answer.status < 400:
        return "a redirect, which is not followed"
    return answer.body[:800].decode(errors="replace").strip()
