"""What waits, in words: Granska."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from tenants.changes import history, queries
from tenants.changes.models import Object
from tenants.changes.problems import Told, tell
from tenants.changes.proofs import actions as proofs
from tenants.changes.words import Difference, Names, differ
from tenants.routing.naming import references
from tenants.routing.objects import AnyObject, Key
from tenants.routing.proof import Problem
from tenants.routing.slots import Edge


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
    chosen = queries.with_needed(objects, keys)
    problems = _problems(customer_id, chosen, whole=keys is None)
    names = _names_for(before, after, problems)
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
    return Review(tuple(lines), tuple(tell(problem, names) for problem in problems))


def _problems(customer_id: int, objects: Sequence[Object], *, whole: bool) -> list[Problem]:
    """Return what speaks against publishing: of all that waits by the proof of the whole too, of a choice without."""
    if not objects:
        return []
    return proofs.prove_draft(customer_id, objects) if whole else proofs.prove(proofs.changes_of(objects))


def _names_for(before: Mapping[Key, AnyObject], after: Mapping[Key, AnyObject], problems: Iterable[Problem]) -> Names:
    """Return what people call all that the waiting objects or the problems name."""
    named = {key for side in (before, after) for obj in side.values() for key in references(obj)}
    told = {key for problem in problems for key in (problem.key, problem.target, *_on(problem.path))}
    return history.names({*before, *after, *named, *told})


def _on(path: Iterable[Edge]) -> Iterable[Key]:
    return {key for edge in path for key in (edge.source, edge.target)}
