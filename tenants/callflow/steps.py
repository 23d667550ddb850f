"""What can be done with each kind of step in the inspector: its form, how it is saved, how it is removed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from tenants.announcements import actions as announcements
from tenants.announcements.forms import AnnouncementForm
from tenants.announcements.models import Announcement
from tenants.callflow.forms import EntryForm
from tenants.customers.models import User
from tenants.destinations.forms import Offer
from tenants.destinations.models import Destination
from tenants.doors import id_in
from tenants.groups import actions as groups
from tenants.groups.forms import GroupForm
from tenants.groups.models import Group
from tenants.menus import actions as menus
from tenants.menus.forms import MenuForm
from tenants.menus.models import Menu
from tenants.numbers import actions as numbers
from tenants.numbers.models import Number
from tenants.routing.objects import Key
from tenants.timeswitches import actions as timeswitches
from tenants.timeswitches.forms import TimeSwitchForm
from tenants.timeswitches.models import TimeSwitch
from tenants.versions import Seen

Remove = Callable[[Any, User, Seen, Destination | None], object]


@dataclass(frozen=True)
class Editor:
    """How one kind of step is edited in the inspector."""

    find: Callable[[int], Any]
    form: Callable[[Any, Any, Offer], Any]
    save: Callable[[Any, Any, User], object]
    template: str
    remove: Remove | None = None


@dataclass(frozen=True)
class Step:
    """An open step: its row and its form."""

    key: Key
    row: Any
    form: forms.Form
    editor: Editor

    @property
    def template(self) -> str:
        """Return the template of the form's fields."""
        return self.editor.template

    @property
    def removable(self) -> bool:
        """Tell whether the step can be removed here."""
        return self.editor.remove is not None

    def save(self, by: User) -> None:
        """Save what the valid form asks for."""
        self.editor.save(self.row, self.form, by)


def open_step(key: Key, offer: Offer, data: Any = None) -> Step | None:
    """Return a step with its form, None if there is no such step or it is edited on a page of its own."""
    kind, _slash, number = key.partition("/")
    editor, found = EDITORS.get(kind), id_in(number)
    row = editor.find(found) if editor and found is not None else None
    return Step(key, row, editor.form(row, data, offer), editor) if editor and row else None


def _find(model: Any) -> Callable[[int], Any]:
    def find(ident: int) -> Any:
        return model.objects.filter(pk=ident, destination__removed=False).select_related("destination").first()

    return find


EDITORS: Mapping[str, Editor] = {
    "number": Editor(
        find=lambda ident: Number.objects.filter(pk=ident).first(),
        form=lambda row, data, offer: EntryForm(data, offer=offer, number=row),
        save=lambda row, form, by: numbers.set_entry(
            number=row, by=by, entry_id=form.cleaned_data["entry"], version=form.cleaned_data["version"]
        ),
        template="callflow/_number.html",
    ),
    "menu": Editor(
        find=_find(Menu),
        form=lambda row, data, offer: MenuForm(data, offer=offer, menu=row),
        save=lambda row, form, by: menus.change(
            menu=row, by=by, version=form.cleaned_data["version"], wish=form.wish()
        ),
        remove=lambda row, by, seen, instead: menus.remove(menu=row, by=by, version=seen, instead=instead),
        template="menus/_form.html",
    ),
    "group": Editor(
        find=_find(Group),
        form=lambda row, data, offer: GroupForm(data, offer=offer, group=row),
        save=lambda row, form, by: groups.change(
            group=row, by=by, version=form.cleaned_data["version"], wish=form.wish()
        ),
        remove=lambda row, by, seen, instead: groups.remove(group=row, by=by, version=seen, instead=instead),
        template="groups/_form.html",
    ),
    "announcement": Editor(
        find=_find(Announcement),
        form=lambda row, data, offer: AnnouncementForm(data, offer=offer, announcement=row),
        save=lambda row, form, by: announcements.change(
            announcement=row, by=by, version=form.cleaned_data["version"], wish=form.wish()
        ),
        remove=lambda row, by, seen, instead: announcements.remove(
            announcement=row, by=by, version=seen, instead=instead
        ),
        template="announcements/_form.html",
    ),
    "timeswitch": Editor(
        find=_find(TimeSwitch),
        form=lambda row, data, offer: TimeSwitchForm(data, offer=offer, switch=row),
        save=lambda row, form, by: timeswitches.change(
            switch=row, by=by, version=form.cleaned_data["version"], wish=form.wish()
        ),
        remove=lambda row, by, seen, instead: timeswitches.remove(switch=row, by=by, version=seen, instead=instead),
        template="callflow/_timeswitch.html",
    ),
}
