"""Live state between the portal and a real node over HTTP: wishes, events, and agreeing again after a loss."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from datetime import timedelta

import msgspec
import psycopg
import pytest
from django.utils import timezone

from integrations.switch import events, live, tasks
from integrations.switch.memory_state import MemoryNode
from tenants.customers import scope
from tenants.live import actions, queries
from tenants.live.models import LiveChange, LiveRegister
from tenants.nodes.models import Node
from tenants.routing import wire
from tenants.routing.board import Board
from tenants.routing.live import Diversion, Live, Pause, Register, Unread
from tests.factories import flow
from tests.factories.live import wish
from tests.factories.people import person
from tests.integrations.switch import nasty
from tests.integrations.switch.conftest import World
from tests.integrations.switch.nasty import Nasty

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Office:
    """Norrsken with Anna and Bengt, known to the node."""

    world: World
    anna: str
    bengt: str
    told: list[bytes] = field(default_factory=list)

    @property
    def id(self) -> int:
        """The customer."""
        return self.world.cast.norrsken.pk

    @property
    def memory(self) -> MemoryNode:
        """The node."""
        return self.world.memory

    def want(self, subject: str, value: object, kind: str = "pause") -> None:
        """Ask for something, as Alice on a page."""
        with scope.customer(self.id):
            wish(self.id, kind, subject, value, self.world.cast.alice)  # type: ignore[arg-type]

    def send(self) -> int:
        """Send what is due, as the worker; return how many times the node was asked."""
        count = 0
        with self.world.worker():
            while live.send_next():
                count += 1
        return count

    def row(self, subject: str, kind: str = "pause") -> LiveRegister:
        """Return a register's row."""
        with scope.customer(self.id):
            return LiveRegister.objects.get(kind=kind, subject=subject)

    def here(self) -> dict[str, object]:
        """Return what the portal believes: values by subject, without what is at rest."""
        with scope.customer(self.id):
            return {one.subject: one.value for one in queries.registers() if one.value is not None}

    def there(self) -> dict[str, object]:
        """Return what the node has."""
        return {one.subject: one.value for one in self.memory.board(self.id).since(-1) if one.value is not None}

    def agree(self) -> bool:
        """Tell whether both have the same registers, versions and all."""
        with scope.customer(self.id):
            return queries.registers() == self.memory.board(self.id).since(-1)

    def deliver(self, order: list[int] | None = None) -> None:
        """Hand over what the node has told so far, in this order or its own, and fold it as the worker does."""
        raw = [msgspec.Raw(msgspec.json.encode(event)) for event in self.memory.events]
        with scope.wide("portal_node"):
            node = Node.objects.get()
        events.store(node, wire.Batch(events=tuple(raw[place] for place in order or range(len(raw)))))
        with self.world.worker():
            tasks.fold()

    def sync(self) -> int:
        """Compare once, as the worker."""
        with scope.wide("portal_staff"):
            node = Node.objects.get()
        with self.world.worker():
            return live.sync(node)

    def phone(self, digits: str, person: str = "") -> None:
        """Let somebody dial a feature code."""
        assert self.memory.dial(self.id, person or self.anna, digits)


@pytest.fixture
def office(world: World) -> Office:
    """Two people the node knows."""
    customer = world.cast.norrsken.pk
    with scope.customer(customer):
        anna, bengt = person(customer), person(customer, "Bengt Dal", "102")
    world.push()
    return Office(world, f"person/{anna.pk}", f"person/{bengt.pk}")


def test_a_wish_is_shown_at_once_and_is_the_switchs_own_after_one_round(office: Office) -> None:
    office.want(office.anna, Pause(reason="lunch"))
    with scope.customer(office.id):
        shown = queries.standing("pause", office.anna)
        assert (shown.value, shown.pending, shown.by) == (Pause(reason="lunch"), True, "Alice Ek")
        assert queries.now() == Live()
    assert office.send() == 1
    with scope.customer(office.id):
        shown = queries.standing("pause", office.anna)
        assert (shown.value, shown.pending, shown.by, shown.via) == (Pause(reason="lunch"), False, "Alice Ek", "web")
        assert queries.now().pauses == {office.anna: Pause(reason="lunch")}
    assert office.there() == office.here() == {office.anna: Pause(reason="lunch")}
    assert office.agree()
    assert office.send() == 0


def test_a_code_dialled_on_a_telephone_is_seen_on_the_page(office: Office) -> None:
    office.phone("*23*1#")
    office.deliver()
    with scope.customer(office.id):
        shown = queries.standing("diversion", office.anna)
    assert (shown.value, shown.by, shown.via) == (Diversion(reason="lunch"), "Anna Berg", "phone")
    assert office.agree()


def test_events_told_twice_and_out_of_order_give_the_same(office: Office) -> None:
    for digits in ("*29#", "#29#", "*23*1#", "*29#", "#23#"):
        office.phone(digits)
    places = list(range(len(office.memory.events)))
    for seed in range(4):
        order = places * 2
        random.Random(seed).shuffle(order)
        office.deliver(order)
    assert office.agree()
    assert office.here() == {office.anna: Pause()}
    with scope.customer(office.id):
        assert LiveChange.objects.count() <= len(places)


def test_the_later_of_two_clicks_wins_and_an_unsent_one_is_never_sent(office: Office) -> None:
    office.want(office.anna, Pause(reason="lunch"))
    office.want(office.anna, None)
    office.want(office.anna, Pause(reason="möte"))
    assert office.send() == 1
    assert office.there() == {office.anna: Pause(reason="möte")}


def test_a_click_older_than_what_was_dialled_since_changes_nothing(office: Office) -> None:
    office.want(office.anna, Pause(reason="lunch"))
    with scope.customer(office.id):
        LiveRegister.objects.update(wanted_at=timezone.now() - timedelta(seconds=60))
    office.phone("*29#")
    assert office.send() == 1
    with scope.customer(office.id):
        shown = queries.standing("pause", office.anna)
    assert (shown.value, shown.pending, shown.via) == (Pause(), False, "phone")


@pytest.mark.slow
def test_a_node_out_of_reach_keeps_the_wish_and_backs_off(office: Office) -> None:
    broken = Nasty(nasty.hangs)
    with scope.wide("portal_staff"):
        Node.objects.update(url=broken.url)
    broken.close()
    office.want(office.anna, Pause())
    assert office.send() == 1
    assert office.send() == 0
    row = office.row(office.anna)
    assert row.attempts == 1
    assert row.wanted_command is not None
    with scope.customer(office.id):
        assert queries.standing("pause", office.anna).pending
        LiveRegister.objects.update(next_try_at=timezone.now())
    with scope.wide("portal_staff"):
        Node.objects.update(url=office.world.url, closed_until=None)
    assert office.send() == 1
    assert office.there() == {office.anna: Pause()}


def test_a_wish_nobody_could_carry_out_is_dropped_and_says_so(office: Office) -> None:
    office.want(office.anna, Pause())
    with scope.customer(office.id):
        LiveRegister.objects.update(wanted_at=timezone.now() - queries.LATE)
    assert office.send() == 0
    with office.world.worker():
        assert actions.drop_late() == 1
    with scope.customer(office.id):
        shown = queries.standing("pause", office.anna)
    assert (shown.value, shown.pending, shown.refused) == (None, False, "late")
    office.want(office.anna, Pause())
    office.send()
    with scope.customer(office.id):
        assert queries.standing("pause", office.anna).refused == ""


def test_what_the_node_does_not_know_yet_is_asked_again_and_then_refused(office: Office) -> None:
    held = office.memory.customers.pop(office.id)
    office.want(office.anna, Pause())
    for _ in range(actions.PATIENCE):
        assert office.send() == 1
        assert office.row(office.anna).wanted_command is not None
        with scope.customer(office.id):
            LiveRegister.objects.update(next_try_at=timezone.now())
    assert office.send() == 1
    row = office.row(office.anna)
    assert (row.wanted_command, row.refused) == (None, "unknown_subject")
    office.memory.customers[office.id] = held


def test_a_node_that_lost_everything_is_told_what_it_was(office: Office) -> None:
    for who in (office.anna, office.bengt):
        office.want(who, Pause(reason="lunch"))
    office.send()
    office.sync()
    office.memory.boards.clear()
    assert office.there() == {}
    assert office.sync() == 1
    assert office.there() == office.here()
    assert len(office.there()) == 2
    assert office.agree()
    assert office.sync() == 0


def test_a_node_that_counted_on_to_the_same_height_after_a_loss_is_told_too(office: Office) -> None:
    office.want(office.anna, Pause(reason="lunch"))
    office.send()
    office.sync()
    office.memory.boards[office.id] = Board()
    office.memory.boot += "-again"
    office.phone("*29#", office.bengt)
    assert office.memory.board(office.id).height == 1
    office.sync()
    assert office.there() == office.here() == {office.anna: Pause(reason="lunch"), office.bengt: Pause()}
    assert office.agree()


def test_a_portal_restored_to_an_earlier_time_learns_what_came_since(
    office: Office, owner_connection: psycopg.Connection
) -> None:
    office.phone("*29#")
    office.deliver()
    office.phone("*23*5#")
    office.phone("#29#")
    office.memory.events.clear()
    assert office.sync() == 1
    assert office.here() == {office.anna: Diversion(reason="holiday")}
    owner_connection.execute("DELETE FROM tenants_liveregister")
    owner_connection.commit()
    assert office.sync() == 1
    assert office.agree()


def test_both_changed_meanwhile_and_the_later_one_holds(office: Office) -> None:
    office.phone("*29#", office.anna)
    office.phone("*29#", office.bengt)
    office.deliver()
    lost = office.memory.boards.pop(office.id)
    assert lost.height == 2
    time.sleep(0.01)
    office.phone("*23#", office.anna)
    office.phone("*29#", office.anna)
    office.phone("#29#", office.anna)
    office.memory.boot += "-again"
    office.sync()
    assert office.there() == office.here()
    with scope.customer(office.id):
        now = queries.now()
    assert now.diversions == {office.anna: Diversion(reason="away")}
    assert now.pauses == {office.bengt: Pause()}
    assert office.agree()


def test_a_snapshot_brings_the_live_state_after_it(office: Office) -> None:
    office.want(office.anna, Pause())
    office.send()
    office.memory.boards.clear()
    with office.world.worker():
        tasks.sync_live(customer_id=office.id)
    assert office.there() == {office.anna: Pause()}


def test_one_customer_never_sees_anothers(office: Office) -> None:
    office.want(office.anna, Pause())
    office.send()
    with scope.customer(office.world.cast.bageri.pk):
        assert queries.registers() == []


def test_messages_read_on_the_page_are_no_longer_new_on_the_switch(office: Office) -> None:
    with scope.customer(office.id):
        box = f"mailbox/{flow.mailbox(office.id).pk}"
    office.world.push()
    names = ["00000000-0000-4000-8000-00000000000" + digit for digit in "123"]
    for name in names:
        office.memory.board(office.id).message(box, name, time.time())
    office.want(box, Unread(messages=(names[0],)), "unread")
    office.want(box, Unread(messages=(names[1],)), "unread")
    assert office.send() == 1
    assert office.there() == {box: Unread(messages=(names[2],))}
    assert office.here() == office.there()


def test_what_was_heard_waits_for_the_node_however_long(office: Office) -> None:
    """And though another message was left meanwhile: the lamp shines for that one alone."""
    with scope.customer(office.id):
        box = f"mailbox/{flow.mailbox(office.id).pk}"
    office.world.push()
    heard, new = (f"00000000-0000-4000-8000-00000000000{digit}" for digit in "12")
    office.memory.board(office.id).message(box, heard, time.time() - 90_000)
    office.want(box, Unread(messages=(heard,)), "unread")
    with scope.customer(office.id):
        LiveRegister.objects.update(wanted_at=timezone.now() - timedelta(days=1))
    with office.world.worker():
        assert actions.drop_late() == 0
    office.memory.board(office.id).message(box, new, time.time() - 60)
    assert office.send() == 1
    assert office.there() == office.here() == {box: Unread(messages=(new,))}


def test_a_register_that_is_none_is_noted_and_holds_up_no_other(office: Office) -> None:
    office.phone("*29#")
    office.memory.tell("live", office.id, "", register="{}")
    office.deliver()
    assert office.here() == {office.anna: Pause()}


def test_an_answer_about_another_register_counts_as_none(office: Office) -> None:
    answer = Register(kind="pause", subject=office.bengt, version=7, at=1.0, value=Pause())
    liar = Nasty(nasty.says(nasty.answer("200 OK", msgspec.json.encode(answer))))
    with scope.wide("portal_staff"):
        Node.objects.update(url=liar.url)
    office.want(office.anna, Pause())
    assert office.send() == 1
    liar.close()
    assert office.here() == {}
    assert office.row(office.anna).wanted_command is not None
