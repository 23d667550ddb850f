"""Reading offices."""

from __future__ import annotations

from django.db.models import Count, QuerySet

from tenants.customers.models import Site


def sites() -> QuerySet[Site]:
    """Return the offices of the customer in scope by name, each with how many people and numbers belong to it."""
    counted = Site.objects.annotate(people_there=Count("people", distinct=True))
    return counted.annotate(numbers_there=Count("numbers", distinct=True)).order_by("name")
