"""Proving the configuration as it would be after publishing some objects."""

from __future__ import annotations

from collections.abc import Iterable

from tenants.changes import queries
from tenants.changes.models import Object
from tenants.routing.proof import Problem, prove_all


def prove(customer_id: int, objects: Iterable[Object]) -> list[Problem]:
    """Return what would be wrong if these objects' drafts were published; empty means proven."""
    config = queries.active()
    objects = list(objects)
    for obj in objects:
        config.pop(obj.key, None)
    return prove_all(config | queries.drafts(objects))
