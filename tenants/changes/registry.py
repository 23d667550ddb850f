"""The table of object kinds. Rooms register theirs; changes compiles, publishes and restores through it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from django.db import models
from django.utils.functional import Promise

from tenants.routing.naming import ident_of
from tenants.routing.objects import AnyObject, Key

Restore = Callable[[int, Any], models.Model]


def nothing(_customer_id: int, _obj: Any) -> None:
    """Do nothing: a kind without links, or whose rows go with another kind's."""


def always(_customer_id: int, _ident: int) -> bool:
    """Return True: a kind whose objects hold all there is of a row."""
    return True


@dataclass(frozen=True)
class Kind:
    """How one kind of object comes from its rows and becomes rows again.

    ``compile(row)`` is pure but for reading the customer's rows; None means the switch need not know it.
    ``restore(customer_id, obj)`` writes the row and returns it, so that compiling it gives ``obj``;
    ``link(customer_id, obj)`` then writes its edges, once all rows exist. ``drop(customer_id, id)`` deletes
    the row once no release holds its object.

    When history is brought back, every row it concerns first gives up its name and edges by
    ``clear(customer_id, id)``, so that two rows may change names; one that is not to be there again is marked
    removed by ``retire(customer_id, id)``. Both do nothing where there is no such row.

    ``kept(customer_id, id)`` tells of a removed row whether what its object does not hold is still there; without
    it an undo would bring back half a thing.
    """

    name: str
    model: type[models.Model]
    save: Literal["live", "draft"]
    label: str | Promise
    compile: Callable[[Any], AnyObject | None]
    restore: Restore
    link: Callable[[int, Any], None] = nothing
    drop: Callable[[int, int], None] = nothing
    clear: Callable[[int, int], None] = nothing
    retire: Callable[[int, int], None] = nothing
    kept: Callable[[int, int], bool] = always


_kinds: dict[str, Kind] = {}


def register(*kinds: Kind) -> None:
    """Add kinds. The order of registration is the order rows are restored in."""
    _kinds.update({kind.name: kind for kind in kinds})


def kinds() -> tuple[Kind, ...]:
    """Return all kinds, in the order rows must be restored."""
    return tuple(_kinds.values())


def kind_of(key: Key) -> Kind:
    """Return the kind of a key."""
    return _kinds[key.partition("/")[0]]


def in_order(keys: Collection[Key]) -> list[tuple[Kind, Key]]:
    """Return keys with their kinds, in the order rows must be restored."""
    return [(kind, key) for kind in kinds() for key in keys if kind_of(key) is kind]


def all_kept(customer_id: int, keys: Iterable[Key]) -> bool:
    """Tell whether all of these, once removed, can come back whole."""
    return all(kind_of(key).kept(customer_id, ident_of(key)) for key in keys)


def kinds_of(row: models.Model) -> list[Kind]:
    """Return the kinds a row compiles to: one, or two where it has a live and a draft side."""
    return [kind for kind in _kinds.values() if isinstance(row, kind.model)]


def keys_of(row: models.Model) -> list[Key]:
    """Return the keys of the objects a row compiles to."""
    return [f"{kind.name}/{row.pk}" for kind in kinds_of(row)]
