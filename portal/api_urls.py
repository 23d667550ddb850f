"""The REST API's addresses: one line a room."""

from __future__ import annotations

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularJSONAPIView

from portal.api import Missing
from tenants.changes import api as changes

ROOM = "customers/<slug:customer>/"

urlpatterns = [
    path("schema/", SpectacularJSONAPIView.as_view(), name="api-schema"),
    path(f"{ROOM}schedules/", include("tenants.schedules.api")),
    path(f"{ROOM}menus/", include("tenants.menus.api")),
    path(f"{ROOM}publishing/", include(changes.publishing)),
    path(f"{ROOM}changes/", include(changes.changes)),
    re_path("", Missing.as_view(schema=None)),
]
