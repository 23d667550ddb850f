"""The reference node's own client and store against the portal's real API, over HTTP: enrol, fetch, receipt, tell."""

from __future__ import annotations

import asyncio
import time
import uuid
from pathlib import Path

import msgspec
import pytest
from pytest_django.live_server_helper import LiveServer

from integrations.asterisk.node import Node as ReferenceNode
from integrations.asterisk.portal import Portal, Rejected
from integrations.asterisk.settings import Settings
from integrations.asterisk.upstream import deliver_events
from integrations.switch.queries import of_call
from tenants.customers import scope
from tenants.mailboxes.models import Message
from tenants.nodes.models import Node, Placement
from tenants.routing.wire import Receipt
from tests.factories import flow
from tests.integrations.switch.conftest import World
from tests.integrations.switch.test_api import code_of, wav

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def node(world: World, live_server: LiveServer, tmp_path: Path) -> ReferenceNode:
    """A reference node, without its Asterisk, that has enrolled by a code and serves Norrsken."""
    made = ReferenceNode(Settings(home=str(tmp_path), portal=live_server.url))
    with scope.wide("portal_staff"):
        row = Node.objects.create(name="vaxel-2")
    with scope.customer(world.cast.norrsken.pk):
        Placement.objects.update(node=row)
    code = code_of("vaxel-2")

    async def enrol() -> None:
        portal = Portal(live_server.url, None)
        made.enrol(await portal.enrol(code, "http://127.0.0.1:9", made.spool.boot))
        await portal.close()

    asyncio.run(enrol())
    return made


def test_the_reference_node_fetches_what_it_should_have_and_its_receipt_counts(
    world: World, node: ReferenceNode, live_server: LiveServer
) -> None:
    customer = world.cast.norrsken.pk
    with scope.customer(customer):
        flow.prompt(customer)
    world.save()

    async def catch_up() -> Receipt:
        portal = Portal(live_server.url, node.enrolled)
        [wanted] = (await portal.roots()).roots
        push = await portal.snapshot(wanted.customer)
        for part in push.changes:
            if part.key.startswith("prompt/"):
                body = msgspec.json.decode(bytes(part.body))
                for name in (body["narrow"], body["wide"]):
                    assert node.blobs.put(name, await portal.blob(name))
        answer = node.receive(push, time.perf_counter())
        assert isinstance(answer, Receipt)
        await portal.receipts([answer])
        with pytest.raises(Rejected, match="404"):
            await portal.snapshot(world.cast.bageri.pk)
        await portal.close()
        return answer

    receipt = asyncio.run(catch_up())
    placement = world.placement()
    assert (placement.generation, placement.root) == (receipt.generation, world.publication().root)
    assert node.store.held(customer).root == world.publication().root


def test_what_the_reference_node_spools_and_records_arrives(
    world: World, node: ReferenceNode, live_server: LiveServer
) -> None:
    customer, name = world.cast.norrsken.pk, str(uuid.uuid4())
    with scope.customer(customer):
        box = flow.mailbox(customer).pk
    node.spool.append("call.started", customer, "c7", {"number": "+46406221000"})
    node.spool.append("call.step", customer, "c7", {"key": "menu/1", "generation": 1})
    node.spool.append("call.ended", customer, "c7")
    node.spool.sync()

    async def deliver() -> int:
        portal = Portal(live_server.url, node.enrolled)
        sent = await deliver_events(node.spool, portal)
        for _ in range(2):
            await portal.message(
                customer, box, name, wav(), {"X-Caller": "+46701740605", "X-Recorded-At": "1800000000"}
            )
        await portal.close()
        return sent

    assert asyncio.run(deliver()) == 3
    assert node.spool.waiting == 0
    with scope.customer(customer):
        assert [one.kind for one in of_call("c7")] == ["call.started", "call.step", "call.ended"]
        assert [str(message.uuid) for message in Message.objects.all()] == [name]
