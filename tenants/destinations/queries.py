"""Reading destinations and routes."""

from __future__ import annotations

from django.db.models import QuerySet

from tenants.changes.words import national
from tenants.destinations.models import Destination, Route
from tenants.routing.objects import Key


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


def used_by(destination_id: int) -> list[str]:
    """Return what points at a destination, as people call it: other destinations by name, and numbers."""
    sources = Route.objects.filter(target_id=destination_id).select_related("source")
    numbers = Destination.objects.get(pk=destination_id).numbers.all()
    return sorted({route.source.name for route in sources} | {national(number.e164) for number in numbers})
