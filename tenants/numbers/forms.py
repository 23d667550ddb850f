"""What a person types about a number."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext_lazy as _

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

    def __init__(self, *args: object, targets: Iterable[Destination], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = forms.ModelChoiceField(
            targets,
            label=_("Samtal går till"),
            required=False,
            empty_label=_("Ingenstans, numret är ur bruk"),  # type: ignore[arg-type]
        )
        field.label_from_instance = lambda target: f"{target.name} ({target.get_kind_display()})"  # type: ignore[attr-defined]
        self.fields["entry"] = field
