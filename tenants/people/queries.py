"""Reading people: the list, and what stands on one person's page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from tenants.customers.models import Membership, User
from tenants.people.models import Person


@dataclass(frozen=True)
class Row:
    """A person in the list."""

    person: Person
    devices: int
    groups: tuple[str, ...]


def listed(search: str = "") -> list[Row]:
    """Return the people by name, those whose name, extension or address has what is searched for."""
    people = Person.objects.filter(destination__removed=False).select_related("destination", "user")
    if search:
        wanted = Q(destination__name__icontains=search) | Q(extension__startswith=search)
        people = people.filter(wanted | Q(email__icontains=search))
    found = list(people.annotate(number=Count("devices")).order_by("destination__name"))
    groups = groups_of(found)
    return [Row(row, row.number, tuple(groups.get(row.pk, ()))) for row in found]


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


def logins() -> QuerySet[User]:
    """Return the users who may log in to the customer, by name."""
    return User.objects.filter(pk__in=Membership.objects.values("user_id")).order_by("name", "email")
