"""What Celery runs for publishing. Every task may run twice at once, late or never."""

from __future__ import annotations

from celery import current_app, shared_task

from tenants.changes import bell
from tenants.changes.models import Lane, Publication
from tenants.changes.proofs import actions as proofs
from tenants.customers import scope


@shared_task(name="changes.prove")
def prove(*, customer_id: int | None = None) -> None:
    """Prove the whole of what a customer has published; without one, ask for it for every customer."""
    if customer_id is not None:
        with scope.customer(customer_id):
            proofs.prove_published(customer_id)
        return
    with scope.wide("portal_relay"):
        idents = list(Publication.objects.order_by("customer_id").values_list("customer_id", flat=True))
    for ident in idents:
        current_app.send_task("changes.prove", kwargs={"customer_id": ident}, queue=bell.QUEUES[Lane.BULK])
