"""Secrets at rest: AES-256-GCM, bound to the row and column they belong to, under a ring of keys.

A sealed value is ``key id . base64url(nonce + ciphertext)``. The place it belongs to is the associated
data, so a value copied to another row does not open. The first key of the ring seals, every key opens,
so keys can be rotated while the product runs.
"""

from __future__ import annotations

import base64
import os
import re
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

_NONCE = 12


class Unopenable(Exception):
    """A sealed value was damaged, moved to another place, or its key is gone."""


def seal(secret: bytes, place: str) -> str:
    """Seal a secret for one place, for instance ``device/7/secret``."""
    ident, key = next(iter(_ring(settings.FIELD_KEYS).items()))
    nonce = os.urandom(_NONCE)
    return f"{ident}.{base64.urlsafe_b64encode(nonce + key.encrypt(nonce, secret, _bound(place))).decode()}"


def unseal(sealed: str, place: str) -> bytes:
    """Open a sealed value.

    :raises Unopenable: if it was not sealed for this place by a key of the ring.
    """
    ident, _, text = sealed.partition(".")
    key = _ring(settings.FIELD_KEYS).get(ident)
    if key is None:
        raise Unopenable(place)
    try:
        box = base64.urlsafe_b64decode(text)
        return key.decrypt(box[:_NONCE], box[_NONCE:], _bound(place))
    except (InvalidTag, ValueError) as error:
        raise Unopenable(place) from error


def is_newest(sealed: str) -> bool:
    """Tell whether a value is sealed by the first key of the ring."""
    return sealed.startswith(f"{newest()}.")


def newest() -> str:
    """Return the id of the key that seals."""
    return next(iter(_ring(settings.FIELD_KEYS)))


def reseal(sealed: str, place: str) -> str:
    """Return a sealed value under the newest key; the same if it is so already.

    :raises Unopenable: if it can't be opened.
    """
    return sealed if is_newest(sealed) else seal(unseal(sealed, place), place)


def new_key(ident: str) -> str:
    """Return a key as ``FIELD_KEYS`` holds it, to be put first.

    :raises ValueError: if the id would be read as something else.
    """
    if not re.fullmatch(r"[a-z0-9-]{1,20}", ident):
        raise ValueError("a key's id is 1 to 20 small letters, digits and hyphens")
    return f"{ident}:{base64.b64encode(os.urandom(32)).decode()}"


def _bound(place: str) -> bytes:
    """Return the associated data that ties a sealed value to its place."""
    return place.encode()


@cache
def _ring(text: str) -> dict[str, AESGCM]:
    try:
        pairs = (part.split(":", 1) for part in text.split(","))
        return {ident: AESGCM(base64.b64decode(key)) for ident, key in pairs}
    except ValueError as error:
        raise ImproperlyConfigured("FIELD_KEYS must be id:base64 of 32 bytes, newest first") from error
