"""From a generation to the node's receipt, and every answer in between."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from django.utils import timezone

from integrations.switch import actions, contents, pusher
from integrations.switch.memory_state import MemoryNode
from tenants.changes.actions import record
from tenants.changes.models import Lane, Publication
from tenants.changes.said import said
from tenants.customers import scope
from tenants.nodes import actions as nodes
from tenants.nodes.models import Node, Placement
from tenants.people.devices import actions as devices
from tenants.routing import wire
from tests.factories import cast as factories
from tests.factories import flow
from tests.integrations.switch.conftest import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_saved_row_becomes_active_and_the_nodes_receipt_is_stored(world: World) -> None:
    world.save()
    assert world.due() == 1
    assert world.push() == ["effective"]
    assert world.agrees()
    placement, [receipt] = world.placement(), world.receipts()
    assert (placement.generation, placement.root) == (receipt.generation, receipt.root) == (1, world.publication().root)
    assert placement.lease is None
    assert placement.lease_until <= timezone.now()
    assert world.due() == 0


def test_what_changed_is_pushed_and_nothing_else(world: World) -> None:
    world.save("Huvudnummer")
    world.push()
    world.save("Lager")
    with world.worker():
        push = contents.for_node(world.cast.norrsken.pk, world.cast.node.pk, world.memory.enrolled.sealing_key)  # type: ignore[union-attr]
    assert push is not None
    assert push.base == 1
    assert len(push.changes) == 1
    assert world.push() == ["effective"]
    assert world.agrees()
    assert len(world.memory.customers[world.cast.norrsken.pk].objects) == 2


def test_two_saves_are_one_push(world: World) -> None:
    world.save("Huvudnummer")
    world.save("Lager")
    assert world.push() == ["effective"]
    assert [receipt.generation for receipt in world.receipts()] == [2]


def test_a_removed_object_is_removed_on_the_node(world: World) -> None:
    row = world.save()
    world.push()
    with scope.customer(world.cast.norrsken.pk):
        record(customer_id=world.cast.norrsken.pk, by=None, summary=said("Tog bort"), removed=[f"schedule/{row.pk}"])
    assert world.push() == ["effective"]
    assert world.memory.customers[world.cast.norrsken.pk].objects == {}
    assert world.agrees()


def test_a_node_that_lost_everything_is_sent_everything(world: World) -> None:
    world.save("Huvudnummer")
    world.push()
    world.memory.customers.clear()
    world.save("Lager")
    assert world.push() == ["effective"]
    assert world.agrees()


def test_sounds_the_node_misses_are_given_by_hash_and_the_push_goes_on(world: World) -> None:
    with scope.customer(world.cast.norrsken.pk):
        row = flow.prompt(world.cast.norrsken.pk)
        hashes = {row.take.narrow.sha256, row.take.wide.sha256}  # type: ignore[union-attr]
    assert world.push() == ["effective"]
    assert world.memory.blobs.keys() == hashes
    assert world.agrees()


def test_a_telephones_secret_arrives_sealed_for_the_node_and_follows_when_renewed(world: World) -> None:
    customer = world.cast.norrsken.pk
    with scope.customer(customer):
        person = flow.person(customer)
        person.devices.all().delete()
        device, secret = devices.add(person=person, name="Bord", by=None)
    assert world.push() == ["effective"]
    assert world.memory.customers[customer].secrets[device.pk, device.version] == secret
    with scope.customer(customer):
        device.refresh_from_db()
        renewed = devices.renew_secret(device=device, by=None)
        device.refresh_from_db()
    assert world.push() == ["effective"]
    assert world.memory.customers[customer].secrets[device.pk, device.version] == renewed != secret


def test_no_secret_stands_in_what_is_pushed(world: World) -> None:
    customer = world.cast.norrsken.pk
    with scope.customer(customer):
        _device, secret = devices.add(person=flow.person(customer), name="Bord", by=None)
    with world.worker():
        push = contents.for_node(customer, world.cast.node.pk, world.memory.enrolled.sealing_key)  # type: ignore[union-attr]
    assert secret.encode() not in msgspec.json.encode(push)


def test_a_restored_database_takes_the_node_over_in_a_new_epoch(world: World) -> None:
    """The node is ours and has a generation the record does not know: only a restore can have done that."""
    world.save("Huvudnummer")
    world.push()
    ours = world.memory.customers[world.cast.norrsken.pk]
    world.memory.customers[world.cast.norrsken.pk].held = ours.held._replace(generation=9, root="0" * 64)
    world.save("Lager")
    assert world.push() == ["effective"]
    assert world.publication().epoch == 2
    assert world.agrees()
    assert world.placement().epoch == 2


def test_a_push_that_comes_late_does_not_raise_the_epoch(world: World) -> None:
    world.save("Huvudnummer")
    world.save("Lager")
    world.push()
    world.set(generation=1)
    with world.worker():
        late = contents.for_node(world.cast.norrsken.pk, world.cast.node.pk, world.memory.enrolled.sealing_key)  # type: ignore[union-attr]
    assert late is not None
    pusher._rise_above(late.customer, wire.Conflict(code="stale", customer=late.customer, epoch=1, generation=2))
    assert world.publication().epoch == 1


def test_a_node_of_another_portal_is_left_alone(world: World) -> None:
    world.save()
    world.memory.enrolled = msgspec.structs.replace(world.memory.enrolled, portal="staging")  # type: ignore[type-var]
    assert world.push() == ["failed"]
    assert world.memory.customers == {}
    assert world.placement().error == "not_authorised"
    with scope.wide("portal_staff"):
        assert "another portal" in Node.objects.get().last_error


def test_the_emergency_lane_is_served_first_and_then_whoever_waited_longest(world: World) -> None:
    old = timezone.now() - timedelta(hours=1)
    world.save(customer=world.cast.bageri)
    world.save()
    order = served_order(world)
    assert order[0] in {world.cast.norrsken.pk, world.cast.bageri.pk}
    for first, second in ((world.cast.norrsken, world.cast.bageri), (world.cast.bageri, world.cast.norrsken)):
        world.save("Ny " + first.slug, first)
        world.save("Ny " + first.slug, second)
        world.set(first, last_served_at=old)
        world.set(second, last_served_at=timezone.now())
        assert served_order(world) == [first.pk, second.pk]
    world.save("Bulk", world.cast.norrsken)
    world.save("Bulk", world.cast.bageri)
    world.set(world.cast.norrsken, last_served_at=old)
    with scope.customer(world.cast.bageri.pk):
        Publication.objects.update(lane=Lane.EMERGENCY)
    assert served_order(world) == [world.cast.bageri.pk, world.cast.norrsken.pk]


def served_order(world: World) -> list[int]:
    """Serve what is due and return the customers in order."""
    order = []
    with world.worker():
        while served := pusher.serve_next():
            order.append(served.customer_id)
    return order


def test_one_push_is_in_flight_for_a_customer_also_when_a_standby_waits(world: World) -> None:
    spare = factories.node("vaxel-2")
    with scope.customer(world.cast.norrsken.pk):
        Placement.objects.create(customer=world.cast.norrsken, node=spare, role=Placement.Role.STANDBY)
    with scope.wide("portal_staff"):
        Node.objects.filter(pk=spare.pk).update(enrolled_at=timezone.now())
    world.save()
    with world.worker():
        first = actions.take_turn()
        assert first is not None
        assert actions.take_turn() is None
        with scope.wide("portal_relay"):
            actions.end_turn(first)
        second = actions.take_turn()
        assert second is not None
        assert second.placement.pk != first.placement.pk


def test_a_lease_that_ended_belongs_to_the_next_and_the_first_one_stops(world: World) -> None:
    world.save()
    with world.worker():
        first = actions.take_turn()
        assert first is not None
        assert actions.take_turn() is None
        world.set(lease_until=timezone.now())
        with scope.wide("portal_relay"):
            nodes.release(node=first.node)
        second = actions.take_turn()
        assert second is not None
        assert not actions.renew(first)
        with pytest.raises(pusher.LostTurn):
            pusher._push(replace(first, fresh_until=0.0))
        with scope.wide("portal_relay"):
            actions.end_turn(first)
        assert actions.renew(second)


def test_a_generation_saved_during_a_push_is_due_at_its_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.save("Huvudnummer")
    was, saved = MemoryNode.push, list[object]()

    def push(node: MemoryNode, push: wire.Push, arrived: float) -> wire.Receipt | wire.Conflict:
        if not saved:
            thread = threading.Thread(target=lambda: saved.append(world.save("Under tiden")))
            thread.start()
            thread.join()
        return was(node, push, arrived)

    monkeypatch.setattr(MemoryNode, "push", push)
    with world.worker():
        served = pusher.serve_next()
    assert served is not None
    assert served.outcome == "effective"
    assert world.push() == ["effective"]
    assert [receipt.generation for receipt in world.receipts()] == [1, 2]


def test_an_older_receipt_moves_nothing_back(world: World) -> None:
    world.save("Huvudnummer")
    world.save("Lager")
    world.push()
    with scope.customer(world.cast.norrsken.pk):
        nodes.confirm(
            node_id=world.cast.node.pk,
            receipt=wire.Receipt(
                customer=world.cast.norrsken.pk,
                epoch=1,
                generation=1,
                root="0" * 64,
                effective_at=1.0,
                milliseconds=1.0,
            ),
        )
    assert world.placement().generation == 2
    assert [receipt.generation for receipt in world.receipts()] == [1, 2]


def test_nothing_is_pushed_to_a_node_that_has_not_enrolled(world: World) -> None:
    with scope.wide("portal_staff"):
        Node.objects.update(enrolled_at=None)
    world.save()
    assert world.due() == 0
    assert world.push() == []
