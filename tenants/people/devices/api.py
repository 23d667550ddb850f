"""Telephones over the API. The secret of a new one is in the answer to making it, and never to be had again."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import path, reverse
from rest_framework import serializers, status
from rest_framework.response import Response

from tenants.people.devices import actions
from tenants.people.models import Device, Person
from tenants.requests.door import CustomerApiRequest, MakingView, etag
from tenants.requests.schema import described, example, operation
from tenants.requests.shapes import Shape
from tenants.requests.things import Room, Thing, Things, found, valid

DESK = {"id": 77, "name": "Bordstelefon", "username": "d0f3a9b2c4e5d6f70", "version": 1}


@example({"name": "Bordstelefon"}, DESK)
class DeviceSerializer(Shape):
    """A telephone. ``version`` rises with each new secret."""

    id = serializers.IntegerField(source="pk", read_only=True)
    name = serializers.CharField(max_length=60)
    username = serializers.CharField(read_only=True)
    version = serializers.IntegerField(read_only=True)


@example(answered={**DESK, "secret": "0123456789abcdef0123456789abcdef", "server": "sip.example.net"})
class SecretSerializer(DeviceSerializer):
    """A telephone and its secret, this once. ``server`` is where it logs in."""

    secret = serializers.CharField()
    server = serializers.CharField(allow_blank=True)


def _rows(person: int) -> Any:
    return Device.objects.filter(person_id=person, person__destination__removed=False)


ROOM = Room(rows=_rows, serializer=DeviceSerializer, line=DeviceSerializer, address="api-device")


def _with_secret(device: Device, secret: str, code: int, **headers: str) -> Response:
    shown = {**DeviceSerializer(device).data, "secret": secret, "server": settings.SIP_SERVER}
    headers = {"ETag": etag(device.version), "Cache-Control": "no-store", **headers}
    return Response(shown, code, headers=headers)


@described("people_devices", get="List a person's telephones.")
class Devices(Things):
    """All telephones of a person."""

    area = "people"
    room = ROOM
    secret = True

    @operation(
        "people_devices_create",
        "Give a person a telephone. The answer holds its secret: nobody can read it again.",
        request=DeviceSerializer,
        responses={201: SecretSerializer},
    )
    def post(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Add it."""
        return super().post(request, **kwargs)

    def create(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Add it and answer with its secret."""
        people = Person.objects.select_related("destination").filter(destination__removed=False)
        person = found(people, kwargs["person"])
        name = valid(DeviceSerializer, request)["name"]
        device, secret = actions.add(person=person, by=request.user, name=name)
        where = {"customer": request.customer.slug, "person": person.pk, "ident": device.pk}
        return _with_secret(device, secret, status.HTTP_201_CREATED, Location=reverse(ROOM.address, kwargs=where))


@described("people_devices", get="Read a telephone, without its secret.", delete="Take a telephone away.")
class OneDevice(Thing):
    """One telephone."""

    area = "people"
    room = ROOM
    http_method_names = ["get", "delete", "head", "options"]

    def remove(self, row: Device) -> object:
        """Take it away."""
        return actions.remove(device=row, by=self.request.user, version=row.version)


class NewSecret(MakingView):
    """A telephone's secret."""

    area = "people"
    bare = True
    secret = True

    @operation(
        "people_devices_renew",
        "Make a new secret for a telephone. The old one stops working when the switch has the new one.",
        request=None,
        responses={200: SecretSerializer},
    )
    def post(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Make it."""
        return super().post(request, **kwargs)

    def create(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Make it and answer with it."""
        device = ROOM.find(kwargs["ident"], person=kwargs["person"])
        secret = actions.renew_secret(device=device, by=request.user)
        return _with_secret(ROOM.find(device.pk, person=kwargs["person"]), secret, status.HTTP_200_OK)


urlpatterns = [
    path("", Devices.as_view(), name="api-devices"),
    path("<int:ident>/", OneDevice.as_view(), name="api-device"),
    path("<int:ident>/secret/", NewSecret.as_view(), name="api-device-secret"),
]
