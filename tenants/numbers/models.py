"""Number."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.customers.models import CustomerOwned


class Number(CustomerOwned):
    """An E.164 number held by the customer, and where its calls go."""

    class Kind(models.TextChoices):
        """What sort of number it is (PTS numbering plan)."""

        GEOGRAPHIC = "geographic", _("Fast nummer")
        MOBILE = "mobile", _("Mobilnummer")
        NATIONAL = "national", _("Nationellt nummer")
        FOREIGN = "foreign", _("Internationellt nummer")

    e164 = models.CharField(_("Nummer"), max_length=16, unique=True)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.GEOGRAPHIC)
    label = models.CharField(_("Benämning"), max_length=80, blank=True)
    is_main = models.BooleanField(_("Huvudnummer"), default=False)
    site = models.ForeignKey("tenants.Site", on_delete=models.RESTRICT, null=True, blank=True, related_name="numbers")
    entry = models.ForeignKey(
        "tenants.Destination", on_delete=models.RESTRICT, null=True, blank=True, related_name="numbers"
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer"], name="number_one_main", condition=models.Q(is_main=True)),
            models.CheckConstraint(condition=models.Q(e164__regex=r"^\+[1-9][0-9]{6,14}$"), name="number_e164"),
        ]

    def __str__(self) -> str:
        return self.e164
