"""Announcements over the API. A write changes the draft."""

from __future__ import annotations

from typing import Any

from django.urls import path
from rest_framework import serializers

from tenants.announcements import actions
from tenants.announcements.compile import compile_announcement
from tenants.announcements.models import Announcement
from tenants.destinations.api import TargetField
from tenants.prompts.api import HeardField
from tenants.requests.schema import described, example
from tenants.requests.shapes import Shape
from tenants.requests.things import Room, Thing, Things
from tenants.routing.naming import ident_of


@example({"name": "Vi har stängt", "prompt": 4, "next": "mailbox/12"}, {"id": 31})
class AnnouncementSerializer(Shape):
    """A message that callers hear. Then the call goes on to ``next``; null hangs up."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=80)
    prompt = HeardField()
    next = TargetField(allow_null=True, default=None)


@example(answered={"id": 31, "name": "Vi har stängt", "version": 2})
class AnnouncementLineSerializer(serializers.ModelSerializer[Announcement]):
    """An announcement in a list."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()

    class Meta:
        model = Announcement
        fields = ("id", "name", "version")


def _rows() -> Any:
    return Announcement.objects.filter(destination__removed=False).select_related("destination")


ROOM = Room(
    rows=_rows,
    show=compile_announcement,
    serializer=AnnouncementSerializer,
    line=AnnouncementLineSerializer,
    address="api-announcement",
    searched=("destination__name__icontains",),
)


@described("announcements", get="List the announcements of the draft.", post="Make an announcement in the draft.")
class Announcements(Things):
    """All announcements of a customer."""

    area = "flow"
    room = ROOM

    def make(self, data: dict[str, Any]) -> Announcement:
        """Make one."""
        return actions.make(customer_id=self.request.customer.pk, by=self.request.user, wish=_wish(data))


@described(
    "announcements",
    get="Read an announcement as it stands in the draft.",
    put="Replace an announcement in the draft.",
    delete="Remove an announcement from the draft. Refused while something in the draft leads to it.",
)
class OneAnnouncement(Thing):
    """One announcement."""

    area = "flow"
    room = ROOM

    def replace(self, row: Announcement, data: dict[str, Any]) -> object:
        """Make it what was sent."""
        return actions.change(announcement=row, by=self.request.user, version=row.version, wish=_wish(data))

    def remove(self, row: Announcement) -> object:
        """Remove it from the draft."""
        return actions.remove(announcement=row, by=self.request.user, version=row.version)


def _wish(data: dict[str, Any]) -> actions.Wish:
    return actions.Wish(data["name"], ident_of(data["prompt"]) or 0, ident_of(data["next"]))


urlpatterns = [
    path("", Announcements.as_view(), name="api-announcements"),
    path("<int:ident>/", OneAnnouncement.as_view(), name="api-announcement"),
]
