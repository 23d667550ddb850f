"""Node, placement, receipt."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.customers.models import CustomerOwned


class Node(models.Model):
    """A machine of the switching layer. It serves many customers, so it has no customer of its own.

    Tokens are compared by hash; the portal's own token and the sealing key are sealed columns.
    """

    name = models.CharField(_("Namn"), max_length=60, unique=True)
    url = models.URLField(blank=True)
    code_hash = models.CharField(max_length=64, blank=True)
    code_until = models.DateTimeField(null=True, blank=True)
    token_hash = models.CharField(max_length=64, blank=True)
    portal_token = models.TextField(blank=True)
    sealing_key = models.TextField(blank=True)
    enrolled_at = models.DateTimeField(null=True, blank=True)
    boot = models.CharField(max_length=64, blank=True)
    switch = models.CharField(max_length=80, blank=True)
    spooled = models.PositiveBigIntegerField(null=True, blank=True)
    """How many events the node had yet to tell when it last said how it is; null if it never has."""

    live_boot = models.CharField(max_length=64, blank=True)
    """The start of the node whose live state was last compared whole."""

    last_seen_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    closed_until = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    answered_at = models.DateTimeField(null=True, blank=True)
    """When the node last answered us as it should, to a quarter of a second."""
    asked_until = models.DateTimeField(null=True, blank=True)
    """Until when, at most, somebody is finding out whether the node answers; null if nobody is."""

    compared_at = models.DateTimeField(null=True, blank=True)
    """When somebody last began to compare what the node has with what it should have."""
    compare_until = models.DateTimeField(null=True, blank=True)
    """Until when, at most, somebody is comparing it; null if nobody is."""

    forgotten_at = models.DateTimeField(null=True, blank=True)
    """When staff gave the node up; nothing it says counts until it has been compared again."""

    heir = models.ForeignKey("self", on_delete=models.RESTRICT, null=True, blank=True, related_name="+")
    """Where the customers of a forgotten node go; null when nothing more is to go there."""

    def __str__(self) -> str:
        return self.name


class Placement(CustomerOwned):
    """A customer on a node: what the node has confirmed, and the pusher's own book-keeping."""

    class Role(models.TextChoices):
        """One node serves; another may stand by, and one that served may still be kept until its calls are over."""

        ACTIVE = "active", _("Aktiv")
        STANDBY = "standby", _("Reserv")
        LEAVING = "leaving", _("Lämnas")

    node = models.ForeignKey("tenants.Node", on_delete=models.RESTRICT, related_name="placements")
    role = models.CharField(max_length=10, choices=Role, default=Role.ACTIVE)
    takes_over = models.BooleanField(default=False, db_default=False)
    """A standby that becomes active as soon as it has all that is wanted."""
    leaves_at = models.DateTimeField(null=True, blank=True)
    """When a node that is being left is given an empty configuration."""
    drifted_at = models.DateTimeField(null=True, blank=True)
    """When the node was last found to have something else than it had confirmed."""
    epoch = models.PositiveIntegerField(default=0)
    generation = models.PositiveBigIntegerField(default=0)
    root = models.CharField(max_length=64, blank=True)
    effective_at = models.DateTimeField(null=True, blank=True)
    quarantined = models.PositiveBigIntegerField(default=0)
    refusal = models.JSONField(null=True, blank=True)
    error = models.CharField(max_length=200, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    last_served_at = models.DateTimeField(default=timezone.now)
    lease = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "node"], name="placement_once"),
            models.UniqueConstraint(fields=["customer", "role"], name="placement_role_once"),
        ]


class Receipt(CustomerOwned):
    """The node's word that a generation was what calls follow from ``effective_at``."""

    node = models.ForeignKey("tenants.Node", on_delete=models.RESTRICT, related_name="+")
    epoch = models.PositiveIntegerField()
    generation = models.PositiveBigIntegerField()
    root = models.CharField(max_length=64)
    effective_at = models.DateTimeField()
    milliseconds = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "node", "epoch", "generation"], name="receipt_once"),
        ]


class Rejection(CustomerOwned):
    """The node's word that it will not have a generation, and why. It stays when a later one is taken."""

    node = models.ForeignKey("tenants.Node", on_delete=models.RESTRICT, related_name="+")
    generation = models.PositiveBigIntegerField()
    refusal = models.JSONField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "node", "generation"], name="rejection_once")]
