"""Reading people: the list, and what stands on one person's page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Lower

from tenants.changes.words import called
from tenants.customers.models import Membership, User
from tenants.destinations.models import Destination, Kind
from tenants.destinations.queries import used_by
from tenants.people.models import Device, Person


@dataclass(frozen=True)
class Row:
    """A person in the list."""

    person: Person
    devices: int
    groups: tuple[str, ...]


ORDER = ("sorted", "pk")
"""By name, whatever its capitals. The key makes it unique where one removed has the name still."""


def matching(search: str = "") -> QuerySet[Destination]:
    """Return the places of the people whose name, extension or address has what is searched for; all without a search.

    Names lie with the places, in an index in this order: a page of ten thousand reads its own rows and no others.
    """
    places = Destination.objects.filter(kind=Kind.PERSON, removed=False).annotate(sorted=Lower("name"))
    if not search:
        return places
    wanted = Q(name__icontains=search) | Q(person__extension__startswith=search)
    return places.filter(wanted | Q(person__email__icontains=search))


def rows_of(places: Sequence[Destination]) -> list[Row]:
    """Return what the list shows of some people, in as many queries whatever their number."""
    idents = [place.pk for place in places]
    found = Person.objects.select_related("destination", "user", "site").in_bulk(idents)
    people = [found[ident] for ident in idents if ident in found]
    devices = dict(Device.objects.filter(person__in=idents).values_list("person").annotate(Count("pk")).order_by())
    groups = groups_of(people)
    return [Row(person, devices.get(person.pk, 0), tuple(groups.get(person.pk, ()))) for person in people]


def groups_of(people: Sequence[Person]) -> dict[int, list[str]]:
    """Return person id -> names of the groups the person answers in, in one query."""
    found: dict[int, list[str]] = {}
    standing = {"pk__in": [person.pk for person in people], "memberships__group__destination__removed": False}
    members = Person.objects.filter(**standing)
    for ident, name in members.values_list("pk", "memberships__group__destination__name").order_by(
        "memberships__group__destination__name"
    ):
        found.setdefault(ident, []).append(str(name))
    return found


def users_of(person: Person, groups: Sequence[str]) -> list[str]:
    """Return what must let go of a person first: what leads calls to them, these groups and their own mailboxes."""
    mailboxes = person.mailboxes.select_related("destination").order_by("destination__name")
    answered = [called(name, Kind.GROUP) for name in groups]
    return list(dict.fromkeys([*answered, *(called(box.name, box.kind) for box in mailboxes), *used_by(person.pk)]))


def standing() -> QuerySet[Person]:
    """Return everybody who is not removed, with name and login."""
    return Person.objects.select_related("destination", "user").filter(destination__removed=False)


def own_person(user_id: int) -> Person | None:
    """Return the person to whom a login belongs, or None."""
    return standing().filter(user_id=user_id).order_by("pk").first()


def logins() -> QuerySet[User]:
    """Return the users who may log in to the customer, by name."""
    return User.objects.filter(pk__in=Membership.objects.values("user_id"), is_active=True).order_by("name", "email")
