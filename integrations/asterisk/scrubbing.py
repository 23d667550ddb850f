"""Finding what rotted: a customer's stored bytes hashed again, and all rows worked out again, in memory.

Nothing is written here. Values are read as bytes, since rotten text may be none.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from integrations.asterisk import derive, rows
from integrations.asterisk.building import Building, Object
from integrations.asterisk.rows import Rotten, Secret
from tenants.routing import objects, root
from tenants.routing.objects import Key

log = logging.getLogger(__name__)


class Drift(NamedTuple):
    """How many objects, secrets, derived rows and digests were not as they should be."""

    objects: int = 0
    secrets: int = 0
    rows: int = 0
    digests: int = 0

    def __bool__(self) -> bool:
        """Tell whether anything was."""
        return any(tuple(self))


class Found(NamedTuple):
    """What a look at a customer brought: the drift, and what puts it right unless only the portal can."""

    drift: Drift
    building: Building | None


@contextmanager
def _bytes(connection: sqlite3.Connection) -> Iterator[None]:
    """Have text read as bytes."""
    before, connection.text_factory = connection.text_factory, bytes
    try:
        yield
    finally:
        connection.text_factory = before


def _text(value: Any) -> str:
    """Return text that may have rotted."""
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else str(value)


def objects_of(connection: sqlite3.Connection, stage: int) -> dict[Key, Object]:
    """Return all objects of a stage.

    :raises Rotten: if one is not what was stored.
    """
    found = {}
    for key, sha256, body in connection.execute("SELECT key, sha256, body FROM object_rows WHERE stage = ?", (stage,)):
        if objects.digest(body) != sha256:
            raise Rotten(stage, key)
        found[key] = Object(sha256, body)
    return found


def customers_of(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
    """Return the rows of ``customers``, as far as they can be read."""
    found = []
    try:
        for row in connection.execute("SELECT * FROM customers NOT INDEXED"):
            found.append(row)  # noqa: PERF402 - what was read before it fails counts
    except (sqlite3.Error, UnicodeDecodeError) as error:
        log.warning("no more customers can be read: %s", error)
    return found


def look(connection: sqlite3.Connection, customer: int, *, given: bool = False) -> Found:
    """Compare all that is stored of a customer with what it should be, or only what was ``given``.

    Inside one transaction.
    """
    with _bytes(connection):
        return _look(connection, customer, given=given)


def _look(connection: sqlite3.Connection, customer: int, *, given: bool) -> Found:
    stage, top, buckets = connection.execute(
        "SELECT stage, root, buckets FROM customers WHERE customer = ?", (customer,)
    ).fetchone()
    stored, rotten = _stored(connection, stage)
    secrets, lost = _secrets(connection, stage)
    building = Building(customer, stored, secrets)
    really = building.buckets
    digests = (buckets != really) + (_text(top) != root.root_of(really))
    if digests == 2:
        return Found(Drift(max(rotten, _unlike(buckets, really)), lost), None)
    derived = building.derived()
    lost += len(set(building.wanted(derived)) - secrets.keys())
    differing = 0 if given else _differing(connection, stage, derived)
    return Found(Drift(rotten, lost, differing, digests), None if lost else building)


def _unlike(buckets: bytes, really: bytes) -> int:
    """Return how many buckets are not what was written down: at least so many objects are not, or are missing."""
    width = len(root.EMPTY) // root.BUCKETS
    return sum(buckets[at : at + width] != really[at : at + width] for at in range(0, len(root.EMPTY), width))


def _stored(connection: sqlite3.Connection, stage: int) -> tuple[dict[Key, Object], int]:
    """Return the objects with the hashes their bytes really have, and how many rows are not as they should be.

    The root proves the bytes, or one of its two records would: a root and its 256 digests that both differ from
    what is stored say that bytes have changed.
    """
    stored, rotten = {}, 0
    query = "SELECT key, bucket, sha256, body FROM object_rows WHERE stage = ?"
    for raw, bucket, sha256, body in connection.execute(query, (stage,)):
        key, really = _text(raw), objects.digest(body)
        rotten += (bucket, _text(sha256)) != (root.bucket_of(key), really) or not _fits(key, body)
        stored[key] = Object(really, body)
    return stored, rotten


def _fits(key: Key, body: bytes) -> bool:
    try:
        return objects.key_of(objects.decode(body)) == key
    except ValueError:
        return False


def _secrets(connection: sqlite3.Connection, stage: int) -> tuple[dict[Secret, str], int]:
    """Return the secrets that are as they were stored, and how many are not."""
    sound, rotten = {}, 0
    query = "SELECT credential, version, secret, sha256 FROM credential_rows WHERE stage = ?"
    for credential, version, value, sha256 in connection.execute(query, (stage,)):
        if rows.digest_of((credential, version), _text(value)) == _text(sha256):
            sound[credential, version] = _text(value)
        else:
            rotten += 1
    return sound, rotten


def _differing(connection: sqlite3.Connection, stage: int, derived: dict[str, list[tuple[Any, ...]]]) -> int:
    """Return how many derived rows are missing, wrong or too many."""
    count = 0
    for table in derive.TABLES:
        query = f"SELECT {', '.join(table.columns[1:])} FROM {table.name} WHERE stage = ?"  # noqa: S608 - ours
        stored = {tuple(map(_raw, line)) for line in connection.execute(query, (stage,))}
        right = {tuple(map(_raw, line)) for line in derived[table.name]}
        count += max(len(stored - right), len(right - stored))
    return count


def _raw(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value
