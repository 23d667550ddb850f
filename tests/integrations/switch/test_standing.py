"""What the page says of a change, from the node's own receipts."""

from __future__ import annotations

import time

import pytest

from tenants.changes import queries as changes
from tenants.changes.models import Change
from tenants.changes.queries import Standing
from tenants.customers import scope
from tenants.nodes.models import Placement
from tests.factories import cast as factories
from tests.integrations.switch.conftest import World, enrol
from tests.integrations.switch.test_quarantine import poison, publish_hash

pytestmark = pytest.mark.django_db(transaction=True)


def standing(world: World, newest: int = 0) -> Standing:
    """Return how Norrsken's change stands, the newest unless told."""
    with scope.customer(world.cast.norrsken.pk):
        return changes.standing(changes.latest()[newest])


def test_a_change_waits_and_then_is_effective_from_the_nodes_own_moment(world: World) -> None:
    world.save()
    assert standing(world).state == "waiting"
    time.sleep(0.05)
    world.push()
    said = standing(world)
    node = world.memory.customers[world.cast.norrsken.pk].receipt
    assert said.state == "effective"
    assert said.effective_at is not None
    assert abs(said.effective_at.timestamp() - node.effective_at) < 0.001
    with scope.customer(world.cast.norrsken.pk):
        saved = Change.objects.get().at.timestamp()
    assert said.milliseconds == round((node.effective_at - saved) * 1000)
    assert 50 <= said.milliseconds < 20_000


def test_a_change_that_went_with_a_later_one_is_effective_with_it(world: World) -> None:
    world.save("Huvudnummer")
    world.save("Lager")
    world.push()
    assert standing(world, 1).state == "effective"
    assert standing(world, 1).effective_at == standing(world).effective_at


def test_pushing_again_does_not_move_the_moment(world: World) -> None:
    world.save()
    world.push()
    before = standing(world)
    world.set(generation=0)
    world.push()
    world.save("Lager")
    world.push()
    assert standing(world, 1) == before


def test_a_refused_change_says_so_and_stands_again_when_the_next_one_is_taken(world: World) -> None:
    key = poison(world)
    with scope.customer(world.cast.norrsken.pk):
        Change.objects.create(customer_id=world.cast.norrsken.pk, summary="Ny extern", generation=1)
    world.push()
    said = standing(world)
    assert (said.state, said.generation) == ("refused", 1)
    assert said.error == "Växeln tog inte emot ändringen. Det som gällde innan gäller fortfarande."
    with scope.customer(world.cast.norrsken.pk):
        publish_hash(world.cast.norrsken.pk, key, None)
    world.push()
    assert standing(world).state == "effective"


def test_while_the_node_is_away_the_page_says_so_in_words(world: World) -> None:
    world.save()
    with scope.wide("portal_staff"):
        type(world.cast.node).objects.update(url="http://127.0.0.1:1")
    world.push(1)
    said = standing(world)
    assert (said.state, said.error) == ("waiting", "Växeln svarar inte. Vi försöker igen.")


def test_a_standby_does_not_make_a_change_effective(world: World) -> None:
    spare = factories.node("vaxel-2")
    enrol(spare, "http://127.0.0.1:9")
    world.save()
    with scope.customer(world.cast.norrsken.pk):
        Placement.objects.update(role=Placement.Role.STANDBY)
        Placement.objects.create(customer=world.cast.norrsken, node=spare)
    assert "effective" in world.push(2)
    assert standing(world).state == "waiting"
    with scope.customer(world.cast.norrsken.pk):
        Placement.objects.filter(node=spare).delete()
        Placement.objects.update(role=Placement.Role.ACTIVE)
    assert standing(world).state == "effective"


def test_a_draft_is_a_draft(world: World) -> None:
    with scope.customer(world.cast.norrsken.pk):
        Change.objects.create(customer_id=world.cast.norrsken.pk, summary="Utkast")
    assert standing(world).state == "draft"
