"""Addresses of publishing."""

from __future__ import annotations

from django.urls import path

from tenants.changes import views

app_name = "changes"
urlpatterns = [
    path("", views.index, name="index"),
    path("review/", views.publish, name="review"),
    path("changes/<int:change>/receipt/", views.receipt, name="receipt"),
    path("changes/<int:change>/undo/", views.undo, name="undo"),
    path("releases/<int:generation>/", views.release, name="release"),
    path("releases/<int:generation>/nodes/", views.nodes, name="nodes"),
    path("releases/<int:generation>/receipt/", views.release_receipt, name="release-receipt"),
    path("releases/<int:generation>/restore/", views.restore, name="restore"),
]
