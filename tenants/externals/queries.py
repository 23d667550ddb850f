"""Reading external numbers."""

from __future__ import annotations

from django.db.models import QuerySet

from tenants.externals.models import ExternalNumber


def listed() -> QuerySet[ExternalNumber]:
    """Return the external numbers by name, with what leads calls to each."""
    rows = ExternalNumber.objects.filter(destination__removed=False).select_related("destination")
    return rows.prefetch_related("destination__arrivals__source").order_by("destination__name")
