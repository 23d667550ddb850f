"""Deleting what no customer follows, a few rows at a time. Nothing here commits."""

from __future__ import annotations

import sqlite3

from integrations.asterisk import derive

UNFOLLOWED = "SELECT stage FROM stages WHERE stage NOT IN (SELECT stage FROM customers) ORDER BY stage"
"""The stages that no customer follows: one may still be being filled."""
_SWEPT = ("object_rows", "credential_rows", *(table.name for table in derive.TABLES))
_PAGED: dict[str, str] = {"object_rows": "key", "credential_rows": "credential"}


def adopt_strays(connection: sqlite3.Connection) -> int:
    """Make stages of which only rows are left, as a flipped bit leaves them, known so that they are swept."""
    known = set(connection.execute("SELECT stage FROM stages"))
    found = {row for table in _SWEPT for row in connection.execute(f"SELECT DISTINCT stage FROM {table}")}  # noqa: S608
    strays = [row for row in found - known if isinstance(row[0], int)]
    connection.executemany("INSERT OR IGNORE INTO stages VALUES (?, 0)", strays)
    return len(strays)


def is_followed(connection: sqlite3.Connection, stage: int) -> bool:
    """Tell whether the calls of some customer follow a stage."""
    return connection.execute("SELECT 1 FROM customers WHERE stage = ?", (stage,)).fetchone() is not None


def some(connection: sqlite3.Connection, stage: int, most: int) -> bool:
    """Delete some rows of a stage. Return whether it is gone, its own row too."""
    for table in _SWEPT:
        column = _PAGED.get(table, "source")
        query = (
            f"DELETE FROM {table} WHERE stage = ?1 AND {column} IN"  # noqa: S608 - ours
            f" (SELECT {column} FROM {table} WHERE stage = ?1 LIMIT ?2)"
        )
        if connection.execute(query, (stage, most)).rowcount:
            return False
    connection.execute("DELETE FROM stages WHERE stage = ?", (stage,))
    return True
