"""Two people at the same form: the second is told, and nothing of the first's is lost."""

from __future__ import annotations

from typing import TypeVar

from django.db import models

from tenants.refusals import refuse_stale

Row = TypeVar("Row", bound=models.Model)


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
