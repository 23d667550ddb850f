"""What a person types about a number."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from tenants.destinations.fields import TargetField
from tenants.destinations.models import Destination


class AssignForm(forms.Form):
    """A number for the customer; staff's."""

    e164 = forms.CharField(
        label=_("Nummer"), max_length=40, help_text=_("Med riktnummer, till exempel 040-622 10 00."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )  # fmt: skip
    label = forms.CharField(label=_("Benämning"), max_length=80, required=False)


class LabelForm(forms.Form):
    """What a number is for."""

    label = forms.CharField(
        label=_("Benämning"), max_length=80, required=False, help_text=_("Till exempel Kontoret i Malmö.")
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class EntryForm(forms.Form):
    """Where calls to a number go."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, targets: QuerySet[Destination], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["entry"] = TargetField(
            targets, label=_("Samtal går till"), required=False, empty_label=_("Ingenstans, numret är ur bruk")
        )
