"""Event."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from tenants.customers.models import CustomerOwned


class Event(CustomerOwned):
    """A fact from a node, kept exactly as it came. ``(node, boot, seq)`` names it for ever.

    What could not be read, or names a customer the node does not serve, is kept too: ``poisoned`` says why, and
    ``customer`` is then null, so that no customer sees it. ``folded_at`` is null until the fact has had its effect.
    """

    customer = models.ForeignKey(  # type: ignore[assignment]
        "tenants.Customer", on_delete=models.CASCADE, null=True, db_index=False, related_name="+"
    )
    node = models.ForeignKey("tenants.Node", on_delete=models.RESTRICT, db_index=False, related_name="+")
    boot = models.CharField(max_length=64, blank=True)
    seq = models.BigIntegerField(null=True)
    digest = models.CharField(max_length=64)
    kind = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField(null=True)
    call = models.CharField(max_length=100, blank=True)
    body = models.BinaryField()
    received_at = models.DateTimeField(default=timezone.now)
    folded_at = models.DateTimeField(null=True)
    poisoned = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["node", "boot", "seq"], name="event_once"),
            models.UniqueConstraint(
                fields=["node", "digest"], condition=models.Q(seq__isnull=True), name="event_nameless_once"
            ),
            models.CheckConstraint(
                condition=~models.Q(poisoned="") | models.Q(customer__isnull=False, seq__isnull=False),
                name="event_sound_or_poisoned",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], name="event_unfolded", condition=models.Q(folded_at=None, poisoned="")),
            models.Index(fields=["customer", "call", "at"], name="event_call"),
            models.Index(fields=["node", "-received_at"], name="event_poisoned", condition=~models.Q(poisoned="")),
        ]
