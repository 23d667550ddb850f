"""The REST API's addresses: one line a room."""

from __future__ import annotations

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularJSONAPIView

from portal.api import Missing
from tenants.changes import api as changes
from tenants.changes import history_api as history
from tenants.requests import api as company

ROOM = "customers/<slug:customer>/"

urlpatterns = [
    path("schema/", SpectacularJSONAPIView.as_view(), name="api-schema"),
    path("me/", company.Me.as_view(), name="api-me"),
    path("customers/", include("tenants.onboarding.api")),
    path(ROOM, include(company.company)),
    path(f"{ROOM}sites/", include("tenants.people.sites.api")),
    path(f"{ROOM}logins/", include(company.logins_urls)),
    path(f"{ROOM}people/", include("tenants.people.api")),
    path(f"{ROOM}numbers/", include("tenants.numbers.api")),
    path(f"{ROOM}schedules/", include("tenants.schedules.api")),
    path(f"{ROOM}prompts/", include("tenants.prompts.api")),
    path(f"{ROOM}mailboxes/", include("tenants.mailboxes.api")),
    path(f"{ROOM}destinations/", include("tenants.destinations.api")),
    path(f"{ROOM}menus/", include("tenants.menus.api")),
    path(f"{ROOM}groups/", include("tenants.groups.api")),
    path(f"{ROOM}timeswitches/", include("tenants.timeswitches.api")),
    path(f"{ROOM}announcements/", include("tenants.announcements.api")),
    path(f"{ROOM}externals/", include("tenants.externals.api")),
    path(f"{ROOM}live/", include("tenants.live.api")),
    path(f"{ROOM}me/", include("tenants.people.own_api")),
    path(f"{ROOM}me/mailboxes/", include("tenants.mailboxes.own_api")),
    path(f"{ROOM}publishing/", include(changes.publishing)),
    path(f"{ROOM}changes/", include(changes.changes)),
    path(f"{ROOM}releases/", include(history.history_urls)),
    path(f"{ROOM}webhooks/", include("integrations.webhooks.api")),
    path(f"{ROOM}switch/", include(history.switch_urls)),
    re_path("", Missing.as_view(schema=None)),
]
