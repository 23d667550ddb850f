"""Event."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils import timezone

from tenants.customers.models import CustomerOwned

TROUBLE = models.Q(folded_at=None, dismissed_at=None) & (~models.Q(poisoned="") | models.Q(tries__gt=0))
"""What somebody may have to look at: not read, or its effect failed."""


class Event(CustomerOwned):
    """A fact from a node, kept exactly as it came. ``(node, boot, seq)`` names it for ever.

    What could not be read, or names a customer the node does not serve, is kept too: ``poisoned`` says why, and
    ``customer`` is then null, so that no customer sees it. ``folded_at`` is null until the fact has had its effect.

    An effect that failed is tried again at ``next_try_at``; ``tries`` counts the failures and ``error`` says what the
    last one was. After ``MOST_TRIES`` of them it lies until staff has it folded again or dismisses it, as does what
    is poisoned. ``again_at`` is when staff asked for a poisoned one to be read again; ``dismissed_at`` says that
    somebody has looked and nothing is to be done.
    """

    MOST_TRIES = 6

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
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    next_try_at = models.DateTimeField(default=timezone.now)
    again_at = models.DateTimeField(null=True)
    dismissed_at = models.DateTimeField(null=True)
    dismissed_by = models.ForeignKey("tenants.User", on_delete=models.SET_NULL, null=True, related_name="+")

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
            models.Index(fields=["-id"], name="event_trouble", condition=TROUBLE),
            models.Index(fields=["customer", "-id"], name="event_of_customer"),
            models.Index(fields=["node", "-id"], name="event_of_node"),
            BrinIndex(fields=["received_at"], name="event_received"),
        ]

    @property
    def state(self) -> str:
        """Return how it stands: ``poisoned``, ``dead``, ``failing``, ``waiting``, ``folded`` or ``dismissed``."""
        if self.dismissed_at or self.folded_at:
            return "dismissed" if self.dismissed_at else "folded"
        if self.poisoned:
            return "poisoned"
        if self.tries >= self.MOST_TRIES:
            return "dead"
        return "failing" if self.tries else "waiting"
