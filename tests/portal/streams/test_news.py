"""What the database tells by itself: which rows, once a transaction, and not before it can be seen."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta

import psycopg
import pytest
from django.db import transaction
from django.utils import timezone

from integrations.switch.testcalls.models import TestCall
from tenants.changes.actions import publish, record
from tenants.changes.models import Object
from tenants.changes.said import said
from tenants.customers import scope
from tenants.customers.news import CHANNEL
from tenants.live.models import LiveRegister
from tenants.nodes.models import Placement, Receipt
from tenants.numbers.models import Number
from tenants.routing.live import Pause
from tests.conftest import Databases
from tests.factories.cast import Cast, cast
from tests.factories.flow import person, story
from tests.factories.live import told
from tests.factories.schedules import schedule

Heard = Callable[[], list[str]]
TELLS = {
    "integrations_event": "testcall",
    "integrations_testcall": "testcall",
    "tenants_change": "release",
    "tenants_liveregister": "live",
    "tenants_object": "release",
    "tenants_placement": "release",
    "tenants_publication": "release",
    "tenants_receipt": "release",
    "tenants_rejection": "release",
    "tenants_release": "release",
}


@pytest.fixture
def everybody(transactional_db: None) -> Cast:
    return cast()


@pytest.fixture
def heard(everybody: Cast, django_db_setup: Databases) -> Iterator[Heard]:
    """What was told since it was last asked, sorted."""
    with psycopg.connect(django_db_setup.app, autocommit=True) as link:
        link.execute(f"LISTEN {CHANNEL}".encode())

        def since() -> list[str]:
            link.execute("SELECT 1")
            return sorted(note.payload for note in link.notifies(timeout=0.1))

        yield since


def test_these_tables_tell_and_no_others(owner_connection: psycopg.Connection) -> None:
    rows = owner_connection.execute(
        "SELECT DISTINCT tgrelid::regclass::text, encode(tgargs, 'escape') FROM pg_trigger WHERE tgname LIKE 'news_%'"
    ).fetchall()
    assert {str(table): str(topic).removesuffix("\\000") for table, topic in rows} == TELLS


@pytest.mark.slow
def test_two_hundred_published_objects_are_one_event(everybody: Cast, heard: Heard) -> None:
    customer = everybody.norrsken.pk
    with transaction.atomic(), scope.customer(customer):
        for number in range(200):
            person(customer, f"Person {number}", str(2000 + number))
    assert heard() == [f"{customer} release"]
    with scope.customer(customer):
        assert Object.objects.filter(published__isnull=False).count() >= 200


def test_nothing_is_told_before_it_can_be_seen_or_if_it_never_was(everybody: Cast, heard: Heard) -> None:
    with scope.customer(everybody.norrsken.pk):
        schedule(everybody.norrsken)
        assert heard() == []
    assert heard() == [f"{everybody.norrsken.pk} release"]
    with scope.customer(everybody.norrsken.pk):
        schedule(everybody.norrsken, "Jouren")
        transaction.set_rollback(True)
    assert heard() == []


def test_live_state_wishes_and_receipts_are_told_and_turns_are_not(everybody: Cast, heard: Heard) -> None:
    customer = everybody.norrsken.pk
    with scope.customer(customer):
        made = story(everybody.norrsken)
        publish(customer_id=customer, by=everybody.alice)
    heard()
    later = timezone.now() + timedelta(seconds=30)
    with scope.customer(customer):
        told(customer, "pause", f"person/{made.people[0].pk}", Pause())
    assert heard() == [f"{customer} live"]
    with scope.customer(customer):
        LiveRegister.objects.update(lease_until=later, next_try_at=later, attempts=3)
        Placement.objects.update(lease=uuid.uuid4(), lease_until=later, last_served_at=later, attempts=2)
    assert heard() == []
    with scope.customer(customer):
        LiveRegister.objects.update(wanted={"kind": "pause"}, wanted_command=uuid.uuid4(), wanted_at=later)
    assert heard() == [f"{customer} live"]
    with scope.customer(customer):
        Placement.objects.update(error="no answer")
    assert heard() == [f"{customer} release"]
    with scope.customer(customer):
        Receipt.objects.create(
            customer=everybody.norrsken, node=everybody.node, epoch=9, generation=9, root="0" * 64,
            effective_at=later, milliseconds=1,
        )  # fmt: skip
    assert heard() == [f"{customer} release"]


def test_a_draft_and_a_test_call_are_told(everybody: Cast, heard: Heard) -> None:
    customer = everybody.norrsken.pk
    with scope.customer(customer):
        made = story(everybody.norrsken)
    heard()
    with scope.customer(customer):
        record(customer_id=customer, by=None, summary=said("Provar"), rows=[made.sales])
        Object.objects.filter(key=f"group/{made.sales.pk}").update(draft="0" * 64)
    assert heard() == [f"{customer} release"]
    with scope.customer(customer):
        TestCall.objects.create(
            customer_id=customer, number=Number.objects.get(pk=made.number.pk), to="101", shown="Anna"
        )
    assert heard() == [f"{customer} testcall"]
