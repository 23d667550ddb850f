"""Addresses of the switch API."""

from __future__ import annotations

from django.urls import path, re_path

from integrations.switch import api

app_name = "switch"
urlpatterns = [
    path("enrol", api.enrol, name="enrol"),
    path("roots", api.roots, name="roots"),
    path("receipts", api.receipts, name="receipts"),
    path("events", api.batch, name="events"),
    path("blobs/<str:sha256>", api.blob, name="blob"),
    path("customers/<int:customer_id>/config", api.config, name="config"),
    path("customers/<int:customer_id>/snapshot", api.snapshot, name="snapshot"),
    path("customers/<int:customer_id>/mailboxes/<int:mailbox>/messages/<uuid:message>", api.message, name="message"),
    re_path("", api.nowhere, name="nowhere"),
]
