"""Addresses that pickers ask, under a customer's."""

from __future__ import annotations

from django.urls import path

from tenants.destinations import views

app_name = "destinations"
urlpatterns = [
    path("", views.options, name="options"),
    path("prompts/", views.voices, name="voices"),
]
