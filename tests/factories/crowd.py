"""A customer with very many people, numbers and voices, made in a few statements and live at once.

Rows are inserted many at a time, and what their objects are compiled from is read for all of them at once. Objects,
releases and references come of the same ``record`` as anybody's save, so what is published is what the rows say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from django.db.models import Model, prefetch_related_objects

from tenants.changes.actions import record
from tenants.changes.said import said
from tenants.customers.models import Customer, Membership, User
from tenants.destinations.models import Destination, Kind, Route
from tenants.mailboxes.models import Listener, Mailbox
from tenants.numbers.models import Number
from tenants.people.models import Person
from tenants.prompts.models import Prompt, Take
from tests.factories import flow

AT_ONCE = 2500
"""Rows a statement and a release."""

Row = TypeVar("Row", bound=Model)


def crowd(customer: Customer, size: int = 2000, *, no_answer_id: int | None = None) -> list[Person]:
    """Make people with the extensions from 20000 up, whose unanswered calls go to one place if one is given.

    Call it in the customer's scope.
    """
    people: list[Person] = []
    for numbers in _parts(size):
        names = [f"Person nummer {number}" for number in numbers]
        places = Destination.objects.bulk_create(
            Destination(customer=customer, kind=Kind.PERSON, name=name) for name in names
        )
        made = Person.objects.bulk_create(
            Person(customer=customer, destination=place, kind=Kind.PERSON, extension=str(20000 + number))
            for place, number in zip(places, numbers, strict=True)
        )
        if no_answer_id is not None:
            Route.objects.bulk_create(
                Route(customer=customer, source=row, source_kind=row.kind, slot="no_answer", target_id=no_answer_id)
                for row in places
            )
        people += _told(customer, made, "devices", "destination__routes__target")
    return people


def lines(customer: Customer, size: int, *, entry: Destination | None = None) -> list[Number]:
    """Make numbers that nobody else in the database has, all leading to one place. Call it in the customer's scope."""
    made: list[Number] = []
    for numbers in _parts(size):
        rows = Number.objects.bulk_create(
            Number(customer=customer, e164=f"+4640{customer.pk:04}{number:05}", label=f"Nummer {number}", entry=entry)
            for number in numbers
        )
        made += _told(customer, rows)
    return made


def voices(customer: Customer, size: int) -> list[Prompt]:
    """Make prompts with one and the same reading. Call it in the customer's scope."""
    narrow, wide = flow.sound(customer.pk, "Röst"), flow.sound(customer.pk, "Röst", 16000)
    made: list[Prompt] = []
    for numbers in _parts(size):
        rows = Prompt.objects.bulk_create(Prompt(customer=customer, name=f"Röst {number}") for number in numbers)
        takes = Take.objects.bulk_create(Take(customer=customer, prompt=row, narrow=narrow, wide=wide) for row in rows)
        for row, take in zip(rows, takes, strict=True):
            row.take = take
        Prompt.objects.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=["take"])
        made += _told(customer, rows)
    return made


def boxes(
    customer: Customer, size: int, listener: Membership, *, owners: Sequence[Person] = (), first: int = 0
) -> list[Mailbox]:
    """Make mailboxes that one login may listen to, each somebody's while there are owners. Call it in the scope."""
    made: list[Mailbox] = []
    for numbers in _parts(size):
        names = [f"Låda nummer {first + number}" for number in numbers]
        places = Destination.objects.bulk_create(
            Destination(customer=customer, kind=Kind.MAILBOX, name=name) for name in names
        )
        owned = [*owners[numbers.start : numbers.stop], *[None] * len(places)]
        rows = Mailbox.objects.bulk_create(
            Mailbox(customer=customer, destination=place, kind=Kind.MAILBOX, owner=owner)
            for place, owner in zip(places, owned, strict=False)
        )
        Listener.objects.bulk_create(Listener(customer=customer, mailbox=row, membership=listener) for row in rows)
        made += _told(customer, rows)
    return made


def logins(customer: Customer, size: int) -> list[Membership]:
    """Make users who may log in to the customer. Call it in the customer's scope."""
    users = User.objects.bulk_create(
        User(email=f"{number}@{customer.slug}.test", name=f"Inloggad nummer {number}") for number in range(size)
    )
    return Membership.objects.bulk_create(Membership(customer=customer, user=user) for user in users)


def _parts(size: int) -> Iterator[range]:
    return (range(first, min(first + AT_ONCE, size)) for first in range(0, size, AT_ONCE))


def _told(customer: Customer, rows: Sequence[Row], *read: str) -> Sequence[Row]:
    """Publish rows, having read for all of them at once what they are compiled from."""
    prefetch_related_objects(rows, *read)
    record(customer_id=customer.pk, by=None, summary=said("La till många"), rows=rows)
    return rows
