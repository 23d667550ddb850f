"""A portal with two customers, and nodes that answer over real HTTP."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import uvicorn
from django.utils import timezone

from integrations.switch import actions, pusher
from integrations.switch.memory_node import application
from integrations.switch.memory_state import MemoryNode
from tenants.changes.models import Publication
from tenants.customers import scope
from tenants.customers.models import Customer
from tenants.nodes import actions as nodes
from tenants.nodes.models import Node, Placement, Receipt
from tenants.routing import wire
from tenants.schedules.models import Schedule
from tests import databases
from tests.conftest import Databases
from tests.factories.cast import Cast, cast
from tests.factories.schedules import schedule


@contextmanager
def serving(app: object) -> Iterator[str]:
    """Serve an ASGI app on a port of its own; yield the address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", access_log=False))  # type: ignore[arg-type]
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 10
    while not server.started and time.monotonic() < until:
        time.sleep(0.005)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def enrol(node: Node, url: str) -> wire.Enrolled:
    """Let a node in by a code, as staff and node do it, and return what the node was told."""
    with scope.wide("portal_staff"):
        code = nodes.issue_code(name=node.name)
    with scope.wide("portal_node"):
        made = nodes.enrol(code=code, url=url, boot="boot-1")
    return wire.Enrolled(
        node=made.node.pk, portal="tests", token_of_node=made.token_of_node,
        token_of_portal=made.token_of_portal, sealing_key=made.sealing_key,
    )  # fmt: skip


@dataclass
class World:
    """Two customers on one enrolled node, in memory but over real HTTP."""

    cast: Cast
    databases: Databases
    memory: MemoryNode
    url: str
    said: list[pusher.Served] = field(default_factory=list)

    @contextmanager
    def worker(self) -> Iterator[None]:
        """Be the worker's login inside the block."""
        databases.point_django_at(self.databases.worker)
        try:
            yield
        finally:
            databases.point_django_at(self.databases.app)

    def push(self, most: int = 20) -> list[str]:
        """Serve turns, as the worker, until nothing is due; return the outcomes."""
        outcomes: list[str] = []
        with self.worker():
            while len(outcomes) < most and (served := pusher.serve_next()) is not None:
                outcomes.append(served.outcome)
        return outcomes

    def due(self) -> int:
        """Return how many placements are due."""
        with self.worker(), scope.wide("portal_relay"):
            return actions.due().count()

    def placement(self, customer: Customer | None = None) -> Placement:
        """Return a customer's placement, Norrsken's unless told."""
        with scope.customer((customer or self.cast.norrsken).pk):
            return Placement.objects.select_related("node").get()

    def set(self, customer: Customer | None = None, **fields: object) -> None:
        """Change the placement's row, as only time or a mishap would."""
        with scope.customer((customer or self.cast.norrsken).pk):
            Placement.objects.update(**fields)

    def wait_over(self) -> None:
        """Let every back-off and lease be over."""
        self.set(next_try_at=timezone.now(), lease_until=timezone.now())
        with scope.wide("portal_staff"):
            Node.objects.update(closed_until=None, asked_until=None)

    def publication(self, customer: Customer | None = None) -> Publication:
        """Return what is desired."""
        with scope.customer((customer or self.cast.norrsken).pk):
            return Publication.objects.get()

    def receipts(self, customer: Customer | None = None) -> list[Receipt]:
        """Return the receipts, oldest first."""
        with scope.customer((customer or self.cast.norrsken).pk):
            return list(Receipt.objects.order_by("epoch", "generation"))

    def save(self, name: str = "Huvudnummer", customer: Customer | None = None) -> Schedule:
        """Save something that is live at once, and so make a generation."""
        customer = customer or self.cast.norrsken
        with scope.customer(customer.pk):
            return schedule(customer, name)

    def agrees(self, customer: Customer | None = None) -> bool:
        """Tell whether the node has what is desired, by root."""
        publication = self.publication(customer)
        held = self.memory.customers.get(publication.customer_id)
        return held is not None and (held.held.epoch, held.held.generation, held.held.root) == (
            publication.epoch, publication.generation, publication.root,
        )  # fmt: skip


@pytest.fixture
def world(transactional_db: None, django_db_setup: Databases) -> Iterator[World]:
    """Two customers on an enrolled node that answers."""
    everybody = cast()
    memory = MemoryNode()
    with serving(application(memory)) as url:
        memory.enrolled = enrol(everybody.node, url)
        yield World(everybody, django_db_setup, memory, url)
