"""Addresses of menus, and what their pages say."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tenants.destinations.pages import Room, addresses
from tenants.menus import actions
from tenants.menus.forms import MenuForm
from tenants.menus.models import Menu

ROOM = Room(
    name="menus",
    model=Menu,
    form=lambda data, offer, row: MenuForm(data, offer=offer, menu=row),
    make=lambda customer_id, by, form: actions.make(customer_id=customer_id, by=by, wish=form.wish()),
    change=lambda row, by, form: actions.change(
        menu=row, by=by, version=form.cleaned_data["version"], wish=form.wish()
    ),
    remove=lambda row, by, seen, instead: actions.remove(menu=row, by=by, version=seen, instead=instead),
    icon="grid-2x2",
    title=pgettext_lazy("flera", "Knappval"),
    lead=_("Menyer där den som ringer väljer med telefonens knappar."),
    adds=_("Lägg till knappval"),
    empty=_("Med ett knappval väljer den som ringer själv vart samtalet ska. Bygg gärna menyer i flera steg."),
)

app_name = "menus"
urlpatterns = addresses(ROOM)
