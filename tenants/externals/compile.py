"""From an external number's row to the switch's object."""

from __future__ import annotations

from tenants.externals.models import ExternalNumber
from tenants.routing import objects


def compile_external(row: ExternalNumber) -> objects.External:
    """Return what the switch is told of an external number."""
    return objects.External(id=row.pk, name=row.name, e164=row.e164, ring_seconds=row.ring_seconds)
