"""A customer with endpoints, a real receiver, and the sender as the worker's login."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from integrations.webhooks import actions
from integrations.webhooks.actions import Fact
from integrations.webhooks.models import Delivery, Endpoint
from integrations.webhooks.sending import sender
from tenants.customers import scope
from tenants.customers.models import Customer
from tests import databases
from tests.conftest import Databases
from tests.factories.cast import Cast, cast
from tests.integrations.switch.nasty import Behaviour, Nasty, answer, says

OK = says(answer("200 OK", b"thanks"))
_names = itertools.count(1)


@dataclass
class Hooks:
    """The cast, receivers, and what a test does with them."""

    cast: Cast
    databases: Databases
    receivers: list[Nasty] = field(default_factory=list)

    def receiver(self, behaviour: Behaviour = OK) -> Nasty:
        """Start a receiver."""
        self.receivers.append(Nasty(behaviour))
        return self.receivers[-1]

    def endpoint(self, url: str, customer: Customer | None = None) -> tuple[Endpoint, str]:
        """Make an endpoint that is told of releases and calls."""
        ident = (customer or self.cast.norrsken).pk
        types = ["release.effective", "call.ended"]
        with scope.customer(ident):
            return actions.make(customer_id=ident, by=self.cast.alice, url=url, types=types)

    def tell(self, *names: str, customer: Customer | None = None, type: str = "call.ended") -> None:
        """Tell of facts, one for each name; of a fresh one without."""
        ident = (customer or self.cast.norrsken).pk
        facts = [Fact(type, name, timezone.now(), {"n": name}) for name in names or [f"n{next(_names)}"]]
        with scope.customer(ident):
            actions.tell(customer_id=ident, facts=facts)

    @contextmanager
    def worker(self) -> Iterator[None]:
        """Be the worker's login inside the block."""
        databases.point_django_at(self.databases.worker)
        try:
            yield
        finally:
            databases.point_django_at(self.databases.app)

    def send(self, most: int = 50) -> int:
        """Serve turns until nothing is due; return how many messages were tried."""
        tried, turns = 0, 0
        with self.worker():
            while turns < most and (served := sender.serve_next()) is not None:
                tried, turns = tried + served, turns + 1
        return tried

    def rows(self, customer: Customer | None = None) -> list[Delivery]:
        """Return the deliveries, oldest first."""
        with scope.customer((customer or self.cast.norrsken).pk):
            return list(Delivery.objects.select_related("endpoint").order_by("pk"))

    def row(self) -> Delivery:
        """Return the only one."""
        (row,) = self.rows()
        return row

    def again(self) -> None:
        """Let every wait, lease and break be over."""
        past = timezone.now() - timedelta(seconds=1)
        for customer in (self.cast.norrsken, self.cast.bageri):
            with scope.customer(customer.pk):
                Delivery.objects.update(next_try_at=past)
                Endpoint.objects.update(closed_until=past, lease_until=past)


@pytest.fixture
def hooks(transactional_db: None, django_db_setup: Databases, settings: Settings) -> Iterator[Hooks]:
    """Two customers; webhooks may go to this machine."""
    settings.WEBHOOKS_PRIVATE = True
    made = Hooks(cast(), django_db_setup)
    yield made
    for receiver in made.receivers:
        receiver.close()


Make = Callable[..., Nasty]
