"""Recording edits and publishing them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import structlog
from django.db import models, transaction
from django.utils import timezone

from tenants import failpoints
from tenants.changes import bell, queries
from tenants.changes.models import WAITING, Body, Change, ChangeItem, Lane, Object, Publication, Release, ReleaseItem
from tenants.changes.proofs import actions as proofs
from tenants.changes.refusals import Erased, NothingToPublish, Overtaken, StillUsed, Unproven, UnpublishedTarget
from tenants.changes.registry import all_kept, in_order, kind_of, kinds_of
from tenants.changes.said import Said, said, undone, written
from tenants.customers.models import User
from tenants.nodes.models import Placement
from tenants.routing.naming import ident_of
from tenants.routing.objects import Key, decode, digest, encode
from tenants.routing.root import bucket_digest, bucket_of, put_bucket, root_of

log = structlog.get_logger(__name__)


@transaction.atomic
def record(
    *,
    customer_id: int,
    by: User | None,
    summary: Said,
    rows: Iterable[models.Model] = (),
    removed: Iterable[Key] = (),
    origin: Release.Origin = Release.Origin.SAVE,
    lane: Lane = Lane.INTERACTIVE,
) -> Change:
    """Note an edit: compile its rows; publish what is live at once, leave the rest as draft.

    Every action that the switch must hear of ends here, after its rows are saved. ``rows`` are those saved,
    ``removed`` the keys of those deleted (live) or marked removed (draft). ``summary`` is what was done,
    ``said("La till telefonen %(name)s", name=…)``: each reader gets it in their language, whoever saved.

    :raises UnpublishedTarget: if a live object names something the switch does not know.
    :raises StillUsed: if a removed live object is still named by a published one.
    """
    hashes = _compile(customer_id, rows) | dict.fromkeys(removed)
    before = _set_drafts(customer_id, hashes)
    live = [key for key in hashes if before[key] != hashes[key] and _goes_at_once(key, before, hashes)]
    generation = _publish_live(customer_id, live, by=by, origin=origin, lane=lane, note=summary) if live else None
    _forget_empty(customer_id, _none_of(hashes))
    return _note(customer_id, before, hashes, by=by, summary=summary, generation=generation)


def _goes_at_once(key: Key, before: Mapping[Key, str | None], after: Mapping[Key, str | None]) -> bool:
    """Live kinds do, and so does a flow that comes or goes with what it is the flow of: no call was led there."""
    whole = key.replace("-flow/", "/")
    comes_or_goes = whole != key and whole in after and None in (before[whole], after[whole])
    return comes_or_goes or kind_of(key).save == "live"


def _note(
    customer_id: int,
    before: Mapping[Key, str | None],
    after: Mapping[Key, str | None],
    *,
    by: User | None,
    summary: Said,
    generation: int | None,
) -> Change:
    """Write the audit line and what it did to each object."""
    told = {"summary": summary.in_swedish, "said": summary.kept}
    change = Change.objects.create(customer_id=customer_id, by=by, generation=generation, **told)
    ChangeItem.objects.bulk_create(
        ChangeItem(customer_id=customer_id, change=change, key=key, before=before[key], after=sha256)
        for key, sha256 in after.items()
        if before[key] != sha256
    )
    ids = {"customer": customer_id, "change": change.pk, "generation": generation}
    transaction.on_commit(partial(log.info, "changes.change.saved", **ids))
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
    """Set the draft side and return what it was, locked in ascending id. Upserts: bulk_update is far slower.

    A new key has a new row, or one the saver holds; so nobody else makes it, and if somebody did, the later save wins.
    A row the switch need not know has no object, so nothing of it is forgotten when an object goes.
    """
    objects = list(Object.objects.select_for_update(no_key=True).filter(key__in=hashes).order_by("pk"))
    before = dict.fromkeys(hashes) | {obj.key: obj.draft for obj in objects}
    new = sorted(key for key in hashes.keys() - {obj.key for obj in objects} if hashes[key])
    objects += (Object(customer_id=customer_id, key=key, bucket=bucket_of(key)) for key in new)
    for obj in objects:
        obj.draft = hashes[obj.key]
    once = ["customer", "key"]
    Object.objects.bulk_create(objects, update_conflicts=True, unique_fields=once, update_fields=["draft"])
    return before


def _publish_live(
    customer_id: int, keys: Sequence[Key], *, by: User | None, origin: Release.Origin, lane: Lane, note: Said
) -> int | None:
    """Publish live objects and return the generation, or None if the switch has them as they are."""
    publication = Publication.objects.select_for_update(no_key=True).get(customer_id=customer_id)
    objects = list(Object.objects.filter(WAITING, key__in=keys))
    if not objects:
        return None
    changes = proofs.changes_of(objects)
    _refuse_live(changes)
    return _release(publication, objects, changes, by=by, origin=origin, lane=lane, note=note).generation


def _refuse_live(changes: proofs.Changes) -> None:
    """A live object may name only what is published, or goes along; and what is published stays proven."""
    problems = proofs.prove(changes)
    if any(problem.code == "dangling" and problem.key in changes for problem in problems):
        raise UnpublishedTarget
    if problems:
        raise StillUsed(problems) if None in changes.values() else Unproven(problems)


def _refuse_unproven(changes: proofs.Changes) -> None:
    if problems := proofs.prove(changes):
        raise Unproven(problems)


@transaction.atomic
def publish(
    *,
    customer_id: int,
    by: User | None,
    keys: Iterable[Key] | None = None,
    note: str | Said = "",
    origin: Release.Origin = Release.Origin.PUBLISH,
    lane: Lane = Lane.INTERACTIVE,
) -> Change:
    """Make drafts the customer's configuration: the given keys and the new targets they need, or all.

    ``note`` is what a person wrote of it, or what the portal has to say.

    :raises NothingToPublish: if none of them waits.
    :raises Unproven: if a path from some number would not end well.
    """
    rows = Object.objects.select_for_update(no_key=True).filter(WAITING).order_by("pk")
    locked = set(rows.values_list("pk", flat=True))
    publication = Publication.objects.select_for_update(no_key=True).get(customer_id=customer_id)
    # What became a draft since then is not ours to touch: whoever publishes it has it locked and waits for us.
    objects = queries.with_needed([obj for obj in queries.waiting() if obj.pk in locked], keys)
    if not objects:
        raise NothingToPublish
    changes = proofs.changes_of(objects)
    _refuse_unproven(changes)
    told = written(note) if isinstance(note, str) else note
    release = _release(publication, objects, changes, by=by, origin=origin, lane=lane, note=told)
    summary = told if note else said("Publicerade samtalsflödet")
    return _note(customer_id, {}, {}, by=by, summary=summary, generation=release.generation)


def _release(
    publication: Publication,
    objects: Sequence[Object],
    changes: proofs.Changes,
    *,
    by: User | None,
    origin: Release.Origin,
    lane: Lane,
    note: Said,
) -> Release:
    """Make the next generation of the locked publication from these objects' drafts, which are ``changes``."""
    items = [(obj.key, obj.published, obj.draft) for obj in objects]
    Object.objects.filter(pk__in=[obj.pk for obj in objects]).update(published=models.F("draft"))
    proofs.keep_references(publication.customer_id, changes)
    _advance(publication, {obj.bucket for obj in objects}, lane)
    failpoints.reached("release.half")
    release = Release.objects.create(
        customer_id=publication.customer_id, generation=publication.generation, root=publication.root,
        origin=origin, note=note.in_swedish, by=by,
    )  # fmt: skip
    ReleaseItem.objects.bulk_create(
        ReleaseItem(
            customer_id=publication.customer_id, release=release, generation=release.generation,
            key=key, before=before, after=after,
        )
        for key, before, after in items
    )  # fmt: skip
    _forget_empty(publication.customer_id, [key for key, _before, after in items if after is None])
    told = {"customer": publication.customer_id, "generation": release.generation, "origin": origin.value}
    transaction.on_commit(partial(log.info, "changes.release.made", **told, objects=len(items)))
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
    publication.lane = _lane(publication, lane)
    publication.generation += 1
    publication.changed_at = timezone.now()
    publication.save()


def _lane(publication: Publication, lane: Lane) -> int:
    """Return the lane the customer waits in: a bulk publish must not put an urgent one that waits behind others."""
    waits = Placement.objects.filter(generation__lt=publication.generation).exists()
    return min(publication.lane, lane) if waits else lane


def _forget_empty(customer_id: int, keys: Iterable[Key]) -> None:
    """Delete the objects gone on both sides, and their rows.

    Rows go in the opposite order of their making: a menu before the prompt it plays.
    """
    gone = list(Object.objects.filter(key__in=keys, draft__isnull=True, published__isnull=True))
    Object.objects.filter(pk__in=[obj.pk for obj in gone]).delete()
    for kind, key in reversed(in_order([obj.key for obj in gone])):
        kind.drop(customer_id, ident_of(key))


@transaction.atomic
def undo(*, customer_id: int, change_id: int, by: User | None) -> Change:
    """Take back a change: every object it touched becomes what it was before.

    :raises Overtaken: if one of them has been changed since.
    :raises Erased: if history no longer holds what it was, or what went with it has been deleted for good.
    """
    change = Change.objects.get(pk=change_id)
    items = list(change.items.all())
    now = dict(Object.objects.filter(key__in=[item.key for item in items]).values_list("key", "draft"))
    if not items or any(now.get(item.key) != item.after for item in items):
        raise Overtaken
    if not all_kept(customer_id, [item.key for item in items if item.after is None]):
        raise Erased
    targets = {item.key: item.before for item in items}
    rows = _bring_back(customer_id, targets)
    return record(
        customer_id=customer_id, by=by, summary=undone(change.what), rows=rows,
        removed=_none_of(targets), origin=Release.Origin.UNDO,
    )  # fmt: skip


@transaction.atomic
def rollback(*, customer_id: int, generation: int, by: User | None) -> Change:
    """Make the customer's whole configuration what it was in a generation, as a new generation.

    Live and draft kinds go in one release: what neither may do alone (an external number goes with the last key
    that led to it) they may do together. What waits is thrown away; if nothing else differs, no generation is made.

    :raises Erased: if history no longer holds it all.
    :raises NothingToPublish: if it is already so.
    :raises Unproven: if what was legal then is so no longer.
    """
    now = dict(Object.objects.select_for_update(no_key=True).order_by("pk").values_list("key", "draft"))
    then = queries.hashes_at(generation)
    targets = {key: then.get(key) for key in sorted({*then, *now}) if then.get(key) != now.get(key)}
    hashes = _compile(customer_id, _bring_back(customer_id, targets)) | dict.fromkeys(_none_of(targets))
    before = _set_drafts(customer_id, hashes)
    objects = list(Object.objects.filter(WAITING).order_by("pk"))
    _forget_empty(customer_id, _none_of(hashes))
    summary = said("Återställde publicering %(number)s", number=generation)
    if not objects and targets:
        return _note(customer_id, before, hashes, by=by, summary=summary, generation=None)
    if not objects:
        raise NothingToPublish
    publication = Publication.objects.select_for_update(no_key=True).get(customer_id=customer_id)
    changes = proofs.changes_of(objects)
    _refuse_unproven(changes)
    origin, lane = Release.Origin.ROLLBACK, Lane.INTERACTIVE
    release = _release(publication, objects, changes, by=by, origin=origin, lane=lane, note=written(""))
    return _note(customer_id, before, hashes, by=by, summary=summary, generation=release.generation)


def _none_of(hashes: Mapping[Key, str | None]) -> list[Key]:
    return [key for key, sha256 in hashes.items() if sha256 is None]


def _bring_back(customer_id: int, targets: Mapping[Key, str | None]) -> list[models.Model]:
    """Turn stored objects back into rows, in the order of kinds, and return those; edges once all rows are there.

    ``targets`` is the hash each key should have again, None for not there.
    """
    bodies = queries.bodies([sha256 for sha256 in targets.values() if sha256])
    if any(sha256 and sha256 not in bodies for sha256 in targets.values()):
        raise Erased
    objects = {key: decode(bodies[sha256]) for key, sha256 in targets.items() if sha256}
    for kind, key in in_order(targets):
        kind.clear(customer_id, ident_of(key))
    order = in_order(objects)
    rows = [kind.restore(customer_id, objects[key]) for kind, key in order]
    for kind, key in order:
        kind.link(customer_id, objects[key])
    for kind, key in reversed(in_order(_none_of(targets))):
        kind.retire(customer_id, ident_of(key))
    return rows
