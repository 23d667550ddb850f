"""Prompt, take."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.customers.models import CustomerOwned


class Prompt(CustomerOwned):
    """A message with a name and a manuscript. ``take`` is the reading that is heard."""

    name = models.CharField(_("Namn"), max_length=80)
    manuscript = models.TextField(_("Manus"), blank=True)
    take = models.ForeignKey("tenants.Take", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint("customer", Lower("name"), name="prompt_name_once")]

    def __str__(self) -> str:
        return self.name


class Take(CustomerOwned):
    """One reading of a prompt, at 8 and at 16 kHz."""

    prompt = models.ForeignKey("tenants.Prompt", on_delete=models.CASCADE, related_name="takes")
    narrow = models.ForeignKey("tenants.Sound", on_delete=models.RESTRICT, related_name="+")
    wide = models.ForeignKey("tenants.Sound", on_delete=models.RESTRICT, related_name="+")
    source_name = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey("tenants.User", on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    @property
    def drawn(self) -> list[float]:
        """Return the peaks, 0 to 1, as a page draws them."""
        return [peak / 100 for peak in self.wide.peaks]

    @property
    def seconds(self) -> float:
        """Return how long it is."""
        return self.wide.milliseconds / 1000
