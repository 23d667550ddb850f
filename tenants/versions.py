"""Two people at the same form: the second is told, and nothing of the first's is lost."""

from __future__ import annotations

from hashlib import sha256
from typing import TypeAlias, TypeVar

from django.db import models

from tenants.refusals import Conflict, refuse_stale

Row = TypeVar("Row", bound=models.Model)

Seen: TypeAlias = int | str | None
"""What somebody saw of a row before removing it: its version, or its stamp; None for whatever is there."""


def claim(row: Row, version: int | None) -> Row:
    """Lock a row for changing and return it as it is now, its version raised by one (not yet saved).

    ``version`` is what the form was drawn from; None changes whatever is there.

    :raises Conflict: if it has another version by now.
    """
    now = type(row)._default_manager.select_for_update(of=("self",)).get(pk=row.pk)
    if version is not None:
        refuse_stale(now.version, version)  # type: ignore[attr-defined]
    now.version += 1  # type: ignore[attr-defined]
    return now


def stamp(row: models.Model) -> str:
    """Return what differs once a row has been changed: its version; of one without, a digest of what it holds.

    A model whose rows also change without anybody's doing names in ``STAMPED`` the columns people set.
    """
    version = getattr(row, "version", None)
    if version is not None:
        return str(version)
    names = getattr(row, "STAMPED", None) or [field.attname for field in row._meta.concrete_fields]
    return sha256(repr([getattr(row, name) for name in names]).encode()).hexdigest()[:20]


def held(model: type[Row], ident: int, seen: Seen) -> Row:
    """Lock a row for removing and return it, if it still is what was seen.

    :raises Conflict: if somebody else has changed it since, or was first to remove it.
    """
    row = model._default_manager.select_for_update(of=("self",)).filter(pk=ident).first()
    if row is None or (seen is not None and stamp(row) != str(seen)):
        raise Conflict
    return row
