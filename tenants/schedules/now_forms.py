"""The form that closes or opens for the moment, and what its ends mean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from tenants.prompts.models import Prompt
from tenants.routing.naming import prompt_key
from tenants.routing.objects import Schedule
from tenants.routing.schedules import next_state_change
from tenants.schedules import pages
from tenants.schedules.forms import Form
from tenants.schedules.queries import heard_prompts
from tenants.schedules.refusals import BadHours
from tenants.schedules.times import minutes_of
from tenants.schedules.words import when

DAY, CHANGE, AT = "day", "change", "at"
"""Until the next day's opening; until the schedule next changes; until a time of today."""


@dataclass(frozen=True)
class Ends:
    """When what is set by hand can end. ``day`` and ``change`` are None where the schedule has no such moment."""

    now: datetime
    day: datetime | None
    change: datetime | None

    def words(self, at: datetime | None) -> str:
        """Return a moment as seen from now; nothing for none."""
        return when(at.astimezone(self.now.tzinfo), self.now) if at else ""


def ends(obj: Schedule, moment: datetime) -> Ends:
    """Return when closing or opening at a moment can end."""
    now = pages.local(obj, moment)
    midnight = datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)
    opened = pages.status(obj, midnight).state == "open"
    return Ends(now, midnight if opened else pages.next_opening(obj, midnight), next_state_change(obj, moment))


class NowForm(Form):
    """Closed or open by hand, until when, and what the caller hears."""

    state = forms.ChoiceField(choices=[("closed", ""), ("open", "")], widget=forms.HiddenInput)
    end = forms.ChoiceField(choices=[(DAY, ""), (CHANGE, ""), (AT, "")])
    at = forms.CharField(max_length=20, required=False)
    prompt = forms.ModelChoiceField(
        label=_("Den som ringer hör"), queryset=Prompt.objects.none(), required=False, empty_label=_("Som annars")
    )

    def __init__(self, data: QueryDict | None, *, ends: Ends, state: str) -> None:
        """Show the choices there are at this moment. Call it in the customer's scope."""
        super().__init__(data, initial={"state": state})
        self.ends = ends
        self.until: datetime | None = None
        prompt = self.fields["prompt"]
        assert isinstance(prompt, forms.ModelChoiceField)
        prompt.queryset = heard_prompts()

    @property
    def closing(self) -> bool:
        """Tell whether it is to be closed."""
        return str(self["state"].value()) != "open"

    @property
    def chosen(self) -> str:
        """Return the end that is chosen: as sent, or what most people mean."""
        sent = str(self.data.get("end", "")) if self.is_bound else ""
        return sent or (DAY if self.closing and self.ends.day else AT)

    def clean(self) -> dict[str, Any]:
        """Work out the moment it ends."""
        data = super().clean() or {}
        self.until = self._until(data.get("end"), data.get("at") or "")
        if self.until is None and not self.errors:
            self.add_error(None, _("Det finns ingen sådan tid. Välj ett klockslag."))
        return data

    def _until(self, end: str | None, clock: str) -> datetime | None:
        if end == AT:
            return self._at(clock)
        return self.ends.day if end == DAY else self.ends.change if end == CHANGE else None

    def _at(self, clock: str) -> datetime | None:
        try:
            minute = minutes_of(clock)
        except BadHours as refusal:
            self.add_error("at", str(refusal.message))
            return None
        now = self.ends.now
        days, rest = divmod(minute, 1440)
        at = datetime.combine(now.date() + timedelta(days=days), time(rest // 60, rest % 60), now.tzinfo)
        if at <= now:
            self.add_error("at", _("Klockan är redan mer än så. Välj en senare tid i dag."))
            return None
        return at

    def prompt_key(self) -> str | None:
        """Return the key of the prompt that was chosen."""
        chosen = self.cleaned_data.get("prompt")
        return prompt_key(chosen.pk) if chosen else None
