"""Who the node is: what the portal gave it at enrolment, kept in a file only its owner can read."""

from __future__ import annotations

import base64
import binascii
import hmac
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from integrations.asterisk.settings import write_private
from tenants.routing.intake import Refused
from tenants.routing.wire import Enrolled, Push, Sealed

_NONCE = 12


def load(path: Path) -> Enrolled | None:
    """Return the stored identity, or None for a node that is not enrolled."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Enrolled)
    except FileNotFoundError:
        return None


def save(path: Path, enrolled: Enrolled) -> None:
    """Keep an identity."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_private(path, msgspec.json.encode(enrolled).decode())


def is_portal(enrolled: Enrolled | None, authorization: str) -> bool:
    """Tell whether an ``Authorization`` header is the portal's. Takes as long for a near miss as for a far one."""
    expected = f"Bearer {enrolled.token_of_portal}" if enrolled else ""
    return hmac.compare_digest(expected.encode(), authorization.encode()) and bool(enrolled)


def open_secrets(enrolled: Enrolled, push: Push) -> dict[tuple[int, int], str]:
    """Return a push's secrets by credential and version.

    :raises Refused: if one was not sealed for this node, customer, credential and version.
    """
    return {(sealed.credential, sealed.version): _open(enrolled, push.customer, sealed) for sealed in push.secrets}


def _open(enrolled: Enrolled, customer: int, sealed: Sealed) -> str:
    bound = f"{customer}/{sealed.credential}/{sealed.version}".encode()
    try:
        key, box = base64.b64decode(enrolled.sealing_key), base64.b64decode(sealed.box)
        return AESGCM(key).decrypt(box[:_NONCE], box[_NONCE:], bound).decode()
    except (InvalidTag, ValueError, binascii.Error) as error:
        raise Refused("bad_secret", detail=f"credential {sealed.credential} version {sealed.version}") from error


def seal(enrolled: Enrolled, customer: int, credential: int, version: int, secret: str, nonce: bytes) -> Sealed:
    """Return a secret as the portal would send it to this node; for tests and for bringing up a node by hand."""
    bound = f"{customer}/{credential}/{version}".encode()
    box = nonce + AESGCM(base64.b64decode(enrolled.sealing_key)).encrypt(nonce, secret.encode(), bound)
    return Sealed(credential=credential, version=version, box=base64.b64encode(box).decode())
