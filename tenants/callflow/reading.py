"""The part of the draft that a flow page shows, read without the rest: a company of ten thousand costs what ten do.

The rows say which places a call can come to, so those are known before any object is decoded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tenants.changes.proofs.actions import Changes, Published
from tenants.destinations.models import Destination, Kind, Route
from tenants.numbers.models import Number
from tenants.routing.objects import AnyObject, Key
from tenants.routing.reach import Edited, Side

EDITED = frozenset({Kind.MENU, Kind.GROUP, Kind.ANNOUNCEMENT, Kind.TIMESWITCH})
"""The kinds of step that are drawn up in the flow; the others have a life without it."""

Ways = Mapping[int, Iterable[tuple[int, str]]]
"""By place, where its calls can go: id and kind."""


def ways() -> Ways:
    """Return every way of the draft, as its rows have them."""
    found: dict[int, list[tuple[int, str]]] = {}
    for source, target, kind in Route.objects.values_list("source_id", "target_id", "target__kind"):
        found.setdefault(source, []).append((target, kind))
    return found


def below(start: Iterable[tuple[int, str]], known: Ways) -> set[Key]:
    """Return the places, given by id and kind, and every place calls to them can come to."""
    last, seen = set(start), set[tuple[int, str]]()
    while last:
        seen |= last
        last = {way for ident, _kind in last for way in known.get(ident, ())} - seen
    return {f"{kind}/{ident}" for ident, kind in seen}


def loose(known: Ways) -> list[Key]:
    """Return the steps that no number leads to."""
    entries = Number.objects.filter(entry__isnull=False).values_list("entry_id", "entry__kind").distinct()
    steps = Destination.objects.filter(kind__in=EDITED, removed=False).values_list("kind", "pk")
    return sorted({f"{kind}/{ident}" for kind, ident in steps} - below(entries, known))


def drafted(changes: Changes, places: Iterable[Key], others: Iterable[Key]) -> dict[Key, AnyObject]:
    """Return the objects of places and of all that calls to them can come to, with what they play and the hours they
    keep; and those of ``others``, with theirs.

    :param changes: how the draft differs from what is published.
    """
    side = Side(Edited(Published(), changes))
    last, seen = set(places), set[Key]()
    side.read_places(last.union(others))
    while last:
        side.read_places(last)
        seen |= last
        last = {way.target for place in last for way in side.ways(place)} - seen
    return side.held
