"""People in one line each."""

from __future__ import annotations

from tenants.people import actions
from tenants.people.models import Person


def person(customer_id: int, name: str = "Anna Berg", extension: str = "101", **wish: object) -> Person:
    """Make a person without telephones."""
    wished = actions.Wish(name=name, extension=extension, **wish)  # type: ignore[arg-type]
    return actions.make(customer_id=customer_id, by=None, wish=wished)
