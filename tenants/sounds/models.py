"""Sound."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from tenants.customers.models import CustomerOwned


class Sound(CustomerOwned):
    """A mono 16-bit WAV, by the SHA-256 of its bytes. ``peaks`` are 0..100, for drawing."""

    sha256 = models.CharField(max_length=64)
    wav = models.BinaryField()
    rate = models.PositiveIntegerField()
    milliseconds = models.PositiveIntegerField()
    peaks = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "sha256"], name="sound_once")]
