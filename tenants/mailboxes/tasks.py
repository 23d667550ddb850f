"""What Celery runs for mailboxes at night. It may run twice at once, late or never."""

from __future__ import annotations

import structlog
from celery import current_app, shared_task
from django.utils import timezone

from tenants.changes import bell
from tenants.changes.models import Lane, Publication
from tenants.customers import scope
from tenants.mailboxes import actions

log = structlog.get_logger(__name__)


@shared_task(name="mailboxes.drop")
def drop(*, customer_id: int | None = None) -> None:
    """Delete for good a customer's mailboxes that are past undoing; without one, ask for it for every customer."""
    if customer_id is not None:
        with scope.customer(customer_id):
            dropped = actions.drop_removed(before=timezone.now() - actions.KEPT)
        log.info("mailboxes.dropped", customer=customer_id, count=dropped)
        return
    with scope.wide("portal_relay"):
        idents = list(Publication.objects.order_by("customer_id").values_list("customer_id", flat=True))
    for ident in idents:
        current_app.send_task("mailboxes.drop", kwargs={"customer_id": ident}, queue=bell.QUEUES[Lane.BULK])
