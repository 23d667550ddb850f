"""The statements: what is read from and written to the store's tables. Every function is given its connection.

Each runs inside the transaction of ``store``; nothing here commits.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Mapping
from typing import Any

from integrations.asterisk import derive
from tenants.routing import objects, root
from tenants.routing.intake import Held, Refused, Staged
from tenants.routing.objects import AnyObject, Key
from tenants.routing.wire import Push, Receipt

Secret = tuple[int, int]
"""A credential and its version."""
Secrets = Mapping[Secret, str]
"""Opened secrets."""
DAMAGED = ""
"""The root of a customer something of whom only the portal can put right. It equals no other, so all is sent."""


class Rotten(Exception):
    """What is stored is not what was given. A call that needs it goes to its last resort."""

    def __init__(self, stage: int, key: Key) -> None:
        """Name the object."""
        super().__init__(f"{key} in stage {stage}")


def one(connection: sqlite3.Connection, query: str, *values: object) -> Any:
    """Return the first column of the first row, or None."""
    row = connection.execute(query, values).fetchone()
    return row[0] if row else None


def text(connection: sqlite3.Connection, query: str, *values: object) -> str | None:
    """Return the first column of the first row, a text, or None."""
    found: str | None = one(connection, query, *values)
    return found


# --- customers and their stages -----------------------------------------------------------------------------------


def held(connection: sqlite3.Connection, customer: int) -> Held:
    """Return what is active for a customer."""
    query = "SELECT epoch, generation, root, buckets FROM customers WHERE customer = ?"
    row = connection.execute(query, (customer,)).fetchone()
    return Held(*row) if row else Held()


def stage_of(connection: sqlite3.Connection, customer: int) -> int:
    """Return the stage calls follow; 0, in which nothing ever lies, for a customer the node doesn't know."""
    return one(connection, "SELECT stage FROM customers WHERE customer = ?", customer) or 0


def new_stage(connection: sqlite3.Connection, customer: int) -> int:
    """Return a stage that was never used."""
    return connection.execute("INSERT INTO stages (customer) VALUES (?)", (customer,)).lastrowid or 0


def receipt(connection: sqlite3.Connection, customer: int) -> Receipt:
    """Return the receipt of what is active for a customer the node knows."""
    query = "SELECT epoch, generation, root, effective_at, milliseconds FROM customers WHERE customer = ?"
    epoch, generation, top, effective_at, milliseconds = connection.execute(query, (customer,)).fetchone()
    return Receipt(
        customer=customer,
        epoch=epoch,
        generation=generation,
        root=top,
        effective_at=effective_at,
        milliseconds=milliseconds,
    )


def mark(connection: sqlite3.Connection, push: Push, stage: int, buckets: bytes, milliseconds: float) -> None:
    """Write down which generation is active from now on, and where it lies."""
    connection.execute(
        "INSERT OR REPLACE INTO customers VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (push.customer, stage, push.epoch, push.generation, push.root, buckets, time.time(), milliseconds),
    )


def adopt(connection: sqlite3.Connection, row: tuple[Any, ...]) -> None:
    """Write down a customer as another file had it, all but its stage."""
    connection.execute("INSERT INTO customers VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)


def point(connection: sqlite3.Connection, customer: int, stage: int, buckets: bytes) -> None:
    """Have calls follow another stage with the same generation."""
    query = "UPDATE customers SET stage = ?, root = ?, buckets = ? WHERE customer = ?"
    connection.execute(query, (stage, root.root_of(buckets), buckets, customer))


def damage(connection: sqlite3.Connection, customer: int) -> None:
    """Write down that only the portal can put a customer right."""
    connection.execute("UPDATE customers SET root = ? WHERE customer = ?", (DAMAGED, customer))


# --- objects and secrets --------------------------------------------------------------------------------------------


def object_of(connection: sqlite3.Connection, stage: int, key: Key) -> AnyObject | None:
    """Return a stored object, or None.

    :raises Rotten: if its bytes are not those that were stored.
    """
    query = "SELECT sha256, body FROM object_rows WHERE stage = ? AND key = ?"
    row = connection.execute(query, (stage, key)).fetchone()
    if row is None:
        return None
    if objects.digest(row[1]) != row[0]:
        raise Rotten(stage, key)
    return objects.decode(row[1])


def bodies(connection: sqlite3.Connection, stage: int) -> list[tuple[Key, bytes]]:
    """Return key and bytes of all objects of a stage."""
    return connection.execute("SELECT key, body FROM object_rows WHERE stage = ?", (stage,)).fetchall()


def hashes_in(connection: sqlite3.Connection, stage: int, bucket: int) -> dict[str, str]:
    """Return key and hash of what lies in a bucket."""
    query = "SELECT key, sha256 FROM object_rows INDEXED BY object_rows_bucket WHERE stage = ? AND bucket = ?"
    return dict(connection.execute(query, (stage, bucket)).fetchall())


def secrets_of(connection: sqlite3.Connection, stage: int) -> dict[Secret, str]:
    """Return the secrets of a stage."""
    query = "SELECT credential, version, secret FROM credential_rows WHERE stage = ?"
    return {(credential, version): secret for credential, version, secret in connection.execute(query, (stage,))}


def digest_of(secret: Secret, value: str) -> str:
    """Return what tells later whether a stored secret is still what it was."""
    return objects.digest(f"{secret[0]}/{secret[1]}/{value}".encode())


def store_secrets(connection: sqlite3.Connection, stage: int, secrets: Iterable[tuple[Secret, str]]) -> None:
    """Write secrets."""
    connection.executemany(
        "INSERT OR REPLACE INTO credential_rows VALUES (?, ?, ?, ?, ?)",
        ((stage, *secret, value, digest_of(secret, value)) for secret, value in secrets),
    )


def store_objects(connection: sqlite3.Connection, stage: int, parts: Iterable[tuple[Key, str, bytes]]) -> None:
    """Write objects, given by key, hash and bytes."""
    connection.executemany(
        "INSERT OR REPLACE INTO object_rows VALUES (?, ?, ?, ?, ?)",
        ((stage, key, root.bucket_of(key), sha256, body) for key, sha256, body in parts),
    )


# --- derived rows ---------------------------------------------------------------------------------------------------


def insert(connection: sqlite3.Connection, table: derive.Table, stage: int, lines: Iterable[tuple[Any, ...]]) -> None:
    """Write derived rows, given as their source and then their fields."""
    marks = ", ".join("?" * len(table.columns))
    query = f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES ({marks})"  # noqa: S608 - ours
    connection.executemany(query, ((stage, *line) for line in lines))


def derive_all(connection: sqlite3.Connection, customer: int, stage: int) -> None:
    """Write all derived rows of a stage that has none. What follows from rotten objects is left out."""

    def get(key: Key) -> AnyObject | None:
        try:
            return object_of(connection, stage, key)
        except Rotten:
            return None

    keys = [key for key, _ in bodies(connection, stage)]
    for source in sorted(derive.sources(keys)):
        _derive(connection, customer, stage, source, get)


def change(
    connection: sqlite3.Connection,
    customer: int,
    stage: int,
    staged: Mapping[Key, Staged | None],
    secrets: Secrets,
) -> None:
    """Write changed objects and secrets, and all rows that follow from them, into a stage.

    :raises Refused: if a row belongs to somebody else or a secret is missing.
    """
    sources = derive.sources(staged) | _reaching(connection, stage, staged)
    persons = [key for key in sources if key.startswith("person/")]
    before = _telephones(connection, stage, persons)
    store_secrets(connection, stage, secrets.items())
    gone = [(stage, key) for key, part in staged.items() if part is None]
    connection.executemany("DELETE FROM object_rows WHERE stage = ? AND key = ?", gone)
    store_objects(connection, stage, ((key, part.sha256, part.body) for key, part in staged.items() if part))
    _derive_changed(connection, customer, stage, sorted(sources))
    after = _telephones(connection, stage, persons)
    _forget_secrets(connection, stage, {*before.values(), *secrets} - {*after.values()})
    drop(connection, (name for name, secret in before.items() if after.get(name) != secret))


def _reaching(connection: sqlite3.Connection, stage: int, keys: Iterable[Key]) -> set[Key]:
    query = "SELECT source FROM reach_rows WHERE stage = ? AND key = ?"
    return {source for key in keys for (source,) in connection.execute(query, (stage, key))}


def _derive_changed(connection: sqlite3.Connection, customer: int, stage: int, sources: list[Key]) -> None:
    """Write the rows of some objects anew. All old ones go first, so that two objects can trade names."""
    memo: dict[Key, AnyObject | None] = {}

    def get(key: Key) -> AnyObject | None:
        if key not in memo:
            memo[key] = object_of(connection, stage, key)
        return memo[key]

    for table in derive.TABLES:
        query = f"DELETE FROM {table.name} WHERE stage = ? AND source = ?"  # noqa: S608 - ours
        connection.executemany(query, ((stage, source) for source in sources))
    for source in sources:
        _derive(connection, customer, stage, source, get)
        _check(connection, customer, stage, source)


def _derive(connection: sqlite3.Connection, customer: int, stage: int, source: Key, get: derive.Get) -> None:
    found = derive.derived(customer, source, get)
    for table in derive.TABLES:
        lines = [(source, *row) for row in found if isinstance(row, table.row)]
        try:
            insert(connection, table, stage, lines)
        except sqlite3.IntegrityError as error:
            raise Refused(table.refusal or "twice", source) from error


def _check(connection: sqlite3.Connection, customer: int, stage: int, source: Key) -> None:
    if refused := taken(connection, customer, stage, source):
        raise refused
    query = (
        "SELECT credential, version FROM telephone_rows LEFT JOIN credential_rows USING (stage, credential, version)"
        " WHERE stage = ? AND source = ? AND secret IS NULL"
    )
    missing = connection.execute(query, (stage, source)).fetchone()
    if missing:
        raise missing_secret(source, *missing)


def missing_secret(source: Key, credential: int, version: int) -> Refused:
    """Return the refusal of a telephone without its secret."""
    return Refused("missing_secret", source, f"credential {credential} version {version}")


def taken(connection: sqlite3.Connection, customer: int, stage: int, source: Key | None = None) -> Refused | None:
    """Return the refusal if a stage's rows, or those of one object in it, have what another customer has."""
    for table in derive.TABLES:
        if not table.unique:
            continue
        query = (
            f"SELECT mine.source FROM {table.name} mine"  # noqa: S608 - ours
            f" CROSS JOIN {table.name} theirs ON theirs.{table.unique} = mine.{table.unique}"
            " CROSS JOIN customers ON customers.stage = theirs.stage AND customers.customer <> ?"
            " WHERE mine.stage = ?"
        )
        found = text(connection, f"{query} AND mine.source = ? LIMIT 1", customer, stage, source) if source else text(
            connection, f"{query} LIMIT 1", customer, stage
        )  # fmt: skip
        if found:
            return Refused(table.refusal, found)
    return None


# --- telephones and what goes with them ------------------------------------------------------------------------------


def _telephones(connection: sqlite3.Connection, stage: int, persons: Iterable[Key]) -> dict[str, Secret]:
    """Return name and secret of some persons' telephones."""
    query = "SELECT username, credential, version FROM telephone_rows WHERE stage = ? AND source = ?"
    found = (row for key in persons for row in connection.execute(query, (stage, key)))
    return {name: (credential, version) for name, credential, version in found}


def _forget_secrets(connection: sqlite3.Connection, stage: int, secrets: Iterable[Secret]) -> None:
    """Delete those of these secrets that no telephone of the stage has."""
    connection.executemany(
        "DELETE FROM credential_rows WHERE stage = ?1 AND credential = ?2 AND version = ?3 AND NOT EXISTS (SELECT 1"
        " FROM telephone_rows WHERE stage = ?1 AND credential = ?2 AND version = ?3)",
        ((stage, *secret) for secret in secrets),
    )


def lost_telephones(connection: sqlite3.Connection, old: int, new: int) -> list[str]:
    """Return the telephones of one stage that another has not, or has with another secret."""
    query = (
        "SELECT username FROM telephone_rows before WHERE stage = ? AND NOT EXISTS (SELECT 1 FROM telephone_rows after"
        " WHERE after.username = before.username AND after.stage = ? AND after.credential = before.credential"
        " AND after.version = before.version)"
    )
    return [name for (name,) in connection.execute(query, (old, new))]


def drop(connection: sqlite3.Connection, names: Iterable[str]) -> None:
    """Note telephones whose registrations Asterisk must forget."""
    connection.executemany("INSERT OR IGNORE INTO dropped VALUES (?)", ((name,) for name in names))
