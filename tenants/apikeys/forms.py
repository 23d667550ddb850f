"""What a person chooses for a key."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from tenants.apikeys.scopes import AREAS, READ, WRITE

LEVELS = [("", _("Ingenting")), (READ, _("Läsa")), (WRITE, _("Läsa och ändra"))]
LASTS = [("", _("Tills den tas bort")), ("30", _("30 dagar")), ("90", _("90 dagar")), ("365", _("Ett år"))]


class OwnKeyForm(forms.Form):
    """A new key to what is somebody's own."""

    name = forms.CharField(label=_("Namn"), max_length=60, help_text=_("Programmet som ska använda nyckeln."))


class KeyForm(forms.Form):
    """A new key: its name, how long it lasts, and what it may do in each area."""

    name = forms.CharField(label=_("Namn"), max_length=60, help_text=_("Programmet som ska använda nyckeln."))
    lasts = forms.ChoiceField(label=_("Gäller"), choices=LASTS, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for area, label in AREAS.items():
            self.fields[area] = forms.ChoiceField(label=str(label), choices=LEVELS, required=False)

    def areas(self) -> list[BoundField]:
        """Return the fields of the areas."""
        return [self[area] for area in AREAS]

    def scopes(self) -> list[str]:
        """Return the scopes that were chosen."""
        return [f"{self.cleaned_data[area]}:{area}" for area in AREAS if self.cleaned_data[area]]

    def expires_at(self, now: datetime) -> datetime | None:
        """Return when the key ends, None for never."""
        days = self.cleaned_data["lasts"]
        return now + timedelta(days=int(days)) if days else None
