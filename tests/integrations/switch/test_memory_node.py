"""The node in memory is a node."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import msgspec
import pytest
import uvicorn

from integrations.switch.memory_node import application
from integrations.switch.memory_state import MemoryNode
from tenants.routing.objects import Announcement
from tenants.routing.wire import TestCall, TestCallPlaced
from tests.integrations.switch.company import Company, Wire, identity
from tests.integrations.switch.contract import Contract
from tests.integrations.switch.live_contract import LiveContract


@pytest.fixture(scope="module")
def node() -> MemoryNode:
    """A node that is enrolled."""
    return MemoryNode(identity())


@pytest.fixture(scope="module")
def wire(node: MemoryNode) -> Iterator[Wire]:
    """The portal's end of the wire to it."""
    server = uvicorn.Server(uvicorn.Config(application(node), port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    assert node.enrolled is not None
    wire = Wire(f"http://127.0.0.1:{port}", node.enrolled)
    yield wire
    wire.http.close()
    server.should_exit = True
    thread.join(5)


class TestMemoryNode(Contract, LiveContract):
    """The contract."""

    def test_a_test_call_walks_through_the_flow(self, node: MemoryNode, company: Company) -> None:
        company.prompt(1, 500)
        company.put(Announcement(id=1, name="Välkommen", prompt="prompt/1", next="mailbox/1"))
        company.objects["number-flow/1"] = msgspec.structs.replace(
            company.objects["number-flow/1"], entry="announcement/1"
        )
        company.publish()
        wanted = TestCall(
            customer=company.customer,
            number=f"+4640622{company.customer:04}",
            to=company.username(1),
            moment=1_000_000_000,
        )
        answer = company.wire.http.post("/v1/calls", content=msgspec.json.encode(wanted))
        placed = msgspec.json.decode(answer.content, type=TestCallPlaced)
        told = [event for event in node.events if event.call == placed.call]
        assert [event.kind for event in told] == ["call.started", "call.step", "call.step", "call.ended"]
        assert [event.data.get("action") for event in told[1:3]] == ["play", "record"]
        assert {event.data.get("generation") for event in told[1:3]} == {1}
