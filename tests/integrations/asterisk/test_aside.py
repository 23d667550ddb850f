"""What a node has set aside is here for 30 days and not longer, on disk either."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from integrations.asterisk import messages, storefile
from integrations.asterisk.aside import KEPT_SECONDS
from integrations.asterisk.node import Node
from integrations.asterisk.settings import Settings
from tenants.routing.live import Pause, Register
from tests.integrations.asterisk.exchange import settings_in
from tests.integrations.asterisk.test_stages import company, publish

NOISE = b"Anna Berg, 1001, sjuk " * 500


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A node's folder in which nothing is sound: its files were last written long ago, and are noise."""
    settings = settings_in(tmp_path / "node")
    settings.folder.mkdir()
    for path in (settings.store, settings.registers):
        path.write_bytes(NOISE)
        age(path, 400 * 86_400.0)
    return settings


@pytest.fixture
def node(settings: Settings) -> Iterator[Node]:
    """The node that found it so, and was given something since."""
    node = Node(settings)
    one = company(7)
    one.person(1, "1001")
    publish(node.store, one)
    node.registers.seed(7, [Register(kind="pause", subject="person/1", version=1, at=time.time(), value=Pause())])
    wav = settings.outbox / "7_1_46701234567_1700000000_channel.wav"
    wav.write_bytes(NOISE)
    age(wav, 400 * 86_400.0)
    (left,) = messages.recorded(settings.outbox)
    messages.set_aside(left)
    yield node
    node.spool.close()


def age(path: Path, seconds: float) -> None:
    moment = path.stat().st_mtime - seconds
    os.utime(path, (moment, moment))


def aside(settings: Settings) -> list[Path]:
    """Return every file with what must not stay."""
    return sorted(path for path in settings.folder.rglob("*") if path.is_file() and b"Anna Berg" in path.read_bytes())


def scrub(node: Node) -> list[Path]:
    asyncio.run(node.upkeep.scrub())
    return aside(node.settings)


def test_what_was_set_aside_lies_for_thirty_days(node: Node) -> None:
    """From then on, however long ago it had been written."""
    lying = aside(node.settings)
    names = {path.name.removeprefix("7_1_46701234567_1700000000_") for path in lying}
    assert names == {"rows.sqlite3", "live.sqlite3.damaged", "channel.refused"}
    for path in lying:
        age(path, KEPT_SECONDS - 60)
    assert scrub(node) == lying
    for path in lying:
        age(path, 120)
    assert scrub(node) == []


def test_what_is_in_use_stays(node: Node) -> None:
    for path in [node.store.path, node.settings.registers, *node.settings.spool.iterdir()]:
        age(path, KEPT_SECONDS * 2)
    scrub(node)
    assert node.store.path.exists()
    assert node.registers.heights()
    assert Node(node.settings).store.held(7).generation == 1


def test_what_sqlite_keeps_beside_a_file_goes_with_it(node: Node) -> None:
    left = node.settings.store
    for path in (left, node.settings.registers.with_name(f"live.sqlite3{storefile.DAMAGED}")):
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).write_bytes(NOISE)
        age(path, KEPT_SECONDS + 60)
    assert [path.suffix for path in scrub(node)] == [".refused"]


def test_events_the_portal_refused_are_dropped_by_when_they_happened(node: Node) -> None:
    for days in (31, 29):
        at = time.time() - days * 86_400
        node.spool.set_aside(msgspec.Raw(msgspec.json.encode({"customer": 7, "at": at, "caller": f"{days} days"})))
    scrub(node)
    (kept,) = (node.settings.spool / "refused").read_bytes().splitlines()
    assert b"29 days" in kept
