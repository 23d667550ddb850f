"""Reading destinations and routes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Lower

from tenants.changes.words import NAMED, called, first_named, national
from tenants.destinations.models import Destination, Kind, Route
from tenants.routing.objects import Key

ORDER = (Kind.MENU, Kind.GROUP, Kind.PERSON, Kind.MAILBOX, Kind.ANNOUNCEMENT, Kind.TIMESWITCH, Kind.EXTERNAL)
"""In which order people are offered kinds of places."""


def targets(source_id: int) -> dict[str, Key]:
    """Return slot -> key of where calls in that slot of a destination go."""
    return {route.slot: route.target.key for route in routes(source_id)}


def targets_of(source: Destination) -> dict[str, Key]:
    """Return the same of a destination at hand; one whose routes were fetched with many others is not asked again."""
    fetched = "routes" in getattr(source, "_prefetched_objects_cache", {})
    return {route.slot: route.target.key for route in source.routes.all()} if fetched else targets(source.pk)


def routes(source_id: int) -> QuerySet[Route]:
    """Return the routes of a destination, in slot order, with their targets."""
    return Route.objects.filter(source_id=source_id).select_related("target").order_by("slot")


def standing() -> QuerySet[Destination]:
    """Return the destinations a draft may point at, by kind and name."""
    return Destination.objects.filter(removed=False).order_by("kind", "name")


def ranked(rows: QuerySet[Any], search: str, name: str, begins: Q | None = None) -> QuerySet[Any]:
    """Return the rows that match, as ``rank``: 0 if the name or ``begins`` begins so, 1 if a word does, 2 for others.

    :param name: the column of the name.
    :param begins: what else a row may begin with.
    """
    first = Q(**{f"{name}__istartswith": search}) | (begins or Q())
    rank = Case(When(first, then=0), When(**{f"{name}__icontains": f" {search}"}, then=1), default=2)
    found = rows.filter(Q(**{f"{name}__icontains": search}) | (begins or Q())) if search else rows
    best: QuerySet[Any] = found.annotate(rank=rank if search else Value(0))
    return best


def matching(search: str, only: Sequence[str] = ()) -> QuerySet[Destination]:
    """Return the places of a draft whose name has what is typed, or whose extension begins so; the best first.

    Each has its ``extension``, None for what is no person.
    """
    rows = standing().filter(kind__in=only) if only else standing()
    found = ranked(rows, search, "name", Q(person__extension__startswith=search))
    kinds = Case(*(When(kind=kind, then=place) for place, kind in enumerate(ORDER)), default=len(ORDER))
    best = found.annotate(extension=F("person__extension")).order_by("rank", kinds, Lower("name"), "pk")
    places: QuerySet[Destination] = best
    return places


def used_by(destination_id: int) -> list[str]:
    """Return what points at a destination, as people call it: numbers, and other destinations by name and kind.

    Of very many the first are named; how many more there are comes last.
    """
    sources = Destination.objects.filter(pk__in=Route.objects.filter(target_id=destination_id).values("source"))
    numbers = Destination.objects.get(pk=destination_id).numbers.order_by("e164")
    named = [national(e164) for e164 in numbers.values_list("e164", flat=True)[: NAMED + 1]]
    places = sources.order_by(Lower("name"), "pk").values_list("name", "kind")
    named += [called(name, kind) for name, kind in places[: NAMED + 1]]
    return first_named(named, numbers.count() + sources.count() if len(named) > NAMED else None)
