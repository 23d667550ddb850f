"""External number."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.destinations.models import Kind, Routable, kind_is


class ExternalNumber(Routable):
    """A number outside the switch: an on-call mobile, an answering service."""

    KIND = Kind.EXTERNAL

    e164 = models.CharField(_("Telefonnummer"), max_length=16)
    ring_seconds = models.PositiveSmallIntegerField(
        _("Ringtid"), default=40, validators=[MinValueValidator(5), MaxValueValidator(120)]
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            *kind_is(Kind.EXTERNAL),
            models.CheckConstraint(condition=models.Q(e164__regex=r"^\+[1-9][0-9]{6,14}$"), name="external_e164"),
            models.CheckConstraint(condition=models.Q(ring_seconds__range=(5, 120)), name="external_bounds"),
        ]
