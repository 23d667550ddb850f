"""The node's one file on disk: made, opened, brought up to date, and set aside when it is beyond repair."""

from __future__ import annotations

import fcntl
import logging
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from integrations.asterisk import rows

log = logging.getLogger(__name__)
KEPT = (Path(__file__).parent / "schema.sql").read_text()
DERIVED = (Path(__file__).parent / "derived.sql").read_text()
LAYOUT = 2
"""The layout of what can't be derived. A file with another one is set aside; the portal sends everything."""
LEFT = 2
"""How many files beyond repair are kept at most."""
DAMAGED = ".damaged"
"""What the name of a file ends in that was beyond repair and could be renamed."""
_NOT_DERIVED = ("stages", "customers", "object_rows", "credential_rows", "dropped", "gone", "sqlite_sequence")
_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def is_damage(error: sqlite3.Error) -> bool:
    """Tell whether SQLite says that the file is no database or a malformed one."""
    return (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _DAMAGE


def connect(path: Path) -> sqlite3.Connection:
    """Open the file; every commit is on the disk when it returns. Text that rotted can be read, as something else."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5, cached_statements=256)
    connection.text_factory = _text
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace")


def current(base: Path) -> Path:
    """Return the file in use: ``rows.sqlite3``, or the newest of ``rows.2.sqlite3`` … begun after that."""
    return max(_numbered(base), key=_number, default=base)


def _numbered(base: Path) -> list[Path]:
    return [path for path in base.parent.glob(f"{base.stem}.*{base.suffix}") if _number(path) > 1]


def _number(path: Path) -> int:
    number = path.stem.rpartition(".")[2]
    return int(number) if number.isascii() and number.isdigit() else 1


def previous(path: Path) -> Path | None:
    """Return the file that was left for this one, if it is still here."""
    base = path.with_name(path.name.replace(f".{_number(path)}.", ".", 1))
    found = [left for left in (base, *_numbered(base)) if left.exists() and _number(left) < _number(path)]
    return max(found, key=_number, default=None)


def left(base: Path) -> list[Path]:
    """Return the files that were left and are still here. The time of change of each is when it was."""
    return [path for path in (base, *_numbered(base)) if path.exists() and path != current(base)]


def remove(path: Path) -> None:
    """Delete a file, and what SQLite keeps beside it."""
    for suffix in ("-shm", "-wal", ""):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def set_aside(path: Path) -> None:
    """Rename a file beyond repair, with what belongs to it; the last one is kept to be looked at."""
    aside = path.with_name(path.name + DAMAGED)
    remove(aside)
    for suffix in ("", "-wal", "-shm"):
        if (part := path.with_name(path.name + suffix)).exists():
            part.rename(aside.with_name(aside.name + suffix))
    aside.touch()


def prepare(base: Path) -> Path:
    """Make the file and its tables if they are missing, only its owner can read it, and return where it is.

    One beyond repair, or of another layout, is left and a new one begun beside it. It isn't renamed: SQLite removes
    what it keeps beside a file by name, and Asterisk has the old one open until it is told of the new one.
    """
    base.parent.mkdir(parents=True, exist_ok=True)
    with _locked(base):
        path = current(base)
        if path.exists() and not _fits(path):
            path = _next(base)
        _make(path)
    return path


def begin_anew(base: Path) -> Path:
    """Leave the file in use, which is beyond repair, and return a new one."""
    with _locked(base):
        path = _next(base)
        _make(path)
    return path


def _next(base: Path) -> Path:
    unusable = current(base)
    log.error("%s can't be used; it is left for a person to look at, and another is begun", unusable)
    if unusable.exists():
        unusable.touch()
    for old in sorted((base, *_numbered(base)), key=_number)[:-LEFT]:
        remove(old)
    return base.with_name(f"{base.stem}.{_number(unusable) + 1}{base.suffix}")


def _make(path: Path) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
    with closing(connect(path)) as connection:
        _bring_up_to_date(connection)


@contextmanager
def _locked(base: Path) -> Iterator[None]:
    """Let one process at a time in: node and Asterisk start at once."""
    with base.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fits(path: Path) -> bool:
    """Tell whether the file can be read and has our layout, or nothing in it."""
    try:
        with closing(connect(path)) as connection:
            [(layout,)] = connection.execute("PRAGMA application_id")
            [(tables,)] = connection.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        return False
    return layout == LAYOUT or not tables


def _bring_up_to_date(connection: sqlite3.Connection) -> None:
    """Make what is missing. Derived tables of another version are made and filled anew, in one transaction."""
    version = zlib.crc32((KEPT + DERIVED).encode()) & 0x7FFFFFFF
    connection.execute("PRAGMA journal_mode=WAL")
    if connection.execute("PRAGMA user_version").fetchone()[0] == version:
        return
    connection.execute("BEGIN IMMEDIATE")
    for statement in (*_drops(connection), *_statements(KEPT), *_statements(DERIVED)):
        connection.execute(statement)
    for customer, stage in connection.execute("SELECT customer, stage FROM customers").fetchall():
        rows.derive_all(connection, customer, stage)
    connection.execute(f"PRAGMA application_id = {LAYOUT}")
    connection.execute(f"PRAGMA user_version = {version}")
    connection.execute("COMMIT")


def _drops(connection: sqlite3.Connection) -> list[str]:
    found = connection.execute("SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view')").fetchall()
    return [f"DROP {type_} {name}" for type_, name in found if name not in _NOT_DERIVED]


def _statements(script: str) -> list[str]:
    lines = (line for line in script.splitlines() if not line.startswith("--"))
    return [statement for part in "\n".join(lines).split(";") if (statement := part.strip())]
