"""Rows of a call flow in one line each, made by the rooms' own actions."""

from __future__ import annotations

import hashlib

from tenants.changes.actions import record
from tenants.destinations import actions as destinations
from tenants.destinations.models import Destination, Kind
from tenants.mailboxes.models import Mailbox
from tenants.people.models import Device, Person
from tenants.prompts.models import Prompt, Take
from tenants.sounds.models import Sound


def sound(customer_id: int, text: str, rate: int = 8000) -> Sound:
    """Make a sound of four seconds that differs from every other of another text."""
    wav = f"{text} {rate}".encode()
    return Sound.objects.create(
        customer_id=customer_id, sha256=hashlib.sha256(wav).hexdigest(), wav=wav, rate=rate, milliseconds=4000
    )


def prompt(customer_id: int, name: str = "Välkommen") -> Prompt:
    """Make a prompt with a reading, known to the switch."""
    row = Prompt.objects.create(customer_id=customer_id, name=name, manuscript=f"{name} till Norrsken Bygg.")
    row.take = Take.objects.create(
        customer_id=customer_id, prompt=row, narrow=sound(customer_id, name), wide=sound(customer_id, name, 16000)
    )
    row.save()
    record(customer_id=customer_id, by=None, summary=f"Lade till rösten {name}", rows=[row])
    return row


def mailbox(customer_id: int, name: str = "Gemensam röstbrevlåda") -> Mailbox:
    """Make a shared mailbox, known to the switch."""
    place = destinations.make(customer_id=customer_id, kind=Kind.MAILBOX, name=name)
    row = Mailbox.objects.create(customer_id=customer_id, destination=place, kind=Kind.MAILBOX)
    record(customer_id=customer_id, by=None, summary=f"Lade till {name}", rows=[row])
    return row


def person(customer_id: int, name: str = "Anna Berg", extension: str = "101") -> Person:
    """Make somebody with one telephone, known to the switch."""
    place = destinations.make(customer_id=customer_id, kind=Kind.PERSON, name=name)
    row = Person.objects.create(customer_id=customer_id, destination=place, kind=Kind.PERSON, extension=extension)
    Device.objects.create(customer_id=customer_id, person=row, name="Bord", username=f"d{customer_id}x{extension}")
    record(customer_id=customer_id, by=None, summary=f"Lade till {name}", rows=[row])
    return row


def place(row_id: int) -> Destination:
    """Return the destination with this id."""
    return Destination.objects.get(pk=row_id)
