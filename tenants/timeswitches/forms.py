"""The form of a time switch, as the flow page's inspector shows it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.destinations.fields import ChoiceField, PickingForm
from tenants.destinations.forms import Offer
from tenants.destinations.queries import routes
from tenants.schedules.queries import schedules
from tenants.timeswitches.actions import SLOTS, Wish
from tenants.timeswitches.models import TimeSwitch

AS_CLOSED = _("Som stängt")


class TimeSwitchForm(PickingForm):
    """Name, opening hours and where calls go in each state. ``wish()`` says what a valid form asks for."""

    use_required_attribute = False

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(label=_("Namn"), max_length=80)
    schedule = ChoiceField(label=_("Öppettider"))
    open = ChoiceField(label=_("Öppet"), needed_later=True)
    closed = ChoiceField(label=_("Stängt"), needed_later=True)
    lunch = ChoiceField(label=_("Lunch"), required=False, empty=AS_CLOSED)
    holiday = ChoiceField(label=_("Avvikande dag"), required=False, empty=AS_CLOSED)

    def __init__(self, data: Any = None, *, offer: Offer, switch: TimeSwitch | None = None) -> None:
        super().__init__(data, initial=_shown(switch) if switch else None)
        self.offer([(row.pk, row.name) for row in schedules()], "schedule")
        self.offer(offer.without(switch.pk if switch else None), *SLOTS)

    def wish(self) -> Wish:
        """Return what a valid form asks for."""
        data = self.cleaned_data
        return Wish(data["name"], data["schedule"], **{f"{slot}_id": data[slot] for slot in SLOTS})


def _shown(switch: TimeSwitch) -> dict[str, Any]:
    targets = {route.slot: route.target_id for route in routes(switch.pk)}
    return {"version": switch.version, "name": switch.name, "schedule": switch.schedule_id, **targets}
