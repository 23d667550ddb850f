"""Staff's pages of one node and of the heap: what they show, and what their buttons do."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import msgspec
import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.switch.models import Event
from tenants.customers import scope
from tenants.nodes.models import Node
from tests.factories.doors import client, text
from tests.integrations.switch.conftest import World
from tests.integrations.switch.test_api import Caller
from tests.integrations.switch.test_events import all_rows, event, fold, ours, tell
from tests.integrations.switch.test_quarantine import poison

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["ours"]


def sam(world: World) -> Client:
    return client(world.cast.sam)


def page(world: World, tail: str = "") -> str:
    answer = sam(world).get(f"/staff/nodes/{world.cast.node.pk}/{tail}")
    assert answer.status_code == 200
    return text(answer)


def test_a_node_shows_how_it_is_and_who_is_on_it(world: World) -> None:
    world.save()
    world.push()
    shown = page(world)
    for words in ("vaxel-1", "Svarar", "Norrsken Bygg AB", "Lilla Bageriet", "1 av 1", "I takt", "Ingenting"):
        assert words in shown
    world.save("Kvällar")
    shown = page(world)
    assert "1 av 2" in shown
    assert "Den äldsta har väntat" in shown
    assert "Lilla Bageriet" not in page(world, "?show=behind")


def test_a_node_is_asked_at_once(world: World) -> None:
    answer = sam(world).post(f"/staff/nodes/{world.cast.node.pk}/probe/", follow=True)
    assert "Noden svarade" in text(answer)
    assert "Ingen bakom noden" in text(answer)
    with scope.wide("portal_staff"):
        assert Node.objects.get(pk=world.cast.node.pk).spooled == 0
        Node.objects.update(url="http://127.0.0.1:1")
    answer = sam(world).post(f"/staff/nodes/{world.cast.node.pk}/probe/", follow=True)
    assert "Noden svarar inte" in text(answer)
    assert "Svarar inte" in page(world, "health/")


def test_the_circuit_is_told_while_it_is_open(world: World) -> None:
    with scope.wide("portal_staff"):
        Node.objects.update(failures=4, closed_until=timezone.now() + timedelta(minutes=5))
    assert "Bruten till" in page(world)


def test_a_telephone_switch_that_is_away_is_told(world: World) -> None:
    with scope.wide("portal_staff"):
        Node.objects.update(switch="asterisk unreachable")
    assert "Svarar inte noden" in page(world)


def test_quarantine_names_the_object_and_what_to_do_and_a_resync_tries_it_again(world: World) -> None:
    world.save()
    world.push()
    key = poison(world)
    world.push()
    shown = page(world, "?show=refused")
    for words in (key, "i karantän", "Rätta det som är fel"):
        assert words in shown
    address = f"/staff/nodes/{world.cast.node.pk}/resync/{world.placement().pk}/"
    assert "skickas hel" in text(sam(world).post(address, follow=True))
    placement = world.placement()
    assert (placement.generation, placement.quarantined, placement.refusal) == (0, 0, None)
    assert world.push(1) == ["refused"]


def test_a_resync_brings_everything_anew(world: World) -> None:
    world.save()
    world.push()
    world.memory.customers.clear()
    sam(world).post(f"/staff/nodes/{world.cast.node.pk}/resync/{world.placement().pk}/")
    assert world.push() == ["effective"]
    assert world.agrees()


def test_a_new_code_is_shown_once_and_kept_by_nobody(world: World) -> None:
    answer = sam(world).post(f"/staff/nodes/{world.cast.node.pk}/code/")
    code = re.search(r"<code>(\w+)</code>", text(answer))
    assert code
    assert answer["Cache-Control"] == "no-store"
    assert code[1] not in page(world)
    answer = sam(world).post("/staff/nodes/new/", {"name": "vaxel-9"})
    assert "vaxel-9" in text(answer)
    assert sam(world).post("/staff/nodes/new/", {"name": "VÄXEL 9"}).status_code == 422


def test_what_a_node_found_rotten_is_shown(world: World, ours: Caller) -> None:
    tell(
        ours,
        event(world, "drift", data={"objects": 2, "rows": 0, "healed": 0}),
        event(world, "drift", data={"rows": 3}),
    )
    shown = page(world)
    for words in ("2 objekt", "3 rader", "Skickades på nytt", "Rättat på noden"):
        assert words in shown
    assert "0 rader" not in shown


def heap(world: World, query: str = "", status: int = 200) -> str:
    answer = sam(world).get(f"/staff/events/{query}")
    assert answer.status_code == status
    return text(answer)


@pytest.fixture
def told(world: World, ours: Caller) -> list[Event]:
    """Three sound events, one of the bakery's, and a poisoned one."""
    tell(ours, event(world), event(world, "call.ended"), event(world, customer=world.cast.bageri.pk), "gift")
    return all_rows()


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 4), ("?kind=call.ended", 1), ("?customer=lilla-bageriet", 1), ("?state=poisoned", 1),
        ("?state=letters", 1),
        ("?state=waiting", 3), ("?state=folded", 0), ("?since=2020-01-01", 4), ("?since=2099-01-01", 0),
        ("?until=2020-01-01", 0), ("?customer=norrsken-bygg&kind=call.started", 1),
    ],
)  # fmt: skip
def test_the_heap_is_sifted(world: World, told: list[Event], query: str, count: int) -> None:
    assert len(re.findall(r'name="events"', heap(world, query))) == count


@pytest.mark.parametrize("query", ["?customer=finns-inte", "?since=igår", "?node=x", "?state=x", "?kind=%00"])
def test_what_cannot_be_sifted_by_is_said(world: World, told: list[Event], query: str) -> None:
    assert 'aria-invalid="true"' in heap(world, query, 422)


def test_an_event_is_opened_as_it_came(world: World, told: list[Event]) -> None:
    shown = text(sam(world).get(f"/staff/events/{told[1].pk}/"))
    for words in ("call.ended", "&quot;seq&quot;", "Norrsken Bygg AB", "vaxel-1", "Väntar"):
        assert words in shown
    poisoned = text(sam(world).get(f"/staff/events/{told[3].pk}/"))
    assert "Gick inte att läsa" in poisoned
    assert "gift" in poisoned


def test_what_a_node_told_cannot_become_a_page(world: World, ours: Caller) -> None:
    tell(ours, "<script>alert(1)</script>")
    assert "<script>alert" not in text(sam(world).get(f"/staff/events/{all_rows()[0].pk}/"))


def test_ticked_ones_are_folded_again_and_dismissed(world: World, told: list[Event]) -> None:
    fold(world)
    two = [told[0].pk, told[3].pk]
    answer = sam(world).post("/staff/events/decide/", {"events": two, "query": "kind=x"})
    assert answer["Location"] == "/staff/events/?kind=x"
    assert [row.state for row in all_rows()] == ["waiting", "folded", "folded", "poisoned"]
    sam(world).post("/staff/events/decide/", {"events": two, "dismiss": "1"})
    assert [row.state for row in all_rows()] == ["waiting", "folded", "folded", "dismissed"]
    assert "Välj minst en" in text(sam(world).post("/staff/events/decide/", {"events": ["x", "9" * 30]}, follow=True))


def test_all_that_pass_are_folded_again(world: World, told: list[Event]) -> None:
    fold(world)
    sam(world).post("/staff/events/decide/", {"all": "1", "customer": "norrsken-bygg"})
    assert [row.state for row in all_rows()] == ["waiting", "waiting", "folded", "poisoned"]


def test_the_heap_costs_as_many_queries_whatever_its_size(world: World, ours: Caller) -> None:
    def cost(address: str) -> int:
        browser = sam(world)
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(address).status_code == 200
        return len(seen)

    tell(ours, event(world))
    addresses = ["/staff/events/", "/staff/events/?state=letters", f"/staff/nodes/{world.cast.node.pk}/"]
    few = [cost(address) for address in addresses]
    tell(ours, *[event(world) for _ in range(400)], *[f"gift {n}" for n in range(100)])
    assert [cost(address) for address in addresses] == few
    assert 'rel="next"' in heap(world)
    assert 'rel="next"' in heap(world, "?state=letters")


def test_they_are_for_staff_only(world: World, told: list[Event]) -> None:
    node = world.cast.node.pk
    pages = ["/staff/events/", f"/staff/events/{told[0].pk}/", f"/staff/nodes/{node}/", f"/staff/nodes/{node}/health/"]
    posts = ["/staff/events/decide/", f"/staff/nodes/{node}/probe/", f"/staff/nodes/{node}/code/", "/staff/nodes/new/"]
    for who in (world.cast.alice, world.cast.charlie):
        assert {client(who).get(address).status_code for address in pages} == {404}
        assert {client(who).post(address).status_code for address in posts} == {404}


def test_a_message_told_of_twice_does_no_harm(world: World, ours: Caller, owner_connection: psycopg.Connection) -> None:
    tell(ours, event(world, "message.left", data={"message": str(uuid.uuid4())}))
    assert msgspec.json.decode(bytes(all_rows()[0].body))["kind"] == "message.left"
    for _ in range(2):
        sam(world).post("/staff/events/decide/", {"events": [all_rows()[0].pk]})
        fold(world)
    assert all_rows()[0].state == "waiting"
