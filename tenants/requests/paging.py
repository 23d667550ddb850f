"""Lists: in pages, searched and narrowed by the address's query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

LONGEST = 80


class Pages(CursorPagination):
    """Lists come in pages, at most 100 at a time, in an order that inserts do not shift."""

    page_size = 50
    max_page_size = 100
    page_size_query_param = "limit"
    ordering = "pk"
    cursor_query_description = "Where a page begins: take it from `next` of the page before."
    page_size_query_description = "How many to a page, 50 unless said, at most 100."

    def get_ordering(self, request: Any, queryset: Any, view: Any) -> tuple[str, ...]:
        """Return the order a view's list has."""
        return (getattr(view, "ordering", self.ordering),)


def narrowed(rows: Any, request: Request, searched: Sequence[str], filters: Mapping[str, str]) -> Any:
    """Return the rows that the query asks for: ``q`` in any of the searched columns, filters by their own names.

    :raises ValidationError: if a value can't be searched for.
    """
    wanted = _value(request, "q") if searched else ""
    if wanted:
        found = Q()
        for lookup in searched:
            found |= Q(**{lookup: wanted})
        rows = rows.filter(found)
    for name, lookup in filters.items():
        value = _value(request, name)
        rows = rows.filter(**{lookup: value}) if value else rows
    return rows


def _value(request: Request, name: str) -> str:
    value = request.query_params.get(name, "").strip()
    if "\0" in value or len(value) > LONGEST or not value.isprintable():
        raise ValidationError({name: [_("Sök efter högst 80 vanliga tecken.")]})
    return value
