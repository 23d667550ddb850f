"""Making, changing and removing people. Who it is goes live at once; where calls go unanswered waits as draft."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.changes.actions import record
from tenants.changes.models import Change
from tenants.customers.models import User
from tenants.destinations import actions as destinations
from tenants.destinations.actions import Edge, edge_to
from tenants.destinations.models import Destination, Kind
from tenants.people.devices import actions as devices
from tenants.people.models import Person
from tenants.refusals import Refusal, constraints
from tenants.routing import objects
from tenants.versions import claim


class ExtensionTaken(Refusal):
    """Somebody else has the extension."""

    code = "extension_taken"
    field = "extension"
    message = gettext_lazy("Anknytningen används redan av någon annan. Välj en annan.")


class ExtensionDigits(Refusal):
    """An extension is two to six digits and does not begin with 0."""

    code = "extension_digits"
    field = "extension"
    message = gettext_lazy("En anknytning är två till sex siffror och börjar inte med 0.")


class RingOutOfBounds(Refusal):
    """Telephones ring neither for a moment nor for ever."""

    code = "ring_out_of_bounds"
    field = "ring_seconds"
    message = gettext_lazy("Ringtiden är 5 till 120 sekunder.")


class StillAnswers(Refusal):
    """The person answers in a group, or owns a mailbox."""

    code = "still_answers"


KNOWN = {
    "extension_once": ExtensionTaken,
    "extension_digits": ExtensionDigits,
    "person_bounds": RingOutOfBounds,
}


@dataclass(frozen=True)
class Wish:
    """Who somebody should be. ``user_id`` is the login, for those who have one.

    :raises ExtensionDigits: if the extension is none.
    """

    name: str
    extension: str
    email: str = ""
    user_id: int | None = None

    def __post_init__(self) -> None:
        """Refuse what no column could hold."""
        if not re.fullmatch(r"[1-9][0-9]{1,5}", self.extension):
            raise ExtensionDigits


@dataclass(frozen=True)
class FlowWish:
    """Where calls should go when they are not answered; a slot left out leads nowhere."""

    ring_seconds: int = 25
    busy_id: int | None = None
    no_answer_id: int | None = None
    unreachable_id: int | None = None


@transaction.atomic
def make(*, customer_id: int, by: User | None, wish: Wish) -> Person:
    """Make a person without telephones.

    :raises NameTaken: if another person has the name.
    :raises ExtensionTaken: if another person has the extension.
    """
    destination = destinations.make(customer_id=customer_id, kind=Kind.PERSON, name=wish.name)
    with constraints(KNOWN):
        row = Person.objects.create(
            customer_id=customer_id, destination=destination, kind=Kind.PERSON, extension=wish.extension,
            email=wish.email, user_id=wish.user_id,
        )  # fmt: skip
    record(customer_id=customer_id, by=by, summary=f"La till {wish.name}", rows=[row])
    return row


@transaction.atomic
def change(*, person: Person, by: User | None, version: int | None, wish: Wish) -> Change:
    """Make a person what is wished.

    :raises Conflict: if somebody else has changed it since ``version``.
    :raises NameTaken: if another person has the name.
    :raises ExtensionTaken: if another person has the extension.
    """
    row = claim(person, version)
    destinations.rename(destination=row.destination, name=wish.name)
    row.extension, row.email, row.user_id = wish.extension, wish.email, wish.user_id
    with constraints(KNOWN):
        row.save(update_fields=["extension", "email", "user", "version"])
    return record(customer_id=row.customer_id, by=by, summary=f"Ändrade {wish.name}", rows=[row])


@transaction.atomic
def set_flow(*, person: Person, by: User | None, version: int | None, wish: FlowWish) -> Change:
    """Say in the draft where calls to a person go unanswered.

    :raises Conflict: if somebody else has changed it since ``version``.
    :raises TargetGone: if a target has been removed meanwhile.
    :raises ToItself: if a slot would lead back to the person.
    """
    row = claim(person, version)
    row.ring_seconds = wish.ring_seconds
    with constraints(KNOWN):
        row.save(update_fields=["ring_seconds", "version"])
    wished = {"busy": wish.busy_id, "no_answer": wish.no_answer_id, "unreachable": wish.unreachable_id}
    edges = {slot: Edge(target) if target else None for slot, target in wished.items()}
    destinations.set_routes(source=row.destination, edges=edges)
    summary = f"Ändrade vad som händer när {row.name} inte svarar"
    return record(customer_id=row.customer_id, by=by, summary=summary, rows=[row])


@transaction.atomic
def remove(*, person: Person, by: User | None) -> Change:
    """Delete a person and the telephones.

    :raises StillPointedAt: if the draft leads calls there.
    :raises StillAnswers: if the person is in a group or owns a mailbox.
    :raises StillUsed: if the published flow leads calls there.
    """
    summary, ident = f"Tog bort {person.name}", person.pk
    _refuse_answering(person)
    key = destinations.delete(destination=person.destination)
    removed = [key, f"person-flow/{ident}"]
    return record(customer_id=person.customer_id, by=by, summary=summary, removed=removed)


def _refuse_answering(person: Person) -> None:
    standing = person.memberships.filter(group__destination__removed=False)
    groups = [str(name) for name in standing.values_list("group__destination__name", flat=True)]
    if groups:
        raise StillAnswers(
            _("%(name)s svarar i %(groups)s. Ta bort %(name)s därifrån och publicera först.")
            % {"name": person.name, "groups": ", ".join(sorted(groups))}
        )
    if person.mailboxes.exists():
        raise StillAnswers(_("%s har en egen röstbrevlåda. Ta bort den först.") % person.name)


def restore(customer_id: int, obj: objects.Person) -> Person:
    """Write a person and the telephones back as an object says.

    :raises NameTaken: if another person has taken the name.
    :raises ExtensionTaken: if another person has taken the extension.
    """
    destinations.restore(customer_id=customer_id, ident=obj.id, kind=Kind.PERSON, name=obj.name)
    fields = {"customer_id": customer_id, "kind": Kind.PERSON, "extension": obj.extension}
    with constraints(KNOWN):
        row, _made = Person.objects.update_or_create(pk=obj.id, defaults=fields)
    devices.restore(row, obj.devices)
    row.version += 1
    row.save(update_fields=["version"])
    return Person.objects.select_related("destination").get(pk=obj.id)


def restore_flow(_customer_id: int, obj: objects.PersonFlow) -> Person:
    """Write a person's ring time back; ``link_flow`` then writes the slots."""
    row = Person.objects.select_related("destination").get(pk=obj.id)
    row.ring_seconds = obj.ring_seconds
    row.version += 1
    with constraints(KNOWN):
        row.save(update_fields=["ring_seconds", "version"])
    return row


def link_flow(_customer_id: int, obj: objects.PersonFlow) -> None:
    """Write the slots of a restored person."""
    edges = {slot: edge_to(getattr(obj, slot)) for slot in ("busy", "no_answer", "unreachable")}
    destinations.set_routes(source=Destination.objects.get(pk=obj.id), edges=edges)


def clear(customer_id: int, ident: int) -> None:
    """Take a person's name and extension away, before history gives them to whom they belonged."""
    destinations.clear_name(customer_id, ident)
    Person.objects.filter(pk=ident).update(extension=str(999_999 - ident % 900_000))


def retire(customer_id: int, ident: int) -> None:
    """Mark a person removed that history does not hold.

    :raises StillPointedAt: if the draft leads calls there.
    :raises StillAnswers: if the person is in a group or owns a mailbox.
    """
    for row in Person.objects.filter(pk=ident):
        _refuse_answering(row)
    destinations.retire(customer_id, ident)
