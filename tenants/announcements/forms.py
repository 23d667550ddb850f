"""The form of an announcement."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.announcements.actions import Wish
from tenants.announcements.models import Announcement
from tenants.destinations.fields import ChoiceField, PickingForm
from tenants.destinations.forms import Offer
from tenants.destinations.queries import routes


class AnnouncementForm(PickingForm):
    """What is heard, and what comes after. ``wish()`` says what a valid form asks for."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(label=_("Namn"), max_length=80)
    prompt = ChoiceField(label=_("Meddelande"), empty=_("Välj en röstprompt"))
    next = ChoiceField(label=_("Därefter"), required=False, empty=_("Avsluta samtalet"))

    def __init__(self, data: Any = None, *, offer: Offer, announcement: Announcement | None = None) -> None:
        super().__init__(data, initial=_shown(announcement) if announcement else None)
        self.offer(offer.prompts, "prompt")
        self.offer(offer.without(announcement.pk if announcement else None), "next")

    def wish(self) -> Wish:
        """Return what a valid form asks for."""
        data = self.cleaned_data
        return Wish(name=data["name"], prompt_id=data["prompt"], next_id=data["next"])


def _shown(row: Announcement) -> dict[str, Any]:
    targets = {route.slot: route.target_id for route in routes(row.pk)}
    return {"version": row.version, "name": row.name, "prompt": row.prompt_id, "next": targets.get("next")}
