"""What nodes tell: stored before anything else, once, and folded afterwards."""

from __future__ import annotations

import itertools
import uuid
from datetime import timedelta

import msgspec
import psycopg
import pytest
from django.db import Error
from django.utils import timezone

from integrations.switch import events
from integrations.switch.models import Event
from integrations.switch.queries import heap, of_call
from tenants.customers import scope
from tenants.nodes.models import Node
from tenants.routing import wire
from tests.conftest import Databases
from tests.factories import cast as factories
from tests.factories import flow
from tests.integrations.switch.conftest import World, enrol
from tests.integrations.switch.test_api import Caller, wav

pytestmark = pytest.mark.django_db(transaction=True)
_seq = itertools.count(1)


@pytest.fixture
def ours(world: World) -> Caller:
    """The node that serves both customers."""
    assert world.memory.enrolled is not None
    return Caller(world.memory.enrolled.token_of_node)


def event(world: World, kind: str = "call.started", **other: object) -> dict[str, object]:
    """Return an event of Norrsken's as JSON holds it."""
    right = {"boot": "b1", "seq": next(_seq), "at": 1_800_000_000.5, "kind": kind,
             "customer": world.cast.norrsken.pk, "call": "c1", "data": {}}  # fmt: skip
    return {**right, **other}


def tell(caller: Caller, *told: object) -> wire.Stored:
    """Hand over a batch."""
    return msgspec.json.decode(caller.post("/events", {"events": told}, 202), type=wire.Stored)


def all_rows() -> list[Event]:
    """Return every stored row, as staff could read them."""
    with scope.wide("portal_staff"):
        return list(Event.objects.order_by("pk"))


def fold(world: World) -> int:
    """Fold once, as the worker."""
    with world.worker():
        return events.fold_some()


def test_a_batch_is_stored_as_it_came_and_a_repeat_changes_nothing(world: World, ours: Caller) -> None:
    told = [event(world), event(world, "call.answered"), event(world, "call.ended")]
    for _ in range(3):
        assert tell(ours, *told) == wire.Stored(stored=3)
    rows = all_rows()
    assert [bytes(row.body) for row in rows] == [msgspec.json.encode(one) for one in told]
    assert {(row.customer_id, row.node_id, row.poisoned) for row in rows} == {
        (world.cast.norrsken.pk, world.cast.node.pk, "")
    }


def poisons(world: World) -> dict[str, object]:
    """Return entries that are no events, each in its own way."""
    return {
        "not an object": "call.started",
        "null": None,
        "unknown kind": event(world, "call.exploded"),
        "extra field": event(world, extra=1),
        "wrong type": event(world, at="igår"),
        "missing field": {"boot": "b1", "seq": next(_seq)},
        "nested data": event(world, data={"a": {"b": 1}}),
        "zero byte": event(world, call="a\0b"),
        "zero byte in boot": event(world, boot="b\0"),
        "long call": event(world, call="x" * 101),
        "long boot": event(world, boot="x" * 65),
        "huge seq": event(world, seq=2**63),
        "negative seq": event(world, seq=-1),
        "huge time": event(world, at=1e300),
        "nobody's customer": event(world, customer=10**9),
        "huge customer": event(world, customer=2**70),
        "deep": event(world, data=msgspec.Raw(b'{"a":' * 200 + b"1" + b"}" * 200)),
    }


def test_a_poisoned_entry_is_named_by_its_position_kept_raw_and_spoils_no_other(world: World, ours: Caller) -> None:
    for name, bad in poisons(world).items():
        before = len(all_rows())
        told = [event(world), bad, event(world)]
        assert tell(ours, *told) == wire.Stored(stored=2, poisoned=(1,)), name
        assert tell(ours, *told) == wire.Stored(stored=2, poisoned=(1,)), name
        rows = all_rows()[before:]
        assert [bool(row.poisoned) for row in rows] == [False, True, False], name
        assert bytes(rows[1].body) == msgspec.json.encode(bad), name
        assert rows[1].customer_id is None, name
    assert fold(world) == 2 * len(poisons(world))
    with scope.wide("portal_staff"):
        assert (heap().unfolded, heap().poisoned) == (0, len(poisons(world)))


def test_too_many_at_once_are_refused_whole(world: World, ours: Caller) -> None:
    ours.post("/events", {"events": [event(world) for _ in range(1001)]}, 413)
    assert all_rows() == []


def test_an_event_of_another_nodes_customer_is_poisoned_and_no_customer_sees_it(world: World) -> None:
    other = factories.node("vaxel-2")
    theirs = Caller(enrol(other, "http://127.0.0.1:9").token_of_node)
    assert tell(theirs, event(world)) == wire.Stored(stored=0, poisoned=(0,))
    with scope.customer(world.cast.norrsken.pk):
        assert Event.objects.count() == 0


def test_two_nodes_may_count_alike(world: World, ours: Caller) -> None:
    other = factories.node("vaxel-2")
    theirs = Caller(enrol(other, "http://127.0.0.1:9").token_of_node)
    same = event(world)
    tell(ours, same)
    tell(theirs, same)
    assert [row.node_id for row in all_rows()] == [world.cast.node.pk, other.pk]


def test_a_calls_steps_are_read_back_in_order_however_they_came(world: World, ours: Caller) -> None:
    told = [event(world, "call.step", at=1_800_000_000.0 + n, data={"key": f"menu/{n}"}) for n in range(4)]
    tell(ours, told[3], told[1])
    tell(ours, told[2], told[0], event(world, call="another"))
    with scope.customer(world.cast.norrsken.pk):
        assert [one.data["key"] for one in of_call("c1")] == ["menu/0", "menu/1", "menu/2", "menu/3"]
    with scope.customer(world.cast.bageri.pk):
        assert of_call("c1") == []


def test_a_told_message_is_folded_once_it_is_here_and_shown_as_missing_until_then(world: World, ours: Caller) -> None:
    customer, name = world.cast.norrsken.pk, uuid.uuid4()
    with scope.customer(customer):
        box = flow.mailbox(customer).pk
    tell(ours, event(world, "message.left", data={"mailbox": box, "message": str(name)}), event(world))
    assert fold(world) == 1
    assert fold(world) == 0
    headers = {"X-Caller": "", "X-Recorded-At": "1800000000"}
    ours.put(f"/customers/{customer}/mailboxes/{box}/messages/{name}", wav(), headers)
    assert fold(world) == 1
    with scope.wide("portal_staff"):
        assert heap().unfolded == 0


def test_a_message_that_never_comes_is_counted_after_a_while(
    world: World, ours: Caller, owner_connection: psycopg.Connection
) -> None:
    tell(ours, event(world, "message.left", data={"mailbox": 1, "message": str(uuid.uuid4())}))
    with scope.wide("portal_staff"):
        assert heap().missing_messages == 0
    owner_connection.execute("UPDATE integrations_event SET received_at = received_at - interval '11 minutes'")
    owner_connection.commit()
    with scope.wide("portal_staff"):
        assert heap().missing_messages == 1


def test_a_message_without_a_name_waits_for_nothing(world: World, ours: Caller) -> None:
    tell(ours, event(world, "message.left", data={"message": "x"}), event(world, "message.left"))
    assert fold(world) == 2


def test_folding_twice_at_once_is_harmless(world: World, ours: Caller) -> None:
    tell(ours, *[event(world) for _ in range(700)])
    assert [fold(world), fold(world), fold(world)] == [500, 200, 0]
    assert all(row.folded_at for row in all_rows())


def test_a_node_that_tells_has_been_seen(world: World, ours: Caller) -> None:
    with scope.wide("portal_staff"):
        Node.objects.update(last_seen_at=timezone.now() - timedelta(hours=1))
    tell(ours)
    with scope.wide("portal_staff"):
        assert timezone.now() - Node.objects.get().last_seen_at < timedelta(seconds=5)  # type: ignore[operator]


@pytest.fixture
def two(world: World, ours: Caller) -> World:
    """An event each for two customers, and a poisoned one."""
    tell(ours, event(world), event(world, customer=world.cast.bageri.pk), "poison")
    return world


def run(url: str, *statements: str) -> list[tuple[object, ...]]:
    """Run SQL on a connection of its own; return what the last statement says."""
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement.encode())
        return cursor.fetchall() if cursor.description else [(cursor.rowcount,)]


def mine(customer: int) -> str:
    """Return the statement that opens a customer's scope."""
    return f"SELECT set_config('app.customer', '{customer}', true)"


COUNT = "SELECT count(*) FROM integrations_event"


def test_the_table_is_fenced(two: World, django_db_setup: Databases) -> None:
    for url in (django_db_setup.app, django_db_setup.worker):
        for customer in (two.cast.norrsken.pk, two.cast.bageri.pk):
            assert run(url, mine(customer), COUNT) == [(1,)]
        with pytest.raises((Error, psycopg.Error), match=r"app\.customer|bigint"):
            run(url, COUNT)
        for change in ("UPDATE integrations_event SET poisoned = ''", "DELETE FROM integrations_event",
                       "INSERT INTO integrations_event SELECT * FROM integrations_event"):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                run(url, mine(two.cast.norrsken.pk), change)


def test_each_wide_role_may_do_its_own_and_no_more(two: World, django_db_setup: Databases) -> None:
    app, worker = django_db_setup.app, django_db_setup.worker
    for url, role in ((app, "portal_node"), (app, "portal_staff"), (worker, "portal_relay")):
        assert run(url, f"SET LOCAL ROLE {role}", COUNT) == [(3,)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            run(url, f"SET LOCAL ROLE {role}", "DELETE FROM integrations_event")
    for role in ("portal_node", "portal_staff"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            run(app, f"SET LOCAL ROLE {role}", "UPDATE integrations_event SET poisoned = ''")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            run(worker, f"SET LOCAL ROLE {role}", COUNT)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        run(app, "SET LOCAL ROLE portal_relay", COUNT)


def test_row_level_security_is_forced(owner_connection: psycopg.Connection, world: World) -> None:
    row = owner_connection.execute(
        "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = 'integrations_event'"
    ).fetchone()
    assert row == (True, True)


def test_a_sound_event_has_a_customer_and_a_name(two: World, owner_connection: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="event_sound_or_poisoned"):
        owner_connection.execute("UPDATE integrations_event SET customer_id = NULL WHERE poisoned = ''")
