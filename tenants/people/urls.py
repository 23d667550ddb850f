"""Addresses of Personer, under a customer's."""

from __future__ import annotations

from django.urls import path

from tenants.people import views

app_name = "people"
urlpatterns = [
    path("people/", views.index, name="index"),
    path("people/new/", views.new, name="new"),
    path("people/<int:ident>/", views.show, name="show"),
    path("people/<int:ident>/flow/", views.flow, name="flow"),
    path("people/<int:ident>/remove/", views.remove, name="remove"),
    path("people/<int:ident>/devices/", views.add_device, name="add-device"),
    path("people/<int:ident>/devices/<int:device>/secret/", views.renew_secret, name="renew-secret"),
    path("people/<int:ident>/devices/<int:device>/remove/", views.remove_device, name="remove-device"),
]
