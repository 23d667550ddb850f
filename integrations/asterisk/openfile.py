"""The node's one file, opened: a connection to each thread, transactions, and another file when it is beyond repair."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from integrations.asterisk import storefile


class Damaged(Exception):
    """The file was beyond repair and another one has been begun; the portal must send everything."""


class OpenFile:
    """The file in use. Any thread may use it; writers take turns."""

    def __init__(self, path: Path) -> None:
        """Open the file, making it if need be."""
        self._base, self.turn = path, threading.RLock()
        self._local, self.path = threading.local(), storefile.prepare(path)
        """``path`` is another one when the last had to be left."""

    @property
    def _connection(self) -> sqlite3.Connection:
        local = self._local
        if getattr(local, "path", None) != self.path:
            local.path, local.connection = self.path, storefile.connect(self.path)
        connection: sqlite3.Connection = local.connection
        return connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction in which everything stays what it is. Inside another it is part of that.

        :raises Damaged: if the file turns out to be beyond repair.
        """
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Take the turn to write, and commit at the end.

        :raises Damaged: if the file turns out to be beyond repair.
        """
        with self.turn, self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def _transaction(self, kind: str) -> Iterator[sqlite3.Connection]:
        path = self.path
        try:
            connection = self._connection
            inside = connection.in_transaction
            if inside:
                yield connection
                return
            connection.execute(kind)
            try:
                yield connection
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        except sqlite3.DatabaseError as error:
            if storefile.is_damage(error):
                self.begin_anew(path)
                raise Damaged(str(error)) from error
            raise

    def begin_anew(self, left: Path) -> None:
        """Leave a file, unless another thread has done so."""
        with self.turn:
            if self.path == left:
                self.path = storefile.begin_anew(self._base)

    def all(self, query: str, *values: object) -> list[Any]:
        """Return what a query finds."""
        with self.reading() as connection:
            return connection.execute(query, values).fetchall()
