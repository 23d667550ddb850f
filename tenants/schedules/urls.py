"""Addresses of Öppettider, under a customer's."""

from __future__ import annotations

from datetime import date

from django.urls import path, register_converter

from tenants.schedules import date_views, now_views, season_views, views


class IsoDate:
    """A date as yyyy-mm-dd."""

    regex = r"20\d\d-\d\d-\d\d"

    def to_python(self, value: str) -> date:
        """Return the date; a ValueError is a 404."""
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        """Return the date as in an address."""
        return value.isoformat()


register_converter(IsoDate, "iso-date")

app_name = "schedules"
urlpatterns = [
    path("opening-hours/", views.index, name="index"),
    path("opening-hours/new/", views.new, name="new"),
    path("opening-hours/<int:ident>/", views.show, name="show"),
    path("opening-hours/<int:ident>/settings/", views.settings, name="settings"),
    path("opening-hours/<int:ident>/delete/", views.delete, name="delete"),
    path("opening-hours/<int:ident>/week/", views.week, name="week"),
    path("opening-hours/<int:ident>/lunch/", views.lunch, name="lunch"),
    path("opening-hours/<int:ident>/copy/", views.copy, name="copy"),
    path("opening-hours/<int:ident>/undo/<int:change>/", views.undo, name="undo"),
    path("opening-hours/<int:ident>/receipt/<int:change>/", views.receipt, name="receipt"),
    path("opening-hours/<int:ident>/now/", now_views.now, name="now"),
    path("opening-hours/<int:ident>/now/resume/", now_views.resume, name="resume"),
    path("opening-hours/<int:ident>/now/status/", now_views.status, name="status"),
    path("opening-hours/<int:ident>/today/", date_views.today, name="today"),
    path("opening-hours/<int:ident>/today/usual/", date_views.usual_today, name="usual-today"),
    path("opening-hours/<int:ident>/days/<iso-date:day>/", date_views.day, name="day"),
    path("opening-hours/<int:ident>/exceptions/", date_views.exceptions, name="exceptions"),
    path("opening-hours/<int:ident>/exceptions/new/", date_views.new_exception, name="new-exception"),
    path("opening-hours/<int:ident>/exceptions/<int:rule>/", date_views.exception, name="exception"),
    path(
        "opening-hours/<int:ident>/exceptions/<int:rule>/remove/", date_views.remove_exception, name="remove-exception"
    ),
    path("opening-hours/<int:ident>/holidays/", season_views.holidays, name="holidays"),
    path("opening-hours/<int:ident>/periods/new/", season_views.new_period, name="new-period"),
    path("opening-hours/<int:ident>/periods/<int:rule>/", season_views.period, name="period"),
    path("opening-hours/<int:ident>/periods/<int:rule>/remove/", season_views.remove_period, name="remove-period"),
]
