"""From a person's rows to the switch's two objects: who it is, and where calls go unanswered."""

from __future__ import annotations

from operator import attrgetter

from tenants.destinations.queries import targets_of
from tenants.people.models import Device, Person
from tenants.routing import objects


def compile_person(row: Person) -> objects.Person:
    """Return what the switch is told of a person and the telephones; secrets by name and version only."""
    devices = tuple(_device(device) for device in sorted(row.devices.all(), key=attrgetter("pk")))
    return objects.Person(
        id=row.pk,
        name=row.name,
        extension=row.extension,
        devices=devices,
        area=row.site.area_code if row.site else "",
        mobile=row.mobile,
        mobile_confirm=row.mobile_confirm,
    )


def _device(row: Device) -> objects.Device:
    credential = objects.Credential(id=row.pk, version=row.version)
    return objects.Device(id=row.pk, username=row.username, credential=credential)


def compile_flow(row: Person) -> objects.PersonFlow:
    """Return how long a person's telephones ring, and where the call goes then."""
    found = targets_of(row.destination)
    return objects.PersonFlow(
        id=row.pk,
        ring_seconds=row.ring_seconds,
        busy=found.get("busy"),
        no_answer=found.get("no_answer"),
        unreachable=found.get("unreachable"),
    )
