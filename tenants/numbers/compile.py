"""From a number's row to the switch's two objects: the number itself, and where its calls go."""

from __future__ import annotations

from tenants.numbers.models import Number
from tenants.routing import objects


def compile_number(row: Number) -> objects.Number:
    """Return what the switch is told of a number."""
    return objects.Number(id=row.pk, name=row.label, e164=row.e164, is_main=row.is_main)


def compile_flow(row: Number) -> objects.NumberFlow:
    """Return where calls to a number go; nowhere while it is out of use."""
    return objects.NumberFlow(id=row.pk, entry=row.entry.key if row.entry else None)
