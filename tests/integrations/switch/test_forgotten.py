"""A node that is gone: staff forget it, its customers go to another, and should it come back nothing is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.switch import compare, moving
from tenants.customers import scope
from tenants.nodes.models import Node, Placement
from tenants.nodes.moves import actions as moves
from tests.factories import cast as factories
from tests.factories.doors import client, text
from tests.integrations.switch.conftest import enrol
from tests.integrations.switch.test_api import Caller, told
from tests.integrations.switch.test_moves import Two, two

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["two"]


def fall_silent(two: Two, minutes: int = 11) -> None:
    """Let the node that serves be out of reach, and not heard of for so long."""
    with scope.wide("portal_staff"):
        seen = timezone.now() - timedelta(minutes=minutes)
        Node.objects.filter(pk=two.world.cast.node.pk).update(url="http://127.0.0.1:1", last_seen_at=seen)


def start_again(two: Two) -> None:
    """Let it answer again, with all it had."""
    with scope.wide("portal_staff"):
        Node.objects.filter(pk=two.world.cast.node.pk).update(
            url=two.world.url, failures=0, closed_until=None, asked_until=None
        )


def forget(two: Two) -> None:
    """Forget it as staff do, and let the worker take its customers to the other."""
    with scope.wide("portal_staff"):
        moving.forget(node_id=two.world.cast.node.pk, heir_id=two.other.pk)
    inherit(two)


def inherit(two: Two) -> int:
    with two.world.worker():
        return moving.inherit()


def look(two: Two) -> None:
    """Compare every node, as the worker does each minute."""
    with two.world.worker():
        moving.inherit()
        for node in compare.nodes():
            compare.compare(node)


def gone(two: Two) -> Node:
    with scope.wide("portal_staff"):
        return Node.objects.get(pk=two.world.cast.node.pk)


def own(two: Two) -> Caller:
    """Return the gone node's way to the portal."""
    assert two.world.memory.enrolled is not None
    return Caller(two.world.memory.enrolled.token_of_node)


def test_a_silent_node_is_forgotten_and_its_customers_go_to_the_heir(two: Two) -> None:
    fall_silent(two)
    forget(two)
    assert two.roles() == {"active": "vaxel-2"}
    assert two.world.publication().epoch == 2
    assert "effective" in two.world.push()
    assert two.held()[1] == 1
    assert inherit(two) == 0


@pytest.mark.parametrize("minutes", [0, 9])
def test_a_node_that_was_heard_lately_is_not_forgotten(two: Two, minutes: int) -> None:
    fall_silent(two, minutes)
    with scope.wide("portal_staff"), pytest.raises(moves.StillHeard):
        moving.forget(node_id=two.world.cast.node.pk, heir_id=two.other.pk)
    assert two.roles() == {"active": "vaxel-1"}


def test_the_heir_must_be_another_node_that_is_let_in(two: Two) -> None:
    fall_silent(two)
    stranger = factories.node("vaxel-9")
    for heir in (stranger.pk, two.world.cast.node.pk, 10**9):
        with scope.wide("portal_staff"), pytest.raises(moves.NotLetIn):
            moving.forget(node_id=two.world.cast.node.pk, heir_id=heir)


def test_a_node_that_has_the_customer_in_step_serves_rather_than_the_heir(two: Two) -> None:
    """It was being left when the one after it died."""
    two.begin()
    two.world.push()
    assert two.roles() == {"leaving": "vaxel-1", "active": "vaxel-2"}
    third = factories.node("vaxel-3")
    enrol(third, "http://127.0.0.1:9")
    with scope.wide("portal_staff"):
        Node.objects.filter(pk=two.other.pk).update(last_seen_at=timezone.now() - timedelta(hours=1))
        moving.forget(node_id=two.other.pk, heir_id=third.pk)
    inherit(two)
    assert two.roles() == {"active": "vaxel-1"}
    assert two.world.push()[0] == "effective"
    assert two.world.agrees()


def test_a_move_is_over_when_the_node_it_leaves_is_forgotten(two: Two) -> None:
    two.begin()
    two.world.push()
    fall_silent(two)
    forget(two)
    assert two.roles() == {"active": "vaxel-2"}
    assert two.world.publication().epoch == 1, "the node that serves needs nothing anew"


def test_what_a_forgotten_node_says_does_not_count(two: Two) -> None:
    late = told(two.world)
    fall_silent(two)
    forget(two)
    before = len(two.world.receipts())
    own(two).post("/receipts", [late], 401)
    own(two).get("/roots", 401)
    assert len(two.world.receipts()) == before


def test_one_that_comes_back_is_left_in_the_ordinary_way_and_its_old_receipts_are_refused(two: Two) -> None:
    late = told(two.world)
    fall_silent(two)
    forget(two)
    two.world.push()
    start_again(two)
    look(two)
    assert gone(two).forgotten_at is None
    assert two.roles() == {"active": "vaxel-2", "leaving": "vaxel-1"}
    own(two).post("/receipts", [late], 404)
    two.world.push()
    two.over()
    two.world.push()
    assert two.roles() == {"active": "vaxel-2"}
    assert two.held() == (0, 1)
    own(two).get("/roots")


def test_one_that_comes_back_while_its_customers_are_being_taken_waits(two: Two) -> None:
    fall_silent(two)
    with scope.wide("portal_staff"):
        moving.forget(node_id=two.world.cast.node.pk, heir_id=two.other.pk)
    start_again(two)
    with two.world.worker():
        [compare.compare(node) for node in compare.nodes()]
    assert gone(two).forgotten_at is not None
    look(two)
    assert two.roles() == {"active": "vaxel-2", "leaving": "vaxel-1"}


def test_a_customer_another_node_is_leaving_is_waited_for(two: Two) -> None:
    fall_silent(two)
    forget(two)
    two.world.push()
    third = factories.node("vaxel-3")
    enrol(third, "http://127.0.0.1:9")
    with scope.customer(two.customer):
        until = timezone.now() + timedelta(hours=1)
        role = Placement.Role.LEAVING
        Placement.objects.create(customer_id=two.customer, node=third, role=role, leaves_at=until)
    start_again(two)
    look(two)
    assert gone(two).forgotten_at is not None
    assert two.roles()["leaving"] == "vaxel-3"
    with scope.customer(two.customer):
        Placement.objects.filter(role=role).delete()
    look(two)
    assert gone(two).forgotten_at is None
    assert two.roles()["leaving"] == "vaxel-1"


# --- the page ----------------------------------------------------------------------------------------------------


def test_staff_forget_a_node_on_its_page(two: Two) -> None:
    sam, page = client(two.world.cast.sam), f"/staff/nodes/{two.world.cast.node.pk}/"
    assert "Glöm noden" not in text(sam.get(page))
    answer = text(sam.post(f"{page}forget/", {"node": two.other.pk}, follow=True))
    assert "Noden hördes nyss." in answer
    fall_silent(two)
    shown = text(sam.get(page))
    for words in ("Glöm vaxel-1?", "2 kunder flyttas till noden du väljer", "vaxel-2</option>", "har varit tyst sedan"):
        assert words in shown
    answer = text(sam.post(f"{page}forget/", {"node": two.other.pk}, follow=True))
    assert "vaxel-1 är glömd. Kunderna flyttas till vaxel-2." in answer
    inherit(two)
    assert two.roles() == {"active": "vaxel-2"}
    assert "Glömd" in text(sam.get(page))
    assert "vaxel-1</option>" not in text(sam.get(f"/staff/moves/?customer={two.world.cast.norrsken.slug}"))


@pytest.mark.parametrize("node", ["", "x", "0", "99999999999999999999"])
def test_a_node_that_can_not_be_chosen_forgets_nothing(two: Two, node: str) -> None:
    fall_silent(two)
    address = f"/staff/nodes/{two.world.cast.node.pk}/forget/"
    assert "Noden har inte anmält sig än." in text(
        client(two.world.cast.sam).post(address, {"node": node}, follow=True)
    )
    assert gone(two).forgotten_at is None


def test_it_is_for_staff_only(two: Two) -> None:
    fall_silent(two)
    for who in (two.world.cast.alice, two.world.cast.charlie):
        address = f"/staff/nodes/{two.world.cast.node.pk}/forget/"
        assert client(who).post(address, {"node": two.other.pk}).status_code == 404
    assert gone(two).forgotten_at is None
