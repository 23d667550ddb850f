"""Live state on the node: a board for each customer, in a file of its own, so that no push touches it.

A change is on disk before anybody is told, and is told as an event in the same breath. Should the node die in
between, the portal misses an event but sees a height above its own and asks what is new.

The portal has all of it too and sends it to a node that has just started. So what can't be read is no reason not to
start: a register is dropped, a file beyond repair is set aside and another begun. Each is stored behind a digest of
itself and its place, since a flipped bit may well leave a register that reads as another.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

import msgspec

from integrations.asterisk import storefile
from integrations.asterisk.spool import Spool
from tenants.routing.board import Board
from tenants.routing.live import Live, Order, Register, Unread, Via
from tenants.routing.objects import Key
from tenants.routing.wire import Command, Height

_TABLE = """CREATE TABLE IF NOT EXISTS registers (
    customer INTEGER NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, register BLOB NOT NULL,
    PRIMARY KEY (customer, kind, subject)
) WITHOUT ROWID"""
Exists = Callable[[Key], bool]
Heard = Callable[[int, Register], None]
_DIGEST = 16
_encode = msgspec.json.encode
log = logging.getLogger(__name__)


class Registers:
    """All boards of the node. Any thread may use it; changes take turns.

    ``heard`` is told of every change, whoever made it, before its maker has the answer.
    """

    def __init__(self, path: Path, spool: Spool) -> None:
        """Read what was kept, and tell this spool of changes."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._spool, self._turn = spool, threading.RLock()
        try:
            self._open(path)
        except sqlite3.DatabaseError as error:
            if not storefile.is_damage(error):
                raise
            log.exception("live state is beyond repair on disk; the portal sends its own")
            storefile.set_aside(path)
            self._open(path)
        self.heard: list[Heard] = []

    def _open(self, path: Path) -> None:
        path.touch(mode=0o600)
        self._connection = storefile.connect(path)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA secure_delete=ON")
        self._connection.execute(_TABLE)
        self._boards = self._read()

    def _read(self) -> dict[int, Board]:
        kept: dict[int, list[Register]] = {}
        for customer, kind, subject, body in self._connection.execute("SELECT * FROM registers").fetchall():
            if register := _opened(customer, kind, subject, body):
                kept.setdefault(customer, []).append(register)
            else:
                self._drop_damaged(customer, kind, subject)
        return {customer: Board(registers) for customer, registers in kept.items()}

    def _drop_damaged(self, customer: int, kind: str, subject: str) -> None:
        log.error("live state of customer %s is damaged: %s of %s", customer, kind, subject)
        query = "DELETE FROM registers WHERE customer = ? AND kind = ? AND subject = ?"
        self._connection.execute(query, (customer, kind, subject))
        self._spool.append("drift", customer, "", {"registers": 1, "healed": 0})

    def live(self, customer: int) -> Live:
        """Return a customer's live state as ``decide`` reads it."""
        return self._board(customer).live

    def _board(self, customer: int) -> Board:
        return self._boards.get(customer) or Board()

    def obey(self, customer: int, command: Command, exists: Exists) -> Register:
        """Carry a command out and return its register as it is then.

        :raises Refused: if it means nothing, or nothing here.
        """
        with self._turn:
            board = self._boards.setdefault(customer, Board())
            register, changed = board.obey(command, time.time(), exists)
            if changed:
                self._keep(customer, [register])
            return register

    def dialled(self, customer: int, orders: Iterable[Order], by: str, exists: Exists) -> None:
        """Carry out what somebody set by a feature code.

        :raises Refused: if it means nothing here.
        """
        via: Via = "phone"
        for order in orders:
            self.obey(customer, Command(id=f"dialled-{time.time_ns()}", order=order, by=by, via=via), exists)

    def message(self, customer: int, mailbox: int, message: str) -> None:
        """Note a new message in a mailbox; one that was noted before is not noted again."""
        with self._turn:
            board = self._boards.setdefault(customer, Board())
            if register := board.message(f"mailbox/{mailbox}", message, time.time()):
                self._keep(customer, [register])

    def seed(self, customer: int, theirs: Iterable[Register]) -> list[Register]:
        """Take the portal's registers where they hold, and return all there are then."""
        with self._turn:
            board = self._boards.setdefault(customer, Board())
            self._keep(customer, board.seed(theirs))
            return board.since(-1)

    def customers(self) -> list[int]:
        """Return everybody who has a board."""
        with self._turn:
            return sorted(self._boards)

    def rest(self, customer: int, gone: Collection[Key]) -> None:
        """Put to rest whatever speaks of subjects that are gone."""
        with self._turn:
            self._keep(customer, self._board(customer).rest(gone, time.time()))

    def drop(self, customer: int, exists: Exists, before: float) -> int:
        """Forget what was changed before a moment and speaks of subjects that are not here; return how many."""
        with self._turn:
            found = self._board(customer).drop(exists, before)
            names = [(customer, one.kind, one.subject) for one in found]
            query = "DELETE FROM registers WHERE customer = ? AND kind = ? AND subject = ?"
            self._connection.executemany(query, names)
        return len(found)

    def forget(self, customer: int) -> None:
        """Forget a customer's board, on disk too, and tell nobody: it is kept elsewhere, or by nobody any more."""
        with self._turn:
            self._connection.execute("DELETE FROM registers WHERE customer = ?", (customer,))
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._boards.pop(customer, None)

    def _keep(self, customer: int, changed: list[Register]) -> None:
        if not changed:
            return
        rows = [(customer, one.kind, one.subject, _stored(customer, one)) for one in changed]
        try:
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany("INSERT OR REPLACE INTO registers VALUES (?, ?, ?, ?)", rows)
        except sqlite3.Error:
            self._boards = self._read()
            raise
        for one in changed:
            self._spool.append("live", customer, "", {"register": _encode(one).decode()})
            for heard in self.heard:
                heard(customer, one)

    def unread(self, customer: int, mailbox: Key) -> int:
        """Return how many messages of a mailbox nobody has heard."""
        with self._turn:
            register = self._board(customer).by_subject.get(("unread", mailbox))
        return len(register.value.messages) if register and isinstance(register.value, Unread) else 0

    def with_unread(self, customer: int) -> set[Key]:
        """Return a customer's mailboxes with messages nobody has heard, those that are gone too."""
        with self._turn:
            found = self._board(customer).by_subject.values()
            return {one.subject for one in found if one.kind == "unread" and one.value is not None}

    def since(self, customer: int, version: int) -> list[Register]:
        """Return a customer's registers changed after a version."""
        with self._turn:
            return self._board(customer).since(version)

    def all(self) -> list[tuple[int, Register]]:
        """Return every register of every customer."""
        with self._turn:
            return [(customer, one) for customer, board in self._boards.items() for one in board.since(-1)]

    def heights(self) -> list[Height]:
        """Return the newest version of every customer."""
        with self._turn:
            return [Height(customer=customer, version=board.height) for customer, board in sorted(self._boards.items())]


def _stored(customer: int, register: Register) -> bytes:
    """Return a register as its row keeps it: a digest, and the JSON."""
    body = _encode(register)
    return _digest(customer, register.kind, register.subject, body) + body


def _digest(customer: int, kind: str, subject: str, body: bytes) -> bytes:
    return hashlib.blake2b(f"{customer}\0{kind}\0{subject}\0".encode() + body, digest_size=_DIGEST).digest()


def _opened(customer: int, kind: str, subject: str, row: bytes) -> Register | None:
    """Return a row's register; None if it is not what was stored there."""
    try:
        digest, body = row[:_DIGEST], row[_DIGEST:]
        return msgspec.json.decode(body, type=Register) if digest == _digest(customer, kind, subject, body) else None
    except (msgspec.MsgspecError, UnicodeError, TypeError):
        return None
