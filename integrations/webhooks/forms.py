"""What a person chooses for an endpoint."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from integrations.webhooks.types import TYPES
from tenants.doors import DayField


class EndpointForm(forms.Form):
    """Where, and what of."""

    url = forms.CharField(
        label=_("Adress"), max_length=500, help_text=_("Dit växeln skickar, till exempel https://system.example/webhook."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    types = forms.MultipleChoiceField(
        label=_("Vad den ska få veta"), choices=list(TYPES.items()), required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "check"}),
    )  # fmt: skip


class AgainForm(forms.Form):
    """How far back what did not arrive is sent again."""

    since = DayField(
        label=_("Från och med"), input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("Skriv dagen som åååå-mm-dd.")},
    )  # fmt: skip
