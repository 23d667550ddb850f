"""Addresses of Provring."""

from __future__ import annotations

from django.urls import path

from integrations.switch.testcalls import views

app_name = "testcalls"
urlpatterns = [
    path("test-calls/", views.index, name="index"),
    path("test-calls/<uuid:call>/", views.show, name="show"),
]
