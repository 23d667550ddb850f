"""Mailboxes: who may listen is decided in one place, and a message is stored once."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenants.changes import queries as changes
from tenants.changes.actions import rollback, undo
from tenants.changes.models import Change
from tenants.changes.refusals import Erased, UnpublishedTarget
from tenants.customers import scope
from tenants.customers.models import Membership, User
from tenants.mailboxes import actions, queries
from tenants.mailboxes.compile import compile_mailbox
from tenants.mailboxes.models import Mailbox, Message
from tenants.people import actions as people
from tenants.prompts import actions as prompts
from tenants.routing import objects
from tenants.sounds.models import Sound
from tests.factories.cast import Cast, cast
from tests.factories.mailboxes import mailbox, message
from tests.factories.people import person
from tests.factories.prompts import prompt
from tests.factories.sounds import wav

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 7, 1, 12, 30, tzinfo=UTC)


@pytest.fixture
def everybody() -> Iterator[Cast]:
    people = cast()
    with scope.customer(people.norrsken.pk):
        yield people


def heard(who: User) -> set[str]:
    """Return the names of the mailboxes a user may listen to."""
    membership = Membership.objects.get(user=who)
    return set(queries.heard_by(membership).values_list("destination__name", flat=True))


def test_the_ticked_and_the_owner_may_listen_and_nobody_else(everybody: Cast) -> None:
    customer = everybody.norrsken.pk
    bob = person(customer, "Bob Lind", "102", user_id=everybody.bob.pk)
    mailbox(customer, "Växeln", everybody.bob)
    mailbox(customer, "Bobs egen", owner_id=bob.pk)
    mailbox(customer, "Ledningen", everybody.alice)
    assert heard(everybody.bob) == {"Växeln", "Bobs egen"}
    assert heard(everybody.alice) == {"Ledningen"}
    assert not queries.heard_by(None).exists()


def test_unticking_takes_the_right_away(everybody: Cast) -> None:
    box = mailbox(everybody.norrsken.pk, "Växeln", everybody.bob)
    actions.change(mailbox=box, by=everybody.alice, version=1, wish=actions.Wish(name="Växeln"))
    assert heard(everybody.bob) == set()


def test_another_customers_membership_can_not_be_ticked(everybody: Cast) -> None:
    with scope.customer(everybody.bageri.pk):
        charlie = Membership.objects.get(user=everybody.charlie).pk
    box = actions.make(
        customer_id=everybody.norrsken.pk, by=None, wish=actions.Wish(name="Växeln", listeners=[charlie])
    )
    assert not box.listeners.exists()


def test_a_message_sent_twice_is_one_message(everybody: Cast) -> None:
    box, ident = mailbox(everybody.norrsken.pk), uuid.uuid4()
    said = {"customer_id": everybody.norrsken.pk, "mailbox_id": box.pk, "uuid": ident, "caller": "+46701740605"}
    first = actions.receive(**said, left_at=NOON, wav=wav(2, rate=8000))
    again = actions.receive(**said, left_at=NOON, wav=wav(2, rate=8000))
    assert first == again
    assert Message.objects.get().sound.milliseconds == 2000


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "message_refused"),
        (b"ID3" + bytes(100), "message_refused"),
        (wav(0.1, rate=44100), "message_refused"),
        (wav(0.1, rate=8000)[:40], "message_refused"),
        (bytes(actions.MAX_BYTES + 1), "message_too_large"),
    ],
)
def test_what_is_no_message_is_refused_and_nothing_is_kept(everybody: Cast, content: bytes, code: str) -> None:
    box = mailbox(everybody.norrsken.pk)
    with pytest.raises(actions.MessageRefused) as refusal:
        actions.receive(
            customer_id=everybody.norrsken.pk, mailbox_id=box.pk, uuid=uuid.uuid4(), caller="", left_at=NOON,
            wav=content,
        )  # fmt: skip
    assert refusal.value.code == code
    assert not Sound.objects.exists()


def test_a_message_for_another_customers_mailbox_is_refused(everybody: Cast) -> None:
    with scope.customer(everybody.bageri.pk):
        theirs = mailbox(everybody.bageri.pk)
    with pytest.raises(actions.MailboxGone):
        actions.receive(
            customer_id=everybody.norrsken.pk, mailbox_id=theirs.pk, uuid=uuid.uuid4(), caller="", left_at=NOON,
            wav=wav(0.1, rate=8000),
        )  # fmt: skip


def test_a_deleted_message_takes_what_was_said_along(everybody: Cast) -> None:
    box = mailbox(everybody.norrsken.pk)
    one, same = message(box, seconds=1), message(box, seconds=1)
    assert one.sound == same.sound
    actions.remove_message(message=one)
    assert Sound.objects.count() == 1
    actions.remove_message(message=same)
    assert not Sound.objects.exists()


def test_who_listened_first_stands(everybody: Cast) -> None:
    row = message(mailbox(everybody.norrsken.pk))
    actions.mark_heard(message=row, by=everybody.bob)
    actions.mark_heard(message=row, by=everybody.alice)
    row.refresh_from_db()
    assert row.heard_by == everybody.bob


def test_a_greeting_must_have_been_recorded(everybody: Cast) -> None:
    silent = prompt(everybody.norrsken.pk, recorded=False)
    with pytest.raises(UnpublishedTarget):
        mailbox(everybody.norrsken.pk, greeting_id=silent.pk)
    assert not Mailbox.objects.exists()


def test_removing_a_mailbox_removes_it_from_the_switch_and_can_be_undone(everybody: Cast) -> None:
    customer = everybody.norrsken.pk
    bob = person(customer, "Bob Lind", "102", user_id=everybody.bob.pk)
    box = mailbox(customer, "Växeln", everybody.alice, owner_id=bob.pk, greeting_id=prompt(customer).pk)
    said, then = message(box), changes.active()
    assert queries.unheard(Membership.objects.get(user=everybody.alice)) == 1
    change = actions.remove(mailbox=box, by=everybody.alice, version=None)
    assert f"mailbox/{box.pk}" not in changes.active()
    assert (heard(everybody.alice), heard(everybody.bob)) == (set(), set())
    assert not queries.matching(Membership.objects.get(user=everybody.alice), everything=True).exists()
    assert queries.unheard(Membership.objects.get(user=everybody.alice)) == 0
    undo(customer_id=customer, change_id=change.pk, by=everybody.alice)
    assert changes.active() == then
    assert (heard(everybody.alice), heard(everybody.bob)) == ({"Växeln"}, {"Växeln"})
    assert [one.sound for one in queries.messages_of(box)] == [said.sound]


def test_a_name_is_free_and_a_person_and_a_prompt_too_once_their_mailbox_is_removed(everybody: Cast) -> None:
    customer = everybody.norrsken.pk
    bob, hello = person(customer, "Bob Lind", "102"), prompt(customer)
    box = mailbox(customer, "Växeln", owner_id=bob.pk, greeting_id=hello.pk)
    actions.remove(mailbox=box, by=None, version=None)
    people.remove(person=bob, by=None, version=None)
    prompts.remove(prompt=hello, by=None, version=None)
    assert mailbox(customer, "Växeln").pk != box.pk


def test_what_can_no_longer_be_undone_is_deleted_at_night_with_what_was_said(everybody: Cast) -> None:
    customer = everybody.norrsken.pk
    box, other = mailbox(customer, "Växeln", everybody.alice), mailbox(customer, "Natten", everybody.alice)
    message(box)
    stays = message(other, seconds=2)
    change = actions.remove(mailbox=box, by=None, version=None)
    assert actions.drop_removed(before=change.at) == 0
    later = change.at + timedelta(seconds=1)
    assert actions.drop_removed(before=later) == 1
    assert (Mailbox.objects.get(), Message.objects.get(), Sound.objects.get()) == (other, stays, stays.sound)
    with pytest.raises(Erased):
        undo(customer_id=customer, change_id=change.pk, by=None)
    rollback(customer_id=customer, generation=(change.generation or 0) - 1, by=None)
    assert not queries.messages_of(box).exists()
    assert compile_mailbox(Mailbox.objects.get(pk=box.pk)) is not None


def test_what_was_undone_is_not_deleted_at_night(everybody: Cast) -> None:
    customer = everybody.norrsken.pk
    message(box := mailbox(customer))
    change = actions.remove(mailbox=box, by=None, version=None)
    undo(customer_id=customer, change_id=change.pk, by=None)
    assert actions.drop_removed(before=timezone.now() + timedelta(days=1)) == 0
    assert Message.objects.count() == 1


def test_a_message_that_was_on_its_way_is_there_after_an_undo(everybody: Cast) -> None:
    box = mailbox(everybody.norrsken.pk)
    change = actions.remove(mailbox=box, by=None, version=None)
    said = message(box)
    undo(customer_id=everybody.norrsken.pk, change_id=change.pk, by=None)
    assert list(queries.messages_of(box)) == [said]


def test_undoing_its_making_takes_it_away(everybody: Cast) -> None:
    mailbox(everybody.norrsken.pk)
    undo(customer_id=everybody.norrsken.pk, change_id=Change.objects.get().pk, by=everybody.alice)
    assert not Mailbox.objects.filter(destination__removed=False).exists()
    assert changes.active() == {}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ident=st.integers(10**6, 10**9),
    name=st.text("abcåäö ", min_size=1, max_size=80),
    seconds=st.integers(10, 600),
    greeted=st.booleans(),
)
def test_a_mailbox_comes_back_from_its_object(
    everybody: Cast, ident: int, name: str, seconds: int, greeted: bool
) -> None:
    with transaction.atomic():
        greeting = f"prompt/{prompt(everybody.norrsken.pk).pk}" if greeted else None
        obj = objects.Mailbox(id=ident, name=name, greeting=greeting, max_seconds=seconds)
        assert compile_mailbox(actions.restore(everybody.norrsken.pk, obj)) == obj
        transaction.set_rollback(True)
