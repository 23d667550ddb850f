"""Reading numbers."""

from __future__ import annotations

import re

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from tenants.numbers.models import Number

ORDER = ("-is_main", "e164")
"""The main number first."""


def purpose(label: str, *, is_main: bool) -> str:
    """Return what tells a number from others: what it is said to be for, or that it is the main number."""
    return label or (_("Huvudnummer") if is_main else "")


def listed(search: str = "") -> QuerySet[Number]:
    """Return the numbers with where they lead: all, or those with the digits, the label or the place searched for.

    Digits among letters are a word's: "kontor 8" is no number with an eight.
    """
    numbers = Number.objects.select_related("entry", "site").order_by(*ORDER)
    if not search:
        return numbers
    wanted = Q(label__icontains=search) | Q(entry__name__icontains=search)
    digits = re.sub(r"\D", "", search).lstrip("0")
    if digits and not any(map(str.isalpha, search)):
        wanted |= Q(e164__contains=digits)
    return numbers.filter(wanted)
