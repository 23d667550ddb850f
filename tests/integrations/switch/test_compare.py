"""Comparing roots: drift is found and healed, and what is merely on its way is left alone."""

from __future__ import annotations

import pytest

from integrations.switch import compare
from tenants.customers import scope
from tenants.nodes.models import Node, Placement
from tenants.routing import wire
from tenants.routing.root import EMPTY, root_of
from tests.integrations.switch.conftest import World


def look(world: World) -> int:
    """Compare the node once, as the worker."""
    with world.worker():
        return sum(compare.compare(node) for node in compare.nodes())


@pytest.mark.django_db(transaction=True)
def test_a_node_that_agrees_is_left_alone_and_tells_what_it_is(world: World) -> None:
    world.save()
    world.push()
    assert look(world) == 0
    assert world.due() == 0
    with scope.wide("portal_staff"):
        assert Node.objects.get().switch == world.memory.health().switch


@pytest.mark.django_db(transaction=True)
def test_a_node_that_lost_or_changed_or_rolled_back_something_is_healed(world: World) -> None:
    world.save("Huvudnummer")
    world.push()
    world.save("Lager")
    world.push()
    customer = world.cast.norrsken.pk
    for harm in ("gone", "changed", "older"):
        active = world.memory.customers[customer]
        if harm == "gone":
            del world.memory.customers[customer]
        elif harm == "changed":
            active.held = active.held._replace(root=root_of(EMPTY), buckets=EMPTY)
            active.objects.clear()
        else:
            active.held = active.held._replace(generation=1)
        assert look(world) == 1, harm
        assert world.push() == ["effective"], harm
        assert world.agrees(), harm
        assert look(world) == 0, harm


@pytest.mark.django_db(transaction=True)
def test_a_node_ahead_of_a_restored_record_is_taken_over(world: World) -> None:
    world.save()
    world.push()
    active = world.memory.customers[world.cast.norrsken.pk]
    active.held = active.held._replace(generation=5, root="0" * 64)
    assert look(world) == 1
    assert world.push() == ["effective"]
    assert world.publication().epoch == 2
    assert world.agrees()


def placed(epoch: int, generation: int, root: str = "a") -> Placement:
    """Return a placement as the record has it."""
    return Placement(customer_id=1, epoch=epoch, generation=generation, root=root)


@pytest.mark.parametrize(
    ("confirmed", "held", "wanted", "drifts"),
    [
        ((1, 3, "a"), (1, 3, "a"), (1, 3), False),
        ((1, 3, "a"), (1, 3, "b"), (1, 3), True),
        ((1, 3, "a"), (1, 4, "b"), (1, 4), False),
        ((1, 3, "a"), (1, 4, "b"), (1, 9), False),
        ((1, 3, "a"), (1, 2, "b"), (1, 3), True),
        ((1, 3, "a"), (1, 5, "b"), (1, 4), True),
        ((1, 3, "a"), (2, 1, "b"), (1, 3), True),
        ((2, 3, "a"), (1, 9, "b"), (2, 3), True),
        ((1, 3, "a"), None, (1, 3), True),
        ((1, 0, ""), None, (1, 3), False),
    ],
)
def test_what_counts_as_drift(
    confirmed: tuple[int, int, str], held: tuple[int, int, str] | None, wanted: tuple[int, int], drifts: bool
) -> None:
    roots = [wire.Root(customer=1, epoch=held[0], generation=held[1], root=held[2])] if held else []
    found = compare.drifted([placed(*confirmed)], roots, {1: wanted})
    assert bool(found) is drifts


@pytest.mark.django_db(transaction=True)
def test_a_placement_confirmed_meanwhile_is_not_doubted(world: World) -> None:
    """The comparison read an older receipt than the one that came while the node answered."""
    from tenants.nodes import actions

    world.save("Huvudnummer")
    world.push()
    before = world.placement()
    world.save("Lager")
    world.push()
    with world.worker(), scope.wide("portal_relay"):
        assert not actions.doubt(placement=before)
    assert world.placement().generation == 2
