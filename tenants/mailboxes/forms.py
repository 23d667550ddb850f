"""What a person types about a mailbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.choices import BaseChoiceIterator
from django.utils.translation import gettext_lazy as _

from tenants.destinations.fields import ChoiceField, Logins, PickingForm, Shelf, idents
from tenants.destinations.forms import Offer, Voices
from tenants.destinations.models import Kind
from tenants.mailboxes import queries
from tenants.mailboxes.actions import Wish
from tenants.mailboxes.models import Mailbox
from tenants.prompts.queries import recorded


class Ticks(BaseChoiceIterator):
    """Everybody who may be ticked; where they are many, those who are."""

    def __init__(self, offered: Logins, field: forms.BoundField) -> None:
        self.offered, self.field = offered, field
        offered.shelf.asks(field)

    def __iter__(self) -> Iterator[Any]:
        """Yield pairs of id and name."""
        ticked = frozenset(idents(self.field.value() or []))
        yield from (pair for pair in self.offered if pair[0] in ticked or not self.offered.lookup)


class MailboxForm(PickingForm):
    """A box for messages, and who may listen."""

    name = forms.CharField(label=_("Namn"), max_length=80)
    owner = ChoiceField(
        label=_("Tillhör"), required=False, empty=_("Ingen, den är gemensam"),
        help_text=_("En personlig röstbrevlåda hör personen själv."),
    )  # fmt: skip
    greeting = ChoiceField(
        label=_("Hälsning"), required=False, empty=_("Bara en ton"), help_text=_("Det som hörs före tonen.")
    )
    max_seconds = forms.IntegerField(label=_("Längsta meddelande i sekunder"), min_value=10, max_value=600, initial=180)
    listeners = forms.TypedMultipleChoiceField(
        coerce=int, label=_("Får lyssna"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Ingen annan kan höra meddelandena, inte ens en administratör."),
    )  # fmt: skip
    listener = ChoiceField(label=_("Låt en till lyssna"), required=False, empty=_("Sök en inloggning"))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, offer: Offer, logins_at: str, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        logins = Logins(Shelf(queries.may_be_ticked(), ("pk", "user__name", "user__email"), logins_at))
        self.offer(offer.only(Kind.PERSON), "owner")
        self.offer(Voices(offer.prompts.shelf.of(recorded(), "?recorded")), "greeting")
        self.fields["listeners"].choices = Ticks(logins, self["listeners"])  # type: ignore[attr-defined]
        self.offer(logins, "listener")

    @property
    def many(self) -> bool:
        """Tell whether those who may listen are too many to list."""
        return bool(self.fields["listener"].choices.lookup)  # type: ignore[attr-defined]

    @staticmethod
    def values(row: Mailbox) -> dict[str, object]:
        """Return a mailbox as the form is drawn."""
        return {
            "name": row.name, "owner": row.owner_id, "greeting": row.greeting_id, "max_seconds": row.max_seconds,
            "listeners": list(row.listeners.values_list("membership_id", flat=True)), "version": row.version,
        }  # fmt: skip

    def wish(self) -> Wish:
        """Return what was typed."""
        typed = self.cleaned_data
        added = [typed["listener"]] if typed["listener"] else []
        return Wish(
            name=typed["name"],
            owner_id=typed["owner"],
            greeting_id=typed["greeting"],
            max_seconds=typed["max_seconds"],
            listeners=list(dict.fromkeys([*typed["listeners"], *added])),
        )
