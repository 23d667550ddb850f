"""Recording edits and publishing them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.changes import bell, proofs, queries
from tenants.changes.models import (
    WAITING,
    Body,
    Change,
    ChangeItem,
    Lane,
    Object,
    Publication,
    Release,
    ReleaseItem,
)
from tenants.changes.registry import kind_of, kinds, kinds_of
from tenants.customers.models import User
from tenants.refusals import Conflict, Refusal
from tenants.routing.objects import Key, decode, digest, encode, references
from tenants.routing.proof import Problem
from tenants.routing.root import bucket_digest, bucket_of, put_bucket, root_of


class NothingToPublish(Refusal):
    """There is no draft, or somebody published it a moment ago."""

    code = "nothing_to_publish"
    message = _("Det finns inget nytt att publicera.")


class Unproven(Refusal):
    """The flow as it would be has a dead end, a loop or the like; ``problems`` says where."""

    code = "unproven"
    message = _("Samtalsflödet går inte att publicera än.")

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__()


class StillUsed(Unproven):
    """Something is still used by the published flow."""

    code = "still_used"
    message = _("Används i det publicerade samtalsflödet. Ta bort det därifrån och publicera först.")


class UnpublishedTarget(Refusal):
    """A live object names something the switch does not know."""

    code = "unpublished_target"
    message = _("Det du valde finns inte i växeln än, till exempel en röstprompt utan inspelning.")


class Overtaken(Conflict):
    """What would be undone has been changed again since."""

    code = "overtaken"
    message = _("Det har ändrats igen sedan dess och kan inte ångras härifrån.")


class Erased(Refusal):
    """History no longer holds what would be restored."""

    code = "erased"
    message = _("Den versionen innehåller uppgifter som har raderats och kan inte återställas.")


@transaction.atomic
def record(
    *,
    customer_id: int,
    by: User | None,
    summary: str,
    rows: Iterable[models.Model] = (),
    removed: Iterable[Key] = (),
    origin: Release.Origin = Release.Origin.SAVE,
    lane: Lane = Lane.INTERACTIVE,
) -> Change:
    """Note an edit: compile its rows; publish what is live at once, leave the rest as draft.

    Every action that the switch must hear of ends here, after its rows are saved. ``rows`` are those saved,
    ``removed`` the keys of those deleted (live) or marked removed (draft).

    :raises UnpublishedTarget: if a live object names something the switch does not know.
    :raises StillUsed: if a removed live object is still named by a published one.
    """
    hashes = _compile(customer_id, rows) | dict.fromkeys(removed)
    before = _set_drafts(customer_id, hashes)
    live = [key for key in hashes if kind_of(key).save == "live" and before[key] != hashes[key]]
    generation = _publish_live(customer_id, live, by=by, origin=origin, lane=lane, note=summary) if live else None
    change = Change.objects.create(customer_id=customer_id, by=by, summary=summary[:200], generation=generation)
    ChangeItem.objects.bulk_create(
        ChangeItem(customer_id=customer_id, change=change, key=key, before=before[key], after=after)
        for key, after in hashes.items()
        if before[key] != after
    )
    return change


def _compile(customer_id: int, rows: Iterable[models.Model]) -> dict[Key, str | None]:
    """Compile rows, store the bodies, return key -> hash (None: the switch need not know the row)."""
    hashes: dict[Key, str | None] = {}
    bodies: dict[str, bytes] = {}
    for row in rows:
        for kind in kinds_of(row):
            obj = kind.compile(row)
            content = encode(obj) if obj is not None else b""
            hashes[f"{kind.name}/{row.pk}"] = digest(content) if content else None
            bodies |= {digest(content): content} if content else {}
    Body.objects.bulk_create(
        (Body(customer_id=customer_id, sha256=sha256, content=content) for sha256, content in bodies.items()),
        update_conflicts=True,
        unique_fields=["customer", "sha256"],
        update_fields=["content"],
    )
    return hashes


def _set_drafts(customer_id: int, hashes: Mapping[Key, str | None]) -> dict[Key, str | None]:
    """Set the draft side and return what it was. Rows are locked in ascending id."""
    Object.objects.bulk_create(
        (Object(customer_id=customer_id, key=key, bucket=bucket_of(key)) for key in sorted(hashes)),
        ignore_conflicts=True,
    )
    objects = list(Object.objects.select_for_update(no_key=True).filter(key__in=hashes).order_by("pk"))
    before = {obj.key: obj.draft for obj in objects}
    for obj in objects:
        obj.draft = hashes[obj.key]
    Object.objects.bulk_update(objects, ["draft"])
    return before


def _publish_live(
    customer_id: int, keys: Sequence[Key], *, by: User | None, origin: Release.Origin, lane: Lane, note: str
) -> int | None:
    """Publish live objects and return the generation, or None if the switch has them as they are."""
    publication = Publication.objects.select_for_update(no_key=True).get(customer_id=customer_id)
    objects = list(Object.objects.filter(WAITING, key__in=keys))
    if not objects:
        _forget_empty(customer_id, keys)
        return None
    _refuse_unknown_targets(objects)
    if any(obj.draft is None for obj in objects):
        _refuse_unproven(customer_id, objects, StillUsed)
    return _release(publication, objects, by=by, origin=origin, lane=lane, note=note).generation


def _refuse_unknown_targets(objects: Sequence[Object]) -> None:
    """A live object may name only what is published, or goes along."""
    named = {key for obj in queries.drafts(objects).values() for key in references(obj)}
    along = {obj.key for obj in objects if obj.draft}
    known = set(Object.objects.filter(key__in=named, published__isnull=False).values_list("key", flat=True))
    if named - known - along:
        raise UnpublishedTarget


def _refuse_unproven(customer_id: int, objects: Sequence[Object], refusal: type[Unproven] = Unproven) -> None:
    problems = proofs.prove(customer_id, objects)
    if problems:
        raise refusal(problems)


@transaction.atomic
def publish(
    *,
    customer_id: int,
    by: User | None,
    keys: Iterable[Key] | None = None,
    note: str = "",
    origin: Release.Origin = Release.Origin.PUBLISH,
    lane: Lane = Lane.INTERACTIVE,
) -> Change:
    """Make drafts the customer's configuration: the given keys and the new targets they need, or all.

    :raises NothingToPublish: if none of them waits.
    :raises Unproven: if a path from some number would not end well.
    """
    list(Object.objects.select_for_update(no_key=True).filter(WAITING).order_by("pk").values_list("pk"))
    publication = Publication.objects.select_for_update(no_key=True).get(customer_id=customer_id)
    objects = queries.with_needed(queries.waiting(), keys)
    if not objects:
        raise NothingToPublish
    _refuse_unproven(customer_id, objects)
    release = _release(publication, objects, by=by, origin=origin, lane=lane, note=note)
    return Change.objects.create(
        customer_id=customer_id, by=by, summary=(note or str(release.get_origin_display()))[:200],
        generation=release.generation,
    )  # fmt: skip


def _release(
    publication: Publication,
    objects: Sequence[Object],
    *,
    by: User | None,
    origin: Release.Origin,
    lane: Lane,
    note: str,
) -> Release:
    """Make the next generation of the locked publication from these objects' drafts."""
    items = [(obj.key, obj.published, obj.draft) for obj in objects]
    for obj in objects:
        obj.published = obj.draft
    Object.objects.bulk_update(objects, ["published"])
    _advance(publication, {obj.bucket for obj in objects}, lane)
    release = Release.objects.create(
        customer_id=publication.customer_id, generation=publication.generation, root=publication.root,
        origin=origin, note=note[:200], by=by,
    )  # fmt: skip
    ReleaseItem.objects.bulk_create(
        ReleaseItem(
            customer_id=publication.customer_id, release=release, generation=release.generation,
            key=key, before=before, after=after,
        )
        for key, before, after in items
    )  # fmt: skip
    _forget_empty(publication.customer_id, [key for key, _before, after in items if after is None])
    bell.ring_on_commit(publication.customer_id, lane)
    return release


def _advance(publication: Publication, buckets: set[int], lane: Lane) -> None:
    """Raise the generation and recompute the root; only touched buckets are read."""
    hashes: dict[int, dict[Key, str]] = {bucket: {} for bucket in buckets}
    rows = Object.objects.filter(bucket__in=buckets, published__isnull=False)
    for bucket, key, sha256 in rows.values_list("bucket", "key", "published"):
        hashes[bucket][key] = str(sha256)
    for bucket, of_bucket in hashes.items():
        publication.buckets = put_bucket(bytes(publication.buckets), bucket, bucket_digest(of_bucket))
    publication.root = root_of(bytes(publication.buckets))
    publication.generation += 1
    publication.lane = lane
    publication.changed_at = timezone.now()
    publication.save()


def _forget_empty(customer_id: int, keys: Iterable[Key]) -> None:
    """Delete the objects that are gone on both sides, and the rows that were kept for them."""
    gone = list(Object.objects.filter(key__in=keys, draft__isnull=True, published__isnull=True))
    Object.objects.filter(pk__in=[obj.pk for obj in gone]).delete()
    for obj in gone:
        kind_of(obj.key).drop(customer_id, int(obj.key.partition("/")[2]))


@dataclass(frozen=True)
class _Target:
    """What a key should be again: its hash at some time, None for not there."""

    key: Key
    sha256: str | None


@transaction.atomic
def undo(*, customer_id: int, change_id: int, by: User | None) -> Change:
    """Take back a change: every object it touched becomes what it was before.

    :raises Overtaken: if one of them has been changed since.
    :raises Erased: if history no longer holds what it was.
    """
    change = Change.objects.get(pk=change_id)
    items = list(change.items.all())
    now = dict(Object.objects.filter(key__in=[item.key for item in items]).values_list("key", "draft"))
    if not items or any(now.get(item.key) != item.after for item in items):
        raise Overtaken
    targets = [_Target(item.key, item.before) for item in items]
    return _bring_back(customer_id, targets, by=by, origin=Release.Origin.UNDO, summary=change.summary)


@transaction.atomic
def rollback(*, customer_id: int, generation: int, by: User | None, note: str = "") -> Change:
    """Make the customer's whole configuration what it was in a generation, as a new generation.

    :raises Erased: if history no longer holds it all.
    :raises NothingToPublish: if it is already so.
    """
    then = queries.hashes_at(generation)
    now = dict(Object.objects.values_list("key", "draft"))
    targets = [_Target(key, then.get(key)) for key in sorted({*then, *now}) if then.get(key) != now.get(key)]
    if targets:
        _bring_back(customer_id, targets, by=by, origin=Release.Origin.ROLLBACK, summary=note)
    return publish(customer_id=customer_id, by=by, note=note, origin=Release.Origin.ROLLBACK)


def _bring_back(
    customer_id: int, targets: Sequence[_Target], *, by: User | None, origin: Release.Origin, summary: str
) -> Change:
    """Turn stored objects back into rows, in the order of kinds; edges once all rows are there."""
    bodies = queries.bodies([target.sha256 for target in targets if target.sha256])
    wanted = {target.key: target.sha256 for target in targets}
    if any(sha256 and sha256 not in bodies for sha256 in wanted.values()):
        raise Erased
    objects = {key: decode(bodies[sha256]) for key, sha256 in wanted.items() if sha256}
    order = [(kind, key) for kind in kinds() for key in objects if kind_of(key) is kind]
    rows = [kind.restore(customer_id, objects[key]) for kind, key in order]
    for kind, key in order:
        kind.link(customer_id, objects[key])
    return record(
        customer_id=customer_id, by=by, summary=summary, rows=rows, origin=origin,
        removed=[key for key, sha256 in wanted.items() if sha256 is None],
    )  # fmt: skip
