"""What a person chooses before a test call."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from integrations.switch.testcalls.actions import Wish
from tenants.destinations.fields import ChoiceField, PickingForm
from tenants.doors import DayField
from tenants.numbers.forms import Lines
from tenants.numbers.models import Number


class TestCallForm(PickingForm):
    """Which number, who is rung, when it is, and draft or live."""

    __test__ = False
    number = ChoiceField(label=_("Numret som rings"), empty=None)
    to = forms.CharField(
        label=_("Din telefon"), max_length=40,
        help_text=_("En anknytning eller ett telefonnummer. Det ringer där; svara, så är du den som ringer in."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )  # fmt: skip
    draft = forms.TypedChoiceField(
        label=_("Vilket flöde"), coerce=lambda value: value == "draft", initial="live",
        choices=[("live", _("Det som gäller i växeln")), ("draft", _("Utkastet"))],
        help_text=_("En kö som ännu inte är publicerad kan inte provas: samtalet går vidare som om ingen svarade."),
    )  # fmt: skip
    day = DayField(label=_("Dag"), required=False, initial="")
    clock = forms.TimeField(label=_("Klockslag"), required=False, initial="", input_formats=["%H:%M", "%H.%M", "%H%M"])

    def __init__(self, data: Any = None, *, zone: ZoneInfo, lines: Lines, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.zone = zone
        self.offer(lines, "number")

    def clean(self) -> dict[str, Any]:
        """Refuse a time without its day."""
        cleaned = super().clean() or {}
        if cleaned.get("clock") and not cleaned.get("day"):
            self.add_error("day", _("Välj dag också, eller lämna båda tomma för nu."))
        return cleaned

    def wish(self) -> Wish:
        """Return what was chosen; a day alone is its noon."""
        given = self.cleaned_data
        day, clock = given["day"], given["clock"]
        wall = f"{day:%Y-%m-%d} {f'{clock:%H:%M}' if clock else '12:00'}" if day else ""
        moment = datetime.fromisoformat(wall).replace(tzinfo=self.zone) if wall else None
        return Wish(Number.objects.get(pk=given["number"]), given["to"], moment, given["draft"])
