"""What any switch node makes of a push before it stores anything: in order or not, sound or not.

Pure, so that every node gives the same answers: the reference node beside Asterisk and the one in memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from tenants.routing import objects
from tenants.routing import root as roots
from tenants.routing.dialling import E164
from tenants.routing.naming import blobs
from tenants.routing.objects import AnyObject, Key
from tenants.routing.wire import NOTHING, Change, Conflict, Push, Refusal, TestCall

USERNAME = re.compile(r"[a-z0-9-]{1,40}")
EXTENSION = re.compile(r"[0-9]{1,15}")
RESERVED = frozenset({"trunk"})
"""Names of the switch's own; a telephone may not have one."""
NOTHING_BYTES = bytes(NOTHING)
_LARGEST = 2**63 - 1


class Refused(Exception):
    """The push will never be accepted."""

    def __init__(self, code: str, key: Key | None = None, detail: str = "") -> None:
        """Take what a ``Refusal`` says."""
        super().__init__(code)
        self.refusal = Refusal(code=code, key=key, detail=detail[:300])


class Held(NamedTuple):
    """What a node has active for a customer. A customer it has never heard of has generation 0."""

    epoch: int = 0
    generation: int = 0
    root: str = roots.root_of(roots.EMPTY)
    buckets: bytes = roots.EMPTY


class Staged(NamedTuple):
    """One object of a push, read and checked."""

    sha256: str
    body: bytes
    obj: AnyObject


Verdict = Literal["apply", "same"]
ConflictCode = Literal["stale", "gap", "root_mismatch", "missing_blobs", "foreign_portal"]


def in_order(held: Held, portal: str, push: Push) -> Verdict | Conflict:
    """Tell whether a push may be applied now, is what the node has already, or comes out of turn.

    A snapshot of the generation the node has, with another root, is accepted: under one epoch a generation has
    one root, so it is the node that has drifted.

    :raises Refused: if a count is out of range.
    """
    if not (0 < push.customer <= _LARGEST and 0 <= push.epoch <= _LARGEST and 0 < push.generation <= _LARGEST):
        raise Refused("bad_body", detail="customer, epoch or generation out of range")
    if push.portal != portal:
        return conflict("foreign_portal", push.customer, held)
    if (push.epoch, push.generation) < (held.epoch, held.generation):
        return conflict("stale", push.customer, held)
    if (push.epoch, push.generation, push.root) == (held.epoch, held.generation, held.root):
        return "same"
    if push.base is None or (push.epoch, push.base) == (held.epoch, held.generation) or _first(held, push):
        return "apply" if push.base is None or push.generation > push.base else conflict("gap", push.customer, held)
    return conflict("gap", push.customer, held)


def _first(held: Held, push: Push) -> bool:
    return held.generation == 0 and push.base == 0


def conflict(code: ConflictCode, customer: int, held: Held, blobs: tuple[str, ...] = ()) -> Conflict:
    """Return the conflict a node answers, with what it has."""
    return Conflict(
        code=code, customer=customer, epoch=held.epoch, generation=held.generation, root=held.root, blobs=blobs
    )


def stage(push: Push | TestCall) -> dict[Key, Staged | None]:
    """Return the objects of a push, or of a test call's draft, by key, None for those it removes.

    :raises Refused: naming the first object that is poisoned.
    """
    staged: dict[Key, Staged | None] = {}
    for change in push.changes:
        if change.key in staged:
            raise Refused("twice", change.key)
        staged[change.key] = _read(change)
    return staged


def _read(change: Change) -> Staged | None:
    body = bytes(change.body)
    if (body == NOTHING_BYTES) != (change.sha256 is None):
        raise Refused("bad_change", change.key, "a removal has neither body nor hash, all else has both")
    if change.sha256 is None:
        return None
    if objects.digest(body) != change.sha256:
        raise Refused("hash_mismatch", change.key)
    try:
        obj = objects.decode(body)
    except ValueError as error:
        raise Refused("bad_object", change.key, str(error)) from error
    if objects.key_of(obj) != change.key or not 0 < obj.id <= _LARGEST:
        raise Refused("wrong_key", change.key, objects.key_of(obj))
    if code := fault(obj):
        raise Refused(code, change.key)
    return Staged(change.sha256, body, obj)


def fault(obj: AnyObject) -> str | None:
    """Return the code of what a switch could not take in an object, although its types are right."""
    if isinstance(obj, objects.Person):
        names = [device.username for device in obj.devices]
        if any(not USERNAME.fullmatch(name) or name in RESERVED for name in names) or len(set(names)) < len(names):
            return "bad_username"
        return "bad_extension" if obj.extension and not EXTENSION.fullmatch(obj.extension) else None
    if isinstance(obj, objects.Number | objects.External) and not E164.fullmatch(obj.e164):
        return "bad_number"
    if isinstance(obj, objects.Prompt) and not all(re.fullmatch("[0-9a-f]{64}", name) for name in blobs(obj)):
        return "bad_hash"
    return None


def wanted_blobs(staged: Mapping[Key, Staged | None]) -> set[str]:
    """Return the hashes of the sound files the staged objects need."""
    return {name for part in staged.values() if part for name in blobs(part.obj)}


def apply_buckets(
    held: Held, push: Push, staged: Mapping[Key, Staged | None], hashes_in: Callable[[int], dict[str, str]]
) -> bytes:
    """Return the 256 digests after a push; ``hashes_in`` gives key and hash of what the node has in a bucket.

    Only the buckets a push touches are computed anew; a snapshot touches all.
    """
    if push.base is None:
        return roots.buckets_of((key, part.sha256) for key, part in staged.items() if part)
    touched: dict[int, list[Key]] = {}
    for key in staged:
        touched.setdefault(roots.bucket_of(key), []).append(key)
    buckets = held.buckets
    for number, keys in touched.items():
        hashes = hashes_in(number)
        for key in keys:
            part = staged[key]
            hashes.pop(key, None) if part is None else hashes.update({key: part.sha256})
        buckets = roots.put_bucket(buckets, number, roots.bucket_digest(hashes))
    return buckets
