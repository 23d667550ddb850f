"""Staff's page for moving a customer."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.factories import cast as factories
from tests.factories.doors import client, text
from tests.integrations.switch.conftest import World
from tests.integrations.switch.test_moves import Two, two

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["two"]


def address(world: World, tail: str = "") -> str:
    """Return the page's address."""
    return f"/staff/moves/{tail}?customer={world.cast.norrsken.slug}"


def test_staff_move_a_customer_and_see_how_far_it_has_come(two: Two) -> None:
    sam, page = client(two.world.cast.sam), address(two.world)
    shown = text(sam.get(page))
    assert "vaxel-2" in shown
    assert "Flytta kunden" in shown
    assert "vaxel-1</option>" not in shown
    shown = text(sam.post(page, {"node": two.other.pk}, follow=True))
    assert "Flytten till vaxel-2 har börjat." in shown
    assert "vaxel-2 får allt kunden har" in shown
    assert "vaxel-1 svarar" in shown
    two.world.push()
    shown = text(sam.get(page))
    assert "vaxel-2 svarar" in shown
    assert "vaxel-1 lämnas" in shown
    two.over()
    two.world.push()
    assert "Flytta kunden" in text(sam.get(page))
    assert "Flytta" in text(sam.get(f"/staff/nodes/{two.other.pk}/"))


def test_staff_stop_a_move(two: Two) -> None:
    sam = client(two.world.cast.sam)
    sam.post(address(two.world), {"node": two.other.pk})
    shown = text(sam.post(address(two.world, "stop/"), follow=True))
    assert "Flytten är avbruten." in shown
    assert two.roles() == {"active": "vaxel-1", "leaving": "vaxel-2"}
    shown = text(sam.post(address(two.world), {"node": two.other.pk}))
    assert two.roles() == {"active": "vaxel-1", "leaving": "vaxel-2"}
    two.world.push()
    assert two.roles() == {"active": "vaxel-1"}


@pytest.mark.parametrize("node", ["", "x", "0", "-1", "99999999999999999999"])
def test_a_node_that_can_not_be_chosen_changes_nothing(two: Two, node: str) -> None:
    answer = client(two.world.cast.sam).post(address(two.world), {"node": node})
    assert answer.status_code == 422
    assert two.roles() == {"active": "vaxel-1"}


def test_it_is_for_staff_only(world: World) -> None:
    for who in (world.cast.alice, world.cast.charlie):
        assert client(who).get(address(world)).status_code == 404
        assert client(who).post(address(world, "stop/")).status_code == 404
    assert Client().get(address(world)).status_code == 302
    assert client(world.cast.sam).get("/staff/moves/?customer=no-such").status_code == 302


def test_without_another_node_it_says_so(world: World) -> None:
    factories.node("vaxel-9")
    shown = text(client(world.cast.sam).get(address(world)))
    assert "Det finns ingen annan nod att flytta till." in shown
