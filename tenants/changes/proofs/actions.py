"""Proving the configuration as it would be after publishing some objects, and whether both proofs say the same."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec
import structlog
from django.utils import timezone

from tenants.changes import queries
from tenants.changes.models import Object, Publication, Reference, Verdict
from tenants.routing.objects import AnyObject, Key
from tenants.routing.proof import Problem, prove_all, prove_changes
from tenants.routing.reach import names_of

log = structlog.get_logger(__name__)

Changes = Mapping[Key, AnyObject | None]
"""Objects as they become, None for those that go."""


class Published:
    """The published configuration, read a few objects at a time (``routing.reach.Source``)."""

    def objects(self, keys: Collection[Key]) -> Mapping[Key, AnyObject]:
        """Return those of these objects that are published."""
        rows = Object.objects.filter(key__in=keys, published__isnull=False).only("key", "published", "customer")
        return queries.published(rows)

    def referrers(self, names: Collection[str]) -> Collection[Key]:
        """Return the keys of the published objects that have one of these names."""
        return list(Reference.objects.filter(name__in=names).values_list("key", flat=True).distinct())


def changes_of(objects: Iterable[Object]) -> dict[Key, AnyObject | None]:
    """Return what publishing these objects would change: their drafts, None for what goes."""
    rows = [obj for obj in objects if obj.draft != obj.published]
    drafts = queries.drafts(rows)
    return {obj.key: drafts.get(obj.key) for obj in rows}


def prove(changes: Changes) -> list[Problem]:
    """Return what would be wrong after these changes; empty means proven.

    What is published is legal, so only what the changes can affect is read, however large the customer is.
    """
    return prove_changes(Published(), changes) if changes else []


def keep_references(customer_id: int, changes: Changes) -> int:
    """Make the table of references say what published objects name now; return how many lines were wrong."""
    wanted = {(key, name) for key, obj in changes.items() if obj is not None for name in names_of(obj)}
    rows = Reference.objects.filter(key__in=changes).values_list("pk", "key", "name")
    have = {(key, name): ident for ident, key, name in rows}
    gone = [ident for pair, ident in have.items() if pair not in wanted]
    fresh = sorted(wanted - have.keys())
    if gone:
        Reference.objects.filter(pk__in=gone).delete()
    if fresh:
        Reference.objects.bulk_create(Reference(customer_id=customer_id, key=key, name=name) for key, name in fresh)
    return len(gone) + len(fresh)


def prove_draft(customer_id: int, objects: Sequence[Object]) -> list[Problem]:
    """Return what would be wrong if these drafts were published; prove the whole too, once for each state of them.

    Where the two differ, the proof of the whole holds, and staff are told.
    """
    state, changes = _state(objects), changes_of(objects)
    problems = prove(changes)
    stored = Verdict.objects.filter(about=Verdict.About.DRAFT, state=state).first()
    if stored is None:
        whole = {key: obj for key, obj in {**queries.active(), **changes}.items() if obj is not None}
        stored = _note(customer_id, Verdict.About.DRAFT, state, whole, problems)
    return problems if stored.agreed else msgspec.convert(stored.problems, list[Problem])


def prove_published(customer_id: int) -> Verdict:
    """Prove the whole of what is published, and mend the table of references. Call it in the customer's scope."""
    Publication.objects.select_for_update(no_key=True).get(customer_id=customer_id)
    active = queries.active()
    strangers = Reference.objects.exclude(key__in=Object.objects.filter(published__isnull=False).values("key"))
    gone = dict.fromkeys(strangers.values_list("key", flat=True))
    lost = keep_references(customer_id, {**gone, **active})
    return _note(customer_id, Verdict.About.PUBLISHED, _state([]), active, [], lost)


def _state(objects: Iterable[Object]) -> str:
    """Return a digest of the published root with these drafts on top."""
    lines = [queries.publication().root, *sorted(f"{obj.key} {obj.draft}" for obj in objects)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _note(
    customer_id: int,
    about: Verdict.About,
    state: str,
    whole: Mapping[Key, AnyObject],
    expected: Sequence[Problem],
    lost: int = 0,
) -> Verdict:
    """Prove the whole, write down what it says, and tell staff if the proof of what changed had said otherwise."""
    problems = prove_all(whole)
    agreed = problems == list(expected) and not lost
    values = {
        "generation": queries.publication().generation, "state": state, "at": timezone.now(), "lost": lost,
        "problems": msgspec.to_builtins(problems), "agreed": agreed,
    }  # fmt: skip
    verdict, _made = Verdict.objects.update_or_create(customer_id=customer_id, about=about, defaults=values)
    if not agreed:
        told = [f"{problem.key} {problem.code}" for problem in problems][:20]
        log.error("proof.disagrees", customer=customer_id, about=about.value, problems=told, lost=lost)
    return verdict
