"""A customer with very many people, made in a few statements."""

from __future__ import annotations

from tenants.changes.actions import record
from tenants.customers.models import Customer
from tenants.destinations.models import Destination, Kind
from tenants.people.models import Person


def crowd(customer: Customer, size: int = 2000) -> list[Person]:
    """Make people with the extensions from 10000 up, live at once. Call it in the customer's scope."""
    named = [
        Destination(customer=customer, kind=Kind.PERSON, name=f"Person nummer {index}") for index in range(size)
    ]  # fmt: skip
    Destination.objects.bulk_create(named)
    people = [
        Person(customer=customer, destination=row, kind=Kind.PERSON, extension=str(10000 + index))
        for index, row in enumerate(named)
    ]
    Person.objects.bulk_create(people)
    record(customer_id=customer.pk, by=None, summary="La till många", rows=people)
    return people
