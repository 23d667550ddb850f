"""The form of a response group: members are rows in order; one is added or taken away by a button of the form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.destinations.fields import ChoiceField, Choices, PickingForm, idents
from tenants.destinations.forms import Offer
from tenants.destinations.models import Kind
from tenants.destinations.queries import routes
from tenants.destinations.slots import DIGITS
from tenants.groups.actions import LineWish, Wish
from tenants.groups.models import Group, Line, Order, Strategy

LINE = ("max_wait_seconds", "max_waiting", "announce_every", "wrap_up_seconds")
"""Figures that count only while callers wait."""


def _figure(label: Any, least: int, most: int, initial: int, **more: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=most, initial=initial, **more)


class GroupForm(PickingForm):
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
    waits = forms.BooleanField(
        label=_("De som ringer väntar i kö när alla är upptagna"), required=False,
        help_text=_(
            "De hör musik och kommer fram i den ordning de ringde. När väntetiden är slut går samtalet dit det går om"
            " ingen svarar."
        ),
    )  # fmt: skip
    max_wait_seconds = _figure(_("Längsta väntetid, sekunder"), 10, 3600, 300)
    max_waiting = _figure(_("Platser i kön"), 1, 200, 20)
    full = ChoiceField(label=_("Om kön är full"), required=False, empty=_("Samma som om ingen svarar"))
    music = ChoiceField(label=_("Musik"), required=False, empty=_("Växelns egen"))
    announce = ChoiceField(label=_("Meddelande som upprepas"), required=False, empty=_("Inget"))
    announce_every = _figure(_("Sekunder mellan gångerna"), 10, 600, 45)
    order = forms.ChoiceField(
        label=_("Vem får nästa samtal"), choices=Order.choices, initial=Order.RANKS, required=False
    )
    wrap_up_seconds = _figure(
        _("Efterarbete, sekunder"), 0, 900, 0, help_text=_("Så länge är den som svarat ledig från nya samtal.")
    )
    exit_digit = forms.ChoiceField(
        label=_("Knapp som lämnar kön"), required=False, choices=[("", _("Ingen")), *((key, key) for key in DIGITS)]
    )
    exit_target = ChoiceField(label=_("Knappen leder till"), required=False)

    def __init__(self, data: Any = None, *, offer: Offer, group: Group | None = None) -> None:
        super().__init__(data, initial=_shown(group) if group else {"members": []})
        self.people = offer.people
        self.fields["members"].choices = Choices("", offer.only(Kind.PERSON))  # type: ignore[attr-defined]
        offer.places.asks(self["members"])
        self.offer(offer.without(group.pk if group else None), "no_answer", "nobody", "full", "exit_target")
        self.offer(offer.prompts, "music", "announce")
        self.offer(offer.only(Kind.PERSON, without=self.chosen()), "add")

    def chosen(self) -> list[int]:
        """Return the members as they stand in the form, in order; the one dropped is gone."""
        dropped = self.data.get("drop") if self.is_bound else None
        return [value for value in dict.fromkeys(idents(self["members"].value() or [])) if str(value) != dropped]

    def rows(self) -> list[tuple[int, str]]:
        """Return the members' ids and names, in order."""
        people = self.people()
        return [(pk, people[pk]) for pk in self.chosen() if pk in people]

    @property
    def lined_up(self) -> bool:
        """Tell whether the form says that callers wait."""
        return bool(self["waits"].value())

    def clean(self) -> dict[str, Any]:
        """Refuse a key out of the line that leads nowhere, and a way out without a key; where nobody waits, nothing."""
        data = super().clean() or {}
        if not data.get("waits"):
            for name in LINE:  # nobody sees them, so nobody could mend them
                self.errors.pop(name, None)
        elif bool(data.get("exit_digit")) != bool(data.get("exit_target")):
            self.add_error("exit_target", _("Välj både en knapp och vart den leder, eller ingetdera."))
        return data

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
            full_id=data["full"] if data["waits"] else None,
            line=self._line() if data["waits"] else None,
        )

    def _line(self) -> LineWish:
        data = self.cleaned_data
        return LineWish(
            **{name: data[name] for name in LINE},
            music_id=data["music"],
            announce_id=data["announce"],
            order=Order(data["order"] or Order.RANKS),
            exits={data["exit_digit"]: data["exit_target"]} if data["exit_digit"] else {},
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
        "full": targets.get("full"),
        **_line_shown(group, targets),
    }


def _line_shown(group: Group, targets: Mapping[str, int]) -> dict[str, Any]:
    line = Line.objects.filter(group=group).first()
    if line is None:
        return {"waits": False}
    digit = next((slot.removeprefix("key:") for slot in sorted(targets) if slot.startswith("key:")), "")
    return {
        "waits": True,
        **{name: getattr(line, name) for name in (*LINE, "order")},
        "music": line.music_id,
        "announce": line.announce_id,
        "exit_digit": digit,
        "exit_target": targets.get(f"key:{digit}"),
    }
