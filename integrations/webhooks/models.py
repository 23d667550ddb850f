"""Endpoint and what is sent to it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.customers.models import CustomerOwned


class Reason(models.TextChoices):
    """Why nothing is sent to an endpoint."""

    BY_HAND = "by_hand", _("Pausad för hand")
    GONE = "gone", _("Mottagaren svarade 410: adressen finns inte längre")


class Status(models.TextChoices):
    """How a delivery stands."""

    WAITING = "waiting", _("Väntar")
    DELIVERED = "delivered", _("Framme")
    DEAD = "dead", _("Kom inte fram")


class Endpoint(CustomerOwned):
    """An address of the customer's that is told of facts of the chosen ``types``.

    ``secret`` is sealed (``actions.place_of``); until ``old_until`` the secret before it signs too. Failures that say
    something of the endpoint (no answer, 5xx, 429) are counted in a row in ``failures``; ``closed_until`` is when it is
    next asked. Whoever sends to it holds ``lease`` until ``lease_until``, so one message is on its way at a time.
    """

    STAMPED: ClassVar = ("url", "types", "enabled")

    url = models.CharField(max_length=500)
    secret = models.TextField(blank=True)
    old_secret = models.TextField(blank=True)
    old_until = models.DateTimeField(null=True)
    types = models.JSONField(default=list)
    enabled = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=10, choices=Reason, blank=True)
    created_by = models.ForeignKey("tenants.User", on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    failures = models.PositiveSmallIntegerField(default=0)
    closed_until = models.DateTimeField(default=timezone.now)
    lease = models.UUIDField(null=True)
    lease_until = models.DateTimeField(default=timezone.now)
    last_served_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "url"], name="endpoint_url_once"),
            models.CheckConstraint(
                condition=models.Q(enabled=True, disabled_reason="")
                | models.Q(enabled=False) & ~models.Q(disabled_reason=""),
                name="endpoint_disabled_why",
            ),
        ]
        indexes = [
            models.Index(fields=["last_served_at"], name="endpoint_turns", condition=models.Q(enabled=True)),
        ]

    def __str__(self) -> str:
        return self.url

    @property
    def host(self) -> str:
        """Return whom it leads to, as people say it."""
        return self.url.partition("://")[2].partition("/")[0].partition("?")[0]


class Delivery(CustomerOwned):
    """One message to one endpoint. ``message`` is the ``webhook-id``, the same in every try and after a replay.

    ``body`` is sent exactly as it stands. ``tries`` counts since it was made or sent again by hand; ``last_code`` and
    ``last_said`` are what was answered last, a code of None with the reason why there was no answer.
    """

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    message = models.CharField(max_length=40)
    type = models.CharField(max_length=40)
    body = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(null=True)
    last_code = models.PositiveSmallIntegerField(null=True)
    last_said = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "endpoint", "message"], name="delivery_once")]
        indexes = [
            models.Index(fields=["endpoint", "id"], name="delivery_waiting", condition=models.Q(status="waiting")),
            models.Index(fields=["endpoint", "-id"], name="delivery_latest"),
            models.Index(fields=["created_at"], name="delivery_age"),
        ]
