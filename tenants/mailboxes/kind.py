"""How mailboxes become objects and rows again."""

from __future__ import annotations

from tenants.changes.registry import Kind
from tenants.destinations import actions as destinations
from tenants.destinations.models import Kind as DestinationKind
from tenants.mailboxes import actions, queries
from tenants.mailboxes.compile import compile_mailbox
from tenants.mailboxes.models import Mailbox

MAILBOX = Kind(
    name="mailbox",
    model=Mailbox,
    save="live",
    label=DestinationKind.MAILBOX.label,
    compile=compile_mailbox,
    restore=actions.restore,
    clear=destinations.clear_name,
    retire=actions.retire,
    kept=queries.kept,
)
