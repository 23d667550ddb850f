"""What is pushed: one generation of a customer and everything that belongs to it, read in one snapshot."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connection, transaction

from tenants import failpoints
from tenants.changes import queries as changes
from tenants.changes.models import Publication, Release
from tenants.customers import scope
from tenants.nodes.models import Placement, Receipt
from tenants.nodes.moves.actions import is_left
from tenants.people.models import Device
from tenants.routing import objects, wire
from tenants.routing.root import EMPTY, root_of
from tenants.sealing import unseal
from tenants.sounds.models import Sound

_NONCE = 12


@contextmanager
def one_moment(customer_id: int) -> Iterator[None]:
    """Open a transaction in the customer's scope in which every query sees the same moment.

    The isolation level must come before any query, so it cannot be opened inside another transaction.
    """
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        with scope.customer(customer_id):
            yield


def for_node(customer_id: int, node_id: int, sealing_key: str, *, whole: bool = False) -> wire.Push | None:
    """Return what a node should be given of a customer now: what changed since its receipt, or with ``whole`` all.

    None if it has been overtaken: the placement is gone, or everything there is to give is in quarantine.
    """
    with one_moment(customer_id):
        placement = Placement.objects.filter(node_id=node_id).first()
        publication = Publication.objects.get()
        if placement is not None and is_left(placement):
            return nothing(publication, sealing_key)
        if placement is None or publication.generation == 0:
            return None
        if placement.quarantined >= publication.generation:
            return _last_good(publication, placement, sealing_key)
        whole = whole or placement.generation == 0 or placement.epoch != publication.epoch
        return since(publication, None if whole else placement.generation, sealing_key)


def nothing(publication: Publication, sealing_key: str) -> wire.Push:
    """Return what a node is given that shall have nothing of a customer any more."""
    return _push(publication, max(publication.generation, 1), root_of(EMPTY), (), None, sealing_key)


def is_nothing(push: wire.Push) -> bool:
    """Tell whether a push takes everything away."""
    return push.base is None and not push.changes


def since(publication: Publication, base: int | None, sealing_key: str) -> wire.Push:
    """Return the newest generation as what changed after ``base``, or as everything. In ``one_moment``."""
    failpoints.reached("push.read")
    parts = changes.snapshot() if base is None else changes.delta(base)
    return _push(publication, publication.generation, publication.root, parts, base, sealing_key)


def _last_good(publication: Publication, placement: Placement, sealing_key: str) -> wire.Push | None:
    """Return the last generation the node has confirmed, whole: for one that lost it while a newer is refused."""
    good = Receipt.objects.filter(node_id=placement.node_id, generation__lt=placement.quarantined)
    receipt = good.order_by("-generation").first()
    release = Release.objects.filter(generation=receipt.generation).first() if receipt else None
    if release is None:
        return None
    parts = changes.as_changes(sorted(changes.hashes_at(release.generation).items()))
    return _push(publication, release.generation, release.root, parts, None, sealing_key)


def _push(
    publication: Publication,
    generation: int,
    root: str,
    parts: tuple[wire.Change, ...],
    base: int | None,
    sealing_key: str,
) -> wire.Push:
    customer_id = publication.customer_id
    return wire.Push(
        portal=settings.PORTAL_INSTANCE, customer=customer_id, epoch=publication.epoch, generation=generation,
        root=root, changes=parts, base=base, secrets=tuple(_sealed(customer_id, parts, sealing_key)),
    )  # fmt: skip


def _sealed(customer_id: int, parts: Iterable[wire.Change], sealing_key: str) -> Iterator[wire.Sealed]:
    """Yield the secrets that the persons among these objects name, each sealed for the node."""
    wanted = {c.id: c.version for part in parts if part.key.startswith("person/") for c in _credentials(part)}
    key = AESGCM(base64.b64decode(sealing_key))
    for device in Device.objects.filter(pk__in=wanted).exclude(secret="").order_by("pk"):
        if device.version == wanted[device.pk]:
            secret = unseal(device.secret, f"device/{device.pk}/secret")
            bound, nonce = f"{customer_id}/{device.pk}/{device.version}".encode(), os.urandom(_NONCE)
            box = base64.b64encode(nonce + key.encrypt(nonce, secret, bound)).decode()
            yield wire.Sealed(credential=device.pk, version=device.version, box=box)


def _credentials(part: wire.Change) -> list[objects.Credential]:
    obj = objects.decode(bytes(part.body)) if part.sha256 else None
    return [device.credential for device in obj.devices] if isinstance(obj, objects.Person) else []


def sound(customer_id: int, sha256: str) -> bytes | None:
    """Return a customer's sound file by its hash, or None."""
    with scope.customer(customer_id):
        wav = Sound.objects.filter(sha256=sha256).values_list("wav", flat=True).first()
    return bytes(wav) if wav is not None else None


def is_known(receipt: wire.Receipt) -> bool:
    """Tell whether a receipt is for a generation this customer really had. In the customer's scope."""
    if receipt.epoch < 0 or not Publication.objects.filter(epoch__gte=receipt.epoch).exists():
        return False
    return Release.objects.filter(generation=receipt.generation, root=receipt.root).exists()
