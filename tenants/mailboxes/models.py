"""Mailbox, listener, message."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.customers.models import CustomerOwned
from tenants.destinations.models import Kind, Routable, kind_is


class Mailbox(Routable):
    """A box for messages: of one person (``owner``) or shared."""

    KIND = Kind.MAILBOX

    owner = models.ForeignKey(
        "tenants.Person", on_delete=models.CASCADE, null=True, blank=True, related_name="mailboxes"
    )
    greeting = models.ForeignKey("tenants.Prompt", on_delete=models.RESTRICT, null=True, blank=True, related_name="+")
    max_seconds = models.PositiveSmallIntegerField(
        _("Längsta meddelande"), default=180, validators=[MinValueValidator(10), MaxValueValidator(600)]
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            *kind_is(Kind.MAILBOX),
            models.CheckConstraint(condition=models.Q(max_seconds__range=(10, 600)), name="mailbox_bounds"),
        ]


class Listener(CustomerOwned):
    """A login that may listen to a shared mailbox."""

    mailbox = models.ForeignKey("tenants.Mailbox", on_delete=models.CASCADE, related_name="listeners")
    membership = models.ForeignKey("tenants.Membership", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mailbox", "membership"], name="listener_once")]


class Message(CustomerOwned):
    """What a caller said. ``uuid`` is the node's name for it, so a repeated upload is the same message."""

    mailbox = models.ForeignKey("tenants.Mailbox", on_delete=models.CASCADE, related_name="messages")
    uuid = models.UUIDField()
    caller = models.CharField(max_length=32, blank=True)
    left_at = models.DateTimeField()
    sound = models.ForeignKey("tenants.Sound", on_delete=models.RESTRICT, related_name="+")
    heard_at = models.DateTimeField(null=True)
    heard_by = models.ForeignKey("tenants.User", on_delete=models.SET_NULL, null=True, related_name="+")
    handled_at = models.DateTimeField(null=True)
    handled_by = models.ForeignKey("tenants.User", on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "uuid"], name="message_once")]
        indexes = [models.Index(fields=["customer", "mailbox", "-left_at"], name="message_latest")]

    @property
    def drawn(self) -> list[float]:
        """Return the peaks, 0 to 1, as a page draws them."""
        return [peak / 100 for peak in self.sound.peaks]

    @property
    def seconds(self) -> float:
        """Return how long it is."""
        return self.sound.milliseconds / 1000
