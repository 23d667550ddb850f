"""Menu."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.destinations.models import Kind, Routable, kind_is


class Menu(Routable):
    """An auto attendant: a prompt, and where each key leads."""

    KIND = Kind.MENU

    prompt = models.ForeignKey("tenants.Prompt", on_delete=models.RESTRICT, null=True, blank=True, related_name="+")
    invalid_prompt = models.ForeignKey(
        "tenants.Prompt", on_delete=models.RESTRICT, null=True, blank=True, related_name="+"
    )
    wait_seconds = models.PositiveSmallIntegerField(
        _("Väntar på knapp"), default=5, validators=[MinValueValidator(1), MaxValueValidator(30)]
    )
    tries = models.PositiveSmallIntegerField(
        _("Antal försök"), default=3, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            *kind_is(Kind.MENU),
            models.CheckConstraint(
                condition=models.Q(wait_seconds__range=(1, 30), tries__range=(1, 5)), name="menu_bounds"
            ),
        ]
