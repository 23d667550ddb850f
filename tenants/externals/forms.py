"""What a person types about an external number."""

from __future__ import annotations

import phonenumbers
from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.externals.actions import Wish
from tenants.externals.models import ExternalNumber


class ExternalForm(forms.Form):
    """A number outside the switch."""

    name = forms.CharField(label=_("Namn"), max_length=80, help_text=_("Till exempel Jourmobilen."))
    e164 = forms.CharField(
        label=_("Telefonnummer"), max_length=40, help_text=_("Med riktnummer, till exempel 070-174 06 35."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )  # fmt: skip
    ring_seconds = forms.IntegerField(label=_("Ringtid i sekunder"), min_value=5, max_value=120, initial=40)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    @staticmethod
    def values(row: ExternalNumber) -> dict[str, object]:
        """Return an external number as the form is drawn."""
        number = phonenumbers.parse(row.e164)
        shown = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
        return {"name": row.name, "e164": shown, "ring_seconds": row.ring_seconds, "version": row.version}

    def wish(self) -> Wish:
        """Return what was typed."""
        typed = self.cleaned_data
        return Wish(typed["name"], typed["e164"], typed["ring_seconds"])
