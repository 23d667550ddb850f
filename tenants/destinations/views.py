"""What pickers look up while somebody types."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from tenants.customers.access import CustomerRequest, customer_page
from tenants.destinations import queries
from tenants.destinations.fields import idents
from tenants.destinations.lookups import Found, answered
from tenants.doors import searched
from tenants.prompts.models import Prompt
from tenants.prompts.queries import recorded


@require_GET
@customer_page()
def options(request: CustomerRequest) -> HttpResponse:
    """Show the places that match, of ``only`` some kinds and ``without`` some."""
    only = [kind for kind in request.GET.get("only", "").split(",") if kind]
    without = list(idents(request.GET.get("without", "")[:4000].split(",")))
    return matches(request, only, without)


def matches(request: CustomerRequest, only: list[str], without: list[int]) -> HttpResponse:
    """Answer with the places that match what is typed; of a single kind, it goes without saying."""
    rows = queries.matching(searched(request), only).exclude(pk__in=without)

    def found(row: Any) -> Found:
        return Found(row.pk, row.name, row.extension or "", "" if len(only) == 1 else row.get_kind_display())

    return answered(request, rows, found)


@require_GET
@customer_page()
def voices(request: CustomerRequest) -> HttpResponse:
    """Show the prompts that match; if asked, only those with a recording."""
    prompts = recorded() if "recorded" in request.GET else Prompt.objects.all()
    rows = queries.ranked(prompts, searched(request), "name").order_by("rank", "name")
    return answered(request, rows, lambda row: Found(row.pk, row.name))
