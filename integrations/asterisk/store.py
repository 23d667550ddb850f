"""What the node keeps: every customer's active objects, the secrets, and the rows derived from them, in one file.

A push becomes active in one transaction that also writes the derived rows, so that Asterisk and the ask always
see one generation and a node killed at any point comes back with exactly one. Asterisk only reads.
"""

from __future__ import annotations

import fcntl
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from integrations.asterisk import rows
from tenants.routing import intake, objects, root
from tenants.routing.intake import Held, Staged
from tenants.routing.objects import AnyObject, Key
from tenants.routing.wire import Conflict, Push, Receipt, Root

SCHEMA = (Path(__file__).parent / "schema.sql").read_text()
Secrets = Mapping[tuple[int, int], str]
"""Opened secrets by credential and version."""


def prepare(path: Path) -> None:
    """Make the file and its tables if they are missing; only its owner can read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # node and Asterisk start at once
        path.touch(mode=0o600)
        path.chmod(0o600)
        connection = _connect(path)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(SCHEMA)
        connection.close()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5, cached_statements=256)
    connection.execute("PRAGMA synchronous=FULL")
    return connection


class StoredConfig:
    """One customer's active release, as ``decide`` reads it."""

    def __init__(self, connection: sqlite3.Connection, customer: int) -> None:
        """Read by this connection, within the caller's transaction."""
        self._connection, self._customer = connection, customer

    def get(self, key: Key) -> AnyObject | None:
        """Return the object with this key, or None."""
        return rows.object_of(self._connection, self._customer, key)

    def number(self, e164: str) -> Key | None:
        """Return the key of a number the customer holds, or None."""
        query = "SELECT number FROM numbers WHERE e164 = ? AND customer = ?"
        return rows.text(self._connection, query, e164, self._customer)

    def extension(self, digits: str) -> Key | None:
        """Return the key of the person with this extension, or None."""
        query = "SELECT person FROM extensions WHERE id = ?"
        return rows.text(self._connection, query, f"{self._customer}-{digits}")


class Store:
    """The file, opened. Any thread may use it; pushes take turns."""

    def __init__(self, path: Path) -> None:
        """Open the file, making it if need be."""
        prepare(path)
        self._path, self._local, self._turn = path, threading.local(), threading.Lock()

    @property
    def _connection(self) -> sqlite3.Connection:
        if not hasattr(self._local, "connection"):
            self._local.connection = _connect(self._path)
        connection: sqlite3.Connection = self._local.connection
        return connection

    @contextmanager
    def reading(self, customer: int) -> Iterator[tuple[StoredConfig, int]]:
        """Yield a customer's config and generation; both stay what they are inside the block."""
        connection = self._connection
        connection.execute("BEGIN")
        try:
            yield StoredConfig(connection, customer), rows.held(connection, customer).generation
        finally:
            connection.execute("ROLLBACK")

    def held(self, customer: int) -> Held:
        """Return what is active for a customer."""
        return rows.held(self._connection, customer)

    def roots(self) -> list[Root]:
        """Return what is active for every customer."""
        query = "SELECT customer, epoch, generation, root FROM customers ORDER BY customer"
        found = self._connection.execute(query)
        return [Root(customer=row[0], epoch=row[1], generation=row[2], root=row[3]) for row in found]

    def receipt(self, customer: int) -> Receipt:
        """Return the receipt of what is active for a customer."""
        return rows.receipt(self._connection, customer)

    def owner_of_number(self, e164: str) -> int | None:
        """Return the customer who holds a number, or None."""
        found: int | None = rows.one(self._connection, "SELECT customer FROM numbers WHERE e164 = ?", e164)
        return found

    def owner_of_telephone(self, username: str) -> tuple[int, Key] | None:
        """Return the customer and person a telephone belongs to, or None."""
        query = "SELECT customer, person FROM telephones WHERE username = ?"
        found: tuple[int, Key] | None = self._connection.execute(query, (username,)).fetchone()
        return found

    def telephones(self) -> frozenset[str]:
        """Return the names of all telephones on the node."""
        return frozenset(name for (name,) in self._connection.execute("SELECT username FROM telephones"))

    def dropped(self) -> frozenset[str]:
        """Return the telephones whose registrations Asterisk must still forget."""
        return frozenset(name for (name,) in self._connection.execute("SELECT username FROM dropped"))

    def forget_dropped(self, names: frozenset[str]) -> None:
        """Asterisk has forgotten these."""
        with self._turn, self._writing() as connection:
            connection.executemany("DELETE FROM dropped WHERE username = ?", ((name,) for name in names))

    def presented(self, customer: int) -> str:
        """Return the number shown when the customer calls out: the main number, or any, or nothing."""
        query = "SELECT e164 FROM numbers WHERE customer = ? ORDER BY is_main DESC, e164 LIMIT 1"
        return rows.text(self._connection, query, customer) or ""

    def wanted_sounds(self) -> frozenset[str]:
        """Return the hashes of all sound files that some customer's prompts name."""
        return frozenset(name for (name,) in self._connection.execute("SELECT DISTINCT sha256 FROM sounds"))

    def activate(
        self, push: Push, staged: Mapping[Key, Staged | None], secrets: Secrets, portal: str, arrived: float
    ) -> Receipt | Conflict:
        """Make a push what calls follow, in one transaction, or say why it comes out of turn.

        ``arrived`` is ``time.perf_counter()`` when the request came. Its sound files must be here already.

        :raises Refused: if it can never be accepted.
        """
        with self._turn, self._writing() as connection:
            held = rows.held(connection, push.customer)
            verdict = intake.in_order(held, portal, push)
            if verdict == "same":
                return rows.receipt(connection, push.customer)
            if isinstance(verdict, Conflict):
                return verdict
            buckets = intake.apply_buckets(
                held, push, staged, lambda bucket: rows.hashes_in(connection, push.customer, bucket)
            )
            if root.root_of(buckets) != push.root:
                return intake.conflict("root_mismatch", push.customer, held)
            rows.apply(connection, push, staged, secrets)
            milliseconds = (time.perf_counter() - arrived) * 1000
            rows.mark(connection, push, buckets, milliseconds)
            return rows.receipt(connection, push.customer)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def scrub(self, customer: int) -> bool:
        """Compute a customer's root and derived rows anew from the stored bytes. Return whether all was as it should.

        Derived rows are put right at once. A drifted root is stored as it really is, so that the portal, which
        compares roots, sends a snapshot.
        """
        with self._turn, self._writing() as connection:
            held = rows.held(connection, customer)
            hashes = {key: objects.digest(body) for key, body in rows.bodies(connection, customer)}
            buckets = root.buckets_of(hashes.items())
            before = rows.derived(connection, customer)
            rows.derive_all(connection, customer)
            sound = buckets == held.buckets and before == rows.derived(connection, customer)
            if buckets != held.buckets:
                rows.set_root(connection, customer, buckets, hashes)
        return sound
