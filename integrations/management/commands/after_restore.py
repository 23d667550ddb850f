"""Make nodes take what the record holds after the database was restored to an earlier time."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from integrations.switch import actions
from tenants.changes.models import Publication
from tenants.customers import scope


class Command(BaseCommand):
    """Start a new epoch for every customer. To be run once after each restore, before workers start."""

    help = "Start a new epoch for every customer, so that nodes accept generations they have seen before."

    def handle(self, *args: Any, **options: Any) -> None:
        """Raise each customer's epoch in a short transaction of its own; say how many."""
        with scope.wide("portal_staff"):
            epochs = list(Publication.objects.order_by("customer").values_list("customer", "epoch"))
        for customer_id, epoch in epochs:
            actions.raise_epoch(customer_id=customer_id, above=epoch)
        self.stdout.write(f"{len(epochs)} customers have a new epoch")
