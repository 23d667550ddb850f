"""Reading numbers."""

from __future__ import annotations

from django.db.models import QuerySet

from tenants.numbers.models import Number


def listed() -> QuerySet[Number]:
    """Return the numbers, the main number first, with where they lead."""
    return Number.objects.select_related("entry").order_by("-is_main", "e164")
