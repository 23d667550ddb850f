"""Offices over the API."""

from __future__ import annotations

from typing import Any

from django.urls import path
from rest_framework import serializers

from tenants.customers.models import Site
from tenants.people.sites import actions
from tenants.requests.schema import described, example
from tenants.requests.shapes import Shape
from tenants.requests.things import Room, Thing, Things


@example({"name": "Malmö", "area_code": "040", "municipality_code": "1280"}, {"id": 2})
class SiteSerializer(Shape):
    """An office. Its area code completes numbers its people dial without one."""

    id = serializers.IntegerField(source="pk", read_only=True)
    name = serializers.CharField(max_length=80)
    area_code = serializers.RegexField(r"^0[1-9][0-9]{0,2}$", max_length=4, allow_blank=True, default="")
    municipality_code = serializers.RegexField(r"^[0-9]{4}$", max_length=4, allow_blank=True, default="")


SITE = Room(
    rows=Site.objects.all,
    serializer=SiteSerializer,
    line=SiteSerializer,
    address="api-site",
    version=None,
    searched=("name__icontains",),
)


@described("sites", get="List the offices.", post="Make an office.")
class Sites(Things):
    """All offices of a customer."""

    area = "customer"
    room = SITE

    def make(self, data: dict[str, Any]) -> Site:
        """Make one."""
        return actions.make(customer_id=self.request.customer.pk, **data)


@described(
    "sites",
    get="Read an office.",
    put="Replace an office.",
    delete="Delete an office. Refused while people or numbers belong to it.",
)
class OneSite(Thing):
    """One office."""

    area = "customer"
    room = SITE

    def replace(self, row: Site, data: dict[str, Any]) -> object:
        """Make it what was sent."""
        return actions.change(site=row, by=self.request.user, **data)

    def remove(self, row: Site) -> object:
        """Delete it."""
        return actions.remove(site=row, version=row.stamp)


urlpatterns = [
    path("", Sites.as_view(), name="api-sites"),
    path("<int:ident>/", OneSite.as_view(), name="api-site"),
]
