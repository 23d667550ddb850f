"""What a push takes away that something beside the store may speak of: noted in the push's own transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from tenants.routing.live import SUBJECT_KINDS
from tenants.routing.objects import Key
from tenants.routing.wire import Push

EVERYTHING = ""
"""What is noted when a customer has nothing any more."""


def is_nothing(push: Push) -> bool:
    """Tell whether a push takes a customer away: what a node that is left is given."""
    return push.base is None and not push.changes


def between(connection: sqlite3.Connection, old: int, new: int) -> list[Key]:
    """Return what one stage has and another has not."""
    query = (
        "SELECT key FROM object_rows before WHERE stage = ? AND NOT EXISTS"
        " (SELECT 1 FROM object_rows after WHERE after.stage = ? AND after.key = before.key)"
    )
    return [key for (key,) in connection.execute(query, (old, new))]


def note(connection: sqlite3.Connection, push: Push, gone: Iterable[Key]) -> None:
    """Note what a push takes away, as far as live state may speak of it."""
    keys = [key for key in gone if key.partition("/")[0] in SUBJECT_KINDS]
    noted = [*keys, EVERYTHING] if is_nothing(push) else keys
    connection.executemany("INSERT OR IGNORE INTO gone VALUES (?, ?)", ((push.customer, key) for key in noted))
