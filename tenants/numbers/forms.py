"""What a person types about a number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.changes.words import national
from tenants.customers.models import Site
from tenants.destinations.fields import ChoiceField, Offered, PickingForm, Shelf
from tenants.destinations.forms import Offer
from tenants.numbers.models import Number
from tenants.numbers.queries import purpose


class AssignForm(forms.Form):
    """A number for the customer; staff's."""

    e164 = forms.CharField(
        label=_("Nummer"), max_length=40, help_text=_("Med riktnummer, till exempel 040-622 10 00."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )  # fmt: skip
    label = forms.CharField(label=_("Benämning"), max_length=80, required=False)


class LabelForm(forms.Form):
    """What a number is for, and whose."""

    label = forms.CharField(
        label=_("Benämning"), max_length=80, required=False, help_text=_("Till exempel Kontoret i Malmö.")
    )
    site = forms.ModelChoiceField(Site.objects.none(), label=_("Kontor"), required=False, empty_label=_("Inget kontor"))
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = Site.objects.order_by("name")  # type: ignore[attr-defined]

    def typed(self) -> dict[str, Any]:
        """Return what was typed, as the action takes it."""
        site = self.cleaned_data["site"]
        return {
            "label": self.cleaned_data["label"], "version": self.cleaned_data["version"],
            "site_id": site.pk if site else None,
        }  # fmt: skip


class Lines(Offered):
    """The customer's numbers as a picker offers them; ``at`` knows them all."""

    def __init__(self, at: str) -> None:
        super().__init__(Shelf(Number.objects.all(), ("pk", "e164", "label", "is_main"), at))

    def __iter__(self) -> Iterator[Any]:
        """Yield pairs of id and number, with what it is for."""
        for ident, e164, label, is_main in self.shelf.rows():
            yield ident, " · ".join(filter(None, [national(e164), purpose(label, is_main=is_main)]))


class EntryForm(PickingForm):
    """Where calls to a number go."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    entry = ChoiceField(label=_("Samtal går till"), required=False, empty=_("Ingenstans, numret är ur bruk"))

    def __init__(self, *args: Any, offer: Offer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer(offer.without(), "entry")
