"""What is told of the switch: from events, receipts and registers, once however often the fact comes."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import pytest
from pytest_django.fixtures import Settings

from integrations.switch import actions as switch
from integrations.switch import events, live, moving
from integrations.switch.memory_node import application
from integrations.switch.memory_state import MemoryNode
from integrations.switch.models import Event
from integrations.webhooks import actions
from integrations.webhooks.models import Delivery
from integrations.webhooks.types import TYPES
from tenants.customers import scope
from tenants.nodes.models import Node, Placement
from tenants.people.devices import actions as devices
from tenants.routing import wire
from tenants.routing.live import Pause
from tests.factories import cast as factories
from tests.factories import flow
from tests.factories.live import wish
from tests.factories.people import person
from tests.integrations.switch.conftest import World, enrol, serving, world
from tests.integrations.switch.test_api import Caller, wav
from tests.integrations.switch.test_events import event, fold, ours, tell
from tests.integrations.switch.test_quarantine import poison

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["ours", "world"]


@pytest.fixture
def listening(world: World, settings: Settings) -> World:
    """Norrsken listens to everything; the bakery to nothing."""
    settings.WEBHOOKS_PRIVATE = True
    with scope.customer(world.cast.norrsken.pk):
        actions.make(customer_id=world.cast.norrsken.pk, by=None, url="http://127.0.0.1:9/", types=list(TYPES))
    return world


def told(world: World) -> list[dict[str, Any]]:
    """Return the messages, oldest first."""
    with scope.customer(world.cast.norrsken.pk):
        return [json.loads(body) for body in Delivery.objects.order_by("pk").values_list("body", flat=True)]


def types(world: World) -> list[str]:
    return [message["type"] for message in told(world)]


def forget_folding(world: World) -> None:
    """Have every event folded again, as staff can."""
    with scope.wide("portal_staff"):
        Event.objects.update(folded_at=None)


def test_a_call_is_told_once_however_often_it_is_folded(listening: World, ours: Caller) -> None:
    with scope.customer(listening.cast.norrsken.pk):
        anna = person(listening.cast.norrsken.pk)
        phone, _secret = devices.add(person=anna, by=None, name="Bord")
    now = time.time()
    batch = [
        event(listening, at=now, data={"number": "+46406221000", "caller": "+46701740605"}),
        event(listening, "call.step", at=now, data={"action": "ring"}),
        event(listening, "call.answered", at=now + 1, data={"device": phone.username}),
        event(listening, "call.ended", at=now + 9, data={"cause": 16, "seconds": 9, "answers": 1}),
        event(listening, at=now, customer=listening.cast.bageri.pk),
    ]
    for _ in range(3):
        tell(ours, *batch)
        assert fold(listening) in (5, 0)
        forget_folding(listening)
    assert sorted(types(listening)) == ["call.answered", "call.ended", "call.started"]
    by_type = {message["type"]: message for message in told(listening)}
    assert by_type["call.started"]["data"] == {
        "call": "c1", "direction": "in", "test": False, "number": "+46406221000", "caller": "+46701740605",
    }  # fmt: skip
    assert by_type["call.answered"]["data"] == {"call": "c1", "person": {"id": anna.pk, "extension": anna.extension}}
    assert by_type["call.ended"]["data"] == {"call": "c1", "seconds": 9, "answers": 1, "cause": 16}
    assert by_type["call.ended"]["customer"] == "norrsken-bygg"


def test_calls_of_who_does_not_listen_cost_no_transaction_of_their_own(
    listening: World, ours: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def effect(rows: Mapping[int, wire.Event]) -> Iterable[int]:
        asked.extend(rows)
        return list(rows)

    monkeypatch.setitem(events.EFFECTS, "call.started", effect)
    tell(ours, event(listening), event(listening, customer=listening.cast.bageri.pk))
    assert fold(listening) == 2
    assert len(asked) == 1


def test_a_message_is_told_when_it_is_here(listening: World, ours: Caller) -> None:
    customer, name = listening.cast.norrsken.pk, uuid.uuid4()
    with scope.customer(customer):
        box = flow.mailbox(customer, "Låda").pk
    tell(ours, event(listening, "message.left", at=time.time(), data={"mailbox": box, "message": str(name)}))
    assert fold(listening) == 0
    assert types(listening) == []
    headers = {"X-Caller": "+46701740605", "X-Recorded-At": str(int(time.time()))}
    ours.put(f"/customers/{customer}/mailboxes/{box}/messages/{name}", wav(), headers)
    with scope.wide("portal_staff"):
        Event.objects.update(next_try_at="2026-01-01T00:00Z", folded_at=None)
    assert fold(listening) == 1
    (message,) = told(listening)
    assert message["type"] == "message.left"
    assert (message["data"]["mailbox"], message["data"]["caller"]) == (box, "+46701740605")
    assert message["data"]["message"]


def test_a_release_is_told_when_the_serving_node_says_so_and_once(listening: World) -> None:
    listening.save()
    assert listening.push() == ["effective"]
    (message,) = told(listening)
    assert (message["type"], message["data"]["generation"]) == ("release.effective", 1)
    receipt = listening.receipts()[0]
    assert listening.memory.enrolled is not None
    again = wire.Receipt(
        customer=listening.cast.norrsken.pk, epoch=receipt.epoch, generation=1, root=receipt.root,
        effective_at=receipt.effective_at.timestamp(), milliseconds=1.0,
    )  # fmt: skip
    node = Caller(listening.memory.enrolled.token_of_node)
    for _ in range(2):
        node.post("/receipts", [again], 202)
    assert types(listening) == ["release.effective"]
    listening.set(role=Placement.Role.STANDBY)
    listening.save("Lager")
    listening.push()
    assert types(listening) == ["release.effective"], "a standby's word is nobody's news"


def test_a_release_only_the_new_node_took_is_told_when_it_takes_over(listening: World) -> None:
    """The node before never answered for it; the one after had it before it served."""
    customer, other, memory = listening.cast.norrsken.pk, factories.node("vaxel-2"), MemoryNode()
    listening.save()
    listening.push()
    with serving(application(memory)) as url:
        memory.enrolled = enrol(other, url)
        moving.begin(customer_id=customer, node_id=other.pk)
        with scope.wide("portal_staff"):
            Node.objects.filter(pk=listening.cast.node.pk).update(url="http://127.0.0.1:1")
        listening.save("Lager")
        listening.push(6)
    released = [message["data"]["generation"] for message in told(listening) if message["type"] == "release.effective"]
    assert released == [1, 2]


def test_a_release_both_nodes_took_is_told_once(listening: World) -> None:
    other, memory = factories.node("vaxel-2"), MemoryNode()
    listening.save()
    listening.push()
    with serving(application(memory)) as url:
        memory.enrolled = enrol(other, url)
        moving.begin(customer_id=listening.cast.norrsken.pk, node_id=other.pk)
        listening.push()
    with scope.customer(listening.cast.norrsken.pk):
        assert Placement.objects.get(role=Placement.Role.ACTIVE).node_id == other.pk
    assert types(listening) == ["release.effective"]


def test_a_release_the_node_refuses_is_told_once_with_its_object(listening: World) -> None:
    listening.save()
    listening.push()
    key = poison(listening)
    assert listening.push(3)[0] == "refused"
    with scope.wide("portal_staff"):
        switch.send_whole(placement=listening.placement())
    listening.wait_over()
    listening.push(3)
    refused = [message["data"] for message in told(listening) if message["type"] == "release.refused"]
    assert len(refused) == 1
    assert (refused[0]["generation"], refused[0]["object"]) == (listening.publication().generation, key)
    assert refused[0]["code"]
    assert "release.effective" not in types(listening)[1:], "nothing is said of what calls do not follow"


def test_what_only_a_standby_refuses_is_nobodys_news(listening: World) -> None:
    listening.save()
    listening.push()
    listening.set(role=Placement.Role.STANDBY)
    poison(listening)
    assert listening.push(3)[0] == "refused"
    assert types(listening) == ["release.effective"]


def test_live_state_is_told_from_the_answer_and_from_the_telephone(listening: World, ours: Caller) -> None:
    customer = listening.cast.norrsken.pk
    with scope.customer(customer):
        anna = f"person/{person(customer).pk}"
    listening.push()
    with scope.customer(customer):
        wish(customer, "pause", anna, Pause(reason="rast"), listening.cast.alice)
    with listening.worker():
        assert live.send_next()
    tell(ours, *[msgspec.to_builtins(one) for one in listening.memory.events])
    fold(listening)
    listening.memory.dial(customer, anna, "*23*1#")
    tell(ours, *[msgspec.to_builtins(one) for one in listening.memory.events])
    fold(listening)
    forget_folding(listening)
    fold(listening)
    changed = [message["data"] for message in told(listening) if message["type"] == "live.changed"]
    assert [(one["kind"], one["subject"], one["via"]) for one in changed] == [
        ("pause", anna, "web"), ("diversion", anna, "phone"),
    ]  # fmt: skip
    assert changed[0]["value"]["reason"] == "rast"
