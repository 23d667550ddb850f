"""The form of a response group: members are rows in order; one is added or taken away by a button of the form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.destinations.forms import ChoiceField, Choices, Offer
from tenants.destinations.queries import routes
from tenants.groups.actions import Wish
from tenants.groups.models import Group, Strategy


class GroupForm(forms.Form):
    """Who answers, how it rings, and what happens if nobody does. ``wish()`` says what a valid form asks for."""

    use_required_attribute = False

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(label=_("Namn"), max_length=80)
    strategy = forms.ChoiceField(label=_("Hur det ringer"), choices=Strategy.choices, initial=Strategy.SEQUENTIAL)
    ring_seconds = forms.IntegerField(label=_("Ringtid, sekunder"), min_value=5, max_value=120, initial=20)
    members = forms.TypedMultipleChoiceField(label=_("Vem svarar"), coerce=int, required=False)
    add = ChoiceField(label=_("Lägg till någon"), required=False, empty=_("Välj en användare"))
    no_answer = ChoiceField(label=_("Om ingen svarar"), needed_later=True)
    nobody = ChoiceField(
        label=_("Om ingen kan ta emot"), required=False, empty=_("Samma som om ingen svarar"),
        help_text=_("När ingen i gruppen har en telefon som kan ringa."),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, offer: Offer, group: Group | None = None) -> None:
        super().__init__(data, initial=_shown(group) if group else {"members": []})
        self.people = offer.people
        self.fields["members"].choices = Choices("", self.people.items())  # type: ignore[attr-defined]
        targets = offer.without(group.pk if group else None)
        for name in ("no_answer", "nobody"):
            self._offer(name, targets)
        self._offer("add", offer.people_but(self.chosen()))

    def _offer(self, name: str, choices: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, ChoiceField)
        field.offer(choices)

    def chosen(self) -> list[int]:
        """Return the members as they stand in the form, in order; the one dropped is gone."""
        dropped = self.data.get("drop") if self.is_bound else None
        values = [int(value) for value in self["members"].value() or [] if str(value).isdigit()]
        return [value for value in dict.fromkeys(values) if str(value) != dropped]

    def rows(self) -> list[tuple[int, str]]:
        """Return the members' ids and names, in order."""
        return [(pk, self.people[pk]) for pk in self.chosen() if pk in self.people]

    @property
    def in_turn(self) -> bool:
        """Tell whether the form says one after the other."""
        return str(self["strategy"].value()) == Strategy.SEQUENTIAL.value

    @property
    def together(self) -> bool:
        """Tell whether the form says all at once."""
        return str(self["strategy"].value()) == Strategy.PARALLEL.value

    def wish(self) -> Wish:
        """Return what a valid form asks for."""
        data = self.cleaned_data
        added = [data["add"]] if data["add"] else []
        return Wish(
            name=data["name"],
            strategy=Strategy(data["strategy"]),
            members=tuple(dict.fromkeys([*self.chosen(), *added])),
            ring_seconds=data["ring_seconds"],
            no_answer_id=data["no_answer"],
            nobody_id=data["nobody"],
        )


def _shown(group: Group) -> dict[str, Any]:
    targets = {route.slot: route.target_id for route in routes(group.pk)}
    return {
        "version": group.version,
        "name": group.name,
        "strategy": group.strategy,
        "ring_seconds": group.ring_seconds,
        "members": list(group.members.order_by("position").values_list("person_id", flat=True)),
        "no_answer": targets.get("no_answer"),
        "nobody": targets.get("nobody"),
    }
