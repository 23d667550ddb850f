"""Answer."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from tenants.customers.models import CustomerOwned


class Answer(CustomerOwned):
    """The answer to one request of one user. ``fingerprint`` is the SHA-256 over method, path and body."""

    user = models.ForeignKey("tenants.User", on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    headers = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "user", "key"], name="answer_once")]
