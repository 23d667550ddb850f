"""Addresses of the flow page."""

from __future__ import annotations

from django.urls import path

from tenants.callflow import views

app_name = "callflow"
urlpatterns = [
    path("", views.index, name="index"),
    path("<int:number>/", views.index, name="number"),
    path("<int:number>/try/", views.attempt, name="try"),
    path("<int:number>/save/", views.save, name="save"),
    path("<int:number>/add/", views.add, name="add"),
    path("<int:number>/remove/", views.remove, name="remove"),
]
