"""From a person's rows to the switch's two objects: who it is, and where calls go unanswered."""

from __future__ import annotations

from tenants.destinations.queries import targets
from tenants.people.models import Device, Person
from tenants.routing import objects


def compile_person(row: Person) -> objects.Person:
    """Return what the switch is told of a person and the telephones; secrets by name and version only."""
    devices = tuple(_device(device) for device in row.devices.order_by("pk"))
    return objects.Person(id=row.pk, name=row.name, extension=row.extension, devices=devices)


def _device(row: Device) -> objects.Device:
    credential = objects.Credential(id=row.pk, version=row.version)
    return objects.Device(id=row.pk, username=row.username, credential=credential)


def compile_flow(row: Person) -> objects.PersonFlow:
    """Return how long a person's telephones ring, and where the call goes then."""
    found = targets(row.pk)
    return objects.PersonFlow(
        id=row.pk,
        ring_seconds=row.ring_seconds,
        busy=found.get("busy"),
        no_answer=found.get("no_answer"),
        unreachable=found.get("unreachable"),
    )
