"""Staff's page of nodes, and the commands."""

from __future__ import annotations

from io import StringIO

import msgspec
import pytest
from django.core.management import call_command
from django.test import Client

from integrations.switch.queries import heap
from tenants.customers import scope
from tenants.nodes.models import Node
from tests.factories import cast as factories
from tests.integrations.switch.conftest import World
from tests.integrations.switch.test_api import Caller
from tests.integrations.switch.test_quarantine import poison

pytestmark = pytest.mark.django_db(transaction=True)


def page(world: World) -> str:
    """Return staff's page."""
    browser = Client()
    browser.force_login(world.cast.sam)
    answer = browser.get("/staff/nodes/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_shows_each_node_and_how_it_is(world: World) -> None:
    factories.node("vaxel-2")
    world.save()
    world.push()
    shown = page(world)
    assert "vaxel-1" in shown
    assert world.url in shown
    assert "Svarar" in shown
    assert "Väntar på sin kod" in shown
    assert "Behöver tillsyn" not in shown


def test_the_page_shows_what_is_wrong_in_words_and_in_which_object(world: World) -> None:
    world.save()
    world.push()
    key = poison(world)
    world.push()
    shown = page(world)
    assert "Behöver tillsyn" in shown
    assert "Norrsken Bygg AB" in shown
    assert "Växeln tog inte emot ändringen" in shown
    assert key in shown
    assert "bad_number" in shown


def test_the_page_says_when_a_node_does_not_answer(world: World) -> None:
    with scope.wide("portal_staff"):
        Node.objects.update(url="http://127.0.0.1:1")
    world.save()
    for _ in range(3):
        world.wait_over()
        world.push(1)
    shown = page(world)
    assert "Svarar inte" in shown
    assert "Connection refused" in shown
    assert "Växeln svarar inte. Vi försöker igen." in shown


def test_what_a_node_says_cannot_become_a_page(world: World) -> None:
    assert world.memory.enrolled is not None
    with scope.wide("portal_staff"):
        Node.objects.update(last_error="<script>alert(1)</script>", switch="<b>x</b>")
    shown = page(world)
    assert "<script>alert(1)" not in shown
    assert "<b>x</b>" not in shown


def test_it_is_for_staff_only(world: World) -> None:
    for who in (world.cast.alice, world.cast.charlie):
        browser = Client()
        browser.force_login(who)
        assert browser.get("/staff/nodes/").status_code == 404
    assert Client().get("/staff/nodes/").status_code == 302


def test_the_heap_counts_what_could_not_be_read(world: World) -> None:
    assert world.memory.enrolled is not None
    node = Caller(world.memory.enrolled.token_of_node)
    node.post("/events", msgspec.json.encode({"events": ["?"]}), 202)
    with scope.wide("portal_staff"):
        assert (heap().poisoned, heap().unfolded, heap().oldest) == (1, 0, None)


def test_after_a_restore_every_customer_gets_a_new_epoch_and_nodes_take_it(world: World) -> None:
    world.save("Huvudnummer")
    world.push()
    out = StringIO()
    call_command("after_restore", stdout=out)
    assert out.getvalue().strip() == "2 customers have a new epoch"
    assert world.publication().epoch == world.publication(world.cast.bageri).epoch == 2
    assert world.push() == ["effective"]
    assert world.agrees()
    assert world.memory.customers[world.cast.norrsken.pk].held.epoch == 2
