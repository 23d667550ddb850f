"""Keeping answers, and finding those given before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.refusals import Refusal
from tenants.requests.models import Answer
from tenants.sealing import seal, unseal

KEPT = timedelta(hours=24)


class KeyReused(Refusal):
    """The key belongs to another request."""

    code = "idempotency_key_reused"
    message = _("Idempotency-Key har redan använts till en annan begäran.")


def fingerprint(method: str, path: str, body: bytes) -> str:
    """Return what makes two requests the same."""
    return hashlib.sha256(b"\0".join([method.encode(), path.encode(), body])).hexdigest()


def begin(*, customer_id: int, user_id: int, key: str, print_of: str) -> Answer | None:
    """Claim a key for this transaction, or return the answer given before.

    Two requests with one key at once: the second waits here for the first transaction to end. A refused
    request rolls back and leaves no claim, for it had no effect to repeat.

    :raises KeyReused: if the key was used for another request.
    """
    Answer.objects.filter(at__lt=timezone.now() - KEPT, user_id=user_id).delete()
    made = Answer.objects.bulk_create(
        [Answer(customer_id=customer_id, user_id=user_id, key=key, fingerprint=print_of)], ignore_conflicts=True
    )
    answer = Answer.objects.get(user_id=user_id, key=key)
    if answer.fingerprint != print_of:
        raise KeyReused
    return answer if made and answer.status is not None else None


def find(*, user_id: int, key: str, print_of: str) -> Answer | None:
    """Return the answer given before, without claiming the key.

    :raises KeyReused: if the key was used for another request.
    """
    answer = Answer.objects.filter(user_id=user_id, key=key, status__isnull=False).first()
    if answer is not None and answer.fingerprint != print_of:
        raise KeyReused
    return answer


def keep(*, user_id: int, key: str, status: int, body: Any, headers: Mapping[str, str]) -> None:
    """Store the answer to the request that claimed the key."""
    Answer.objects.filter(user_id=user_id, key=key).update(status=status, body=body, headers=dict(headers))


def closed(body: Any, key: str) -> dict[str, str]:
    """Return an answer that holds a secret, sealed for its key: a day in our table must not make it readable."""
    return {"sealed": seal(json.dumps(body).encode(), f"answer/{key}")}


def opened(answer: Answer) -> Any:
    """Return what a sealed answer said."""
    return json.loads(unseal((answer.body or {})["sealed"], f"answer/{answer.key}"))
