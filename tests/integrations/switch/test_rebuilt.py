"""What comes back by itself, with the reference node's real store: a restored record, a lost node, rotten bytes."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections
from psycopg.conninfo import conninfo_to_dict
from pytest_django.live_server_helper import LiveServer

from integrations.asterisk import app, identity, upstream
from integrations.asterisk.node import Node as ReferenceNode
from integrations.asterisk.settings import Settings
from integrations.switch import compare
from integrations.switch.watch import finds
from tenants.changes.models import Object
from tenants.customers import scope
from tenants.nodes.models import Node
from tests import databases
from tests.factories import flow
from tests.integrations.switch.conftest import World, enrol, serving
from tests.integrations.switch.test_api import code_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def node(world: World, tmp_path: Path) -> Iterator[ReferenceNode]:
    """A reference node without its Asterisk, that answers in the place of Norrsken's."""
    made = ReferenceNode(Settings(home=str(tmp_path / "node")))
    with serving(app.wire(made)) as url:
        made.enrol(enrol(world.cast.node, url))
        yield made


def agree(world: World, node: ReferenceNode) -> bool:
    """Tell whether the node has exactly what the record wants, by root and by every object's bytes."""
    publication = world.publication()
    held = node.store.held(publication.customer_id)
    with scope.customer(publication.customer_id):
        wanted = dict(Object.objects.filter(published__isnull=False).values_list("key", "published"))
    with closing(sqlite3.connect(node.store.path)) as connection:
        query = "SELECT key, sha256 FROM object_rows JOIN customers USING (stage) WHERE customer = ?"
        stored = dict(connection.execute(query, (publication.customer_id,)))
    now = (publication.epoch, publication.generation, publication.root)
    return stored == wanted and (held.epoch, held.generation, held.root) == now


# --- the record is restored -------------------------------------------------------------------------------------------


def copy_database(world: World) -> tuple[databases.Server, str, str]:
    """Copy the whole database as it is now, as a backup; return the server, its name and the copy's."""
    server = databases.server(Path(os.environ[databases.SESSION]))
    own = str(conninfo_to_dict(world.databases.app)["dbname"])
    connections.close_all()
    server.create(f"{own}_backup", own)
    return server, own, f"{own}_backup"


def restore(backup: tuple[databases.Server, str, str]) -> None:
    """Put the copy in the database's place; whoever is connected is thrown out."""
    server, own, copy = backup
    connections.close_all()
    server.create(own, copy)
    server.drop(copy)


@pytest.mark.parametrize("told", [True, False], ids=["after_restore", "forgotten"])
def test_a_record_restored_to_an_earlier_time_is_taken_by_the_node(
    world: World, node: ReferenceNode, told: bool
) -> None:
    """Three generations were there; the backup knows one, and people have saved something else since."""
    world.save("Huvudnummer")
    assert world.push() == ["effective"]
    backup = copy_database(world)
    world.save("Lager")
    world.push()
    world.save("Verkstad")
    world.push()
    assert node.store.held(world.cast.norrsken.pk).generation == 3
    restore(backup)
    assert world.publication().generation == 1
    world.save("Något annat")
    assert world.publication().generation == 2
    if told:
        call_command("after_restore")
    else:
        with world.worker():
            compare.compare(world.placement().node)
    world.push()
    assert world.publication().epoch == 2
    assert agree(world, node)
    with world.worker():
        assert compare.compare(world.placement().node) == 0
    assert world.due() == 0


# --- the node is lost -------------------------------------------------------------------------------------------------


@pytest.fixture
def loop() -> Iterator[asyncio.Runner]:
    """The node's loop, to which its events belong from the first time that somebody waits for them."""
    with asyncio.Runner() as runner:
        yield runner


def until(loop: asyncio.Runner, node: ReferenceNode, found: Callable[[], Any], seconds: float = 20.0) -> None:
    """Let the node talk to its portal until something is so."""

    async def run() -> None:
        task = asyncio.create_task(upstream.run(node))
        deadline = time.monotonic() + seconds
        try:
            while not await asyncio.to_thread(_asked, found):
                assert time.monotonic() < deadline, "it did not come"
                assert not task.done(), task.exception()
                await asyncio.sleep(0.05)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    loop.run(run())


def _asked(found: Callable[[], Any]) -> bool:
    try:
        return bool(found())
    finally:
        connections.close_all()


def test_a_lost_node_is_rebuilt_from_a_new_code_alone(
    world: World, live_server: LiveServer, tmp_path: Path, loop: asyncio.Runner
) -> None:
    """Its folder is gone. What it asks for by itself is everything, sounds too; nobody pushes."""
    customer = world.cast.norrsken.pk
    with scope.customer(customer):
        flow.prompt(customer)
    world.save("Huvudnummer")
    home, name = tmp_path / "node", world.cast.node.name

    def fresh() -> ReferenceNode:
        return ReferenceNode(Settings(home=str(home), portal=live_server.url, code=code_of(name)))

    first = fresh()
    until(loop, first, lambda: agree(world, first))
    sounds = set(first.store.sounds())
    assert sounds
    assert first.blobs.wrong(sounds) == ()
    shutil.rmtree(home)
    world.save("Medan noden var borta")
    second = fresh()
    until(loop, second, lambda: agree(world, second))
    assert set(second.store.sounds()) == sounds
    assert second.blobs.wrong(sounds) == ()
    until(loop, second, lambda: world.placement().generation == world.publication().generation)
    assert identity.load(home / "identity.json") is not None
    with scope.wide("portal_staff"):
        assert Node.objects.count() == 1


# --- bytes rot ----------------------------------------------------------------------------------------------------


def test_what_rotted_is_fetched_by_the_node_itself_and_shown_to_staff(
    world: World, live_server: LiveServer, tmp_path: Path, loop: asyncio.Runner
) -> None:
    customer = world.cast.norrsken.pk
    with scope.customer(customer):
        flow.prompt(customer)
    world.save("Huvudnummer")
    node = ReferenceNode(Settings(home=str(tmp_path), portal=live_server.url, code=code_of(world.cast.node.name)))
    until(loop, node, lambda: agree(world, node))
    names = set(node.store.sounds())
    with closing(sqlite3.connect(node.store.path)) as connection, connection:
        connection.execute("UPDATE object_rows SET body = X'00' WHERE key LIKE 'schedule/%'")
        connection.execute("UPDATE sound_rows SET sha256 = 'x' || sha256")
    sound = node.blobs.path(min(names))
    sound.write_bytes(b"noise" + sound.read_bytes())
    loop.run(node.upkeep.scrub())
    assert node.store.held(customer).root == ""

    def shown() -> set[str]:
        with scope.wide("portal_staff"):
            found = finds(world.cast.node.pk)
            assert {one.event.customer for one in found} <= {world.cast.norrsken}
        return {name for one in found for name in one.counts}

    until(loop, node, lambda: agree(world, node) and shown() >= {"objekt", "ljudfiler"})
    assert not node.blobs.wrong(names)
    assert not node.store.scrub(customer)


def test_when_a_comparison_last_found_something_else_is_written_down(world: World) -> None:
    world.save()
    world.push()
    assert world.placement().drifted_at is None
    world.memory.customers.clear()
    with world.worker():
        assert compare.compare(world.placement().node) == 1
    world.push()
    assert world.agrees()
    assert world.placement().drifted_at is not None
