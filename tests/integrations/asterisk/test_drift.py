"""Bits that flip on the node's disk: every one is found, and all is put right by the node or by the portal."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from integrations.asterisk import derive
from integrations.asterisk.blobs import KEEP_SECONDS, Blobs
from integrations.asterisk.openfile import Damaged
from integrations.asterisk.rows import Rotten
from integrations.asterisk.scrubbing import Drift
from integrations.asterisk.store import Store
from tenants.routing import objects
from tenants.routing.objects import Announcement, Group, Mailbox, Member, Prompt, Waiting
from tenants.routing.wire import Conflict, Receipt
from tests.integrations.asterisk.test_stages import company, give, many, publish
from tests.integrations.switch.company import Company
from tests.phones import tones

DERIVED = tuple(table.name for table in derive.TABLES)
GIVEN = ("object_rows", "credential_rows")
ALL = (*GIVEN, *DERIVED)
Line = tuple[Any, ...]


@contextmanager
def raw(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a store's file as nobody should, with text as bytes."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.text_factory = bytes
        yield connection


def types_of(connection: sqlite3.Connection, table: str) -> dict[str, str]:
    """Return a table's columns, but its stage, with their types."""
    found = connection.execute(f"PRAGMA table_info({table})").fetchall()
    return {row[1].decode(): row[2].decode() for row in found if row[1] != b"stage"}


def contents(path: Path) -> dict[str, list[Line]]:
    """Return all rows that calls of customer 1 follow, and what is written down about it, but not where or when."""
    with raw(path) as connection:
        [(stage,)] = connection.execute("SELECT stage FROM customers WHERE customer = 1")
        found = {
            table: sorted(
                connection.execute(
                    f"SELECT {', '.join(types_of(connection, table))} FROM {table} WHERE stage = {stage}"
                )
            )
            for table in ALL
        }
        query = "SELECT epoch, generation, root, buckets FROM customers WHERE customer = 1"
        return found | {"customers": connection.execute(query).fetchall()}


def flipped(value: Any, random_: random.Random) -> Any:
    """Return a value with one of its bits another; what is empty can't have one."""
    if isinstance(value, int):
        return value ^ 1 << random_.randrange(20)
    at, flips = random_.randrange(len(value)), bytearray(value)
    flips[at] ^= 1 << random_.randrange(8)
    return bytes(flips)


def flip(path: Path, tables: tuple[str, ...], random_: random.Random, done: set[tuple[str, Line]]) -> bool:
    """Flip a bit of one value of a row that has none flipped yet. False if the database would not have it."""
    with raw(path) as connection:
        table = random_.choice(tables)
        types = types_of(connection, table)
        [(stage,)] = connection.execute("SELECT stage FROM customers WHERE customer = 1")
        query = f"SELECT {', '.join(types)} FROM {table} WHERE stage = {stage} ORDER BY 1, 2"
        line = random_.choice(connection.execute(query).fetchall())
        column = random_.randrange(len(line))
        if (table, line) in done or line[column] in (b"", None):
            return False
        value = flipped(line[column], random_)
        new = "CAST(? AS TEXT)" if list(types.values())[column] == "TEXT" else "?"
        where = " AND ".join(
            f"{name} = {'CAST(? AS TEXT)' if type_ == 'TEXT' else '?'}" for name, type_ in types.items()
        )
        query = f"UPDATE {table} SET {list(types)[column]} = {new} WHERE stage = {stage} AND {where}"
        try:
            assert connection.execute(query, (value, *line)).rowcount == 1
        except sqlite3.IntegrityError:
            return False
        done.add((table, (*line[:column], value, *line[column + 1 :])))
    return True


def flip_many(path: Path, tables: tuple[str, ...], count: int, random_: random.Random) -> int:
    """Flip a bit in each of this many rows."""
    done: set[tuple[str, Line]] = set()
    while len(done) < count:
        flip(path, tables, random_, done)
    return len(done)


def grown(folder: Path) -> tuple[Store, Company]:
    """Return a store with a customer in it who has some of everything."""
    store, one = Store(folder / "rows.sqlite3"), company()
    many(one, 3, 60)
    for at in range(1, 30):
        names = [objects.digest(f"{at} {rate}".encode()) for rate in (8, 16)]
        one.put(Prompt(id=at, name="x", narrow=names[0], wide=names[1], milliseconds=1))
        one.put(Mailbox(id=at + 1, name="x", owner=f"person/{at}"))
        line = Waiting(music=f"prompt/{at}", announce="prompt/1")
        one.put(Group(id=at + 1, name="x", members=(Member(person=f"person/{at}"),), waiting=line))
    publish(store, one)
    for table, lines in contents(store.path).items():
        assert lines, f"nothing follows into {table}: give this customer something that does"
    return store, one


@pytest.mark.slow
def test_a_thousand_flipped_bits_are_all_found_and_put_right(tmp_path: Path) -> None:
    """In rounds of 20: derived rows by the node alone, objects and secrets by the portal's snapshot."""
    random_ = random.Random(11)
    store, one = grown(tmp_path)
    right, receipt = contents(store.path), store.receipt(1)
    flips = 0
    for _ in range(30):
        count = flip_many(store.path, DERIVED, 20, random_)
        found = store.scrub(1)
        assert found == Drift(rows=found.rows)
        assert count <= found.rows <= 2 * count, "one that looks like another row is two"
        assert contents(store.path) == right
        assert store.receipt(1) == receipt
        flips += count
    for round_ in range(20):
        count = flip_many(store.path, GIVEN if round_ % 2 else ALL, 20, random_)
        found = store.scrub(1)
        assert found
        if store.roots()[0].root != receipt.root:
            assert isinstance(give(store, one.snapshot(1)), Receipt)
        assert contents(store.path) == right
        flips += count
    store.sweep()
    assert flips == 1000
    assert not store.scrub(1)


@pytest.mark.slow
@pytest.mark.parametrize("table", ALL)
def test_one_flipped_bit_in_any_column_is_found(tmp_path: Path, table: str) -> None:
    store, one = grown(tmp_path)
    right = contents(store.path)
    for seed in range(8):
        if flip(store.path, (table,), random.Random(seed), set()):
            assert store.scrub(1), seed
            if store.roots()[0].root == "":
                assert isinstance(give(store, one.snapshot(1)), Receipt)
            assert contents(store.path) == right
    assert not store.scrub(1)


def test_every_flipped_object_and_secret_is_counted(tmp_path: Path) -> None:
    random_, (store, _) = random.Random(5), grown(tmp_path)
    with raw(store.path) as connection:
        bodies = connection.execute("SELECT stage, key, body FROM object_rows").fetchall()
        for stage, key, body in random_.sample(bodies, 40):
            query = "UPDATE object_rows SET body = ? WHERE stage = ? AND key = CAST(? AS TEXT)"
            connection.execute(query, (flipped(body, random_), stage, key))
        connection.execute("UPDATE credential_rows SET secret = 'x' || secret WHERE credential IN (10, 20, 30)")
    assert store.scrub(1) == Drift(objects=40, secrets=3)
    assert not store.scrub(1), "it is told once"
    assert store.held(1).root == ""


@pytest.mark.parametrize("column", ["root", "buckets"])
def test_a_flipped_digest_is_put_right_by_the_node(tmp_path: Path, column: str) -> None:
    store, _ = grown(tmp_path)
    right, random_ = contents(store.path), random.Random(2)
    for _ in range(6):
        with raw(store.path) as connection:
            [(value,)] = connection.execute(f"SELECT {column} FROM customers")
            new = "CAST(? AS TEXT)" if column == "root" else "?"
            connection.execute(f"UPDATE customers SET {column} = {new}", (flipped(value, random_),))
        assert store.scrub(1) == Drift(digests=1)
        assert contents(store.path) == right


def test_a_row_that_flips_into_another_stage_is_found_and_swept(tmp_path: Path) -> None:
    store, one = grown(tmp_path)
    right = contents(store.path)
    with raw(store.path) as connection:
        connection.execute("UPDATE object_rows SET stage = 4711 WHERE key = 'person/7'")
        connection.execute("UPDATE telephone_rows SET stage = 4712 WHERE username = 't1-9-0'")
    assert store.scrub(1)
    assert isinstance(give(store, one.snapshot(1)), Receipt)
    store.check()
    store.sweep()
    assert contents(store.path) == right
    with raw(store.path) as connection:
        assert connection.execute("SELECT count(*) FROM object_rows WHERE stage > 4000").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM telephone_rows WHERE stage > 4000").fetchone() == (0,)


def test_on_a_rotten_object_no_call_is_decided_and_no_change_built(tmp_path: Path) -> None:
    store, one = grown(tmp_path)
    with raw(store.path) as connection:
        query = "UPDATE object_rows SET body = CAST(replace(body, 'Version', 'Wersion') AS BLOB) WHERE key = ?"
        connection.execute(query, ("announcement/1",))
    with store.reading(1) as (config, _), pytest.raises(Rotten):
        config.get("announcement/1")
    assert store.doubted == {1}
    one.put(Announcement(id=2, name="Ny"))
    assert store.scrub(1).objects == 1
    assert store.doubted == set()
    answer = give(store, one.delta())
    assert isinstance(answer, Conflict)
    assert answer.code == "root_mismatch"
    publish(store, one, whole=True)
    assert not store.scrub(1)


def test_a_change_that_meets_a_rotten_object_asks_for_everything(tmp_path: Path) -> None:
    store, one = grown(tmp_path)
    with raw(store.path) as connection:
        connection.execute("UPDATE object_rows SET body = X'00' WHERE key = 'mailbox/1'")
    one.put(Announcement(id=1, name="Ny", next="mailbox/1"))
    answer = give(store, one.delta())
    assert isinstance(answer, Conflict)
    assert answer.code == "root_mismatch"


# --- the file itself ------------------------------------------------------------------------------------------------


def spoil(path: Path, start: int, count: int, seed: int) -> None:
    """Write noise over some of a file's pages, as a dying disk does."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    random_, size = random.Random(seed), path.stat().st_size
    with path.open("r+b") as file:
        for _ in range(count):
            file.seek(random_.randrange(start, size // 4096) * 4096)
            file.write(random_.randbytes(4096))


def two_customers(folder: Path) -> tuple[Path, Company, Company]:
    """Return the file of a store with two customers, that nobody has open."""
    store, one, other = Store(folder / "rows.sqlite3"), company(), company(2)
    many(one, 3, 120)
    publish(store, one)
    for at in range(1, 120):
        other.person(at, str(1000 + at))
    publish(store, other)
    return store.path, one, other


@pytest.mark.parametrize("seed", range(8))
def test_a_malformed_file_is_left_and_who_can_be_read_whole_comes_along(tmp_path: Path, seed: int) -> None:
    """Whatever SQLite makes of it: afterwards each customer is as before, or nobody, until the portal has sent all."""
    path, one, other = two_customers(tmp_path)
    roots = {root.customer: root for root in Store(path).roots()}
    spoil(path, 4, 6, seed)
    store = Store(path)
    try:
        store.check()
        for customer in (1, 2):
            store.scrub(customer)
    except Damaged:
        pass
    if store.path != path:
        store.salvage(path)
    for found in store.roots():
        assert found.root in ("", roots[found.customer].root)
    for company_ in (one, other):
        assert isinstance(give(store, company_.snapshot(1)), Receipt)
    store.check()
    store.sweep()
    for customer in (1, 2):
        assert not store.scrub(customer)
        assert store.held(customer).root == roots[customer].root
    assert len(store.telephones()) == 239


def test_a_file_that_is_no_database_is_left_for_another(tmp_path: Path) -> None:
    path, one, _ = two_customers(tmp_path)
    path.write_bytes(os.urandom(20_000))
    store = Store(path)
    assert store.path == tmp_path / "rows.2.sqlite3"
    assert store.salvage(path) == []
    assert store.roots() == []
    assert isinstance(give(store, one.snapshot(1)), Receipt)
    assert Store(path).roots() == store.roots()


def test_damage_that_is_met_in_reading_is_minded_at_once(tmp_path: Path) -> None:
    path, _, _ = two_customers(tmp_path)
    store = Store(path)
    assert len(store.roots()) == 2
    spoil(path, 1, 400, 1)
    met = 0
    for at in range(1, 120):
        try:
            store.owner_of_telephone(f"t1-{at}-0")
        except Damaged:
            met += 1
    assert met == 1, "the next one reads another file"
    assert store.path != path
    assert store.salvage(path) == []


# --- sounds -----------------------------------------------------------------------------------------------------------


def test_a_rotten_or_missing_sound_is_found_and_stays_until_it_is_replaced(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    waves = [tones.wav(tone) for tone in (400, 500, 600)]
    names = [objects.digest(wave) for wave in waves]
    for name, wave in zip(names, waves, strict=True):
        assert blobs.put(name, wave)
    assert blobs.wrong(names) == ()
    blobs.path(names[0]).write_bytes(flipped(waves[0], random.Random(1)))
    blobs.path(names[1]).unlink()
    assert blobs.wrong(names) == tuple(sorted(names[:2]))
    assert blobs.path(names[0]).exists()
    for name, wave in zip(names, waves, strict=True):
        assert blobs.put(name, wave)
    assert blobs.wrong(names) == ()


def test_a_sound_is_dropped_thirty_days_after_it_was_last_named(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    waves = [tones.wav(tone) for tone in (400, 500, 600, 700)]
    old, fresh, active, pushed = [objects.digest(wave) for wave in waves]
    for wave in waves:
        assert blobs.put(objects.digest(wave), wave)
    half = tmp_path / f"{old}.99.99"
    half.write_bytes(b"half")
    for name in (old, active, pushed):
        age(blobs.path(name))
    age(half)
    assert blobs.missing([pushed]) == (), "a push that is on its way names it"
    assert blobs.sweep(frozenset({active})) == 2
    assert blobs.missing([old, fresh, active, pushed]) == (old,)
    assert not half.exists()
    age(blobs.path(active), KEEP_SECONDS - 60)
    assert blobs.sweep(frozenset()) == 0


def age(path: Path, seconds: float = KEEP_SECONDS + 60) -> None:
    """Have a file last named so long ago."""
    moment = path.stat().st_mtime - seconds
    os.utime(path, (moment, moment))


def test_a_sound_of_an_active_or_staged_release_is_wanted(tmp_path: Path) -> None:
    store, one = grown(tmp_path)
    assert len(store.sounds()) == 58
    with raw(store.path) as connection:
        connection.execute("INSERT INTO stages VALUES (900, 1)")
        connection.execute("INSERT INTO sound_rows VALUES (900, 'prompt/1', 'staged')")
    assert store.sounds()["staged"] == 1
    del one.objects["prompt/1"]
    publish(store, one)
    store.sweep()
    assert len(store.sounds()) == 56
