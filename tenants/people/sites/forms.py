"""What is typed about an office."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class SiteForm(forms.Form):
    """An office."""

    name = forms.CharField(label=_("Namn"), max_length=80)
    area_code = forms.RegexField(
        r"^0[1-9][0-9]{0,2}\Z", label=_("Riktnummer"), required=False, max_length=4,
        help_text=_("Fylls i för den som slår ett lokalt nummer från kontoret, till exempel 040."),
        error_messages={"invalid": _("Ett riktnummer börjar med 0 och har två till fyra siffror.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    municipality_code = forms.RegexField(
        r"^[0-9]{4}\Z", label=_("Kommunkod"), required=False, max_length=4,
        help_text=_("Fyra siffror, till exempel 1280 för Malmö. Växeln använder den inte än."),
        error_messages={"invalid": _("En kommunkod har fyra siffror.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
