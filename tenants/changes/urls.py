"""Addresses of publishing."""

from __future__ import annotations

from django.urls import path

from tenants.changes import views

app_name = "changes"
urlpatterns = [
    path("", views.index, name="index"),
    path("review/", views.publish, name="review"),
    path("published/<int:change>/", views.published, name="published"),
    path("changes/<int:change>/receipt/", views.receipt, name="receipt"),
    path("changes/<int:change>/undo/", views.undo, name="undo"),
    path("releases/<int:generation>/restore/", views.rollback, name="rollback"),
]
