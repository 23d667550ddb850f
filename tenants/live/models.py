"""Register and what has become of it, and the log of its changes."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.customers.models import CustomerOwned


class Kind(models.TextChoices):
    """What a register holds; the words of ``tenants.routing.live.RegisterKind``."""

    OVERRIDE = "override", _("Öppet eller stängt för hand")
    LOGIN = "login", _("Inloggning i svarsgrupp")
    PAUSE = "pause", _("Paus")
    DIVERSION = "diversion", _("Hänvisning")
    UNREAD = "unread", _("Olästa meddelanden")


class Via(models.TextChoices):
    """Where a change was made."""

    WEB = "web", _("på webben")
    API = "api", _("via API:et")
    PHONE = "phone", _("från telefon")
    PORTAL = "portal", _("av portalen")


class LiveRegister(CustomerOwned):
    """A register as the node last told it, and beside it what somebody wants of it.

    ``value`` is the JSON of a ``LiveValue``, None at rest. ``version`` 0 is a register no node has told of. ``at`` is
    when it was changed, seconds since 1970 by the node, exactly as told: two sides compare it.

    A wish is there while ``wanted_command`` is; ``wanted`` is then what the register shall be, and ``wanted_trace`` the
    request that asked for it, under which its way to the node is logged. It is sent when
    ``next_try_at`` has come and nobody else has it until ``lease_until``. ``refused`` says why the last one came to
    nothing: the node's own word, or ``late``.
    """

    kind = models.CharField(max_length=10, choices=Kind)
    subject = models.CharField(max_length=60)
    value = models.JSONField(null=True)
    version = models.PositiveBigIntegerField(default=0)
    at = models.FloatField(default=0.0)
    by = models.CharField(max_length=100, blank=True)
    via = models.CharField(max_length=6, choices=Via, default=Via.PORTAL)
    command = models.CharField(max_length=100, blank=True)
    wanted = models.JSONField(null=True)
    wanted_command = models.UUIDField(null=True)
    wanted_at = models.DateTimeField(null=True)
    wanted_by = models.ForeignKey("tenants.User", on_delete=models.SET_NULL, null=True, related_name="+")
    wanted_via = models.CharField(max_length=6, choices=Via, default=Via.WEB)
    wanted_trace = models.CharField(max_length=32, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(default=timezone.now)
    refused = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "kind", "subject"], name="live_register_once"),
            models.CheckConstraint(
                condition=models.Q(wanted_command=None) | models.Q(wanted_at__isnull=False), name="live_wish_has_time"
            ),
        ]
        indexes = [
            models.Index(fields=["wanted_at"], name="live_wanted", condition=~models.Q(wanted_command=None)),
            models.Index(fields=["customer", "-version"], name="live_height"),
        ]

    @property
    def changed_at(self) -> datetime | None:
        """Return when the node last changed it, or None if nobody ever did."""
        return datetime.fromtimestamp(self.at, tz=UTC) if self.version else None


class LiveChange(CustomerOwned):
    """A change of a register, as the node told it. Told twice or out of order it is still one row."""

    kind = models.CharField(max_length=10, choices=Kind)
    subject = models.CharField(max_length=60)
    value = models.JSONField(null=True)
    version = models.PositiveBigIntegerField()
    at = models.FloatField()
    by = models.CharField(max_length=100, blank=True)
    via = models.CharField(max_length=6, choices=Via)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "kind", "subject", "at", "version"], name="live_change_once"),
        ]
        indexes = [models.Index(fields=["customer", "-at"], name="live_change_latest")]
