"""External numbers in one line each."""

from __future__ import annotations

from tenants.externals import actions
from tenants.externals.models import ExternalNumber


def external(customer_id: int, name: str = "Jouren", typed: str = "070-174 06 35") -> ExternalNumber:
    """Make an external number."""
    return actions.make(customer_id=customer_id, by=None, wish=actions.Wish(name=name, typed=typed))
