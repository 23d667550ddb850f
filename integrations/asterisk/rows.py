"""The statements: what is read from and written to the store's tables. Every function is given its connection.

Each runs inside the transaction of ``store``; nothing here commits.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from integrations.asterisk import derive
from tenants.routing import objects, root
from tenants.routing.intake import Held, Refused, Staged
from tenants.routing.objects import AnyObject, Key
from tenants.routing.wire import Push, Receipt

_DERIVED = {
    "telephones": "username, person, credential, version",
    "extensions": "id, person, telephones",
    "numbers": "e164, number, is_main, resort, argument, seconds, greeting",
    "sounds": "key, sha256",
}


def one(connection: sqlite3.Connection, query: str, *values: object) -> Any:
    """Return the first column of the first row, or None."""
    row = connection.execute(query, values).fetchone()
    return row[0] if row else None


def text(connection: sqlite3.Connection, query: str, *values: object) -> str | None:
    """Return the first column of the first row, a text, or None."""
    found: str | None = one(connection, query, *values)
    return found


def held(connection: sqlite3.Connection, customer: int) -> Held:
    """Return what is active for a customer."""
    query = "SELECT epoch, generation, root, buckets FROM customers WHERE customer = ?"
    row = connection.execute(query, (customer,)).fetchone()
    return Held(*row) if row else Held()


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


def mark(connection: sqlite3.Connection, push: Push, buckets: bytes, milliseconds: float) -> None:
    """Write down which generation is active from now on."""
    connection.execute(
        "INSERT OR REPLACE INTO customers VALUES (?, ?, ?, ?, ?, ?, ?)",
        (push.customer, push.epoch, push.generation, push.root, buckets, time.time(), milliseconds),
    )


def set_root(connection: sqlite3.Connection, customer: int, buckets: bytes, hashes: Mapping[Key, str]) -> None:
    """Write down what the stored bytes really are."""
    connection.execute(
        "UPDATE customers SET root = ?, buckets = ? WHERE customer = ?", (root.root_of(buckets), buckets, customer)
    )
    connection.executemany(
        "UPDATE objects SET sha256 = ? WHERE customer = ? AND key = ?",
        ((sha256, customer, key) for key, sha256 in hashes.items()),
    )


def object_of(connection: sqlite3.Connection, customer: int, key: Key) -> AnyObject | None:
    """Return a stored object, or None; also None for bytes that rotted, so that calls end in order."""
    body = one(connection, "SELECT body FROM objects WHERE customer = ? AND key = ?", customer, key)
    try:
        return objects.decode(body) if body is not None else None
    except ValueError:
        return None


def hashes_in(connection: sqlite3.Connection, customer: int, bucket: int) -> dict[str, str]:
    """Return key and hash of what lies in a bucket."""
    query = "SELECT key, sha256 FROM objects INDEXED BY objects_bucket WHERE customer = ? AND bucket = ?"
    return dict(connection.execute(query, (customer, bucket)).fetchall())


def bodies(connection: sqlite3.Connection, customer: int) -> Iterator[tuple[Key, bytes]]:
    """Yield key and bytes of all objects of a customer."""
    yield from connection.execute("SELECT key, body FROM objects WHERE customer = ?", (customer,))


def derived(connection: sqlite3.Connection, customer: int) -> dict[str, list[Any]]:
    """Return a customer's derived rows, to compare."""
    return {
        table: connection.execute(
            f"SELECT {columns} FROM {table} WHERE customer = ? ORDER BY 1, 2",  # noqa: S608 - from _DERIVED
            (customer,),
        ).fetchall()
        for table, columns in _DERIVED.items()
    }


def apply(
    connection: sqlite3.Connection, push: Push, staged: Mapping[Key, Staged | None], secrets: Mapping[Any, str]
) -> None:
    """Write a push's objects, secrets and rows, and note the telephones that are gone or have a new secret.

    :raises Refused: if a row belongs to somebody else or a secret is missing.
    """
    customer = push.customer
    persons = None if push.base is None else [key for key in staged if key.startswith("person/")]
    before = _telephones(connection, customer, persons)
    if push.base is None:
        for table in ("objects", "credentials", "telephones", "extensions", "numbers", "resort_keys", "sounds"):
            connection.execute(f"DELETE FROM {table} WHERE customer = ?", (customer,))  # noqa: S608 - from this list
    connection.executemany(
        "INSERT OR REPLACE INTO credentials VALUES (?, ?, ?, ?)",
        ((customer, credential, version, secret) for (credential, version), secret in secrets.items()),
    )
    _store(connection, customer, staged)
    _derive(connection, customer, {key: part.obj if part else None for key, part in staged.items()})
    if persons != []:
        _forget_secrets(connection, customer)
    after = _telephones(connection, customer, persons)
    dropped = [(name,) for name, secret in before.items() if after.get(name) != secret]
    connection.executemany("INSERT OR IGNORE INTO dropped VALUES (?)", dropped)


def _store(connection: sqlite3.Connection, customer: int, staged: Mapping[Key, Staged | None]) -> None:
    connection.executemany(
        "DELETE FROM objects WHERE customer = ? AND key = ?",
        ((customer, key) for key, part in staged.items() if part is None),
    )
    connection.executemany(
        "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?)",
        ((customer, key, root.bucket_of(key), part.sha256, part.body) for key, part in staged.items() if part),
    )


def _telephones(connection: sqlite3.Connection, customer: int, persons: list[Key] | None) -> dict[str, Any]:
    """Return name and secret of some persons' telephones, of all when ``persons`` is None."""
    query = "SELECT username, credential, version FROM telephones WHERE customer = ?"
    if persons is None:
        found = connection.execute(query, (customer,)).fetchall()
    else:
        found = [row for key in persons for row in connection.execute(query + " AND person = ?", (customer, key))]
    return {name: secret for name, *secret in found}


def _forget_secrets(connection: sqlite3.Connection, customer: int) -> None:
    connection.execute(
        "DELETE FROM credentials WHERE customer = ? AND NOT EXISTS (SELECT 1 FROM telephones t WHERE"
        " t.customer = credentials.customer AND t.credential = credentials.credential"
        " AND t.version = credentials.version)",
        (customer,),
    )


def derive_all(connection: sqlite3.Connection, customer: int) -> None:
    """Write all derived rows of a customer anew."""
    for table in ("telephones", "extensions", "numbers", "resort_keys", "sounds"):
        connection.execute(f"DELETE FROM {table} WHERE customer = ?", (customer,))  # noqa: S608 - from this list
    keys = [key for key, _ in bodies(connection, customer)]
    _derive(connection, customer, {key: object_of(connection, customer, key) for key in keys})


def _derive(connection: sqlite3.Connection, customer: int, changed: Mapping[Key, AnyObject | None]) -> None:
    """Write the rows of changed objects, and of the numbers whose last resort they may have moved."""
    numbers = _numbers_of(connection, customer, changed)
    for table, column in (("telephones", "person"), ("extensions", "person"), ("sounds", "key")):
        connection.executemany(
            f"DELETE FROM {table} WHERE customer = ? AND {column} = ?",  # noqa: S608 - from this list
            ((customer, key) for key in changed),
        )
    for key, obj in changed.items():
        if isinstance(obj, objects.Person):
            _write_person(connection, customer, key, obj)
        elif isinstance(obj, objects.Prompt):
            _insert(connection, "sounds", ((customer, key, name) for name in objects.blobs(obj)))
    _write_numbers(connection, customer, numbers)


def _write_person(connection: sqlite3.Connection, customer: int, key: Key, person: objects.Person) -> None:
    lines = derive.telephones(customer, person)
    for telephone in lines:
        query = "SELECT 1 FROM credentials WHERE customer = ? AND credential = ? AND version = ?"
        if not one(connection, query, customer, telephone.credential, telephone.version):
            raise Refused("missing_secret", key, f"credential {telephone.credential} version {telephone.version}")
    _unique(connection, "telephones", lines, "username_taken", key)
    extension = derive.extension(customer, person)
    _unique(connection, "extensions", [extension] if extension else [], "extension_taken", key)


def _numbers_of(connection: sqlite3.Connection, customer: int, changed: Iterable[Key]) -> set[Key]:
    found = {key.replace("-flow/", "/") for key in changed if key.startswith(("number/", "number-flow/"))}
    query = "SELECT number FROM resort_keys WHERE customer = ? AND key = ?"
    for key in changed:
        found.update(number for (number,) in connection.execute(query, (customer, key)))
    return found


def _write_numbers(connection: sqlite3.Connection, customer: int, numbers: Iterable[Key]) -> None:
    def get(key: Key) -> AnyObject | None:
        return object_of(connection, customer, key)

    keys = sorted(numbers)
    for table in ("numbers", "resort_keys"):
        connection.executemany(
            f"DELETE FROM {table} WHERE customer = ? AND number = ?",  # noqa: S608 - from this list
            ((customer, key) for key in keys),
        )
    for key in keys:
        number = get(key)
        if isinstance(number, objects.Number):
            line, seen = derive.line(customer, number, get)
            _unique(connection, "numbers", [line], "number_taken", key)
            _insert(connection, "resort_keys", ((customer, near, key) for near in seen))


def _unique(connection: sqlite3.Connection, table: str, lines: Iterable[Any], code: str, key: Key) -> None:
    """Insert rows whose id nobody else on the node may have."""
    try:
        _insert(connection, table, lines)
    except sqlite3.IntegrityError as error:
        raise Refused(code, key) from error


def _insert(connection: sqlite3.Connection, table: str, lines: Iterable[Any]) -> None:
    lines = [tuple(line) for line in lines]
    if lines:
        marks = ", ".join("?" * len(lines[0]))
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", lines)  # noqa: S608 - names are ours
