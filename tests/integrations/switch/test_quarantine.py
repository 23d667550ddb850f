"""What a node refuses: kept back with its object named, and what comes next goes through."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tenants.changes import actions as changes
from tenants.changes.models import Body, Lane, Object, Publication, Release
from tenants.changes.said import written
from tenants.customers import scope
from tenants.routing import objects
from tenants.routing.root import bucket_of
from tests.integrations.switch.conftest import World

pytestmark = pytest.mark.django_db(transaction=True)


def poison(world: World, number: int = 1) -> str:
    """Publish an object that the portal takes and a node refuses; return its key."""
    key = f"external/{900 + number}"
    body = objects.encode(objects.External(id=900 + number, name="Trasig", e164="112"))
    with scope.customer(world.cast.norrsken.pk):
        customer = world.cast.norrsken.pk
        Body.objects.create(customer_id=customer, sha256=objects.digest(body), content=body)
        publish_hash(customer, key, objects.digest(body))
        assert Object.objects.filter(key=key).exists()
    return key


def publish_hash(customer: int, key: str, sha256: str | None) -> None:
    """Make a generation in which a key has this hash, past every check of the portal's."""
    obj, _made = Object.objects.get_or_create(customer_id=customer, key=key, bucket=bucket_of(key))
    obj.draft = sha256
    obj.save()
    publication = Publication.objects.select_for_update(no_key=True).get()
    body = Body.objects.get(sha256=sha256).content if sha256 else None
    now = {key: objects.decode(bytes(body)) if body else None}
    origin, lane = Release.Origin.SAVE, Lane.INTERACTIVE
    changes._release(publication, [obj], now, by=None, origin=origin, lane=lane, note=written(""))


def test_a_refused_generation_is_quarantined_with_its_object_and_the_next_one_goes_through(world: World) -> None:
    world.save()
    world.push()
    good = world.placement()
    key = poison(world)
    assert world.push() == ["refused"]
    held_back = world.placement()
    assert (held_back.quarantined, held_back.generation, held_back.root) == (2, 1, good.root)
    assert held_back.refusal["key"] == key  # type: ignore[index]
    assert held_back.refusal["code"] == "bad_number"  # type: ignore[index]
    assert world.memory.customers[world.cast.norrsken.pk].held.generation == 1
    assert world.due() == 0
    with scope.customer(world.cast.norrsken.pk):
        publish_hash(world.cast.norrsken.pk, key, None)
    assert world.push() == ["effective"]
    assert world.agrees()
    assert world.placement().refusal is None
    assert world.placement().error == ""


def test_the_last_good_generation_comes_back_to_a_node_that_lost_it_while_a_newer_one_is_refused(world: World) -> None:
    world.save()
    world.push()
    poison(world)
    assert world.push() == ["refused"]
    world.memory.customers.clear()
    world.set(generation=0, root="")
    assert world.push() == ["effective"]
    assert world.memory.customers[world.cast.norrsken.pk].held.generation == 1
    assert world.placement().quarantined == 2
    assert world.due() == 0


def number(world: World, customer: int, e164: str | None) -> None:
    """Publish that a customer holds a number, or no longer does, past the portal's own constraint."""
    body = objects.encode(objects.Number(id=1, name="Huvudnummer", e164=e164 or "+4640"))
    with scope.customer(customer):
        Body.objects.get_or_create(customer_id=customer, sha256=objects.digest(body), content=body)
        publish_hash(customer, "number/1", objects.digest(body) if e164 else None)


def test_a_number_that_moves_arrives_although_it_is_pushed_before_it_left(world: World) -> None:
    here, there = world.cast.norrsken.pk, world.cast.bageri.pk
    number(world, here, "+46406221000")
    assert world.push() == ["effective"]
    number(world, there, "+46406221000")
    assert world.push(1) == ["refused"]
    moving = world.placement(world.cast.bageri)
    assert (moving.error, moving.quarantined) == ("refused", 0)
    number(world, here, None)
    world.set(world.cast.bageri, next_try_at=timezone.now() + timedelta(minutes=1))
    assert world.push() == ["effective"]
    world.set(world.cast.bageri, next_try_at=timezone.now())
    assert world.push() == ["effective"]
    assert world.agrees(world.cast.bageri)
