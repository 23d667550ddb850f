"""How long calls wait for a customer of ten thousand people to become active, against a bare transaction of one row.

The node's own store on this machine's disk: 30,000 objects are staged beside what calls follow, then activated. What
is measured is how long the file's write lock is held: by the activation, and by the longest of the short
transactions before and after it. The bare transaction is one row in a file of its own, with the same safety on.
"""

from __future__ import annotations

import base64
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from integrations.asterisk import identity, openfile, storefile
from integrations.asterisk.store import Store
from tenants.routing import intake, root
from tenants.routing.objects import (
    AnyObject,
    Credential,
    Device,
    Mailbox,
    Number,
    NumberFlow,
    Person,
    digest,
    encode,
    key_of,
)
from tenants.routing.wire import Change, Enrolled, Push, Receipt, Sealed

PEOPLE = 10_000
ROUNDS = 3
DELTAS = 60
_KEY = os.urandom(32)
_WHO = Enrolled(
    node=1, portal="bench", token_of_node="", token_of_portal="", sealing_key=base64.b64encode(_KEY).decode()
)


def figures() -> list[tuple[str, float, str]]:
    """Return the milliseconds the write lock is held, for a snapshot, for a change of one object, and for one row."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        bare = _bare(folder / "bare.sqlite3")
        held, spent, deltas = _snapshots(folder / "rows.sqlite3")
    activation = statistics.median(times[-1] for times in held)
    return [
        ("snapshot_30000_activation", round(activation, 2), "ms"),
        ("snapshot_30000_longest_lock", round(max(max(times) for times in held), 2), "ms"),
        ("snapshot_30000_staged_in", round(statistics.median(spent), 2), "s"),
        ("change_of_one_among_30000", round(statistics.median(deltas), 2), "ms"),
        ("bare_transaction_of_one_row", round(bare, 2), "ms"),
        ("snapshot_activation_ratio", round(activation / bare, 2), "x"),
    ]


def _bare(path: Path) -> float:
    connection = storefile.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, body TEXT)")
    spent = []
    for _ in range(100):
        began = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT OR REPLACE INTO bare VALUES (1, ?)", ("x" * 100,))
        connection.execute("COMMIT")
        spent.append((time.perf_counter() - began) * 1000)
    connection.close()
    return statistics.median(spent)


class _Timed(openfile.OpenFile):
    """A file that notes how long each of its writers held the lock, milliseconds."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.held: list[float] = []

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Note how long the block and its commit took."""
        with self.turn:
            began = time.perf_counter()
            with super().writing() as connection:
                yield connection
            self.held.append((time.perf_counter() - began) * 1000)


def _snapshots(path: Path) -> tuple[list[list[float]], list[float], list[float]]:
    """Return, of each snapshot, how long each transaction held the lock, the activation's last; and of each delta."""
    store = Store(path)
    timed = store._file = _Timed(path)
    held, spent, secrets = [], [], _secrets()
    for version in range(1, ROUNDS + 1):
        push = _push(_company(version), version, secrets)
        staged, opened = intake.stage(push), identity.open_secrets(_WHO, push)
        timed.held, began = [], time.perf_counter()
        assert isinstance(store.activate(push, staged, opened, _WHO.portal, began), Receipt)
        spent.append(time.perf_counter() - began)
        held.append(timed.held)
        store.sweep()
    return held, spent, _deltas(store, timed, _company(ROUNDS))


def _deltas(store: Store, timed: _Timed, objects: dict[str, AnyObject]) -> list[float]:
    timed.held = []
    hashes = {key: digest(encode(obj)) for key, obj in objects.items()}
    for at in range(DELTAS):
        change = _change(Mailbox(id=1, name=f"Version {at} av en"))
        hashes[change.key] = change.sha256 or ""
        push = Push(
            portal=_WHO.portal, customer=1, epoch=1, generation=ROUNDS + at + 1, base=ROUNDS + at,
            root=root.root_of(root.buckets_of(hashes.items())), changes=(change,),
        )  # fmt: skip
        assert isinstance(store.activate(push, intake.stage(push), {}, _WHO.portal, time.perf_counter()), Receipt)
    return timed.held


def _company(version: int) -> dict[str, AnyObject]:
    parts: list[AnyObject] = []
    for at in range(1, PEOPLE + 1):
        device = Device(id=at, username=f"p{at}", credential=Credential(id=at, version=1))
        parts.append(Person(id=at, name=f"Person {at}", extension=str(100_000 + at), devices=(device,)))
        parts.append(Mailbox(id=at, name=f"Version {version}"))
        if at <= PEOPLE // 2:
            parts.append(Number(id=at, name="Direkt", e164=f"+46406{at:05}"))
            parts.append(NumberFlow(id=at, entry=f"person/{at}"))
    return {key_of(part): part for part in parts}


def _secrets() -> tuple[Sealed, ...]:
    sealed, nonce = AESGCM(_KEY), bytes(12)
    boxes = ((at, sealed.encrypt(nonce, b"secret", f"1/{at}/1".encode())) for at in range(1, PEOPLE + 1))
    return tuple(Sealed(credential=at, version=1, box=base64.b64encode(nonce + box).decode()) for at, box in boxes)


def _push(objects: dict[str, AnyObject], generation: int, secrets: tuple[Sealed, ...]) -> Push:
    changes = tuple(_change(obj) for obj in objects.values())
    hashes = ((change.key, change.sha256 or "") for change in changes)
    return Push(
        portal=_WHO.portal, customer=1, epoch=1, generation=generation, changes=changes, secrets=secrets,
        root=root.root_of(root.buckets_of(hashes)),
    )  # fmt: skip


def _change(obj: AnyObject) -> Change:
    body = encode(obj)
    return Change(key=key_of(obj), sha256=digest(body), body=msgspec.Raw(body))
