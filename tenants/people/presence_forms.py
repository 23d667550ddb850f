"""What a person types about being away."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.destinations.fields import ChoiceField, PickingForm
from tenants.destinations.forms import Offer
from tenants.doors import DayField
from tenants.live.words import REASONS
from tenants.routing.live import Diversion

DIVERTED_TO = ("mailbox", "external", "person")
"""The kinds of places calls can be diverted to by hand."""


class DiversionForm(PickingForm):
    """Why somebody is away, until when, and where calls go. A time alone that has passed today is tomorrow's."""

    reason = forms.ChoiceField(label=_("Varför"), choices=list(REASONS.items()), initial="lunch")
    clock = forms.TimeField(
        label=_("Till klockan"), required=False, input_formats=["%H:%M", "%H.%M", "%H%M", "%H"],
        error_messages={"invalid": _("Skriv klockslag som 13:00.")},
    )  # fmt: skip
    day = DayField(
        label=_("Till och med dag"), required=False, input_formats=["%Y-%m-%d", "%Y%m%d"],
        error_messages={"invalid": _("Skriv datum som 2026-12-24.")},
    )  # fmt: skip

    target = ChoiceField(label=_("Samtal går till"), required=False, empty=_("Som när ingen svarar"))

    def __init__(self, data: Any = None, *, offer: Offer, person: int) -> None:
        super().__init__(data)
        self.places = offer
        self.offer(offer.only(*DIVERTED_TO, without=[person]), "target")

    @property
    def reasons(self) -> list[tuple[str, object, bool]]:
        """Return each reason with its word and whether it is the one chosen."""
        chosen = self["reason"].value()
        return [(code, word, code == chosen) for code, word in REASONS.items()]

    def clean(self) -> dict[str, Any]:
        """Work out the moment it ends."""
        data = super().clean() or {}
        self.until = self._until(data.get("day"), data.get("clock"))
        if self.until is not None and self.until <= timezone.now():
            self.add_error("day" if data.get("day") else "clock", _("Välj en tid som ligger framåt."))
        return data

    @staticmethod
    def _until(day: Any, clock: time | None) -> datetime | None:
        now = timezone.localtime()
        if day is None and clock is None:
            return None
        if day is None:
            assert clock is not None
            at = datetime.combine(now.date(), clock, now.tzinfo)
            return at if at > now else datetime.combine(now.date() + timedelta(days=1), clock, now.tzinfo)
        if clock is None:
            return datetime.combine(day + timedelta(days=1), time(), now.tzinfo)
        return datetime.combine(day, clock, now.tzinfo)

    def value(self) -> Diversion:
        """Return what a valid form asks for."""
        target = self.places.key_of(self.cleaned_data["target"])
        return Diversion(reason=self.cleaned_data["reason"], until=self.until, target=target)
