"""What a picker's script is told while somebody types: the best matches, and how many there are besides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

MOST = 30
"""How many are shown; whoever has not found it types more."""


@dataclass(frozen=True)
class Found:
    """One that may be picked. ``detail`` tells it from others; ``kind`` is its heading."""

    ident: int
    name: str
    detail: str = ""
    kind: str = ""


def answered(request: HttpRequest, rows: QuerySet[Any], read: Callable[[Any], Found]) -> HttpResponse:
    """Answer with the first rows, each read as what is shown of it. Two queries."""
    more = max(0, rows.count() - MOST)
    groups: dict[str, list[Found]] = {}
    for one in map(read, rows[:MOST]):
        groups.setdefault(one.kind, []).append(one)
    return render(request, "destinations/_options.html", {"groups": groups, "more": more, "told": _told(groups, more)})


def _told(groups: dict[str, list[Found]], more: int) -> str:
    """Return what a reader that hears the page is told."""
    shown = sum(map(len, groups.values()))
    if not shown:
        return _("Inget sådant finns")
    told = ngettext("%s träff", "%s träffar", shown) % shown
    return f"{told}, {_('%s till – skriv mer') % more}" if more else told
