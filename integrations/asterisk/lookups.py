"""What calls, doors and telephones look up in the node's file, as it stands now."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from integrations.asterisk import rows
from integrations.asterisk.openfile import OpenFile
from integrations.asterisk.rows import Rotten
from tenants.routing.intake import Held
from tenants.routing.objects import AnyObject, Key
from tenants.routing.wire import Receipt, Root


class StoredConfig:
    """One customer's active release, as ``decide`` reads it."""

    def __init__(self, connection: sqlite3.Connection, customer: int, doubt: Callable[[], None]) -> None:
        """Read by this connection, within the caller's transaction; ``doubt`` is called when something is rotten."""
        self._connection, self._customer, self._doubt = connection, customer, doubt
        self._stage = rows.stage_of(connection, customer)

    def get(self, key: Key) -> AnyObject | None:
        """Return the object with this key, or None.

        :raises Rotten: if it is not what was stored.
        """
        try:
            return rows.object_of(self._connection, self._stage, key)
        except Rotten:
            self._doubt()
            raise

    def number(self, e164: str) -> Key | None:
        """Return the key of a number the customer holds, or None."""
        query = "SELECT source FROM number_rows WHERE e164 = ? AND stage = ?"
        return rows.text(self._connection, query, e164, self._stage)

    def extension(self, digits: str) -> Key | None:
        """Return the key of the person with this extension, or None."""
        query = "SELECT source FROM extension_rows WHERE id = ? AND stage = ?"
        return rows.text(self._connection, query, f"{self._customer}-{digits}", self._stage)

    def groups(self, person: Key) -> list[Key]:
        """Return the keys of the groups a person is a member of."""
        query = "SELECT source FROM member_rows WHERE stage = ? AND person = ? ORDER BY source"
        return [source for (source,) in self._connection.execute(query, (self._stage, person))]


class Lookups:
    """Reading the file."""

    def __init__(self, path: Path) -> None:
        """Open the file, making it if need be."""
        self._file = OpenFile(path)
        self.doubted: set[int] = set()
        """Customers of whom something rotten was read: scrub them."""

    @property
    def path(self) -> Path:
        """The file in use; another one when the last had to be left."""
        return self._file.path

    @contextmanager
    def reading(self, customer: int) -> Iterator[tuple[StoredConfig, int]]:
        """Yield a customer's config and generation; both stay what they are inside the block."""
        with self._file.reading() as connection:
            config = StoredConfig(connection, customer, lambda: self.doubted.add(customer))
            yield config, rows.held(connection, customer).generation

    def held(self, customer: int) -> Held:
        """Return what is active for a customer."""
        with self._file.reading() as connection:
            return rows.held(connection, customer)

    def roots(self) -> list[Root]:
        """Return what is active for every customer."""
        found = self._file.all("SELECT customer, epoch, generation, root FROM customers ORDER BY customer")
        return [Root(customer=row[0], epoch=row[1], generation=row[2], root=row[3]) for row in found]

    def receipt(self, customer: int) -> Receipt:
        """Return the receipt of what is active for a customer."""
        with self._file.reading() as connection:
            return rows.receipt(connection, customer)

    def owner_of_number(self, e164: str) -> int | None:
        """Return the customer who holds a number, or None."""
        found = self._file.all("SELECT customer FROM numbers WHERE e164 = ?", e164)
        return found[0][0] if found else None

    def owner_of_telephone(self, username: str) -> tuple[int, Key] | None:
        """Return the customer and person a telephone belongs to, or None."""
        found = self._file.all("SELECT customer, person FROM telephones WHERE username = ?", username)
        return found[0] if found else None

    def owner_of_mailbox(self, customer: int, mailbox: Key) -> Key | None:
        """Return the person whose telephones show a mailbox's messages, or None."""
        found = self._file.all("SELECT person FROM lamps WHERE customer = ? AND mailbox = ?", customer, mailbox)
        return found[0][0] if found else None

    def lamps_of(self, customer: int, person: Key) -> tuple[list[Key], list[str]]:
        """Return a person's mailboxes and telephones."""
        mailboxes = self._file.all("SELECT mailbox FROM lamps WHERE customer = ? AND person = ?", customer, person)
        names = self._file.all("SELECT username FROM telephones WHERE customer = ? AND person = ?", customer, person)
        return [key for (key,) in mailboxes], [name for (name,) in names]

    def line_members(self) -> list[Any]:
        """Return the members of all lines on the node, as ``queues.Member`` has them."""
        return self._file.all("SELECT * FROM line_members")

    def telephones(self) -> frozenset[str]:
        """Return the names of all telephones on the node."""
        return frozenset(name for (name,) in self._file.all("SELECT username FROM telephones"))

    def dropped(self) -> frozenset[str]:
        """Return the telephones whose registrations Asterisk must still forget."""
        return frozenset(name for (name,) in self._file.all("SELECT username FROM dropped"))

    def gone(self) -> dict[int, frozenset[Key]]:
        """Return what customers have lost and something beside this file may still speak of."""
        found: dict[int, set[Key]] = {}
        for customer, key in self._file.all("SELECT customer, key FROM gone"):
            found.setdefault(customer, set()).add(key)
        return {customer: frozenset(keys) for customer, keys in found.items()}

    def presented(self, customer: int) -> str:
        """Return the number shown when the customer calls out: the main number, or any, or nothing."""
        found = self._file.all(
            "SELECT e164 FROM number_rows WHERE stage = (SELECT stage FROM customers WHERE customer = ?)"
            " ORDER BY is_main DESC, e164 LIMIT 1",
            customer,
        )
        return found[0][0] if found else ""

    def sounds(self) -> dict[str, int]:
        """Return the sound files that prompts name, active or being staged, and for each a customer who does."""
        query = "SELECT sha256, max(customer) FROM sound_rows JOIN stages USING (stage) GROUP BY sha256"
        return dict(self._file.all(query))
