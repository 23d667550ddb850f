"""Live state where a customer has two nodes: at a hand-over both decide alike, and what is dialled on either holds."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import msgspec
import pytest

from integrations.switch import events, live, moving, tasks
from integrations.switch.memory_node import application
from integrations.switch.memory_state import MemoryNode
from tenants.customers import scope
from tenants.live import queries
from tenants.nodes.models import Node, Placement
from tenants.routing import wire
from tenants.routing.live import Pause, Register
from tests.factories import cast as factories
from tests.factories.live import wish
from tests.factories.people import person
from tests.integrations.switch.conftest import World, enrol, serving
from tests.integrations.switch.test_moves import Two

pytestmark = pytest.mark.django_db(transaction=True)
App = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class Deaf:
    """A node that takes pushes, and while ``deaf`` hears nothing of live state."""

    def __init__(self, app: App) -> None:
        """Stand before this node."""
        self._app, self.deaf = app, False

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer 503 to what is not to be heard."""
        if not (self.deaf and scope["type"] == "http" and scope["path"].endswith("/live")):
            await self._app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 503, "headers": []})
        await send({"type": "http.response.body", "body": b""})


class Pair(Two):
    """Two nodes, Anna and Bengt; the second may be deaf."""

    door: Deaf
    anna: str
    bengt: str

    def board(self, node: MemoryNode) -> list[Register]:
        """Return what a node has of live state."""
        return node.board(self.customer).since(-1)

    def alike(self) -> bool:
        """Tell whether both nodes decide by the same."""
        one, other = (node.board(self.customer).live for node in (self.world.memory, self.memory))
        return one == other

    def pause(self, who: str) -> None:
        """Ask for a pause on a page, and have it carried out."""
        with scope.customer(self.customer):
            wish(self.customer, "pause", who, Pause(reason="lunch"), self.world.cast.alice)
        with self.world.worker():
            while live.send_next():
                pass

    def agree(self) -> None:
        """Let the bell of live state be heard."""
        with self.world.worker():
            tasks.sync_live(customer_id=self.customer)

    def deliver(self, node: MemoryNode, row: Node) -> None:
        """Hand over what a node has told, and fold it."""
        raw = tuple(msgspec.Raw(msgspec.json.encode(event)) for event in node.events)
        events.store(row, wire.Batch(events=raw))
        node.events.clear()
        with self.world.worker():
            tasks.fold()


@pytest.fixture
def pair(world: World) -> Iterator[Pair]:
    """Norrsken on one node, and another one beside it."""
    other, memory = factories.node("vaxel-2"), MemoryNode()
    door = Deaf(application(memory))
    with serving(door) as url:
        memory.enrolled = enrol(other, url)
        with scope.customer(world.cast.norrsken.pk):
            anna, bengt = person(world.cast.norrsken.pk), person(world.cast.norrsken.pk, "Bengt Dal", "102")
        world.push()
        pair = Pair(world, other, memory)
        pair.door, pair.anna, pair.bengt = door, f"person/{anna.pk}", f"person/{bengt.pk}"
        yield pair


def test_a_reserve_is_told_as_it_happens(pair: Pair) -> None:
    with scope.customer(pair.customer):
        Placement.objects.create(customer_id=pair.customer, node=pair.other, role=Placement.Role.STANDBY)
    pair.world.push()
    pair.pause(pair.anna)
    pair.agree()
    assert pair.board(pair.memory)
    assert pair.alike()
    pair.world.memory.dial(pair.customer, pair.bengt, "*29#")
    pair.deliver(pair.world.memory, pair.world.cast.node)
    pair.agree()
    assert pair.alike()
    pair.begin()
    assert pair.roles() == {"leaving": "vaxel-1", "active": "vaxel-2"}


def test_a_reserve_whose_bell_nobody_heard_is_told_within_the_minute(pair: Pair) -> None:
    with scope.customer(pair.customer):
        Placement.objects.create(customer_id=pair.customer, node=pair.other, role=Placement.Role.STANDBY)
    pair.world.push()
    pair.pause(pair.anna)
    assert not pair.alike()
    with pair.world.worker():
        tasks.go_round()
    assert pair.alike()


def test_what_was_dialled_and_nobody_has_heard_of_yet_is_known_at_the_hand_over(pair: Pair) -> None:
    pair.pause(pair.anna)
    pair.begin()
    pair.world.memory.dial(pair.customer, pair.bengt, "*29#")
    pair.world.push()
    assert pair.roles()["active"] == "vaxel-2"
    assert len(pair.board(pair.memory)) == 2
    assert pair.alike()


def test_a_node_that_can_not_be_told_does_not_take_over(pair: Pair) -> None:
    pair.pause(pair.anna)
    pair.begin()
    pair.door.deaf = True
    pair.world.push()
    assert pair.roles() == {"active": "vaxel-1", "standby": "vaxel-2"}
    pair.door.deaf = False
    with scope.wide("portal_staff"):
        Node.objects.update(closed_until=None)
    with pair.world.worker():
        assert moving.go_on() == 1
    assert pair.roles() == {"leaving": "vaxel-1", "active": "vaxel-2"}
    assert pair.alike()


def test_a_dead_node_is_moved_away_from_by_what_the_portal_knows(pair: Pair) -> None:
    pair.pause(pair.anna)
    with scope.wide("portal_staff"):
        Node.objects.filter(pk=pair.world.cast.node.pk).update(url="http://127.0.0.1:1")
    pair.begin()
    pair.world.push()
    assert pair.roles()["active"] == "vaxel-2"
    assert pair.alike()


def test_what_is_dialled_on_the_node_that_is_left_holds_on_the_one_that_serves(pair: Pair) -> None:
    """Both count on from the same height, so that heights alone would not show it."""
    pair.begin()
    pair.world.push()
    pair.world.memory.dial(pair.customer, pair.anna, "*29#")
    time.sleep(0.01)
    pair.memory.dial(pair.customer, pair.bengt, "*23*1#")
    pair.deliver(pair.memory, pair.other)
    pair.deliver(pair.world.memory, pair.world.cast.node)
    with pair.world.worker():
        tasks.go_round()
    assert pair.alike()
    with scope.customer(pair.customer):
        assert set(queries.now().pauses) == {pair.anna}
        assert set(queries.now().diversions) == {pair.bengt}


def test_a_node_that_was_left_keeps_nothing_and_is_told_nothing_more(pair: Pair) -> None:
    pair.pause(pair.anna)
    pair.deliver(pair.world.memory, pair.world.cast.node)
    pair.begin()
    pair.world.push()
    pair.deliver(pair.memory, pair.other)
    assert pair.board(pair.world.memory)
    pair.over()
    pair.world.memory.boards.clear()
    pair.agree()
    with pair.world.worker():
        live.sync(pair.world.cast.node)
    assert pair.board(pair.world.memory) == []
    pair.world.push()
    assert pair.roles() == {"active": "vaxel-2"}
    assert pair.customer not in {customer for customer, board in pair.world.memory.boards.items() if board.height}
    assert pair.board(pair.memory)
