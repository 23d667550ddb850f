"""Addresses of Webhooks, under a customer's."""

from __future__ import annotations

from django.urls import path

from integrations.webhooks import views

app_name = "webhooks"
urlpatterns = [
    path("settings/webhooks/", views.index, name="index"),
    path("settings/webhooks/new/", views.new, name="new"),
    path("settings/webhooks/<int:endpoint>/", views.show, name="show"),
    path("settings/webhooks/<int:endpoint>/change/", views.change, name="change"),
    path("settings/webhooks/<int:endpoint>/test/", views.test, name="test"),
    path("settings/webhooks/<int:endpoint>/pause/", views.pause, name="pause"),
    path("settings/webhooks/<int:endpoint>/start/", views.start, name="start"),
    path("settings/webhooks/<int:endpoint>/secret/", views.rotate, name="rotate"),
    path("settings/webhooks/<int:endpoint>/remove/", views.remove, name="remove"),
    path("settings/webhooks/<int:endpoint>/again/", views.dead_again, name="dead-again"),
    path("settings/webhooks/<int:endpoint>/deliveries/<int:delivery>/again/", views.again, name="again"),
]
