"""What has been released: the history in words, each release with its objects, and how it stands on each node.

Nothing here grows with the number of releases or of objects: a page reads its own rows and the names those need.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db.models import Count, F, Min, QuerySet, Window
from django.db.models.functions import RowNumber

from tenants.changes import queries
from tenants.changes.models import Change, Object, Release, ReleaseItem
from tenants.changes.words import Difference, Names, differ, kind_name, names_of
from tenants.nodes.models import Placement, Receipt, Rejection
from tenants.nodes.queries import in_words
from tenants.routing.naming import references
from tenants.routing.objects import AnyObject, Key, decode

SHOWN = 5
"""How many of a release's objects stand in the list; its own page shows all."""

State = Literal["waiting", "effective", "refused", "was_refused"]
"""How a release stands. ``was_refused``: no node ever took it, but a later one has replaced it there."""


@dataclass(frozen=True)
class Past:
    """One release in words. ``effective_at`` is the first receipt that covers it, None while there is none."""

    release: Release
    summary: str
    change_id: int | None
    differences: tuple[Difference, ...]
    objects: int
    state: State
    effective_at: datetime | None
    is_now: bool

    @property
    def milliseconds(self) -> int | None:
        """Return how long it took to reach the switch."""
        spent = self.effective_at - self.release.at if self.effective_at else None
        return max(round(spent.total_seconds() * 1000), 0) if spent is not None else None

    @property
    def more(self) -> int:
        """Return how many objects are not among the differences shown."""
        return self.objects - len(self.differences)


def releases() -> QuerySet[Release]:
    """Return the releases with their authors."""
    return Release.objects.select_related("by")


ORDER = ("-generation",)


def history(page: Sequence[Release], *, shown: int = SHOWN) -> list[Past]:
    """Return some releases in words with their first objects, in as many queries whatever their number and size."""
    items = list(_first_items(page, shown))
    told = differences(items)
    changes = {one.generation: one for one in Change.objects.filter(generation__in=[one.generation for one in page])}
    reached = _reached([release.generation for release in page])
    passed_over = _passed_over([release.generation for release in page])
    now, quarantined = queries.publication().generation, _quarantined()
    return [
        _past(release, [item for item in items if item.release_id == release.pk], told, changes.get(release.generation),
              reached.get(release.generation), release.generation in passed_over, quarantined, now)
        for release in page
    ]  # fmt: skip


def _past(
    release: Release,
    items: Sequence[ReleaseItem],
    told: Mapping[int, Difference],
    change: Change | None,
    reached: datetime | None,
    passed_over: bool,  # noqa: FBT001 - only called above
    quarantined: int,
    now: int,
) -> Past:
    state: State = "effective" if reached else "refused" if release.generation <= quarantined else "waiting"
    state = "was_refused" if reached and passed_over else state
    return Past(
        release=release,
        summary=change.told if change else release.note,
        change_id=change.pk if change else None,
        differences=tuple(told[item.pk] for item in items),
        objects=items[0].of if items else 0,  # type: ignore[attr-defined]
        state=state,
        effective_at=reached,
        is_now=release.generation == now,
    )


def _first_items(page: Sequence[Release], shown: int) -> QuerySet[ReleaseItem]:
    """Return the first few items of each release, each with how many there are."""
    numbered = ReleaseItem.objects.filter(release__in=[release.pk for release in page]).annotate(
        number=Window(RowNumber(), partition_by=F("release"), order_by=F("key").asc()),
        of=Window(Count("pk"), partition_by=F("release")),
    )
    return numbered.filter(number__lte=shown).order_by("key")


def _reached(generations: Collection[int]) -> dict[int, datetime]:
    """Return by generation when the serving node first had it or a later one."""
    if not generations:
        return {}
    told = Receipt.objects.exclude(node__in=_standing_by())
    last = max(generations)
    above = told.filter(generation__gt=last).aggregate(at=Min("effective_at"))["at"]
    within = told.filter(generation__gte=min(generations), generation__lte=last)
    at: dict[int, datetime] = {}
    for generation, moment in within.values_list("generation", "effective_at"):
        at[generation] = min(moment, at.get(generation, moment))
    found: dict[int, datetime] = {}
    first: datetime | None = above
    for generation in sorted({*generations, *at}, reverse=True):
        moments = [moment for moment in (first, at.get(generation)) if moment]
        first = min(moments, default=None)
        if first:
            found[generation] = first
    return found


def _standing_by() -> QuerySet[Placement, Any]:
    return Placement.objects.filter(role=Placement.Role.STANDBY).values("node")


def _passed_over(generations: Collection[int]) -> set[int]:
    """Return the generations that were refused before the serving node had them or a later one."""
    refused = _next(Rejection.objects.exclude(node__in=_standing_by()), generations)
    reached = _next(Receipt.objects.exclude(node__in=_standing_by()), generations) if refused else {}
    return {one for one in refused if one in reached and refused[one] < reached[one]}


def _next(told: QuerySet[Any], generations: Collection[int]) -> dict[int, int]:
    """Return by generation the first one told of that is it or a later one."""
    if not generations:
        return {}
    first, last = min(generations), max(generations)
    within = told.filter(generation__gte=first, generation__lte=last).values_list("generation", flat=True)
    above = told.filter(generation__gt=last).aggregate(at=Min("generation"))["at"]
    every = sorted({*within, *([above] if above else [])})
    places = {one: bisect_left(every, one) for one in generations}
    return {one: every[place] for one, place in places.items() if place < len(every)}


def _quarantined() -> int:
    active = Placement.objects.filter(role=Placement.Role.ACTIVE).values_list("quarantined", flat=True).first()
    return active or 0


def differences(items: Sequence[ReleaseItem]) -> dict[int, Difference]:
    """Return by item what it changed, in words, under the names things have now or else had then."""
    hashes = {sha256 for item in items for sha256 in (item.before, item.after) if sha256}
    objects = {sha256: decode(body) for sha256, body in queries.bodies(hashes).items()}
    then = {item.key: objects[sha] for item in items if (sha := item.after or item.before) and sha in objects}
    wanted = {*then} | {key for obj in objects.values() for key in references(obj)}
    called = {**names_of(then), **names(wanted)}
    return {
        item.pk: differ(item.key, objects.get(item.before or ""), objects.get(item.after or ""), called)
        for item in items
    }


def names(keys: Iterable[Key]) -> Names:
    """Return what people call some objects: as they are drafted now, or as they were last released."""
    wanted = {name for key in keys for name in (key, key.replace("-flow/", "/"))}
    now = queries.drafts(Object.objects.filter(key__in=wanted, draft__isnull=False))
    gone = ReleaseItem.objects.filter(key__in=wanted - {*now}, after__isnull=False)
    rows = gone.order_by("key", "-generation").distinct("key").values_list("key", "after")
    last = {key: sha256 for key, sha256 in rows if sha256}
    content = queries.bodies(last.values())
    were: dict[Key, AnyObject] = {key: decode(content[sha256]) for key, sha256 in last.items() if sha256 in content}
    return names_of(were | now)


@dataclass(frozen=True)
class Refused:
    """Why a node will not have a release, and in which object."""

    title: str
    kind: str
    key: Key
    code: str
    detail: str


@dataclass(frozen=True)
class OnNode:
    """How a release stands on one node. ``by_generation`` is the one that brought it: itself, or a later one."""

    node: str
    standby: bool
    state: State
    at: datetime | None = None
    milliseconds: int | None = None
    by_generation: int = 0
    refused: Refused | None = None
    trouble: str = ""
    attempts: int = 0
    next_try_at: datetime | None = None


def on_nodes(release: Release) -> list[OnNode]:
    """Return how a release stands on each node of the customer, the serving one first."""
    placements = list(Placement.objects.select_related("node").order_by("role", "pk"))
    told = Receipt.objects.filter(generation__gte=release.generation).order_by("node", "effective_at", "generation")
    first = {receipt.node_id: receipt for receipt in told.distinct("node")}
    words = Rejection.objects.filter(generation__gte=release.generation).order_by("node", "generation")
    said = {word.node_id: word for word in words.distinct("node")}
    refusals = [*(one.refusal for one in placements), *(one.refusal for one in said.values())]
    called = names({key for refusal in refusals if refusal and (key := refusal.get("key"))})
    return [
        _on_node(release, placement, first.get(placement.node_id), said.get(placement.node_id), called)
        for placement in placements
    ]


def mark(nodes: Iterable[OnNode]) -> str:
    """Return what an open page compares: another one as soon as a node has said something, or is tried again."""
    shown = [(one.node, one.state, one.at, one.by_generation, one.attempts, one.next_try_at) for one in nodes]
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


def _on_node(
    release: Release, placement: Placement, receipt: Receipt | None, word: Rejection | None, called: Names
) -> OnNode:
    standby = placement.role == Placement.Role.STANDBY
    if receipt is not None and word is not None and word.generation < receipt.generation:
        return OnNode(
            placement.node.name, standby, "was_refused", receipt.effective_at, by_generation=receipt.generation,
            refused=_refused(word.refusal, called),
        )  # fmt: skip
    if receipt is not None:
        spent = max(round((receipt.effective_at - release.at).total_seconds() * 1000), 0)
        return OnNode(
            placement.node.name, standby, "effective", receipt.effective_at, spent, by_generation=receipt.generation
        )
    refused = _refused(placement.refusal or {}, called) if placement.quarantined >= release.generation else None
    return OnNode(
        placement.node.name, standby, "refused" if refused else "waiting", refused=refused,
        trouble=in_words(placement.error), attempts=placement.attempts,
        next_try_at=placement.next_try_at if placement.attempts else None,
    )  # fmt: skip


def _refused(said: Mapping[str, object], called: Names) -> Refused:
    key = str(said.get("key") or "")
    kind = kind_name(key) if key else ""
    return Refused(called.get(key, key), kind, key, str(said.get("code", "")), str(said.get("detail", "")))
