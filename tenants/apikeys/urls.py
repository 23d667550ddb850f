"""Addresses of API-nycklar, under a customer's."""

from __future__ import annotations

from django.urls import path

from tenants.apikeys import views

app_name = "apikeys"
urlpatterns = [
    path("settings/api-keys/", views.index, name="index"),
    path("settings/api-keys/new/", views.new, name="new"),
    path("me/keys/", views.mine, name="mine"),
    path("me/keys/<int:apikey>/revoke/", views.revoke_mine, name="revoke-mine"),
    path("settings/api-keys/<int:apikey>/revoke/", views.revoke, name="revoke"),
]
