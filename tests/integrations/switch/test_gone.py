"""Live state of what is gone: at rest on both sides, whatever is lost, late or told twice, and after an undo too."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import msgspec
import pytest
from django.utils import timezone

from integrations.switch import tasks as switch
from tenants.changes.actions import undo
from tenants.changes.models import Change
from tenants.customers import scope
from tenants.live import actions, queries, tasks
from tenants.live.models import LiveChange, LiveRegister
from tenants.mailboxes import actions as mailboxes
from tenants.mailboxes.models import Mailbox, Message
from tenants.people import actions as people
from tenants.people.models import Person
from tenants.routing.board import Board
from tenants.routing.live import LiveValue, Pause, Register, RegisterKind, Unread
from tests.factories.mailboxes import mailbox, message
from tests.integrations.switch.test_live import Office, office

__all__ = ["office"]
pytestmark = pytest.mark.django_db(transaction=True)


def remove(office: Office, subject: str) -> int:
    """Remove a person on the page; return the change. The node has not heard of it."""
    with scope.customer(office.id):
        person = Person.objects.get(pk=int(subject.partition("/")[2]))
        people.remove(person=person, by=office.world.cast.alice, version=person.version)
        return Change.objects.latest("pk").pk


def bring_back(office: Office, change: int) -> None:
    """Undo a removal."""
    with scope.customer(office.id):
        undo(customer_id=office.id, change_id=change, by=office.world.cast.alice)


def test_a_removed_persons_registers_are_at_rest_on_both_sides_and_after_an_undo(office: Office) -> None:
    office.phone("*23*4#")
    office.deliver()
    change = remove(office, office.anna)
    office.world.push()
    office.deliver()
    assert office.there() == office.here() == {}
    assert office.agree()
    bring_back(office, change)
    office.world.push()
    office.deliver()
    assert office.there() == office.here() == {}
    with scope.customer(office.id):
        assert queries.standing("diversion", office.anna).value is None
    office.want(office.anna, Pause(reason="lunch"))
    office.send()
    assert office.there() == office.here() == {office.anna: Pause(reason="lunch")}


def test_a_node_lost_before_it_told_is_not_told_what_was(office: Office) -> None:
    office.phone("*23*4#")
    office.deliver()
    change = remove(office, office.anna)
    office.memory.boards.clear()
    office.memory.customers.clear()
    office.memory.boot += "-again"
    office.sync()
    assert office.there() == {}
    bring_back(office, change)
    office.sync()
    assert office.there() == office.here() == {}


def test_each_night_the_portal_puts_to_rest_what_nobody_told_it(office: Office) -> None:
    office.phone("*23*4#")
    office.deliver()
    remove(office, office.anna)
    with office.world.worker():
        tasks.drop(customer_id=office.id)
    assert office.here() == {}


def test_what_is_gone_for_a_month_is_forgotten_but_for_the_newest(office: Office) -> None:
    for digits in ("*23*4#", "*29#"):
        office.phone(digits)
    office.phone("*29#", office.bengt)
    office.deliver()
    remove(office, office.anna)
    remove(office, office.bengt)
    office.world.push()
    office.deliver()
    with scope.customer(office.id):
        height = queries.height()
    with office.world.worker(), scope.customer(office.id):
        assert actions.drop(customer_id=office.id, before=timezone.now() - actions.KEPT) == 0
        assert actions.drop(customer_id=office.id, before=timezone.now() + timedelta(seconds=5)) == 2
    with scope.customer(office.id):
        (left,) = LiveRegister.objects.all()
        assert left.version == height
        assert set(LiveChange.objects.values_list("kind", "subject")) == {(left.kind, left.subject)}
    assert office.sync() == 0


@dataclass
class Box:
    """A mailbox with a message nobody has heard, and its removal."""

    row: Mailbox
    change: int

    @property
    def lit(self) -> dict[str, object]:
        """What is set on both sides while the message is unheard."""
        return {f"mailbox/{self.row.pk}": Unread(messages=(str(Message.objects.get().uuid),))}


@pytest.fixture
def box(office: Office) -> Box:
    """A mailbox that was removed from both sides."""
    with scope.customer(office.id):
        row = mailbox(office.id)
        left = message(row)
    office.world.push()
    lit = office.memory.board(office.id).message(f"mailbox/{row.pk}", str(left.uuid), time.time())
    assert lit is not None
    office.memory.tell("live", office.id, "", register=msgspec.json.encode(lit).decode())
    office.deliver()
    with scope.customer(office.id):
        mailboxes.remove(mailbox=row, by=office.world.cast.alice, version=row.version)
        change = Change.objects.latest("pk").pk
    office.world.push()
    office.deliver()
    return Box(row, change)


def test_messages_of_a_removed_mailbox_are_still_unheard_after_an_undo(office: Office, box: Box) -> None:
    bring_back(office, box.change)
    office.world.push()
    office.deliver()
    with scope.customer(office.id):
        assert Message.objects.get().heard_at is None
        assert office.there() == office.here() == box.lit
    assert office.agree()


def test_a_node_that_was_lost_meanwhile_knows_them_too(office: Office, box: Box) -> None:
    office.memory.boards.clear()
    office.memory.boot += "-again"
    office.sync()
    with office.world.worker():
        tasks.drop(customer_id=office.id)
    bring_back(office, box.change)
    office.world.push()
    with scope.customer(office.id):
        assert office.there() == office.here() == box.lit


def test_what_nobody_has_heard_goes_with_the_messages_on_both_sides(office: Office, box: Box) -> None:
    """Or a mailbox that is made anew by a rollback would begin with a lamp that nothing puts out."""
    with scope.customer(office.id):
        assert mailboxes.drop_removed(before=timezone.now() + timedelta(seconds=1)) == 1
    assert office.here() == {}
    with office.world.worker():
        switch.sync_live(customer_id=office.id)
    assert office.there() == {}


@dataclass
class Story:
    """A run of whatever may happen; ``gone`` is who is removed, by the change that did it."""

    office: Office
    chance: random.Random
    gone: dict[str, int] = field(default_factory=dict)

    def step(self) -> None:
        """Let something happen."""
        who = self.chance.choice([self.office.anna, self.office.bengt])
        there = [self.phone, self.phone, self.click, self.remove] if who not in self.gone else [self.undo] * 3
        every: list[Callable[[], None]] = [self.lose, self.sync, self.night, self.deliver]
        every += [partial(one, who) for one in there]
        self.chance.choice(every)()

    def deliver(self) -> None:
        """Hand over what was told, badly."""
        deliver_badly(self.office, self.chance)

    def phone(self, who: str) -> None:
        """Dial something."""
        self.office.phone(self.chance.choice(["*29#", "#29#", "*23*1#", "*23*4#", "#23#"]), who)

    def click(self, who: str) -> None:
        """Set something on a page."""
        self.office.want(who, Pause(reason=str(self.chance.random())))
        self.office.send()

    def remove(self, who: str) -> None:
        """Remove somebody; the node is told."""
        self.gone[who] = remove(self.office, who)
        self.office.world.push()
        assert who not in self.office.there()

    def undo(self, who: str) -> None:
        """Bring somebody back, who then is at rest."""
        bring_back(self.office, self.gone.pop(who))
        self.office.world.push()
        assert who not in self.office.there()

    def lose(self) -> None:
        """Have the node lose its live state."""
        self.office.memory.boards.pop(self.office.id, None)
        self.office.memory.boot += "-again"

    def sync(self) -> None:
        """Compare."""
        self.office.sync()

    def night(self) -> None:
        """Let the night's task run."""
        with self.office.world.worker():
            tasks.drop(customer_id=self.office.id)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_whatever_happens_both_sides_agree_and_nothing_comes_back(office: Office, seed: int) -> None:
    """Codes, clicks, removals, undos, lost nodes and events in any order, told more than once."""
    story = Story(office, random.Random(seed))
    for _step in range(20):
        story.step()
    deliver_badly(office, story.chance)
    story.lose()
    office.sync()
    assert office.there() == office.here()
    assert not story.gone.keys() & office.there().keys()


def deliver_badly(office: Office, chance: random.Random) -> None:
    """Hand over what the node has told, some of it twice, in any order."""
    places = list(range(len(office.memory.events)))
    order = places + chance.sample(places, len(places) // 2)
    chance.shuffle(order)
    if order:
        office.deliver(order)


def test_a_boards_scrub_keeps_the_newest_what_is_here_and_what_is_young() -> None:
    def one(subject: str, version: int, at: float, value: Pause | None) -> Register:
        return Register(kind="pause", subject=subject, version=version, at=at, value=value)

    board = Board([
        one("person/1", 1, 10.0, Pause()), one("person/2", 2, 10.0, Pause()), one("person/3", 3, 99.0, None),
        one("person/4", 4, 10.0, None), one("person/5", 5, 10.0, Pause()),
    ])  # fmt: skip
    assert [found.subject for found in board.drop(lambda key: key == "person/1", 50.0)] == ["person/2", "person/4"]
    assert [found.subject for found in board.since(-1)] == ["person/1", "person/3", "person/5"]
    assert board.height == 5
    assert set(board.live.pauses) == {"person/1", "person/5"}


def test_a_boards_scrub_leaves_what_nobody_has_heard_for_as_long_as_the_mailbox_can_come_back() -> None:
    def one(kind: RegisterKind, subject: str, version: int, days: int, value: LiveValue) -> Register:
        return Register(kind=kind, subject=subject, version=version, at=-86_400.0 * days, value=value)

    board = Board([
        one("unread", "mailbox/1", 1, 29, Unread(messages=("a",))), one("unread", "mailbox/2", 2, 31, Unread()),
        one("pause", "person/1", 3, 1, Pause()), one("pause", "person/2", 4, 0, Pause()),
    ])  # fmt: skip
    assert [found.subject for found in board.drop(lambda _key: False, 0.0)] == ["mailbox/2", "person/1"]
