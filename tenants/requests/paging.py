"""Lists: in pages, searched and narrowed by the address's query."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ErrorDetail, NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

LONGEST = 80
_COUNT = re.compile(r"0*[1-9][0-9]{0,8}\Z", re.ASCII)
_PLACE = re.compile(r"-?[0-9]{1,18}\Z", re.ASCII)
Choices = Mapping[str, Sequence[str]]
"""What a filter may be asked for, by its name; one that is not there takes anything."""
NO_CHOICES: Final[Choices] = {}


class Pages(CursorPagination):
    """Lists come in pages, at most 100 at a time, in an order that inserts do not shift."""

    page_size = 50
    max_page_size = 100
    page_size_query_param = "limit"
    ordering = "pk"
    page_size_error = _("Skriv ett heltal från 1.")
    cursor_error = _("Ta den från «next» på sidan före.")
    cursor_query_description = "Where a page begins: take it from `next` of the page before."
    page_size_query_description = "How many to a page, 50 unless said, at most 100."

    def get_ordering(self, request: Any, queryset: Any, view: Any) -> tuple[str, ...]:
        """Return the order a view's list has."""
        return (getattr(view, "ordering", self.ordering),)

    def get_page_size(self, request: Any) -> int:
        """Return how many a page has.

        :raises ValidationError: if what is asked for is no number of rows.
        """
        asked = request.query_params.get(self.page_size_query_param)
        if asked is None:
            return self.page_size
        if not _COUNT.match(asked):
            raise ValidationError({self.page_size_query_param: [self.page_size_error]})
        return min(int(asked), self.max_page_size)

    def decode_cursor(self, request: Any) -> Any:
        """Return where a page begins; lists are ordered by whole numbers.

        :raises ValidationError: if it is no cursor of ours.
        """
        try:
            cursor: Any = super().decode_cursor(request)
        except NotFound as error:
            raise ValidationError({self.cursor_query_param: [self.cursor_error]}) from error
        if cursor is not None and not _PLACE.match(cursor.position or "0"):
            raise ValidationError({self.cursor_query_param: [self.cursor_error]})
        return cursor

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Return what a page is asked for by, as OpenAPI says it."""
        found: list[dict[str, Any]] = super().get_schema_operation_parameters(view)
        return [_counted(one) if one["name"] == self.page_size_query_param else one for one in found]


def _counted(parameter: dict[str, Any]) -> dict[str, Any]:
    return {**parameter, "schema": {**parameter["schema"], "minimum": 1}}


def narrowed(
    rows: Any, request: Request, searched: Sequence[str], filters: Mapping[str, str], choices: Choices = NO_CHOICES
) -> Any:
    """Return the rows that the query asks for: ``q`` in any of the searched columns, filters by their own names.

    :raises ValidationError: if a value can't be searched for, or is none of a filter's ``choices``.
    """
    wanted = _value(request, "q") if searched else ""
    if wanted:
        found = Q()
        for lookup in searched:
            found |= Q(**{lookup: wanted})
        rows = rows.filter(found)
    for name, lookup in filters.items():
        value = _value(request, name)
        _refuse_other(request, name, choices)
        rows = rows.filter(**{lookup: value}) if value else rows
    return rows


def _refuse_other(request: Request, name: str, choices: Choices) -> None:
    asked = request.query_params.get(name)
    if asked is not None and name in choices and asked not in choices[name]:
        words = _("Välj något av %(choices)s.") % {"choices": ", ".join(choices[name])}
        raise ValidationError({name: [ErrorDetail(words, code="invalid_choice")]})


def _value(request: Request, name: str) -> str:
    value = request.query_params.get(name, "").strip()
    if "\0" in value or len(value) > LONGEST or not value.isprintable():
        raise ValidationError({name: [_("Sök efter högst 80 vanliga tecken.")]})
    return value
