"""Mailboxes and messages in one line each."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from tenants.customers.models import Membership, User
from tenants.mailboxes import actions
from tenants.mailboxes.models import Mailbox, Message
from tests.factories.sounds import wav


def mailbox(customer_id: int, name: str = "Växeln", *listeners: User, **wish: object) -> Mailbox:
    """Make a mailbox that these users may listen to."""
    ticked = list(Membership.objects.filter(user__in=listeners).values_list("pk", flat=True))
    wished = actions.Wish(name=name, listeners=ticked, **wish)  # type: ignore[arg-type]
    return actions.make(customer_id=customer_id, by=None, wish=wished)


def message(mailbox: Mailbox, caller: str = "+46701740605", seconds: float = 1.0) -> Message:
    """Leave a message."""
    return actions.receive(
        customer_id=mailbox.customer_id, mailbox_id=mailbox.pk, uuid=uuid.uuid4(), caller=caller,
        left_at=datetime(2026, 7, 1, 12, 30, tzinfo=UTC), wav=wav(seconds, rate=8000),
    )  # fmt: skip
