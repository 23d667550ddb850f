"""Addresses of Inloggningar, under a customer's."""

from __future__ import annotations

from django.urls import path

from tenants.customers import views

app_name = "customers"
urlpatterns = [
    path("settings/admins/", views.admins, name="admins"),
    path("settings/admins/invite/", views.invite, name="invite"),
    path("settings/admins/<int:ident>/link/", views.link, name="link"),
    path("settings/admins/<int:ident>/role/", views.change_role, name="role"),
    path("settings/admins/<int:ident>/remove/", views.let_out, name="let-out"),
]
