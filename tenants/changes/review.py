"""What waits and what has been, in words: Granska and the history of releases."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery

from tenants.changes import proofs, queries
from tenants.changes.models import Change, Object, Release, ReleaseItem
from tenants.changes.problems import Told, tell
from tenants.changes.words import Difference, Names, differ, names_of
from tenants.nodes.models import Receipt
from tenants.routing.objects import AnyObject, Key, decode


@dataclass(frozen=True)
class Waiting:
    """One object that waits: what publishing it changes, who made it so, and whether it is chosen or only needed."""

    difference: Difference
    authors: tuple[str, ...]
    chosen: bool
    needed: bool


@dataclass(frozen=True)
class Review:
    """What waits, and what would be wrong if the chosen were published."""

    waiting: tuple[Waiting, ...]
    told: tuple[Told, ...]

    @property
    def count(self) -> int:
        """Return how many objects would be published."""
        return sum(1 for line in self.waiting if line.chosen or line.needed)


def review(customer_id: int, keys: Collection[Key] | None = None) -> Review:
    """Return what waits. ``keys`` are those chosen, None for all."""
    objects = queries.waiting()
    before, after = queries.published(objects), queries.drafts(objects)
    names = every_name(after)
    chosen = queries.with_needed(objects, keys)
    publishing = {obj.key for obj in chosen}
    authors = queries.authors([obj.key for obj in objects])
    lines = (
        Waiting(
            difference=differ(obj.key, before.get(obj.key), after.get(obj.key), names),
            authors=tuple(authors.get(obj.key, ())),
            chosen=keys is None or obj.key in keys,
            needed=keys is not None and obj.key in publishing and obj.key not in keys,
        )
        for obj in objects
    )
    told = tuple(tell(problem, names) for problem in proofs.prove(customer_id, chosen)) if chosen else ()
    return Review(tuple(lines), told)


def every_name(more: Mapping[Key, AnyObject] | None = None) -> Names:
    """Return what people call every published object; ``more`` are called by their newer names."""
    return names_of(queries.active()) | names_of(more or {})


@dataclass(frozen=True)
class Past:
    """One release in words. ``effective_at`` is the node's receipt, None while there is none."""

    release: Release
    summary: str
    change_id: int | None
    differences: tuple[Difference, ...]
    effective_at: datetime | None
    is_now: bool

    @property
    def milliseconds(self) -> int | None:
        """Return how long it took to reach the switch."""
        spent = self.effective_at - self.release.at if self.effective_at else None
        return max(round(spent.total_seconds() * 1000), 0) if spent is not None else None


def releases() -> QuerySet[Release]:
    """Return the releases, newest first, with their authors and first receipts."""
    first = Receipt.objects.filter(generation__gte=OuterRef("generation")).order_by("effective_at")
    found = Release.objects.select_related("by").annotate(effective_at=Subquery(first.values("effective_at")[:1]))
    return found.order_by("-generation")


def history(page: Sequence[Release]) -> list[Past]:
    """Return some releases in words, in as many queries whatever their number."""
    items = list(ReleaseItem.objects.filter(release__in=[release.pk for release in page]).order_by("key"))
    objects = _objects(items)
    names = _names(items, objects)
    changes = _changes([release.generation for release in page])
    now = queries.publication().generation
    return [
        Past(
            release=release,
            summary=release.note or (changes[release.generation].summary if release.generation in changes else ""),
            change_id=changes[release.generation].pk if release.generation in changes else None,
            differences=tuple(
                differ(item.key, objects.get(item.before or ""), objects.get(item.after or ""), names)
                for item in items
                if item.release_id == release.pk
            ),
            effective_at=release.effective_at,  # type: ignore[attr-defined]
            is_now=release.generation == now,
        )
        for release in page
    ]


def _objects(items: Iterable[ReleaseItem]) -> dict[str, AnyObject]:
    hashes = {sha256 for item in items for sha256 in (item.before, item.after) if sha256}
    return {sha256: decode(body) for sha256, body in queries.bodies(hashes).items()}


def _names(items: Iterable[ReleaseItem], objects: Mapping[str, AnyObject]) -> Names:
    """Return names as they were then, where the releases know them, else as they are now."""
    then = {item.key: objects[sha] for item in items if (sha := item.after or item.before) and sha in objects}
    now = queries.drafts(Object.objects.filter(draft__isnull=False))
    return names_of(now) | {key: name for key, name in names_of(then).items() if key not in now}


def _changes(generations: Iterable[int]) -> dict[int, Change]:
    return {change.generation or 0: change for change in Change.objects.filter(generation__in=generations)}
