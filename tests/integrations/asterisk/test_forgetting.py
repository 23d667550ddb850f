"""What a node has beside its store of a customer who is gone: nothing, on disk either."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from integrations.asterisk import forgetting
from integrations.asterisk.node import Node
from integrations.asterisk.rests import Rests
from integrations.asterisk.spool import Spool
from integrations.asterisk.store import Store
from tenants.routing import root
from tenants.routing.live import Pause, Register
from tenants.routing.wire import Push, Receipt
from tests.integrations.asterisk.exchange import NodeProcess, settings_in, until
from tests.integrations.asterisk.test_stages import company as stored_company
from tests.integrations.asterisk.test_stages import publish
from tests.integrations.switch.company import Company
from tests.integrations.switch.live_contract import Desk, command

SECRET = "Hemligt-besked-om-sjukdom"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[NodeProcess]:
    """A node of its own, without a switch."""
    node = NodeProcess(settings_in(tmp_path / "node"))
    node.start()
    yield node
    node.stop()


@pytest.fixture
def company(node: NodeProcess) -> Company:
    """A customer with one person who is paused, for a reason nobody else must know."""
    company = Company(node.wire, 7)
    company.person(1, "1001")
    company.publish()
    Desk(node.wire, 7).set(command(Pause(reason=SECRET), kind="pause", subject="person/1"))
    return company


def nothing(company: Company) -> Push:
    """Return what a node that is left is given."""
    return msgspec.structs.replace(company.snapshot(2), changes=(), secrets=(), root=root.root_of(root.EMPTY))


def live_files(node: NodeProcess) -> bytes:
    """Return all bytes of the node's live state."""
    return b"".join(path.read_bytes() for path in node.settings.folder.glob("live.sqlite3*"))


def test_not_a_byte_of_live_state_stays(node: NodeProcess, company: Company) -> None:
    assert SECRET.encode() in live_files(node)
    assert isinstance(node.wire.push(nothing(company)), Receipt)
    assert SECRET.encode() not in live_files(node)


def test_what_was_noted_when_the_node_was_killed_is_forgotten_when_it_is_back(
    node: NodeProcess, company: Company
) -> None:
    """The note stands in the transaction that takes the objects away; this is one nobody has come to."""
    node.send(signal.SIGKILL)
    with sqlite3.connect(node.settings.store) as connection:
        connection.execute("UPDATE customers SET root = ?", (root.root_of(root.EMPTY),))
        connection.execute("INSERT INTO gone VALUES (7, '')")
    connection.close()
    node.start()
    until(lambda: Desk(node.wire, 7).height() == 0)
    with sqlite3.connect(node.settings.store) as connection:
        until(lambda: connection.execute("SELECT count(*) FROM gone").fetchone() == (0,))
    connection.close()


def test_the_scrub_finds_what_an_older_node_left_lying(node: NodeProcess, company: Company) -> None:
    (left,) = Desk(node.wire, 7).since()
    node.wire.push(nothing(company))
    node.send(signal.SIGKILL)
    with sqlite3.connect(node.settings.registers) as connection:
        row = (7, left.kind, left.subject, msgspec.json.encode(left))
        connection.execute("INSERT INTO registers VALUES (?, ?, ?, ?)", row)
    connection.close()
    node.settings.rests.write_text('{"owed":{"7_1":30},"until":{}}')
    node.start()
    until(lambda: Desk(node.wire, 7).height() == 0)
    until(lambda: "7_1" not in node.settings.rests.read_text())


def test_what_the_portal_never_took_goes_and_what_it_was_not_given_stays(node: NodeProcess, company: Company) -> None:
    outbox = node.settings.outbox
    ours, due, others = outbox / "7_1__1_a.refused", outbox / "7_1__1_b.wav", outbox / "77_1__1_c.refused"
    for path in (ours, due, others):
        path.write_bytes(b"ljud")
    node.wire.push(nothing(company))
    assert [path.exists() for path in (ours, due, others)] == [False, True, True]


def test_time_after_calls_of_others_stays(tmp_path: Path) -> None:
    rests = Rests(tmp_path / "rests.json")
    for leg in ("7_1", "77_1"):
        rests.owe(leg, 30)
        rests.has(leg, time.time(), free=leg == "7_1")
    rests.forget(7)
    rests.keep()
    assert Rests(tmp_path / "rests.json").customers() == {77}


def test_confirmed_and_refused_events_of_a_customer_are_not_kept_for_the_segment_to_fill(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for customer in (7, 8):
        spool.append("call.ended", customer, "call", {"caller": f"+4670111000{customer}"})
    spool.sync()
    events, mark = spool.batch(1)
    assert mark is not None
    spool.set_aside(events[0])
    spool.confirm(mark, 1)
    spool.forget(7)
    assert (tmp_path / "refused").read_bytes() == b""
    assert [msgspec.json.decode(event)["customer"] for event in spool.batch(10)[0]] == [8]
    events, mark = spool.batch(10)
    assert mark is not None
    spool.confirm(mark, 1)
    spool.forget(8)
    assert b"+4670111000" not in b"".join(path.read_bytes() for path in tmp_path.glob("*.jsonl"))
    spool.append("call.ended", 9, "call")
    spool.sync()
    assert len(spool.batch(10)[0]) == 1
    spool.close()


def old(node: Node, *subjects: str) -> None:
    """Let these people have been paused a week ago."""
    at = time.time() - 7 * 86_400
    kept = (
        Register(kind="pause", subject=one, version=rank, at=at, value=Pause()) for rank, one in enumerate(subjects, 1)
    )
    node.registers.seed(7, kept)


def test_the_scrub_forgets_what_speaks_of_nobody_and_bears_a_rotten_object(tmp_path: Path) -> None:
    node = Node(settings_in(tmp_path / "node"))
    one = stored_company(7)
    for ident in (1, 2):
        one.person(ident, f"100{ident}")
    publish(node.store, one)
    old(node, "person/1", "person/9", "person/2")
    asyncio.run(forgetting.orphans(node))
    assert [found.subject for found in node.registers.since(7, -1)] == ["person/1", "person/2"]
    with sqlite3.connect(node.settings.store) as connection:
        connection.execute("UPDATE object_rows SET body = CAST('{}' AS BLOB) WHERE key = 'person/1'")
    connection.close()
    asyncio.run(forgetting.orphans(node))
    assert len(node.registers.since(7, -1)) == 2
    assert node.store.doubted == {7}
    node.spool.close()


def test_a_store_of_an_older_node_gets_the_table_of_what_is_gone(tmp_path: Path) -> None:
    store = Store(tmp_path / "rows.sqlite3")
    publish(store, stored_company(7))
    with sqlite3.connect(store.path) as connection:
        connection.execute("DROP TABLE gone")
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    again = Store(tmp_path / "rows.sqlite3")
    assert again.path == store.path
    assert again.gone() == {}
    assert again.held(7).generation == 1
