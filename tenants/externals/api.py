"""External numbers over the API. A write is live at once; each number passes the dialling gate."""

from __future__ import annotations

from typing import Any

from django.urls import path
from rest_framework import serializers

from tenants.externals import actions
from tenants.externals.models import ExternalNumber
from tenants.requests.schema import described, example
from tenants.requests.shapes import Shape
from tenants.requests.things import Room, Thing, Things


@example({"name": "Jourmobilen", "e164": "+46701740635", "ring_seconds": 40}, {"id": 23})
class ExternalSerializer(Shape):
    """A number outside the switch. It may be sent as people write it and is answered as E.164."""

    id = serializers.IntegerField(source="pk", read_only=True)
    name = serializers.CharField(max_length=80)
    e164 = serializers.CharField(max_length=40)
    ring_seconds = serializers.IntegerField(min_value=5, max_value=120, default=40)


@example(answered={"id": 23, "name": "Jourmobilen", "e164": "+46701740635", "version": 1})
class ExternalLineSerializer(serializers.ModelSerializer[ExternalNumber]):
    """An external number in a list."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()

    class Meta:
        model = ExternalNumber
        fields = ("id", "name", "e164", "version")


def _rows() -> Any:
    return ExternalNumber.objects.filter(destination__removed=False).select_related("destination")


ROOM = Room(
    rows=_rows,
    serializer=ExternalSerializer,
    line=ExternalLineSerializer,
    address="api-external",
    searched=("destination__name__icontains", "e164__contains"),
)


@described(
    "externals",
    get="List the external numbers.",
    post="Add an external number. Numbers that may not be dialled are refused with 422 and the class of number.",
)
class Externals(Things):
    """All external numbers of a customer."""

    area = "flow"
    room = ROOM

    def make(self, data: dict[str, Any]) -> ExternalNumber:
        """Make one."""
        return actions.make(customer_id=self.request.customer.pk, by=self.request.user, wish=_wish(data))


@described(
    "externals",
    get="Read an external number.",
    put="Replace an external number. It is live at once.",
    delete="Delete an external number. Refused while calls are led to it.",
)
class OneExternal(Thing):
    """One external number."""

    area = "flow"
    room = ROOM

    def replace(self, row: ExternalNumber, data: dict[str, Any]) -> object:
        """Make it what was sent."""
        return actions.change(external=row, by=self.request.user, version=row.version, wish=_wish(data))

    def remove(self, row: ExternalNumber) -> object:
        """Delete it."""
        return actions.remove(external=row, by=self.request.user, version=row.version)


def _wish(data: dict[str, Any]) -> actions.Wish:
    return actions.Wish(data["name"], data["e164"], data["ring_seconds"])


urlpatterns = [
    path("", Externals.as_view(), name="api-externals"),
    path("<int:ident>/", OneExternal.as_view(), name="api-external"),
]
