"""Addresses of announcements, and what their pages say."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tenants.announcements import actions
from tenants.announcements.forms import AnnouncementForm
from tenants.announcements.models import Announcement
from tenants.destinations.pages import Room, addresses

ROOM = Room(
    name="announcements",
    model=Announcement,
    form=lambda data, offer, row: AnnouncementForm(data, offer=offer, announcement=row),
    make=lambda customer_id, by, form: actions.make(customer_id=customer_id, by=by, wish=form.wish()),
    change=lambda row, by, form: actions.change(
        announcement=row, by=by, version=form.cleaned_data["version"], wish=form.wish()
    ),
    remove=lambda row, by, seen, instead: actions.remove(announcement=row, by=by, version=seen, instead=instead),
    icon="volume-2",
    title=_("Meddelanden"),
    lead=_("Något den som ringer får höra innan samtalet går vidare eller avslutas."),
    adds=_("Lägg till meddelande"),
    empty=_("Ett meddelande spelas upp i samtalsflödet, till exempel att ni har stängt."),
)

app_name = "announcements"
urlpatterns = addresses(ROOM)
