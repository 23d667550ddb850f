"""Addresses of Ljud och hälsningar, under a customer's."""

from __future__ import annotations

from django.urls import path

from tenants.prompts import views

app_name = "prompts"
urlpatterns = [
    path("prompts/", views.index, name="index"),
    path("prompts/new/", views.new, name="new"),
    path("prompts/<int:ident>/", views.show, name="show"),
    path("prompts/<int:ident>/takes/", views.record, name="record"),
    path("prompts/<int:ident>/takes/<int:take>/choose/", views.choose, name="choose"),
    path("prompts/<int:ident>/takes/<int:take>/remove/", views.remove_take, name="remove-take"),
    path("prompts/<int:ident>/takes/<int:take>/audio/", views.audio, name="audio"),
    path("prompts/<int:ident>/remove/", views.remove, name="remove"),
]
