"""Secrets and signatures as Standard Webhooks has them (github.com/standard-webhooks, spec 1.0.0)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Iterable

MARK = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """Return a fresh secret: the mark and base64 of 32 random bytes."""
    return MARK + base64.b64encode(os.urandom(SECRET_BYTES)).decode()


def signature(secret: str, message: str, timestamp: int, body: bytes) -> str:
    """Return ``v1,`` and base64 of the HMAC-SHA256 over id, timestamp (seconds since 1970) and body."""
    key = base64.b64decode(secret.removeprefix(MARK))
    signed = f"{message}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(secrets: Iterable[str], message: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers of one try: one signature for each secret that is valid now, the newest first."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "Bredband2-Vaxel-Webhooks/1",
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(secret, message, timestamp, body) for secret in secrets),
    }
