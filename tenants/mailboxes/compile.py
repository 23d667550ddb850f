"""From a mailbox's row to the switch's object."""

from __future__ import annotations

from tenants.mailboxes.models import Mailbox
from tenants.routing import objects


def compile_mailbox(row: Mailbox) -> objects.Mailbox | None:
    """Return what the switch is told of a mailbox, None once it is removed. Who may listen is no concern of its."""
    if row.destination.removed:
        return None
    owner = f"person/{row.owner_id}" if row.owner_id else None
    greeting = f"prompt/{row.greeting_id}" if row.greeting_id else None
    return objects.Mailbox(id=row.pk, name=row.name, owner=owner, greeting=greeting, max_seconds=row.max_seconds)
