"""Making, changing and removing people. Who it is goes live at once; where calls go unanswered waits as draft."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.changes.actions import record
from tenants.changes.models import Change, Lane
from tenants.changes.problems import SHORT_EXTENSION
from tenants.changes.said import said
from tenants.customers.models import User
from tenants.destinations import actions as destinations
from tenants.destinations.actions import Edge, edge_to
from tenants.destinations.dialling import allowed
from tenants.destinations.models import Destination, Kind
from tenants.people.devices import actions as devices
from tenants.people.models import Person
from tenants.people.sites import actions as sites
from tenants.refusals import Conflict, Refusal, constraints
from tenants.routing import objects
from tenants.routing.dialling import is_short
from tenants.versions import Seen, claim


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


class ExtensionShort(Refusal):
    """An extension would hide a number that everybody must be able to dial."""

    code = "extension_short_number"
    field = "extension"
    message = SHORT_EXTENSION


class RingOutOfBounds(Refusal):
    """Telephones ring neither for a moment nor for ever."""

    code = "ring_out_of_bounds"
    field = "ring_seconds"
    message = gettext_lazy("Ringtiden är 5 till 120 sekunder.")


class StillAnswers(Refusal):
    """The person answers in a group, or owns a mailbox."""

    code = "still_answers"


MOST = sites.MOST
TRIES = 3
KNOWN = {
    "extension_once": ExtensionTaken,
    "extension_digits": ExtensionDigits,
    "person_bounds": RingOutOfBounds,
}


@dataclass(frozen=True)
class Wish:
    """Who somebody should be. ``user_id`` is the login, for those who have one, ``site_id`` the office.

    ``mobile`` is as a person wrote it; with ``mobile_confirm`` whoever lifts it must press a key.

    :raises ExtensionDigits: if the extension is none.
    :raises ExtensionShort: if it is a Swedish short number.
    :raises NotDialled: if the dialling gate refuses the mobile.
    """

    name: str
    extension: str
    email: str = ""
    user_id: int | None = None
    site_id: int | None = None
    mobile: str = ""
    mobile_confirm: bool = True

    def __post_init__(self) -> None:
        """Refuse what no column could hold."""
        if not re.fullmatch(r"[1-9][0-9]{1,5}", self.extension):
            raise ExtensionDigits
        if is_short(self.extension):
            raise ExtensionShort
        object.__setattr__(self, "mobile", allowed(self.mobile, "mobile") if self.mobile.strip() else "")

    @property
    def columns(self) -> dict[str, Any]:
        """What of it stands in the person's own row."""
        return {name: value for name, value in vars(self).items() if name != "name"}


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
    :raises SiteGone: if the office has been removed meanwhile.
    """
    sites.hold([wish.site_id])
    destination = destinations.make(customer_id=customer_id, kind=Kind.PERSON, name=wish.name)
    with constraints(KNOWN):
        row = Person.objects.create(customer_id=customer_id, destination=destination, kind=Kind.PERSON, **wish.columns)
    record(customer_id=customer_id, by=by, summary=said("La till %(name)s", name=wish.name), rows=[row])
    return row


def make_many(*, customer_id: int, by: User | None, wishes: Sequence[Wish]) -> list[Person | Refusal]:
    """Make many people by one publication. Return for each wish, in order, the person or why there is none.

    What the database refuses after all, because somebody else was faster, is sorted out by asking again.

    :raises Conflict: if others are faster each time.
    """
    for _try in range(TRIES):
        refused = _refused(wishes)
        try:
            made = iter(_make_all(customer_id, by, [w for w, why in zip(wishes, refused, strict=True) if not why]))
            return [why or next(made) for why in refused]
        except (destinations.NameTaken, ExtensionTaken, sites.SiteGone):
            continue
    raise Conflict


def _refused(wishes: Sequence[Wish]) -> list[Refusal | None]:
    """Return for each wish what speaks against it: a name or an extension that is taken, also by an earlier wish,
    or an office that is not there.
    """
    names = {wish.name.lower() for wish in wishes}
    lower = Destination.objects.filter(kind=Kind.PERSON, removed=False).annotate(lower=Lower("name"))
    taken_names = set(lower.filter(lower__in=names).values_list("lower", flat=True))
    extensions = Person.objects.filter(extension__in={wish.extension for wish in wishes})
    taken = set(extensions.values_list("extension", flat=True))
    there = sites.there(wish.site_id for wish in wishes)
    refused: list[Refusal | None] = []
    for wish in wishes:
        name_taken, extension_taken = wish.name.lower() in taken_names, wish.extension in taken
        gone = None if wish.site_id is None or wish.site_id in there else sites.SiteGone()
        refused.append(destinations.NameTaken() if name_taken else ExtensionTaken() if extension_taken else gone)
        if refused[-1] is None:
            taken_names.add(wish.name.lower())
            taken.add(wish.extension)
    return refused


@transaction.atomic
def _make_all(customer_id: int, by: User | None, wishes: Sequence[Wish]) -> list[Person]:
    """Make people in as many statements whatever their number."""
    if not wishes:
        return []
    sites.hold(wish.site_id for wish in wishes)
    with constraints({**KNOWN, **destinations.KNOWN}):
        places = Destination.objects.bulk_create(
            Destination(customer_id=customer_id, kind=Kind.PERSON, name=wish.name) for wish in wishes
        )
        rows = Person.objects.bulk_create(
            Person(customer_id=customer_id, destination=place, kind=Kind.PERSON, **wish.columns)
            for place, wish in zip(places, wishes, strict=True)
        )
    prefetch_related_objects(rows, "devices", "site", "destination__routes__target")
    first, more = wishes[0].name, len(wishes) - 1
    summary = said("La till %(name)s", name=first)
    if more:
        summary = said("La till %(name)s och %(more)s till", name=first, more=more)
    record(customer_id=customer_id, by=by, summary=summary, rows=rows, lane=Lane.BULK)
    return rows


@transaction.atomic
def change(*, person: Person, by: User | None, version: int | None, wish: Wish) -> Change:
    """Make a person what is wished.

    :raises Conflict: if somebody else has changed it since ``version``.
    :raises NameTaken: if another person has the name.
    :raises ExtensionTaken: if another person has the extension.
    :raises SiteGone: if the office has been removed meanwhile.
    """
    sites.hold([wish.site_id])
    row = claim(person, version)
    destinations.rename(destination=row.destination, name=wish.name)
    for name, value in wish.columns.items():
        setattr(row, name, value)
    with constraints(KNOWN):
        row.save(update_fields=[*wish.columns, "version"])
    return record(customer_id=row.customer_id, by=by, summary=said("Ändrade %(name)s", name=wish.name), rows=[row])


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
    summary = said("Ändrade vad som händer när %(name)s inte svarar", name=row.name)
    return record(customer_id=row.customer_id, by=by, summary=summary, rows=[row])


@transaction.atomic
def remove(*, person: Person, by: User | None, version: Seen) -> Change:
    """Delete a person and the telephones.

    :raises Conflict: if somebody else has changed it since ``version``, or was first to remove it.
    :raises StillPointedAt: if the draft leads calls there.
    :raises StillAnswers: if the person is in a group or owns a mailbox.
    :raises StillUsed: if the published flow leads calls there.
    """
    summary, ident = said("Tog bort %(name)s", name=person.name), person.pk
    _refuse_answering(person)
    key = destinations.delete(destination=person.destination, version=version)
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
    """Write a person and the telephones back as an object says, at an office of the same area code.

    :raises NameTaken: if another person has taken the name.
    :raises ExtensionTaken: if another person has taken the extension.
    :raises NoSuchArea: if no office has the area code now.
    """
    here = Person.objects.select_for_update(of=("self",)).filter(pk=obj.id).first()
    destinations.restore(customer_id=customer_id, ident=obj.id, kind=Kind.PERSON, name=obj.name)
    fields = {"customer_id": customer_id, "kind": Kind.PERSON, "extension": obj.extension}
    fields |= {"mobile": obj.mobile, "mobile_confirm": obj.mobile_confirm}
    fields["site"] = sites.with_area(here.site if here else None, obj.area)
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
