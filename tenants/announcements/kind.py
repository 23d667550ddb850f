"""How announcements become objects and rows again."""

from __future__ import annotations

from tenants.announcements import actions
from tenants.announcements.compile import compile_announcement
from tenants.announcements.models import Announcement
from tenants.changes.registry import Kind
from tenants.destinations import actions as destinations
from tenants.destinations.models import Kind as DestinationKind

ANNOUNCEMENT = Kind(
    name="announcement",
    model=Announcement,
    save="draft",
    label=DestinationKind.ANNOUNCEMENT.label,
    compile=compile_announcement,
    restore=actions.restore,
    link=actions.link,
    drop=destinations.drop,
    clear=destinations.clear,
    retire=destinations.retire,
)
