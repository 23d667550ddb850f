"""Addresses of Nummer, under a customer's."""

from __future__ import annotations

from django.urls import path

from tenants.numbers import views

app_name = "numbers"
urlpatterns = [
    path("numbers/", views.index, name="index"),
    path("numbers/options/", views.options, name="options"),
    path("numbers/assign/", views.assign, name="assign"),
    path("numbers/<int:ident>/", views.show, name="show"),
    path("numbers/<int:ident>/entry/", views.entry, name="entry"),
    path("numbers/<int:ident>/main/", views.make_main, name="make-main"),
    path("numbers/<int:ident>/release/", views.release, name="release"),
]
