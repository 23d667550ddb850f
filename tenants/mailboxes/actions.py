"""Making and changing mailboxes, and the messages callers leave in them."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy

from tenants.changes.actions import record
from tenants.changes.models import Change
from tenants.changes.said import said
from tenants.customers import scope
from tenants.customers.models import Membership, User
from tenants.destinations import actions as destinations
from tenants.destinations.actions import PromptGone
from tenants.destinations.models import Kind
from tenants.live.actions import rest_unread, want
from tenants.live.refusals import NotInSwitch
from tenants.mailboxes import queries
from tenants.mailboxes.models import Listener, Mailbox, Message
from tenants.refusals import Refusal, constraints
from tenants.routing import objects
from tenants.routing.live import Order, Unread
from tenants.routing.naming import ident_of
from tenants.sounds.actions import forget, keep
from tenants.sounds.wav import NotOurWav, read
from tenants.versions import Seen, claim

MAX_BYTES = 600 * 2 * 16000 + 4096
"""The longest message there can be, ten minutes at 16 kHz, and its header."""
KEPT = timedelta(days=30)
"""How long what was removed can be undone, messages and listeners included."""


class MessageRefused(Refusal):
    """What the switch sent can't be a message."""

    code = "message_refused"
    message = gettext_lazy("Meddelandet är inget ljud i telefonformat.")


class MessageTooLarge(MessageRefused):
    """Longer than any mailbox allows."""

    code = "message_too_large"
    message = gettext_lazy("Meddelandet är för stort.")


class MailboxGone(Refusal):
    """The mailbox has been deleted for good while the message was on its way."""

    code = "mailbox_gone"
    message = gettext_lazy("Röstbrevlådan finns inte längre.")


class OwnerGone(Refusal):
    """The person a mailbox belongs to has been deleted meanwhile."""

    code = "owner_gone"
    field = "owner"
    message = gettext_lazy("Användaren som röstbrevlådan tillhör finns inte längre.")


class SecondsOutOfBounds(Refusal):
    """Neither a moment nor for ever."""

    code = "seconds_out_of_bounds"
    field = "max_seconds"
    message = gettext_lazy("Ett meddelande får vara 10 till 600 sekunder.")


KNOWN = {
    "mailbox_bounds": SecondsOutOfBounds,
    "tenants_mailbox_greeting_id_fence": PromptGone,
    "tenants_mailbox_owner_id_fence": OwnerGone,
}


@dataclass(frozen=True)
class Wish:
    """What a mailbox should be. ``listeners`` are membership ids; a personal one is its owner's besides."""

    name: str
    owner_id: int | None = None
    greeting_id: int | None = None
    max_seconds: int = 180
    listeners: Collection[int] = ()


@transaction.atomic
def make(*, customer_id: int, by: User | None, wish: Wish) -> Mailbox:
    """Make a mailbox.

    :raises NameTaken: if another mailbox has the name.
    :raises UnpublishedTarget: if nothing has been recorded for the greeting.
    """
    destination = destinations.make(customer_id=customer_id, kind=Kind.MAILBOX, name=wish.name)
    with constraints(KNOWN):
        row = Mailbox.objects.create(
            customer_id=customer_id, destination=destination, kind=Kind.MAILBOX, owner_id=wish.owner_id,
            greeting_id=wish.greeting_id, max_seconds=wish.max_seconds,
        )  # fmt: skip
    _set_listeners(row, wish.listeners)
    record(customer_id=customer_id, by=by, summary=said("La till röstbrevlådan %(name)s", name=wish.name), rows=[row])
    return row


@transaction.atomic
def change(*, mailbox: Mailbox, by: User | None, version: int | None, wish: Wish) -> Change:
    """Make a mailbox what is wished, who may listen included.

    :raises Conflict: if somebody else has changed it since ``version``.
    :raises NameTaken: if another mailbox has the name.
    """
    row = claim(mailbox, version)
    destinations.rename(destination=row.destination, name=wish.name)
    row.owner_id, row.greeting_id, row.max_seconds = wish.owner_id, wish.greeting_id, wish.max_seconds
    with constraints(KNOWN):
        row.save(update_fields=["owner", "greeting", "max_seconds", "version"])
    _set_listeners(row, wish.listeners)
    summary = said("Ändrade röstbrevlådan %(name)s", name=wish.name)
    return record(customer_id=row.customer_id, by=by, summary=summary, rows=[row])


def _set_listeners(mailbox: Mailbox, membership_ids: Collection[int]) -> None:
    """Only memberships of the customer count; the scope leaves others out."""
    wanted = set(Membership.objects.filter(pk__in=membership_ids).values_list("pk", flat=True))
    mailbox.listeners.exclude(membership__in=wanted).delete()
    there = set(mailbox.listeners.values_list("membership_id", flat=True))
    Listener.objects.bulk_create(
        Listener(customer_id=mailbox.customer_id, mailbox=mailbox, membership_id=ident)
        for ident in sorted(wanted - there)
    )


@transaction.atomic
def remove(*, mailbox: Mailbox, by: User | None, version: Seen) -> Change:
    """Remove a mailbox. Its messages and listeners stay with the row for ``KEPT``, in case it is undone.

    :raises Conflict: if somebody else has changed it since ``version``, or was first to remove it.
    :raises StillPointedAt: if the draft leads calls there.
    :raises StillUsed: if the published flow does.
    """
    summary = said("Tog bort röstbrevlådan %(name)s", name=mailbox.name)
    key, _nobody = destinations.give_up(destination=mailbox.destination, version=version)
    _let_go(mailbox.pk)
    return record(customer_id=mailbox.customer_id, by=by, summary=summary, removed=[key])


def _let_go(ident: int) -> None:
    """Hold on to neither person nor prompt: what is removed must not stand in the way of their removal."""
    Mailbox.objects.filter(pk=ident).update(owner=None, greeting=None)


def retire(customer_id: int, ident: int) -> None:
    """Remove a mailbox that history does not hold; like any other it can come back whole for ``KEPT``.

    :raises StillPointedAt: if the draft leads calls there.
    """
    destinations.retire(customer_id, ident)
    _let_go(ident)


@transaction.atomic
def drop_removed(*, before: datetime) -> int:
    """Delete for good what was removed before a moment, messages and sounds included. In the scope. Return how many."""
    rows = list(queries.removed(before).select_for_update(of=("self", "destination")).select_related("destination"))
    sounds = list(Message.objects.filter(mailbox__in=rows).values_list("sound_id", flat=True))
    for row in rows:
        rest_unread(customer_id=row.customer_id, mailbox=f"mailbox/{row.pk}")
        row.destination.delete()
    for sound_id in sounds:
        forget(sound_id=sound_id)
    return len(rows)


def receive(
    *, customer_id: int, mailbox_id: int, uuid: uuids.UUID, caller: str, left_at: datetime, wav: bytes
) -> Message:
    """Store what a caller said, once however often the switch sends it.

    :raises MessageTooLarge: if it is longer than any mailbox allows.
    :raises MessageRefused: if it is no mono 16-bit WAV at 8 or 16 kHz.
    :raises MailboxGone: if the customer has no such mailbox.
    """
    if len(wav) > MAX_BYTES:
        raise MessageTooLarge
    try:
        sound = read(wav)
    except NotOurWav as error:
        raise MessageRefused from error
    with scope.customer(customer_id):
        if not Mailbox.objects.select_for_update(of=("self",), no_key=True).filter(pk=mailbox_id).exists():
            raise MailboxGone
        found = Message.objects.filter(uuid=uuid).first()
        return found or Message.objects.create(
            customer_id=customer_id, mailbox_id=mailbox_id, uuid=uuid, caller=caller[:32], left_at=left_at,
            sound=keep(customer_id=customer_id, wav=sound),
        )  # fmt: skip


@transaction.atomic
def mark_heard(*, message: Message, by: User) -> None:
    """Note who listened first, and have the lamps of the telephones told."""
    if Message.objects.filter(pk=message.pk, heard_at=None).update(heard_at=timezone.now(), heard_by=by):
        _put_out_lamp(message, by)


@transaction.atomic
def heard_elsewhere(*, messages: Collection[uuids.UUID]) -> None:
    """Note that messages are no longer new on the switch: somebody has listened by telephone. In the scope."""
    Message.objects.filter(uuid__in=messages, heard_at=None).update(heard_at=timezone.now())


def _put_out_lamp(message: Message, by: User | None) -> None:
    order = Order(kind="unread", subject=f"mailbox/{message.mailbox_id}", value=Unread(messages=(str(message.uuid),)))
    with suppress(NotInSwitch):  # a mailbox no telephone was ever told of has no lamp
        want(customer_id=message.customer_id, order=order, by=by)


@transaction.atomic
def mark_handled(*, message: Message, by: User, handled: bool) -> None:
    """Note that somebody has taken care of a message, or that nobody has after all."""
    fields = {"handled_at": timezone.now(), "handled_by": by} if handled else {"handled_at": None, "handled_by": None}
    Message.objects.filter(pk=message.pk).update(**fields)


@transaction.atomic
def remove_message(*, message: Message) -> None:
    """Delete a message and what was said; if nobody had heard it, the lamps are told too."""
    sound_id = message.sound_id
    if message.heard_at is None:
        _put_out_lamp(message, None)
    message.delete()
    forget(sound_id=sound_id)


def restore(customer_id: int, obj: objects.Mailbox) -> Mailbox:
    """Write a mailbox back as an object says. Listeners and messages are no part of it: they lie with the row.

    :raises NameTaken: if another mailbox has taken the name.
    :raises OwnerGone: if the person it belonged to no longer exists.
    :raises PromptGone: if the greeting no longer exists.
    """
    destinations.restore(customer_id=customer_id, ident=obj.id, kind=Kind.MAILBOX, name=obj.name)
    fields = {
        "customer_id": customer_id,
        "kind": Kind.MAILBOX,
        "owner_id": ident_of(obj.owner),
        "greeting_id": ident_of(obj.greeting),
        "max_seconds": obj.max_seconds,
    }
    with constraints(KNOWN):
        row, _made = Mailbox.objects.update_or_create(pk=obj.id, defaults=fields)
    row.version += 1
    row.save(update_fields=["version"])
    return Mailbox.objects.select_related("destination").get(pk=obj.id)
