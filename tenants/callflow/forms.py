"""The forms of the flow page itself: where a number leads, and a new step on the way."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.callflow.actions import New
from tenants.destinations.fields import ChoiceField, PickingForm
from tenants.destinations.forms import Offer
from tenants.numbers.forms import Lines
from tenants.numbers.models import Number
from tenants.schedules.queries import schedules

KINDS = (
    ("menu", _("Knappval"), "grid-2x2", _("Den som ringer väljer med knapparna")),
    ("group", _("Svarsgrupp"), "users", _("Flera personer svarar")),
    ("timeswitch", _("Tidsstyrning"), "clock", _("Olika vägar när det är öppet och stängt")),
    ("announcement", _("Meddelande"), "volume-2", _("Spela upp något och gå vidare eller lägg på")),
    ("person", _("Användare"), "contact-round", _("En ny användare med egen anknytning")),
    ("mailbox", _("Röstbrevlåda"), "voicemail", _("Den som ringer lämnar ett meddelande")),
    ("external", _("Externt nummer"), "phone-forwarded", _("Koppla vidare till en annan telefon")),
)
"""What a step can be made as: kind, word, icon and what it does."""

NEEDED = {
    "menu": "prompt", "announcement": "prompt", "timeswitch": "schedule", "external": "typed", "person": "extension",
}  # fmt: skip
"""The field a kind asks for besides its name."""
LIVE = frozenset({"person", "mailbox", "external"})
"""The kinds that are in the switch as soon as they are made; only the way there waits."""


class EntryForm(PickingForm):
    """Where calls to a number go first."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    entry = ChoiceField(label=_("När någon ringer"), required=False, empty=_("Numret används inte"))

    def __init__(self, data: Any = None, *, offer: Offer, number: Number) -> None:
        super().__init__(data, initial={"version": number.version, "entry": number.entry_id})
        self.offer(offer.without(), "entry")


class NumberForm(PickingForm):
    """Whose flow to see, where numbers are too many for tabs."""

    number = ChoiceField(label=_("Visa flödet för"), empty=None)

    def __init__(self, *, shown: Number, lines: Lines) -> None:
        super().__init__(initial={"number": shown.pk}, auto_id="shown-%s")
        self.offer(lines, "number")


class ExistingForm(PickingForm):
    """A step that there is already."""

    target = ChoiceField(label=_("Ett steg som redan finns"))

    def __init__(self, data: Any = None, *, offer: Offer, source: int | None) -> None:
        super().__init__(data)
        self.offer(offer.without(source), "target")


class NewForm(PickingForm):
    """A step to be made; only the fields its kind needs are there."""

    name = forms.CharField(label=_("Namn"), max_length=80)
    prompt = ChoiceField(label=_("Hälsning"), empty=_("Välj en röstprompt"))
    schedule = ChoiceField(label=_("Öppettider"))
    typed = forms.CharField(label=_("Telefonnummer"), max_length=30)
    extension = forms.CharField(label=_("Anknytning"), max_length=6, help_text=_("Två till sex siffror."))

    def __init__(self, data: Any = None, *, offer: Offer, kind: str) -> None:
        super().__init__(data)
        self.kind = kind
        for name in set(NEEDED.values()) - {NEEDED.get(kind)}:
            del self.fields[name]
        if "prompt" in self.fields:
            self.offer(offer.prompts, "prompt")
            self.fields["prompt"].required = kind == "announcement"
        if "schedule" in self.fields:
            self.offer([(row.pk, row.name) for row in schedules()], "schedule")

    def new(self) -> New:
        """Return what a valid form asks for."""
        data = self.cleaned_data
        return New(
            self.kind,
            data["name"],
            data.get("prompt"),
            data.get("schedule"),
            data.get("typed", ""),
            data.get("extension", ""),
        )
