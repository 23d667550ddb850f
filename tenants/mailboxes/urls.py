"""Addresses of Röstbrevlådor, under a customer's."""

from __future__ import annotations

from django.urls import path

from tenants.mailboxes import views

app_name = "mailboxes"
urlpatterns = [
    path("mailboxes/", views.index, name="index"),
    path("mailboxes/new/", views.new, name="new"),
    path("mailboxes/logins/", views.logins, name="logins"),
    path("mailboxes/<int:ident>/", views.show, name="show"),
    path("mailboxes/<int:ident>/settings/", views.settings, name="settings"),
    path("mailboxes/<int:ident>/remove/", views.remove, name="remove"),
    path("mailboxes/<int:ident>/messages/<int:message>/audio/", views.audio, name="audio"),
    path("mailboxes/<int:ident>/messages/<int:message>/handled/", views.handle, name="handle"),
    path("mailboxes/<int:ident>/messages/<int:message>/remove/", views.remove_message, name="remove-message"),
]
