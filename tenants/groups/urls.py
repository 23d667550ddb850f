"""Addresses of groups, and what their pages say."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from tenants.destinations.pages import Room, addresses
from tenants.groups import actions, duty
from tenants.groups.forms import GroupForm
from tenants.groups.models import Group

ROOM = Room(
    name="groups",
    model=Group,
    form=lambda data, offer, row: GroupForm(data, offer=offer, group=row),
    make=lambda customer_id, by, form: actions.make(customer_id=customer_id, by=by, wish=form.wish()),
    change=lambda row, by, form: actions.change(
        group=row, by=by, version=form.cleaned_data["version"], wish=form.wish()
    ),
    remove=lambda row, by, seen, instead: actions.remove(group=row, by=by, version=seen, instead=instead),
    icon="users",
    title=_("Svarsgrupper"),
    lead=_("Vem som svarar, hur det ringer och vad som händer om ingen svarar."),
    adds=_("Lägg till svarsgrupp"),
    empty=_("I en svarsgrupp svarar flera personer på samma samtal, i tur och ordning eller alla samtidigt."),
    now="groups/_duty.html",
    shown=duty.shown,
    counted=duty.counted,
)

app_name = "groups"
urlpatterns = [
    *addresses(ROOM),
    path("<int:ident>/duty/", duty.duty, name="duty"),
    path("<int:ident>/members/<int:person>/login/", duty.login, name="login"),
    path("<int:ident>/members/<int:person>/pause/", duty.pause, name="pause"),
]
