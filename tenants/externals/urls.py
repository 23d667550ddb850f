"""Addresses of Externa nummer, under a customer's."""

from __future__ import annotations

from django.urls import path

from tenants.externals import views

app_name = "externals"
urlpatterns = [
    path("externals/", views.index, name="index"),
    path("externals/new/", views.new, name="new"),
    path("externals/<int:ident>/", views.show, name="show"),
    path("externals/<int:ident>/remove/", views.remove, name="remove"),
]
