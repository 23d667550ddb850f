"""What Celery runs for live state at night. It may run twice at once, late or never."""

from __future__ import annotations

import structlog
from celery import current_app, shared_task
from django.utils import timezone

from tenants.changes import bell
from tenants.changes.models import Lane, Publication
from tenants.customers import scope
from tenants.live import actions

log = structlog.get_logger(__name__)


@shared_task(name="live.drop")
def drop(*, customer_id: int | None = None) -> None:
    """Put to rest, and later forget, what speaks of a customer's removed subjects; without one, ask for it for all."""
    if customer_id is not None:
        with scope.customer(customer_id):
            dropped = actions.drop(customer_id=customer_id, before=timezone.now() - actions.KEPT)
        log.info("live.dropped", customer=customer_id, count=dropped)
        return
    with scope.wide("portal_relay"):
        idents = list(Publication.objects.order_by("customer_id").values_list("customer_id", flat=True))
    for ident in idents:
        current_app.send_task("live.drop", kwargs={"customer_id": ident}, queue=bell.QUEUES[Lane.BULK])
