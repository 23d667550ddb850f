"""The oracles of chaos are silent when all is well and speak when it is not: a judge who never speaks is none."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from integrations.asterisk import identity
from integrations.asterisk.store import Store
from integrations.switch import contents
from tenants.customers import scope
from tenants.nodes import actions as nodes
from tenants.routing import intake
from tenants.routing.wire import Receipt, Root
from tenants.schedules.compile import compile_schedule
from tenants.schedules.models import Schedule
from tests.factories.schedules import schedule
from tests.faults import oracle
from tests.faults.ledger import Ledger
from tests.integrations.switch.conftest import World

pytestmark = pytest.mark.django_db(transaction=True)


class Kept:
    """A customer with hours that were set twice and another schedule, on the reference node's store."""

    def __init__(self, world: World, folder: Path) -> None:
        """Make it all, and push it."""
        self.world, self.customer, self.path = world, world.cast.norrsken.pk, folder / "rows.sqlite3"
        self.store, self.ledger = Store(self.path), Ledger()
        with scope.customer(self.customer):
            hours = schedule(world.cast.norrsken, "Huvudnummer")
            schedule(world.cast.norrsken, "Kontor")
            opens = compile_schedule(hours).week[0].openings[0].start
        self.ledger.begin(self.customer, f'"{hours.version - 1}"')
        self.ledger.set(self.customer, f'"{hours.version}"', opens)
        for name in ("Huvudnummer", "Kontor"):
            self.ledger.make(self.customer, "schedules", name)
        self.push()

    def push(self) -> None:
        """Bring the newest generation to the store, and the receipt home."""
        who = self.world.memory.enrolled
        assert who is not None
        push = contents.for_node(self.customer, self.world.cast.node.pk, who.sealing_key)
        assert push is not None
        receipt = self.store.activate(
            push, intake.stage(push), identity.open_secrets(who, push), who.portal, time.time()
        )
        assert isinstance(receipt, Receipt)
        with scope.customer(self.customer):
            nodes.confirm(node_id=self.world.cast.node.pk, receipt=receipt)

    def sql(self, text: str) -> None:
        """Change the record behind everybody's back."""
        with psycopg.connect(self.world.databases.owner) as link:
            link.execute("SELECT set_config('app.customer', %s, true)", [str(self.customer)])
            link.execute(text)

    def on_the_node(self, text: str) -> None:
        """Change the node's file behind everybody's back."""
        with closing(sqlite3.connect(self.path)) as link, link:
            link.execute(text)

    def said(self) -> list[str]:
        """Return what the oracles say."""
        held = self.store.held(self.customer)
        root = Root(customer=self.customer, epoch=held.epoch, generation=held.generation, root=held.root)
        return [
            *oracle.faults(self.customer, self.path, {}),
            *oracle.lost_or_double(self.customer, self.ledger),
            *oracle.unequal(self.customer, root),
        ]


@pytest.fixture
def kept(world: World, tmp_path: Path) -> Kept:
    """A customer whose portal and node agree."""
    return Kept(world, tmp_path)


def test_all_is_well_also_after_another_save(kept: Kept) -> None:
    assert kept.said() == []
    with scope.customer(kept.customer):
        schedule(kept.world.cast.norrsken, "Lager")
    kept.ledger.make(kept.customer, "schedules", "Lager")
    assert kept.said() != []
    kept.push()
    assert kept.said() == []


HARMS: dict[str, Callable[[Kept], object]] = {
    "a row changed without a release": lambda kept: kept.sql("UPDATE tenants_schedule SET name = name || '!'"),
    "a release is missing": lambda kept: kept.sql("UPDATE tenants_release SET generation = generation + 10"),
    "the record has another root": lambda kept: kept.sql("UPDATE tenants_publication SET root = repeat('0', 64)"),
    "the node has other bytes": lambda kept: kept.on_the_node("UPDATE object_rows SET body = x'7b7d'"),
    "the node has less": lambda kept: kept.on_the_node("DELETE FROM object_rows WHERE key LIKE 'schedule/%'"),
    "the node has another generation": lambda kept: kept.on_the_node("UPDATE customers SET generation = 99"),
    "the record says less than the node": lambda kept: kept.sql("UPDATE tenants_placement SET generation = 1"),
    "the node applied it again": lambda kept: kept.sql(
        "UPDATE tenants_placement SET effective_at = effective_at + interval '10 s'"
    ),
    "something was lost": lambda kept: kept.ledger.make(kept.customer, "schedules", "Borta"),
    "something was made twice": lambda kept: kept.ledger.made[kept.customer].pop(),
    "hours were set twice": lambda kept: kept.sql("UPDATE tenants_schedule SET version = version + 1"),
    "hours are others": lambda kept: kept.ledger.hours.update(
        {kept.customer: (*kept.ledger.hours[kept.customer][:2], 3)}
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("harm", HARMS)
def test_each_harm_is_named(kept: Kept, harm: str) -> None:
    HARMS[harm](kept)
    assert kept.said() != []
    with scope.customer(kept.customer):
        assert Schedule.objects.count() == 2
