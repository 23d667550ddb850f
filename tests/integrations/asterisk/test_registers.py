"""Live state on a disk that rots: the node starts, says what it lost, and has it again from the portal."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from integrations.asterisk.registers import Registers
from integrations.asterisk.spool import Spool
from tenants.routing.live import Order, Pause, Register
from tenants.routing.wire import Command, Event

PEOPLE = 40


def opened(folder: Path) -> Registers:
    return Registers(folder / "live.sqlite3", Spool(folder / "spool"))


def paused(person: int) -> Command:
    order = Order(kind="pause", subject=f"person/{person}", value=Pause(reason="lunch"))
    return Command(id=f"pause-{person}", order=order)


def drifts(spool: Spool) -> list[Event]:
    """Return what a node tells of damage."""
    spool.sync()
    told, _mark = spool.batch(1000)
    return [event for raw in told if (event := msgspec.json.decode(raw, type=Event)).kind == "drift"]


@pytest.fixture
def kept(tmp_path: Path) -> list[Register]:
    """What forty people of a customer have set; the node that wrote it is gone."""
    node = opened(tmp_path)
    for person in range(1, PEOPLE + 1):
        node.obey(7, paused(person), lambda _key: True)
    node.obey(8, paused(1), lambda _key: True)
    return node.since(7, -1)


def bodies(folder: Path) -> list[tuple[str, bytes]]:
    with closing(sqlite3.connect(folder / "live.sqlite3")) as file:
        return file.execute("SELECT subject, register FROM registers WHERE customer = 7 ORDER BY subject").fetchall()


def flip(folder: Path, subject: str, dice: random.Random) -> None:
    """Flip one bit of one register, as a disk does."""
    body = bytearray(dict(bodies(folder))[subject])
    body[dice.randrange(len(body))] ^= 1 << dice.randrange(8)
    with closing(sqlite3.connect(folder / "live.sqlite3")) as file, file:
        file.execute("UPDATE registers SET register = ? WHERE customer = 7 AND subject = ?", (bytes(body), subject))


def test_registers_that_rotted_are_dropped_told_and_had_again(tmp_path: Path, kept: list[Register]) -> None:
    dice = random.Random(11)
    for one in kept:
        flip(tmp_path, one.subject, dice)
    spool = Spool(tmp_path / "spool")
    node = Registers(tmp_path / "live.sqlite3", spool)
    assert node.since(7, -1) == [], "a flipped bit that leaves a register readable is found too"
    assert len(node.since(8, -1)) == 1, "another customer's stands"
    assert [event.customer for event in drifts(spool)] == [7] * PEOPLE
    assert bodies(tmp_path) == []
    node.seed(7, kept)
    assert sorted(node.since(7, -1), key=by_subject) == sorted(kept, key=by_subject)
    assert len(opened(tmp_path).since(7, -1)) == PEOPLE


def by_subject(register: Register) -> str:
    return register.subject


@pytest.mark.parametrize(
    "damage",
    ["customer = 9", "kind = 'login'", "subject = 'person/999'",
     "register = (SELECT register FROM registers WHERE customer = 7 AND subject = 'person/2')"],
    ids=["customer", "kind", "subject", "another's body"],
)  # fmt: skip
def test_a_register_in_anothers_place_is_dropped(tmp_path: Path, kept: list[Register], damage: str) -> None:
    with closing(sqlite3.connect(tmp_path / "live.sqlite3")) as file, file:
        file.execute(f"UPDATE registers SET {damage} WHERE customer = 7 AND subject = 'person/1'")
    node = opened(tmp_path)
    assert sorted(node.since(7, -1), key=by_subject) == sorted(
        (one for one in kept if one.subject != "person/1"), key=by_subject
    )
    assert node.since(9, -1) == []


def test_a_file_of_noise_is_set_aside(tmp_path: Path, kept: list[Register]) -> None:
    (tmp_path / "live.sqlite3").write_bytes(random.Random(5).randbytes(20_000))
    for part in ("-wal", "-shm"):
        (tmp_path / f"live.sqlite3{part}").unlink(missing_ok=True)
    node = opened(tmp_path)
    assert node.all() == []
    assert (tmp_path / "live.sqlite3.damaged").stat().st_size == 20_000
    node.seed(7, kept)
    assert opened(tmp_path).since(7, -1) == node.since(7, -1)
