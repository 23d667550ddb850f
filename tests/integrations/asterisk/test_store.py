"""What the node keeps: one generation whatever happens, rows that follow from objects, drift that is found."""

from __future__ import annotations

import random
import signal
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from integrations.asterisk.scrubbing import Drift
from integrations.asterisk.store import Store
from tenants.routing import objects, root
from tenants.routing.objects import Announcement, Choice, External, Group, Mailbox, Member, Menu, Number, NumberFlow
from tenants.routing.wire import Push
from tests.integrations.asterisk.exchange import NodeProcess, settings_in
from tests.integrations.switch.company import Company, Wire


def rows(path: Path, table: str, customer: int) -> set[tuple[Any, ...]]:
    """Return the rows of a table that calls of a customer follow, without their stage."""
    with closing(sqlite3.connect(path)) as connection:
        query = f"SELECT * FROM {table} WHERE stage = (SELECT stage FROM customers WHERE customer = ?)"
        return {row[1:] for row in connection.execute(query, (customer,))}


def one_generation(path: Path, pushes: dict[int, Push]) -> int:
    """Return the generation a store has, having checked that all of it is exactly that one."""
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT generation, root, buckets FROM customers WHERE customer = 1").fetchone()
    lines = rows(path, "object_rows", 1)
    stored, bodies = {line[0]: line[2] for line in lines}, {line[0]: line[3] for line in lines}
    if found is None:
        assert not stored
        return 0
    generation, top, buckets = found
    wanted = {change.key: change.sha256 for change in pushes[generation].changes}
    assert stored == wanted
    assert {key: objects.digest(body) for key, body in bodies.items()} == wanted
    assert root.root_of(buckets) == top == pushes[generation].root
    assert root.buckets_of(stored.items()) == buckets
    assert not Store(path).scrub(1)
    return int(generation)


def big(wire: Wire, version: int, people: int = 150) -> Push:
    """Return a snapshot of a customer whose every object changes with the version."""
    company = Company(wire, 1)
    for at in range(1, people + 1):
        company.person(at, str(1000 + at), password=f"p{version}", version=version)
        company.put(Announcement(id=at, name=f"Version {version}", next="mailbox/1"))
        company.put(Number(id=at, name="x", e164=f"+4640{622_000 + at}"), NumberFlow(id=at, entry=f"announcement/{at}"))
    company.put(Mailbox(id=1, name=f"Version {version}"))
    return company.snapshot(version)


@pytest.mark.slow
def test_a_node_killed_while_it_activates_has_exactly_one_generation(tmp_path: Path) -> None:
    """Killed at any moment of a push in odd rounds, and in even ones just as something is being written."""
    node, random_ = NodeProcess(settings_in(tmp_path)), random.Random(7)
    pushes = {version: big(node.wire, version) for version in range(1, 10)}
    wal = node.settings.store.with_name(node.settings.store.name + "-wal")
    node.start()
    begun = time.perf_counter()
    node.wire.push(pushes[1])
    whole = time.perf_counter() - begun
    have = 1
    for version in range(2, 9):
        written = wal.stat().st_mtime_ns
        sender = threading.Thread(target=_push_into_the_dark, args=(node.wire, msgspec.json.encode(pushes[version])))
        sender.start()
        if version % 2:
            time.sleep(random_.uniform(0.3, 1.1) * whole)
        else:
            _wait_for_writing(wal, written)
        node.send(signal.SIGKILL)
        sender.join()
        before, have = have, one_generation(node.settings.store, pushes)
        assert have in (before, version)
        node.start()
    node.wire.push(pushes[9])
    node.stop()
    assert one_generation(node.settings.store, pushes) == 9


def _wait_for_writing(path: Path, written: int) -> None:
    deadline = time.monotonic() + 5
    while path.stat().st_mtime_ns == written:
        assert time.monotonic() < deadline, "nothing was written"


def _push_into_the_dark(wire: Wire, body: bytes) -> None:
    try:
        wire.http.post("/v1/customers/1/push", content=body)
    except httpx.HTTPError:
        return


@pytest.fixture
def node(tmp_path: Path) -> NodeProcess:
    """A node that is not running yet."""
    return NodeProcess(settings_in(tmp_path))


def test_what_is_active_survives_a_restart(node: NodeProcess) -> None:
    node.start()
    company = Company(node.wire, 5)
    company.person(1, "1001")
    receipt = company.publish()
    node.send(signal.SIGKILL)
    node.start()
    assert node.wire.push(company.snapshot(1)) == receipt
    company.person(2, "1002")
    company.publish()
    node.stop()


def test_a_store_can_be_read_by_its_owner_only(node: NodeProcess) -> None:
    node.start()
    node.stop()
    assert node.settings.store.stat().st_mode & 0o077 == 0
    assert (node.settings.folder / "identity.json").stat().st_mode & 0o077 == 0


def test_an_edit_of_one_object_is_active_fast_among_many(node: NodeProcess) -> None:
    node.start()
    company = Company(node.wire, 1)
    for at in range(1, 3001):
        company.put(Announcement(id=at, name=f"Besked {at}"))
    company.publish()
    spent = []
    for version in range(5):
        company.put(Announcement(id=7, name=f"Version {version}"))
        spent.append(company.publish().milliseconds)
    node.stop()
    assert sorted(spent)[2] < 50, spent


def test_drift_is_found_and_derived_rows_are_put_right(node: NodeProcess) -> None:
    node.start()
    company = Company(node.wire, 1)
    company.person(1, "1001")
    company.put(
        Number(id=1, name="x", e164="+46406221000"), NumberFlow(id=1, entry="mailbox/1"), Mailbox(id=1, name="x")
    )
    company.publish()
    node.stop()
    path = node.settings.store
    assert not Store(path).scrub(1)
    right = rows(path, "number_rows", 1)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE number_rows SET resort = 'tone'")
        connection.execute("DELETE FROM telephone_rows")
    assert Store(path).scrub(1) == Drift(rows=2)
    assert rows(path, "number_rows", 1) == right
    assert Store(path).telephones() == {company.username(1)}
    with sqlite3.connect(path) as connection:
        connection.execute(
            "UPDATE object_rows SET body = CAST(replace(body, '\"x\"', '\"y\"') AS BLOB) WHERE key = 'mailbox/1'"
        )
    drifted = Store(path)
    assert drifted.scrub(1).objects
    assert drifted.roots()[0].root != company.snapshot().root
    node.start()
    assert node.wire.push(company.snapshot(1)) == Store(path).receipt(1)
    assert one_generation(path, {1: company.snapshot(1)}) == 1
    node.stop()


ANSWER = Announcement(id=1, name="x")
TO_BOX = Announcement(id=1, name="x", next="mailbox/1")
TO_OUTSIDE = Announcement(id=1, name="x", next="external/1")
TO_MENU = Announcement(id=1, name="x", next="menu/1")
TO_GROUP = Announcement(id=1, name="x", next="group/1")
BOX, OUTSIDE = Mailbox(id=1, name="x"), External(id=1, name="x", e164="+46701234567")
ROUND = Menu(id=1, name="x", choices=(Choice(digit="1", target="announcement/1"),))
TEAM = Group(id=1, name="x", members=(Member(person="person/1"),))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("parts", "resort"),
    [
        ((), ("tone", "")),
        ((ANSWER,), ("tone", "")),
        ((TO_BOX, BOX), ("mailbox", "1_1")),
        ((TO_OUTSIDE, OUTSIDE), ("external", "+46701234567")),
        ((TO_MENU, ROUND), ("tone", "")),
        ((TO_GROUP, TEAM), ("phones", "PJSIP/t1-1-0")),
        ((TO_GROUP, msgspec.structs.replace(TEAM, no_answer="mailbox/1"), BOX), ("mailbox", "1_1")),
    ],
)
def test_every_number_has_a_last_resort(
    node: NodeProcess, parts: tuple[objects.AnyObject, ...], resort: tuple[str, str]
) -> None:
    node.start()
    company = Company(node.wire, 1)
    company.person(1, "1001")
    company.put(Number(id=1, name="x", e164="+46406221000"), NumberFlow(id=1, entry="announcement/1"), *parts)
    company.publish()
    node.stop()
    (line,) = rows(node.settings.store, "number_rows", 1)
    assert line[3:5] == resort


def test_a_last_resort_follows_what_it_depends_on(node: NodeProcess) -> None:
    node.start()
    company = Company(node.wire, 1)
    company.put(Number(id=1, name="x", e164="+46406221000"), NumberFlow(id=1, entry="announcement/1"))
    resorts = []
    for parts in (
        (Announcement(id=1, name="x", next="menu/1"),),
        (Menu(id=1, name="x", no_input="external/1"), External(id=1, name="x", e164="+46701234567")),
        (External(id=1, name="x", e164="+46707654321"),),
        (Menu(id=1, name="x", no_input="mailbox/3"), Mailbox(id=3, name="x")),
        (NumberFlow(id=1, entry=None),),
    ):
        company.put(*parts)
        company.publish()
        (line,) = rows(node.settings.store, "number_rows", 1)
        resorts.append(line[4])
    node.stop()
    assert resorts == ["", "+46701234567", "+46707654321", "1_3", ""]
    assert not Store(node.settings.store).scrub(1)
