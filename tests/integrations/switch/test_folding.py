"""Folding that fails: noted with its reason, tried again, in nobody's way, and left to staff in the end."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import msgspec
import psycopg
import pytest

from integrations.switch import actions, events, tasks
from integrations.switch.models import Event
from integrations.switch.queries import heap
from tenants.customers import scope
from tenants.nodes.models import Placement
from tenants.onboarding.actions import make_customer
from tests.conftest import Databases
from tests.factories import cast as factories
from tests.factories import flow
from tests.integrations.switch.conftest import World
from tests.integrations.switch.test_api import Caller, wav
from tests.integrations.switch.test_events import all_rows, event, fold, ours, tell

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["ours"]
Sql = Callable[[str], None]


@pytest.fixture
def sql(owner_connection: psycopg.Connection) -> Sql:
    """Do what only time or a mishap would do to the events' rows."""

    def run(statement: str) -> None:
        owner_connection.execute(statement.encode())
        owner_connection.commit()

    return run


def told(world: World, ours: Caller) -> uuid.UUID:
    """Tell of a message that is here already, and return its id."""
    customer, name = world.cast.norrsken.pk, uuid.uuid4()
    with scope.customer(customer):
        box = flow.mailbox(customer, f"Låda {name}").pk
    headers = {"X-Caller": "", "X-Recorded-At": "1800000000"}
    ours.put(f"/customers/{customer}/mailboxes/{box}/messages/{name}", wav(), headers)
    tell(ours, event(world, "message.left", data={"mailbox": box, "message": str(name)}))
    return name


def spoil(sql: Sql, row: Event) -> None:
    """Make a stored event one that the portal can't read, as an older or newer portal could have stored."""
    sql(f"UPDATE integrations_event SET body = '{{}}' WHERE id = {row.pk}")


def again(sql: Sql) -> None:
    """Let every back-off be over."""
    sql("UPDATE integrations_event SET next_try_at = now()")


def test_one_that_fails_is_noted_and_the_others_have_their_effect(world: World, ours: Caller, sql: Sql) -> None:
    for _ in range(3):
        told(world, ours)
    tell(ours, event(world))
    spoil(sql, all_rows()[1])
    assert fold(world) == 3
    first, bad, last, call = all_rows()
    assert first.folded_at
    assert last.folded_at
    assert call.folded_at
    assert (bad.folded_at, bad.tries, bad.state) == (None, 1, "failing")
    assert "ValidationError" in bad.error
    with scope.wide("portal_staff"):
        assert (heap().failing, heap().dead, heap().letters) == (1, 0, 0)


def test_it_is_tried_again_later_and_not_before(world: World, ours: Caller, sql: Sql) -> None:
    told(world, ours)
    row = all_rows()[0]
    spoil(sql, row)
    fold(world)
    sql("UPDATE integrations_event SET next_try_at = now() + interval '1 hour'")
    assert fold(world) == 0
    assert all_rows()[0].tries == 1
    sql(f"UPDATE integrations_event SET next_try_at = now(), body = '\\x{bytes(row.body).hex()}'")
    assert fold(world) == 1
    mended = all_rows()[0]
    assert (mended.state, mended.error) == ("folded", "")


def test_after_its_tries_it_lies_until_staff_has_it_folded_again(world: World, ours: Caller, sql: Sql) -> None:
    told(world, ours)
    row = all_rows()[0]
    spoil(sql, row)
    for _ in range(Event.MOST_TRIES + 3):
        fold(world)
        again(sql)
    dead = all_rows()[0]
    assert (dead.tries, dead.state) == (Event.MOST_TRIES, "dead")
    with scope.wide("portal_staff"):
        assert heap().letters == 1
        assert actions.fold_again(ids=[row.pk]) == 1
    sql(f"UPDATE integrations_event SET body = '\\x{bytes(row.body).hex()}'")
    assert fold(world) == 1
    assert all_rows()[0].state == "folded"


def test_what_staff_dismissed_is_folded_no_more_and_counted_no_more(world: World, ours: Caller, sql: Sql) -> None:
    told(world, ours)
    spoil(sql, all_rows()[0])
    fold(world)
    tell(ours, "poison", event(world))
    with scope.wide("portal_staff"):
        idents = Event.objects.values_list("pk", flat=True)
        assert actions.dismiss(ids=idents, by=world.cast.sam) == 2
        assert (heap().failing, heap().letters) == (0, 0)
    again(sql)
    assert fold(world) == 1
    failed, poison, sound = all_rows()
    assert (failed.state, poison.state, sound.state) == ("dismissed", "dismissed", "folded")
    assert failed.dismissed_by_id == world.cast.sam.pk


def test_a_poisoned_one_is_read_again_once_its_customer_is_served(world: World, ours: Caller) -> None:
    other = factories.node("vaxel-2")
    late = make_customer(name="Sent AB", slug="sent", node=other)
    tell(ours, event(world, customer=late.pk), event(world, customer=10**9))
    assert [row.state for row in all_rows()] == ["poisoned", "poisoned"]
    with scope.wide("portal_staff"):
        actions.fold_again(ids=[row.pk for row in all_rows()])
    with scope.customer(late.pk):
        Placement.objects.update(node=world.cast.node)
    with world.worker():
        tasks.fold()
    ours_now, nobodys = all_rows()
    assert (ours_now.state, ours_now.customer_id, ours_now.kind) == ("folded", late.pk, "call.started")
    assert (nobodys.state, nobodys.again_at, nobodys.customer_id) == ("poisoned", None, None)


def test_reading_again_never_makes_two_of_one(world: World, ours: Caller, sql: Sql) -> None:
    tell(ours, "poison", event(world, boot="b1", seq=900))
    body = msgspec.json.encode(event(world, boot="b1", seq=900)).hex()
    sql(f"UPDATE integrations_event SET body = '\\x{body}' WHERE seq IS NULL")
    with scope.wide("portal_staff"):
        actions.fold_again(ids=Event.objects.values_list("pk", flat=True))
    with world.worker():
        assert events.read_again() == 0
    assert [row.poisoned for row in all_rows()] == ["told before under the same name", ""]


def test_messages_that_never_come_do_not_stand_in_the_way(
    world: World, ours: Caller, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "FOLD_AT_ONCE", 5)
    for _ in range(6):
        tell(ours, event(world, "message.left", data={"message": str(uuid.uuid4())}))
    sql("UPDATE integrations_event SET received_at = now() - interval '1 hour', next_try_at = now()")
    told(world, ours)
    assert fold(world) == 0
    assert fold(world) == 1


def test_staff_may_note_and_never_change_what_was_told(
    world: World, ours: Caller, django_db_setup: Databases, sql: Sql
) -> None:
    tell(ours, event(world))
    with psycopg.connect(django_db_setup.app) as connection:
        connection.execute("SET LOCAL ROLE portal_staff")
        connection.execute("UPDATE integrations_event SET folded_at = NULL, dismissed_at = now()")
        for column in ("body = ''", "customer_id = 1", "poisoned = ''", "kind = ''", "node_id = 1"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(f"UPDATE integrations_event SET {column}".encode())
        connection.rollback()
