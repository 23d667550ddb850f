"""Numbers over the API. The label is live at once, where a number leads is draft; our staff hand numbers out."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.urls import path
from rest_framework import serializers
from rest_framework.response import Response

from tenants.destinations.api import TargetField
from tenants.numbers import actions
from tenants.numbers.models import Number
from tenants.requests.door import CustomerApiRequest, MakingView
from tenants.requests.fields import SiteField
from tenants.requests.schema import described, example, operation
from tenants.requests.shapes import Shape
from tenants.requests.things import Room, Thing, Things
from tenants.routing.naming import ident_of

SHOWN = {
    "id": 5, "e164": "+46406221000", "kind": "geographic", "label": "Kontoret i Malmö", "is_main": True,
    "site": 2, "entry": "timeswitch/9", "version": 3,
}  # fmt: skip


@example({"label": "Kontoret i Malmö", "site": 2}, SHOWN)
class NumberSerializer(Shape):
    """A number of the customer's. ``entry`` is where its calls go in the draft; null is out of use.

    ``site`` is whose office it is, null for none.
    """

    id = serializers.IntegerField(source="pk", read_only=True)
    e164 = serializers.CharField(read_only=True)
    kind = serializers.ChoiceField(choices=Number.Kind.choices, read_only=True)
    label = serializers.CharField(max_length=80, allow_blank=True)  # type: ignore[assignment]
    is_main = serializers.BooleanField(read_only=True)
    site = SiteField(source="site_id", allow_null=True, default=None)
    entry = serializers.CharField(source="entry.key", read_only=True, allow_null=True, default=None)
    version = serializers.IntegerField(read_only=True)


@example({"e164": "040-622 10 00", "label": "Kontoret i Malmö"})
class AssignSerializer(Shape):
    """A number to hand out, as people write it."""

    e164 = serializers.CharField(max_length=40)
    label = serializers.CharField(max_length=80, allow_blank=True, default="")  # type: ignore[assignment]


@example({"entry": "timeswitch/9"})
class EntrySerializer(Shape):
    """Where calls to a number go."""

    entry = TargetField(allow_null=True)


def _rows() -> Any:
    return Number.objects.select_related("entry")


ROOM = Room(
    rows=_rows,
    serializer=NumberSerializer,
    line=NumberSerializer,
    sent=AssignSerializer,
    address="api-number",
    searched=("e164__contains", "label__icontains"),
    filters={"kind": "kind"},
    choices={"kind": Number.Kind.values},
)


def _entry(row: Number) -> dict[str, str | None]:
    return {"entry": row.entry.key if row.entry else None}


ENTRY = Room(rows=_rows, show=_entry, serializer=EntrySerializer, line=EntrySerializer, address="api-number-entry")


def _staff_only(request: CustomerApiRequest) -> None:
    if not request.user.is_staff:
        raise PermissionDenied


@described(
    "numbers",
    get="List the numbers, with where they lead.",
    post="Hand out a number. Our own staff only, logged in: to everybody else 403.",
)
class Numbers(Things):
    """All numbers of a customer."""

    area = "numbers"
    room = ROOM

    def make(self, data: dict[str, Any]) -> Number:
        """Hand one out."""
        _staff_only(self.request)
        return actions.assign(
            customer_id=self.request.customer.pk, by=self.request.user, typed=data["e164"], label=data["label"]
        )


@described(
    "numbers",
    get="Read a number.",
    put="Say what a number is for and which office's it is. Live at once; the rest of a number is not changed here.",
    delete="Take a number back. Our own staff only, logged in: to everybody else 403.",
)
class OneNumber(Thing):
    """One number."""

    area = "numbers"
    room = ROOM

    def replace(self, row: Number, data: dict[str, Any]) -> object:
        """Say what it is for."""
        label, site = data["label"], data.get("site_id")
        return actions.describe(number=row, by=self.request.user, version=row.version, label=label, site_id=site)

    def remove(self, row: Number) -> object:
        """Take it back."""
        _staff_only(self.request)
        return actions.release(number=row, by=self.request.user, version=row.version)


@described(
    "numbers_entry",
    get="Read where calls to a number go in the draft.",
    put="Lead a number somewhere, in the draft. Null takes it out of use.",
)
class Entry(Thing):
    """Where one number leads."""

    area = "numbers"
    room = ENTRY
    http_method_names = ["get", "put", "head", "options"]

    def replace(self, row: Number, data: dict[str, Any]) -> object:
        """Lead it there."""
        entry = ident_of(data["entry"])
        return actions.set_entry(number=row, by=self.request.user, entry_id=entry, version=row.version)


class Main(MakingView):
    """Which number is the main number."""

    area = "numbers"
    bare = True

    @operation(
        "numbers_make_main",
        "Make a number the main number. The one that was is so no longer; live at once.",
        request=None,
        responses={200: NumberSerializer},
    )
    def post(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Make it the main number."""
        return super().post(request, **kwargs)

    def create(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Make it the main number and answer with it."""
        row = ROOM.find(kwargs["ident"])
        actions.make_main(number=row, by=request.user)
        return ROOM.answer(ROOM.find(row.pk))


urlpatterns = [
    path("", Numbers.as_view(), name="api-numbers"),
    path("<int:ident>/", OneNumber.as_view(), name="api-number"),
    path("<int:ident>/entry/", Entry.as_view(), name="api-number-entry"),
    path("<int:ident>/main/", Main.as_view(), name="api-number-main"),
]
