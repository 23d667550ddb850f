"""Announcements in one line each."""

from __future__ import annotations

from tenants.announcements import actions
from tenants.announcements.models import Announcement


def announcement(customer_id: int, prompt_id: int, name: str = "Vi har stängt", **wish: object) -> Announcement:
    """Make an announcement in the draft."""
    wished = actions.Wish(name=name, prompt_id=prompt_id, **wish)  # type: ignore[arg-type]
    return actions.make(customer_id=customer_id, by=None, wish=wished)
