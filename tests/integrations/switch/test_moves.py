"""A customer moves between nodes: at each instant some node has all of it, and the number is answered."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from integrations.switch import compare, moving
from integrations.switch.memory_node import application
from integrations.switch.memory_state import MemoryNode
from tenants.changes.models import Release
from tenants.customers import scope
from tenants.nodes.models import Node, Placement
from tenants.nodes.moves import actions as moves
from tenants.nodes.queries import moving as moves_now
from tenants.routing.root import EMPTY, buckets_of, root_of
from tests.factories import cast as factories
from tests.integrations.switch.conftest import World, enrol, serving

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Two:
    """Norrsken on one node, and another node beside it."""

    world: World
    other: Node
    memory: MemoryNode
    seen: list[frozenset[str]] = field(default_factory=list)

    @property
    def customer(self) -> int:
        """Norrsken."""
        return self.world.cast.norrsken.pk

    def roles(self) -> dict[str, str]:
        """Return the node's name by role."""
        with scope.customer(self.customer):
            return {one.role: one.node.name for one in Placement.objects.select_related("node")}

    def held(self) -> tuple[int, int]:
        """Return how many objects each node has of Norrsken."""
        return self._count(self.world.memory), self._count(self.memory)

    def _count(self, node: MemoryNode) -> int:
        found = node.customers.get(self.customer)
        return len(found.objects) if found else 0

    def over(self) -> None:
        """Let the time pass in which the old node is kept in step, and every wait."""
        with scope.customer(self.customer):
            moment = timezone.now() - timedelta(seconds=1)
            Placement.objects.filter(role=Placement.Role.LEAVING).update(leaves_at=moment)
            Placement.objects.update(next_try_at=moment, lease_until=moment)

    def begin(self) -> None:
        """Begin the move."""
        moving.begin(customer_id=self.customer, node_id=self.other.pk)


@pytest.fixture
def two(world: World) -> Iterator[Two]:
    """A customer with something saved and pushed, and a second node that answers."""
    other, memory = factories.node("vaxel-2"), MemoryNode()
    with serving(application(memory)) as url:
        memory.enrolled = enrol(other, url)
        world.save("Huvudnummer")
        world.push()
        yield Two(world, other, memory)


def test_a_customer_moves_by_four_steps_and_the_old_node_forgets_it(two: Two) -> None:
    two.begin()
    assert two.roles() == {"active": "vaxel-1", "standby": "vaxel-2"}
    with scope.wide("portal_staff"):
        [shown] = moves_now()
    assert (shown.customer, shown.active, shown.to is not None, shown.away) == (
        two.world.cast.norrsken, two.world.cast.node, True, None,
    )  # fmt: skip
    assert two.world.push() == ["effective"]
    assert two.roles() == {"leaving": "vaxel-1", "active": "vaxel-2"}
    assert two.held() == (1, 1)
    two.world.save("Lager")
    assert two.world.push() == ["effective"] * 2, "the old one is kept in step"
    assert two.held() == (2, 2)
    two.over()
    assert two.world.push() == ["left"]
    assert two.roles() == {"active": "vaxel-2"}
    assert two.held() == (0, 2)
    assert two.world.memory.customers[two.customer].held.root == root_of(EMPTY)
    with two.world.worker():
        assert sum(compare.compare(node) for node in compare.nodes()) == 0
    assert two.world.due() == 0


def test_it_can_move_back(two: Two) -> None:
    two.begin()
    two.world.push()
    with pytest.raises(moves.AlreadyThere):
        two.begin()
    with pytest.raises(moves.Moving):
        moving.begin(customer_id=two.customer, node_id=two.world.cast.node.pk)
    two.over()
    two.world.push()
    moving.begin(customer_id=two.customer, node_id=two.world.cast.node.pk)
    two.world.push()
    assert two.roles() == {"active": "vaxel-1", "leaving": "vaxel-2"}
    assert two.held() == (1, 1)


def test_a_node_that_does_not_answer_never_takes_over(two: Two) -> None:
    with scope.wide("portal_staff"):
        Node.objects.filter(pk=two.other.pk).update(url="http://127.0.0.1:1")
    two.begin()
    two.world.save("Lager")
    two.world.push(3)
    assert two.roles() == {"active": "vaxel-1", "standby": "vaxel-2"}
    assert two.world.agrees()
    third = factories.node("vaxel-3")
    enrol(third, "http://127.0.0.1:9")
    with pytest.raises(moves.Moving):
        moving.begin(customer_id=two.customer, node_id=third.pk)
    assert moving.give_up(customer_id=two.customer)
    assert two.roles() == {"active": "vaxel-1", "leaving": "vaxel-2"}


def test_a_node_that_never_enrolled_can_not_take_a_customer(two: Two) -> None:
    stranger = factories.node("vaxel-9")
    with scope.wide("portal_staff"):
        Node.objects.filter(pk=stranger.pk).update(enrolled_at=None)
    with pytest.raises(moves.NotLetIn):
        moving.begin(customer_id=two.customer, node_id=stranger.pk)


def test_a_standby_that_has_everything_takes_over_at_once(two: Two) -> None:
    with scope.customer(two.customer):
        Placement.objects.create(customer_id=two.customer, node=two.other, role=Placement.Role.STANDBY)
    two.world.push()
    assert two.roles() == {"active": "vaxel-1", "standby": "vaxel-2"}, "a reserve stays one"
    two.begin()
    assert two.roles() == {"leaving": "vaxel-1", "active": "vaxel-2"}


def test_a_worker_that_died_before_the_change_of_roles_is_found_by_the_next_comparison(two: Two) -> None:
    """The receipt was stored, and nothing else."""
    two.begin()
    publication = two.world.publication()
    with scope.customer(two.customer):
        confirmed = {"epoch": publication.epoch, "generation": publication.generation, "root": publication.root}
        Placement.objects.filter(node=two.other).update(**confirmed)
    assert two.world.push() == []
    assert two.roles() == {"active": "vaxel-1", "standby": "vaxel-2"}
    with two.world.worker():
        assert moving.go_on() == 1
    assert two.roles() == {"leaving": "vaxel-1", "active": "vaxel-2"}


def test_a_node_is_kept_until_it_has_told_everything(two: Two) -> None:
    two.begin()
    two.world.push()
    two.world.memory.tell("call.ended", two.customer, "c1")
    two.over()
    assert two.world.push(1) == ["failed"]
    assert "leaving" in two.roles()
    two.world.memory.events.clear()
    two.over()
    assert two.world.push() == ["left"]


@pytest.mark.slow
def test_at_each_instant_some_node_has_all_of_it_while_people_save(two: Two) -> None:
    """Looked at from beside the whole time, as a caller would find it: what a node has is hashed anew at each look."""
    stop, looks = threading.Event(), list[frozenset[str]]()

    def look() -> None:
        while not stop.is_set():
            looks.append(frozenset(_root(node, two.customer) for node in (two.world.memory, two.memory)))
            stop.wait(0.0005)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        for round_ in range(3):
            target = two.other if round_ % 2 == 0 else two.world.cast.node
            moving.begin(customer_id=two.customer, node_id=target.pk)
            two.world.save(f"Under flytt {round_}")
            two.world.push()
            assert two.roles()["active"] == target.name
            two.world.save(f"Efter flytt {round_}")
            two.over()
            two.world.push()
            assert two.roles() == {"active": target.name}
    finally:
        stop.set()
        watcher.join()
    with scope.customer(two.customer):
        published = set(Release.objects.values_list("root", flat=True))
    assert len(looks) > 100
    assert [roots for roots in looks if not roots & published] == []
    assert two.held() == (0, 7)


def _root(node: MemoryNode, customer: int) -> str:
    """Return the root of what a node has of a customer, hashed here; not its own word for it."""
    held = node.customers.get(customer)
    parts = held.objects if held else {}
    return root_of(buckets_of((key, sha256(part.body).hexdigest()) for key, part in parts.items()))


def test_the_command_begins_and_stops_a_move(two: Two) -> None:
    out = StringIO()
    slug = two.world.cast.norrsken.slug
    call_command("move_customer", slug, "vaxel-2", stdout=out)
    assert two.roles() == {"active": "vaxel-1", "standby": "vaxel-2"}
    call_command("move_customer", slug, "--stop", stdout=out)
    two.world.push()
    assert two.roles() == {"active": "vaxel-1"}
    assert out.getvalue().splitlines() == [f"{slug} is being moved to vaxel-2", f"{slug} stays where it is"]
    with pytest.raises(CommandError):
        call_command("move_customer", slug, "vaxel-1", stdout=out)
    with pytest.raises(CommandError):
        call_command("move_customer", "nobody", "vaxel-1", stdout=out)
