"""Reading drafts, releases and history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec
from django.db.models import Max, QuerySet

from tenants.changes.models import WAITING, Body, Change, ChangeItem, Object, Publication, ReleaseItem
from tenants.changes.registry import kind_of
from tenants.nodes.models import Placement, Receipt
from tenants.nodes.queries import in_words
from tenants.routing import wire
from tenants.routing.naming import references
from tenants.routing.objects import AnyObject, Key, decode


def waiting() -> list[Object]:
    """Return the objects whose draft has not been published."""
    return [obj for obj in Object.objects.filter(WAITING).order_by("key") if kind_of(obj.key).save == "draft"]


def waiting_rows() -> QuerySet[Object]:
    """Return the objects whose draft differs from what is published; a live one is never among them."""
    return Object.objects.filter(WAITING)


def bodies(hashes: Iterable[str]) -> dict[str, bytes]:
    """Return the canonical bytes by hash; those erased are absent.

    The hashes are values, never a subquery: in the middle of an import, before the table is analysed, the planner
    joins the two row by row, and each call takes longer than the one before.
    """
    rows = Body.objects.filter(sha256__in=set(hashes), content__isnull=False)
    return {sha256: bytes(content or b"") for sha256, content in rows.values_list("sha256", "content")}


def drafts(objects: Iterable[Object]) -> dict[Key, AnyObject]:
    """Return the draft side of objects, decoded; those to be removed are absent."""
    return _decoded({obj.key: obj.draft for obj in objects if obj.draft})


def published(objects: Iterable[Object]) -> dict[Key, AnyObject]:
    """Return the published side of objects, decoded; those not there are absent."""
    return _decoded({obj.key: obj.published for obj in objects if obj.published})


def _decoded(hashes: dict[Key, str]) -> dict[Key, AnyObject]:
    content = bodies(hashes.values())
    return {key: decode(content[sha256]) for key, sha256 in hashes.items()}


def active() -> dict[Key, AnyObject]:
    """Return the whole published configuration."""
    return published(Object.objects.filter(published__isnull=False))


def drafted() -> dict[Key, AnyObject]:
    """Return the whole configuration as it would be with every draft published."""
    return drafts(Object.objects.filter(draft__isnull=False))


def with_needed(candidates: Sequence[Object], keys: Iterable[Key] | None) -> list[Object]:
    """Return the candidates with these keys, and the new ones that they need; all of them without keys."""
    if keys is None:
        return list(candidates)
    by_key = {obj.key: obj for obj in candidates}
    contents = drafts(candidates)
    chosen: dict[Key, Object] = {}
    todo = [key for key in keys if key in by_key]
    while todo:
        key = todo.pop()
        chosen[key] = by_key[key]
        named = references(contents[key]) if key in contents else set()
        todo += [name for name in named - set(chosen) if name in by_key and by_key[name].published is None]
    return [chosen[key] for key in sorted(chosen)]


def hashes_at(generation: int) -> dict[Key, str]:
    """Return the hash of every object of a generation."""
    items = ReleaseItem.objects.filter(generation__lte=generation).order_by("key", "-generation").distinct("key")
    return {key: after for key, after in items.values_list("key", "after") if after}


def snapshot() -> tuple[wire.Change, ...]:
    """Return the whole published configuration as it is pushed."""
    rows = Object.objects.filter(published__isnull=False).order_by("key")
    return as_changes((key, str(sha256)) for key, sha256 in rows.values_list("key", "published"))


def delta(base: int) -> tuple[wire.Change, ...]:
    """Return what changed after a generation, each key once, as it is now."""
    keys = set(ReleaseItem.objects.filter(generation__gt=base).values_list("key", flat=True).distinct())
    now = dict(Object.objects.filter(key__in=keys).values_list("key", "published"))
    return as_changes((key, now.get(key)) for key in sorted(keys))


def as_changes(pairs: Iterable[tuple[Key, str | None]]) -> tuple[wire.Change, ...]:
    """Return objects, by key and hash, as they are pushed; without a hash the object is removed."""
    known = list(pairs)
    content = bodies(sha256 for _key, sha256 in known if sha256)
    return tuple(
        wire.Change(key=key, sha256=sha256, body=msgspec.Raw(content[sha256]) if sha256 else wire.NOTHING)
        for key, sha256 in known
    )


def authors(keys: Iterable[Key]) -> dict[Key, list[str]]:
    """Return the names of all who changed each key since it was last published, oldest first."""
    since = dict(ReleaseItem.objects.filter(key__in=keys).values_list("key").annotate(at=Max("release__at")))
    items = ChangeItem.objects.filter(key__in=keys, change__by__isnull=False).order_by("change")
    names: dict[Key, list[str]] = {}
    for key, name, at in items.values_list("key", "change__by__name", "change__at"):
        if (key not in since or at > since[key]) and name not in names.setdefault(key, []):
            names[key].append(name)
    return names


@dataclass(frozen=True)
class Standing:
    """How a change stands at the switch. ``milliseconds`` is from the save to the switch's own moment.

    A change from before the switch knew the customer waited for that, not for the switch: it has no such time.
    """

    state: Literal["draft", "waiting", "effective", "refused"]
    generation: int | None = None
    milliseconds: int | None = None
    effective_at: datetime | None = None
    error: str = ""


def standing(change: Change) -> Standing:
    """Return how a change stands, from the serving node's receipts. Nothing here is guessed."""
    if change.generation is None:
        return Standing("draft")
    standby = Placement.objects.filter(role=Placement.Role.STANDBY).values("node")
    told = Receipt.objects.filter(generation__gte=change.generation).exclude(node__in=standby)
    first = told.order_by("effective_at", "generation").first()
    if first is not None:
        spent = None if _came_with_the_customer(change, first) else first.effective_at - change.at
        milliseconds = None if spent is None else max(round(spent.total_seconds() * 1000), 0)
        return Standing("effective", change.generation, milliseconds, first.effective_at)
    placement = Placement.objects.filter(role=Placement.Role.ACTIVE).first()
    if placement and placement.quarantined >= change.generation:
        return Standing("refused", change.generation, error=in_words("refused"))
    return Standing("waiting", change.generation, error=in_words(placement.error) if placement else "")


def _came_with_the_customer(change: Change, receipt: Receipt) -> bool:
    """Tell whether a receipt covers a change among others and is the first there ever was."""
    among_others = change.generation is not None and change.generation < receipt.generation
    return among_others and not Receipt.objects.filter(effective_at__lt=receipt.effective_at).exists()


def latest_standing() -> Standing | None:
    """Return how the newest change that the switch must hear of stands, or None if there is none."""
    change = Change.objects.filter(generation__isnull=False).order_by("-generation").first()
    return standing(change) if change else None


def latest(limit: int = 20) -> QuerySet[Change]:
    """Return the newest changes with their authors."""
    return Change.objects.select_related("by").order_by("-at", "-pk")[:limit]


def publication() -> Publication:
    """Return what is desired of the switch now."""
    return Publication.objects.get()


def waiting_count() -> int:
    """Return how many draft objects wait for publishing."""
    return Object.objects.filter(WAITING).count()
