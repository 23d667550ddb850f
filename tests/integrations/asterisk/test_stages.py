"""A snapshot is written beside what calls follow: whoever dies, reads or writes meanwhile, there is one generation."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from integrations.asterisk import derive, identity
from integrations.asterisk.store import SMALL, Store
from tenants.routing import intake, root
from tenants.routing.objects import Announcement, Group, Mailbox, Member, Number, NumberFlow, Prompt, Waiting
from tenants.routing.wire import Conflict, Push, Receipt
from tests.integrations.asterisk.exchange import ROOT
from tests.integrations.asterisk.test_store import one_generation, rows
from tests.integrations.switch.company import Company, Wire
from tests.integrations.switch.company import identity as fresh_identity

WHO = fresh_identity()


def company(customer: int = 1) -> Company:
    """Return a customer that is pushed into a store without a wire."""
    return Company(Wire("http://127.0.0.1:1", WHO), customer)


def give(store: Store, push: Push) -> Receipt | Conflict:
    """Give a store a push as the node does."""
    secrets = identity.open_secrets(WHO, push)
    return store.activate(push, intake.stage(push), secrets, WHO.portal, time.perf_counter())


def publish(store: Store, one: Company, *, whole: bool = False) -> None:
    """Make what a customer wants active in a store."""
    push = one.snapshot() if whole or not one.generation else one.delta()
    assert isinstance(give(store, push), Receipt)
    one.generation, one.pushed = push.generation, dict(one.objects)


def many(one: Company, version: int, people: int = 150) -> None:
    """Have a customer want people, numbers and a group that all change with the version."""
    for at in range(1, people + 1):
        one.person(at, str(1000 + at), password=f"p{version}", version=version)
        one.put(Number(id=at, name="x", e164=f"+4640{622_000 + at}"), NumberFlow(id=at, entry="announcement/1"))
    one.put(Announcement(id=1, name=f"Version {version}", next="mailbox/1"), Mailbox(id=1, name=f"Version {version}"))
    one.put(Group(id=1, name="x", members=tuple(Member(person=f"person/{at}") for at in range(1, version + 2))))


def test_a_stage_that_becomes_active_while_others_are_swept_is_not_swept_itself(tmp_path: Path) -> None:
    """It was being filled, so that nobody followed it, when the sweep looked which ones to take."""
    filled, swept = threading.Event(), threading.Event()

    def at(point: str) -> None:
        if point == "filled" and threading.current_thread() is beside:
            filled.set()
            assert swept.wait(10)
        if point == "sweeping" and not swept.is_set():
            swept.set()
            time.sleep(0.5)  # the sweep rests as long once it has committed; the stage becomes active then

    store, left, becoming = Store(tmp_path / "rows.sqlite3", at), company(1), company(2)
    beside = threading.Thread(target=lambda: publish(store, becoming))
    for version in (1, 2):
        many(left, version, people=3)
        publish(store, left, whole=True)
    becoming.person(1, "1001", password="p", version=1)
    beside.start()
    assert filled.wait(10)
    store.sweep()
    beside.join()
    assert store.held(2).generation == 1
    assert not store.scrub(1)
    assert not store.scrub(2)


# --- killed ---------------------------------------------------------------------------------------------------------

DIES = """
import os, pathlib, signal, sys
import msgspec
from integrations.asterisk import identity
from integrations.asterisk.store import Store
from tenants.routing import intake
from tenants.routing.wire import Enrolled, Push

folder, point, left = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])

def at(name):
    global left
    if name == point:
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

who = msgspec.json.decode((folder / "who").read_bytes(), type=Enrolled)
push = msgspec.json.decode((folder / "push").read_bytes(), type=Push)
store = Store(folder / "rows.sqlite3", at)
store.activate(push, intake.stage(push), identity.open_secrets(who, push), who.portal, 0.0)
store.sweep()
"""


def die(folder: Path, push: Push, point: str, count: int) -> None:
    """Give a store a push in a process that is killed when it comes to a point for the nth time."""
    (folder / "who").write_bytes(msgspec.json.encode(WHO))
    (folder / "push").write_bytes(msgspec.json.encode(push))
    line = [sys.executable, "-c", DIES, str(folder), point, str(count)]
    assert subprocess.run(line, cwd=ROOT, check=False).returncode == -signal.SIGKILL, (point, count)


def stages(path: Path) -> set[int]:
    """Return the stages that any row of a store lies in."""
    tables = ("object_rows", "credential_rows", *(table.name for table in derive.TABLES))
    with closing(sqlite3.connect(path)) as connection:
        return {stage for name in tables for (stage,) in connection.execute(f"SELECT DISTINCT stage FROM {name}")}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("point", "count", "have"),
    [
        ("filling", 1, 1),
        ("filling", 2, 1),
        ("filling", 4, 1),
        ("filled", 1, 1),
        ("flipping", 1, 1),
        ("sweeping", 1, 2),
        ("sweeping", 3, 2),
    ],
)
def test_killed_at_any_point_of_a_snapshot_it_has_one_generation(
    tmp_path: Path, point: str, count: int, have: int
) -> None:
    path, one = tmp_path / "rows.sqlite3", company()
    many(one, 1)
    pushes = {1: one.snapshot(1)}
    assert isinstance(give(Store(path), pushes[1]), Receipt)
    many(one, 2)
    pushes[2] = one.snapshot(2)
    die(tmp_path, pushes[2], point, count)
    assert one_generation(path, pushes) == have
    store = Store(path)
    store.sweep()
    assert len(stages(path)) == 1
    assert isinstance(give(store, pushes[2]), Receipt)
    store.sweep()
    assert one_generation(path, pushes) == 2
    assert len(stages(path)) == 1


def test_killed_while_a_few_changes_are_written_it_has_the_generation_before(tmp_path: Path) -> None:
    path, one = tmp_path / "rows.sqlite3", company()
    many(one, 1)
    pushes = {1: one.snapshot(1)}
    publish(Store(path), one)
    many(one, 1)
    one.person(1, "9999", password="new", version=9)
    delta, pushes[2] = one.delta(), one.snapshot(2)
    die(tmp_path, delta, "changed", 1)
    assert one_generation(path, pushes) == 1
    assert isinstance(give(Store(path), delta), Receipt)
    assert one_generation(path, pushes) == 2


# --- at the same time -----------------------------------------------------------------------------------------------


def test_others_read_and_write_while_a_snapshot_is_being_staged(tmp_path: Path) -> None:
    """Asterisk waits a second at most to write; a call sees one generation; another customer's change goes between."""
    store, one, other = Store(tmp_path / "rows.sqlite3"), company(), company(2)
    many(one, 1, 600)
    publish(store, one)
    other.person(1, "1001")
    publish(store, other)
    many(one, 2, 600)
    staging = threading.Thread(target=give, args=(store, one.snapshot(2)))
    seen: set[tuple[int, str]] = set()
    staging.start()
    rounds = 0
    with closing(sqlite3.connect(store.path, isolation_level=None, timeout=1)) as asterisk:
        while staging.is_alive():
            with store.reading(1) as (config, generation):
                announcement, box = config.get("announcement/1"), config.get("mailbox/1")
            assert isinstance(announcement, Announcement)
            assert isinstance(box, Mailbox)
            assert announcement.name == box.name
            seen.add((generation, announcement.name))
            asterisk.execute("BEGIN IMMEDIATE")
            asterisk.execute("INSERT OR REPLACE INTO dropped VALUES ('x')")
            asterisk.execute("COMMIT")
            other.put(Announcement(id=1, name=f"Runda {rounds}"))
            publish(store, other)
            rounds += 1
    assert rounds > 3
    assert seen <= {(1, "Version 1"), (2, "Version 2")}
    assert store.held(1).generation == 2
    assert store.held(2).generation == 1 + rounds


def test_of_two_snapshots_at_once_the_newer_one_stays(tmp_path: Path) -> None:
    store, one = Store(tmp_path / "rows.sqlite3"), company()
    pushes = {}
    for version in range(1, 7):
        many(one, version, 40)
        pushes[version] = one.snapshot(version)
    givers = [threading.Thread(target=give, args=(store, push)) for push in reversed(pushes.values())]
    for giver in givers:
        giver.start()
    for giver in givers:
        giver.join()
    store.sweep()
    assert one_generation(store.path, pushes) == 6
    assert len(stages(store.path)) == 1


def test_a_number_two_customers_stage_at_once_goes_to_one_of_them(tmp_path: Path) -> None:
    store, refused = Store(tmp_path / "rows.sqlite3"), []

    def publish_one(customer: int) -> None:
        one = company(customer)
        for at in range(300):
            one.put(Number(id=at + 1, name="x", e164=f"+4640{622_000 + at}"))
        try:
            publish(store, one)
        except intake.Refused as error:
            refused.append(error.refusal.code)

    givers = [threading.Thread(target=publish_one, args=(customer,)) for customer in (1, 2, 3)]
    for giver in givers:
        giver.start()
    for giver in givers:
        giver.join()
    assert refused == ["number_taken"] * 2
    assert len(store.roots()) == 1


# --- the same whichever way it came ---------------------------------------------------------------------------------


def test_rows_are_the_same_whether_they_came_as_changes_or_at_once(tmp_path: Path) -> None:
    random_ = random.Random(3)
    store, one = Store(tmp_path / "rows.sqlite3"), company()
    many(one, 1, 60)
    publish(store, one)
    for round_ in range(12):
        for _ in range(random_.choice((1, 5, SMALL * 2))):
            change_something(one, random_, round_)
        publish(store, one)
        fresh, again = Store(tmp_path / str(round_) / "rows.sqlite3"), one.snapshot(1)
        assert isinstance(give(fresh, again), Receipt)
        for name in ("object_rows", "credential_rows", *(table.name for table in derive.TABLES)):
            assert rows(store.path, name, 1) == rows(fresh.path, name, 1), (round_, name)
        assert store.held(1).root == fresh.held(1).root
        assert not store.scrub(1)


def change_something(one: Company, random_: random.Random, round_: int) -> None:
    """Change, add or remove one thing of a customer."""
    at = random_.randrange(1, 120)
    match random_.randrange(6):
        case 0:
            one.person(at, str(1000 + at), version=round_ + 2, devices=random_.randrange(1, 3))
        case 1:
            one.objects.pop(f"person/{at}", None)
        case 2:
            one.put(NumberFlow(id=at, entry=random_.choice(("announcement/1", "group/1", f"person/{at}"))))
        case 3:
            one.put(Number(id=at, name="y", e164=f"+4640{622_000 + at}", is_main=at == 7))
        case 4:
            one.put(Announcement(id=1, name=f"{at}", next=random_.choice((None, "mailbox/1", f"person/{at}"))))
        case 5:
            one.put(Group(id=random_.randrange(1, 3), name="g", members=(Member(person=f"person/{at}"),)))


def test_a_large_change_is_staged_and_keeps_what_it_does_not_name(tmp_path: Path) -> None:
    store, one = Store(tmp_path / "rows.sqlite3"), company()
    many(one, 1)
    publish(store, one)
    before = stages(store.path)
    for at in range(1, SMALL + 2):
        one.put(Announcement(id=at + 1, name="Ny"))
    publish(store, one)
    store.sweep()
    assert stages(store.path).isdisjoint(before)
    assert store.telephones() == {one.username(at) for at in range(1, 151)}
    assert store.held(1).root == root.root_of(root.buckets_of((c.key, c.sha256 or "") for c in one.snapshot().changes))


def test_telephones_that_go_or_get_a_new_secret_are_noted(tmp_path: Path) -> None:
    store, one = Store(tmp_path / "rows.sqlite3"), company()
    for at in range(1, 5):
        one.person(at, f"100{at}")
    publish(store, one)
    assert store.dropped() == frozenset()
    del one.objects["person/2"]
    one.person(3, "1003", version=2)
    publish(store, one, whole=True)
    assert store.dropped() == {one.username(2), one.username(3)}


def test_an_object_that_is_named_twice_by_another_is_no_fault(tmp_path: Path) -> None:
    """The same sound as music and as message."""
    store, one = Store(tmp_path / "rows.sqlite3"), company()
    one.put(Prompt(id=1, name="x", narrow="0" * 64, wide="1" * 64, milliseconds=1))
    one.put(Group(id=1, name="x", waiting=Waiting(music="prompt/1", announce="prompt/1")))
    publish(store, one)
    assert rows(store.path, "reach_rows", 1) == {("group/1", "prompt/1")}


# --- looked up --------------------------------------------------------------------------------------------------------

REALTIME = [
    ("ps_endpoints", "id"),
    ("ps_auths", "id"),
    ("ps_aors", "id"),
    ("numbers", "e164"),
    ("devices", "username"),
    ("extensions", "id"),
    ("legs", "id"),
    ("queues", "name"),
    ("queue_members", "queue_name"),
    ("musiconhold", "name"),
    ("musiconhold_entry", "name"),
]
"""What Asterisk looks up in each of the views that ``extconfig.conf`` names."""


@pytest.mark.parametrize(("view", "column"), REALTIME)
def test_what_asterisk_looks_up_is_found_by_an_index(tmp_path: Path, view: str, column: str) -> None:
    store = Store(tmp_path / "rows.sqlite3")
    with closing(sqlite3.connect(store.path)) as connection:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN SELECT * FROM {view} WHERE {column} = 'x'")]
    assert plan
    tables = [step for step in plan if "VIRTUAL TABLE" not in step and step != f"SCAN {view}"]
    assert [step for step in tables if step.startswith("SEARCH")], plan
    assert not [step for step in tables if step.startswith("SCAN") or "AUTOMATIC" in step or "ORDER BY" in step], plan


def test_every_family_asterisk_knows_is_tried_here() -> None:
    config = (ROOT / "integrations/asterisk/etc/extconfig.conf").read_text()
    families = {line.split()[0] for line in config.splitlines() if "=> sqlite3" in line}
    assert families == {view for view, _ in REALTIME}
