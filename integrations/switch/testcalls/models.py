"""TestCall."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from tenants.customers.models import CustomerOwned


class TestCall(CustomerOwned):
    """A call the switch was asked to make. ``uuid`` is the call's id on the switch, so its events find it.

    ``to`` is a telephone's SIP username or a number outside; ``moment`` None is the time it is made.
    """

    __test__ = False
    uuid = models.UUIDField(default=uuid.uuid4)
    number = models.ForeignKey("tenants.Number", on_delete=models.CASCADE, related_name="+")
    to = models.CharField(max_length=40)
    shown = models.CharField(max_length=120)
    """Who is rung, as people say it."""
    moment = models.DateTimeField(null=True)
    draft = models.BooleanField(default=False)
    by = models.ForeignKey("tenants.User", on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    placed_at = models.DateTimeField(null=True)
    refused = models.CharField(max_length=60, blank=True)
    """Why the switch would not, as a code."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "uuid"], name="test_call_once")]
        indexes = [models.Index(fields=["customer", "-made_at"], name="test_call_latest")]
