"""The form of a time switch, as the flow page's inspector shows it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from tenants.destinations import queries as destinations
from tenants.destinations.actions import Edge
from tenants.destinations.models import Destination
from tenants.schedules.models import Schedule
from tenants.schedules.queries import schedules
from tenants.timeswitches.actions import SLOTS
from tenants.timeswitches.models import TimeSwitch


class TimeSwitchForm(forms.Form):
    """Name, opening hours and where the call goes in each state.

    Valid, it gives ``cleaned()``: what ``actions.make`` and ``actions.change`` take besides row or customer.
    """

    name = forms.CharField(label=_("Namn"), max_length=80)
    schedule = forms.ModelChoiceField(label=_("Öppettider"), queryset=Schedule.objects.none(), empty_label=None)
    open = forms.ModelChoiceField(label=_("Öppet"), queryset=Destination.objects.none(), required=False)
    closed = forms.ModelChoiceField(label=_("Stängt"), queryset=Destination.objects.none(), required=False)
    lunch = forms.ModelChoiceField(
        label=_("Lunch"), queryset=Destination.objects.none(), required=False, empty_label=_("Som stängt")
    )
    holiday = forms.ModelChoiceField(
        label=_("Helgdag"), queryset=Destination.objects.none(), required=False, empty_label=_("Som stängt")
    )

    def __init__(self, *args: Any, row: TimeSwitch | None = None, **kwargs: Any) -> None:
        """Bind to a time switch to change, or to none to make one. Call it in the customer's scope."""
        kwargs["initial"] = {**(_shown(row) if row else {}), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self._offer("schedule", schedules())
        targets = destinations.standing().exclude(pk=row.pk) if row else destinations.standing()
        for slot in SLOTS:
            self._offer(slot, targets)

    def _offer(self, name: str, rows: QuerySet[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = rows

    def cleaned(self) -> dict[str, Any]:
        """Return name, schedule_id and routes of a valid form."""
        data = self.cleaned_data
        routes = {slot: Edge(data[slot].pk) if data[slot] else None for slot in SLOTS}
        return {"name": data["name"], "schedule_id": data["schedule"].pk, "routes": routes}


def _shown(row: TimeSwitch) -> dict[str, object]:
    targets = {route.slot: route.target_id for route in destinations.routes(row.pk)}
    return {"name": row.name, "schedule": row.schedule_id, **targets}
