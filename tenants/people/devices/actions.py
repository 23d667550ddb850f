"""Telephones and their secrets. A secret is made here, sealed, and returned once; nothing else ever holds it.

No action takes a secret and no object, change, log line or task argument bears one: they name it by the
telephone's id and a version that only rises.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from django.db import transaction

from tenants.changes.actions import record
from tenants.changes.models import Change
from tenants.changes.said import said
from tenants.customers.models import User
from tenants.people.models import Device, Person
from tenants.routing import objects
from tenants.sealing import seal
from tenants.versions import Seen, held

SECRET_BYTES = 16


def place_of(device: Device) -> str:
    """Return what a telephone's secret is sealed for."""
    return f"device/{device.pk}/secret"


@transaction.atomic
def add(*, person: Person, by: User | None, name: str) -> tuple[Device, str]:
    """Give a person a telephone. Return it and its secret, which is never to be had again."""
    person = _claimed(person)
    username = f"d{secrets.token_hex(8)}"
    device = Device.objects.create(customer_id=person.customer_id, person=person, name=name, username=username)
    secret = _new_secret(device)
    summary = said("La till telefonen %(name)s för %(person)s", name=name, person=person.name)
    record(customer_id=person.customer_id, by=by, summary=summary, rows=[person])
    return device, secret


@transaction.atomic
def renew_secret(*, device: Device, by: User | None) -> str:
    """Make a new secret; the old one stops working when the switch has it. Return it, this once."""
    person = _claimed(device.person)
    device = Device.objects.select_for_update().get(pk=device.pk)
    device.version += 1
    secret = _new_secret(device)
    summary = said("Nytt lösenord för telefonen %(name)s, %(person)s", name=device.name, person=person.name)
    record(customer_id=device.customer_id, by=by, summary=summary, rows=[person])
    return secret


@transaction.atomic
def remove(*, device: Device, by: User | None, version: Seen) -> Change:
    """Take a telephone away. It can't be logged in again, not even if the removal is undone.

    :raises Conflict: if it has had a new secret since ``version``, or somebody else was first to take it away.
    """
    person, name = _claimed(device.person), device.name
    held(Device, device.pk, version).delete()
    summary = said("Tog bort telefonen %(name)s för %(person)s", name=name, person=person.name)
    return record(customer_id=person.customer_id, by=by, summary=summary, rows=[person])


def _claimed(person: Person) -> Person:
    """Lock a person and return who it is now, its version raised: the telephones are a part of who somebody is.

    So whoever has seen fewer or other telephones neither removes the person nor writes over what a colleague did.
    """
    row = Person.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)
    row.version += 1
    row.save(update_fields=["version"])
    return row


def restore(person: Person, wanted: Iterable[objects.Device]) -> None:
    """Give a person the telephones of an object and no others.

    One that was deleted comes back with a secret nobody knows: it needs a new one before it works. A version
    never goes back, or the switch would take the secret of today for that of then.
    """
    wanted = tuple(wanted)
    person.devices.exclude(pk__in=[obj.id for obj in wanted]).delete()
    for obj in wanted:
        _restore_one(person, obj)


def _restore_one(person: Person, obj: objects.Device) -> None:
    found = person.devices.filter(pk=obj.id).first()
    if found is None:
        version = obj.credential.version
        device = Device.objects.create(
            pk=obj.id, customer_id=person.customer_id, person=person, name="Telefon", username=obj.username,
            version=version,
        )  # fmt: skip
        _new_secret(device)


def _new_secret(device: Device) -> str:
    secret = secrets.token_hex(SECRET_BYTES)
    device.secret = seal(secret.encode(), place_of(device))
    device.save(update_fields=["secret", "version"])
    return secret
