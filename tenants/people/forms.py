"""What a person types about a person."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.changes.words import national
from tenants.customers.models import Site
from tenants.destinations.fields import ChoiceField, Logins, PickingForm
from tenants.destinations.forms import Offer
from tenants.people.actions import FlowWish, Wish
from tenants.people.models import Person

SLOTS = {
    "busy": _("När numret är upptaget"),
    "no_answer": _("När ingen svarar"),
    "unreachable": _("När telefonen inte går att nå"),
}


class PersonForm(PickingForm):
    """Who somebody is."""

    name = forms.CharField(label=_("Namn"), max_length=80)
    extension = forms.RegexField(
        r"^[1-9][0-9]{1,5}\Z", label=_("Anknytning"), max_length=6, help_text=_("Två till sex siffror."),
        error_messages={"invalid": _("En anknytning är två till sex siffror och börjar inte med 0.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    email = forms.EmailField(label=_("E-post"), required=False)
    user = ChoiceField(
        label=_("Inloggning"), required=False, empty=_("Ingen"),
        help_text=_("Den som loggar in får höra sina egna röstmeddelanden."),
    )  # fmt: skip
    site = forms.ModelChoiceField(
        Site.objects.none(), label=_("Kontor"), required=False, empty_label=_("Inget kontor"),
        help_text=_("Den som slår ett lokalt nummer får kontorets riktnummer."),
    )  # fmt: skip
    mobile = forms.CharField(
        label=_("Mobil som också ringer"), max_length=30, required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )  # fmt: skip
    mobile_confirm = forms.BooleanField(
        label=_("Den som svarar i mobilen trycker 1"), required=False, initial=True,
        help_text=_("Så hamnar inga samtal i mobilens röstbrevlåda."),
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, logins: Logins, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer(logins, "user")
        self.fields["site"].queryset = Site.objects.order_by("name")  # type: ignore[attr-defined]

    @staticmethod
    def values(person: Person) -> dict[str, object]:
        """Return a person as the form is drawn."""
        return {
            "name": person.name, "extension": person.extension, "email": person.email, "user": person.user_id,
            "site": person.site_id, "mobile": national(person.mobile), "mobile_confirm": person.mobile_confirm,
            "version": person.version,
        }  # fmt: skip

    def wish(self) -> Wish:
        """Return what was typed."""
        typed = self.cleaned_data
        site = typed["site"]
        return Wish(
            typed["name"], typed["extension"], typed["email"], typed["user"], site.pk if site else None,
            mobile=typed["mobile"], mobile_confirm=typed["mobile_confirm"] or not typed["mobile"],
        )  # fmt: skip


class FlowForm(PickingForm):
    """Where calls go unanswered."""

    ring_seconds = forms.IntegerField(label=_("Ringtid i sekunder"), min_value=5, max_value=120)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, offer: Offer, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for slot, label in SLOTS.items():
            self.fields[slot] = ChoiceField(label=label, required=False, empty=_("Samtalet avslutas"))
        self.offer(offer.without(person.pk), *SLOTS)

    def wish(self) -> FlowWish:
        """Return what was typed."""
        chosen = {f"{slot}_id": self.cleaned_data[slot] for slot in SLOTS}
        return FlowWish(ring_seconds=self.cleaned_data["ring_seconds"], **chosen)


class DeviceForm(forms.Form):
    """A telephone."""

    name = forms.CharField(
        label=_("Telefonens namn"), max_length=60, widget=forms.TextInput(attrs={"placeholder": _("Bordstelefon")})
    )
