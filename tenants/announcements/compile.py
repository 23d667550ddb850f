"""From an announcement's row to the switch's object."""

from __future__ import annotations

from tenants.announcements.models import Announcement
from tenants.destinations.queries import targets
from tenants.routing import objects


def compile_announcement(row: Announcement) -> objects.Announcement:
    """Return what the switch is told of an announcement."""
    return objects.Announcement(
        id=row.pk, name=row.name, prompt=f"prompt/{row.prompt_id}", next=targets(row.pk).get("next")
    )
