"""Going back to a release: what it would change, what would be lost, and doing it only if that is still so."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.db import transaction

from tenants.changes import actions, queries
from tenants.changes.history import names
from tenants.changes.models import Change, Object
from tenants.changes.refusals import Draft, DraftWouldGo, SeenOtherwise
from tenants.changes.words import Difference, differ
from tenants.customers.models import User
from tenants.routing.naming import references
from tenants.routing.objects import AnyObject, Key, decode

SHOWN = 50
"""How many differences are spelt out; more than anybody reads are only counted."""


@dataclass(frozen=True)
class Lost:
    """A draft that would be thrown away, and who made it."""

    difference: Difference
    authors: tuple[str, ...]


@dataclass(frozen=True)
class Outlook:
    """What going back would do. ``seen`` is a mark of exactly this; restoring asks for it."""

    changes: tuple[Difference, ...]
    count: int
    lost: tuple[Lost, ...]
    seen: str

    @property
    def more(self) -> int:
        """Return how many changes are not spelt out."""
        return self.count - len(self.changes)


def outlook(generation: int) -> Outlook:
    """Return what making a generation the newest again would change for callers, and which drafts would go.

    Changes are from what is published now; what only a draft says is lost, not changed.
    """
    now = dict(Object.objects.filter(published__isnull=False).values_list("key", "published"))
    then = queries.hashes_at(generation)
    keys = sorted(key for key in {*now, *then} if now.get(key) != then.get(key))
    waiting = list(queries.waiting_rows().order_by("key"))
    pairs = [(key, now.get(key), then.get(key)) for key in keys[:SHOWN]]
    drafts = [(obj.key, obj.published, obj.draft) for obj in waiting]
    told = _told([*pairs, *drafts])
    authors = queries.authors([obj.key for obj in waiting])
    lost = tuple(
        Lost(difference, tuple(authors.get(difference.key, ()))) for difference in told[len(pairs) :]
    )  # fmt: skip
    return Outlook(tuple(told[: len(pairs)]), len(keys), lost, mark())


def _told(rows: list[tuple[Key, str | None, str | None]]) -> list[Difference]:
    content = queries.bodies(sha256 for _key, *sides in rows for sha256 in sides if sha256)
    objects: dict[str, AnyObject] = {sha256: decode(body) for sha256, body in content.items()}
    called = names({key for key, *_sides in rows} | {key for obj in objects.values() for key in references(obj)})
    return [differ(key, objects.get(before or ""), objects.get(after or ""), called) for key, before, after in rows]


def mark() -> str:
    """Return a mark of what is published and what waits; it differs as soon as either does."""
    waiting = queries.waiting_rows().order_by("key").values_list("key", "draft")
    told = [str(queries.publication().generation), *(f"{key}={draft}" for key, draft in waiting)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:32]


@transaction.atomic
def restore(*, customer_id: int, generation: int, by: User | None, seen: str | None, lose: bool) -> Change:
    """Make everything what it was in a generation, if nobody has changed anything since ``seen`` was looked at.

    ``lose`` says that what waits in the draft may be thrown away. A program has looked at nothing: ``seen`` is None.

    :raises DraftWouldGo: if something waits and ``lose`` is not said.
    :raises SeenOtherwise: if somebody has changed something.
    :raises Refusal: as ``actions.rollback``.
    """
    list(Object.objects.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    if not lose:
        _keep_the_draft()
    if seen is not None and mark() != seen:
        raise SeenOtherwise
    return actions.rollback(customer_id=customer_id, generation=generation, by=by)


def _keep_the_draft() -> None:
    keys = list(queries.waiting_rows().order_by("key").values_list("key", flat=True))
    if keys:
        called, authors = names(keys), queries.authors(keys)
        raise DraftWouldGo(
            [Draft(key, called.get(key.replace("-flow/", "/"), key), tuple(authors.get(key, ()))) for key in keys]
        )
