"""API key."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.customers.models import CustomerOwned


class ApiKey(CustomerOwned):
    """A key by its SHA-256. ``user`` is who it is in history; ``prefix`` is how people recognise it."""

    user = models.OneToOneField("tenants.User", on_delete=models.RESTRICT, related_name="api_key")
    name = models.CharField(_("Namn"), max_length=60)
    prefix = models.CharField(max_length=16)
    hash = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    own_of = models.ForeignKey("tenants.User", on_delete=models.CASCADE, null=True, related_name="+")
    """Whose own state it opens, and nothing else; null for the company's keys."""
    created_by = models.ForeignKey("tenants.User", on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey("tenants.User", on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hash", "customer"], name="api_key_hash_once"),
            models.UniqueConstraint(
                "customer", Lower("name"), name="api_key_name_once", condition=models.Q(revoked_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_valid(self, now: datetime) -> bool:
        """Tell whether it opens anything: neither revoked nor out of date."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)
