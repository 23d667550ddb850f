"""All of a customer's rows, worked out before anything is written, and written a little at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from integrations.asterisk import derive, rows
from integrations.asterisk.rows import Secret, Secrets
from tenants.routing import objects, root
from tenants.routing.intake import Refused, Staged
from tenants.routing.objects import AnyObject, Key

CHUNK = 300
"""Rows to a transaction: a few milliseconds, since Asterisk waits one second at most for the file."""
Write = Callable[[sqlite3.Connection, int], None]
"""Writes something into a stage."""


class Object(NamedTuple):
    """An object as it is stored."""

    sha256: str
    body: bytes


class Building:
    """A customer's objects and secrets as they will be, and the rows that follow from them."""

    def __init__(self, customer: int, stored: Mapping[Key, Object], secrets: Secrets) -> None:
        """Take everything the customer will have."""
        self._customer, self._stored, self._secrets = customer, stored, secrets
        self._read: dict[Key, AnyObject | None] = {}

    @classmethod
    def of(
        cls, customer: int, base: Mapping[Key, Object], secrets: Secrets, staged: Mapping[Key, Staged | None]
    ) -> Building:
        """Return a building of what was there before and what a push changes in it."""
        stored = dict(base)
        for key, part in staged.items():
            if part is None:
                stored.pop(key, None)
            else:
                stored[key] = Object(part.sha256, part.body)
        building = cls(customer, stored, secrets)
        building._read.update({key: part.obj if part else None for key, part in staged.items()})
        return building

    @property
    def buckets(self) -> bytes:
        """The 256 digests."""
        return root.buckets_of((key, part.sha256) for key, part in self._stored.items())

    def get(self, key: Key) -> AnyObject | None:
        """Return an object, or None."""
        if key not in self._read:
            part = self._stored.get(key)
            self._read[key] = objects.decode(part.body) if part else None
        return self._read[key]

    def derived(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return the derived rows by table, each with its source before it."""
        found: dict[str, list[tuple[Any, ...]]] = {table.name: [] for table in derive.TABLES}
        names = {table.row: table.name for table in derive.TABLES}
        for source in sorted(derive.sources(self._stored)):
            for row in derive.derived(self._customer, source, self.get):
                found[names[type(row)]].append((source, *row))
        return found

    def writes(self) -> Iterator[Write]:
        """Yield what fills an empty stage, each part of it short.

        :raises Refused: if two objects want the same, or a telephone has no secret.
        """
        derived = self.derived()
        used = self._check(derived)
        secrets = [(secret, value) for secret, value in self._secrets.items() if secret in used]
        for some in _chunks(secrets):
            yield partial(_store_secrets, some)
        for some in _chunks([(key, *part) for key, part in self._stored.items()]):
            yield partial(_store_objects, some)
        for table in derive.TABLES:
            for some in _chunks(derived[table.name]):
                yield partial(_insert, table, some)

    def _check(self, derived: Mapping[str, list[tuple[Any, ...]]]) -> set[Secret]:
        """Refuse what can't be together, and return the secrets that telephones have."""
        for table in derive.TABLES:
            if table.unique:
                _refuse_twice(table, derived[table.name])
        wanted = self.wanted(derived)
        for secret, source in wanted.items():
            if secret not in self._secrets:
                raise rows.missing_secret(source, *secret)
        return set(wanted)

    @staticmethod
    def wanted(derived: Mapping[str, list[tuple[Any, ...]]]) -> dict[Secret, Key]:
        """Return the secrets that telephones must have, each with the person whose telephone it is."""
        return {(credential, version): source for source, _, credential, version in derived["telephone_rows"]}


def _refuse_twice(table: derive.Table, lines: Sequence[tuple[Any, ...]]) -> None:
    at, seen = table.columns.index(table.unique) - 1, set()
    for line in lines:
        if line[at] in seen:
            raise Refused(table.refusal, line[0])
        seen.add(line[at])


def _chunks(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for at in range(0, len(items), CHUNK):
        yield items[at : at + CHUNK]


def _store_secrets(some: Sequence[tuple[Secret, str]], connection: sqlite3.Connection, stage: int) -> None:
    rows.store_secrets(connection, stage, some)


def _store_objects(some: Sequence[tuple[Key, str, bytes]], connection: sqlite3.Connection, stage: int) -> None:
    rows.store_objects(connection, stage, some)


def _insert(table: derive.Table, some: Sequence[Any], connection: sqlite3.Connection, stage: int) -> None:
    rows.insert(connection, table, stage, some)
