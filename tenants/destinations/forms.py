"""What forms of the flow share: the picker of where a call goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.destinations.models import Destination, Kind
from tenants.prompts.models import Prompt
from tenants.refusals import Refusal

Group = tuple[str, list[tuple[int, str]]]

ORDER = (Kind.MENU, Kind.GROUP, Kind.PERSON, Kind.MAILBOX, Kind.ANNOUNCEMENT, Kind.TIMESWITCH, Kind.EXTERNAL)
CHOOSE = gettext_lazy("Välj …")
GONE = gettext_lazy("Det du valde finns inte längre. Välj igen.")


@dataclass(frozen=True)
class Offer:
    """What the pickers of a page offer, read once: destinations by kind, and prompts."""

    targets: tuple[Group, ...]
    prompts: tuple[tuple[int, str], ...]

    def without(self, ident: int | None) -> tuple[Group, ...]:
        """Return the destinations but one: nothing leads to itself."""
        return tuple((label, [pair for pair in pairs if pair[0] != ident]) for label, pairs in self.targets)


def offer(destinations: Iterable[Destination], prompts: Iterable[Prompt]) -> Offer:
    """Return what pickers offer, destinations grouped by kind."""
    by_kind: dict[str, list[tuple[int, str]]] = {}
    for row in destinations:
        by_kind.setdefault(row.kind, []).append((row.pk, row.name))
    groups = tuple((str(Kind(kind).label), by_kind[kind]) for kind in ORDER if kind in by_kind)
    unread = _("ingen inspelning än")
    named = ((row.pk, row.name if row.take_id else f"{row.name} ({unread})") for row in prompts)
    return Offer(groups, tuple(named))


class ChoiceField(forms.TypedChoiceField):
    """A row picked by id from what is offered; empty is None.

    One that is ``needed_later`` may be empty in the draft, though publishing asks for it.
    """

    def __init__(self, *, empty: Any = CHOOSE, needed_later: bool = False, **kwargs: Any) -> None:
        super().__init__(coerce=int, empty_value=None, error_messages={"invalid_choice": GONE}, **kwargs)
        self.empty, self.needed_later = empty, needed_later

    def validate(self, value: Any) -> None:
        """Refuse what is not offered; an empty one only if it is needed now."""
        if not (self.needed_later and value in self.empty_values):
            super().validate(value)

    def offer(self, choices: Iterable[Any]) -> None:
        """Offer these choices besides the empty one."""
        self.choices = [("", self.empty), *choices]


def add_refusal(form: forms.BaseForm, refusal: Refusal, fields: Mapping[str, str] | None = None) -> None:
    """Put a refusal where it belongs in a form: at its field if the form has it, else above all fields."""
    field = (fields or {}).get(refusal.field or "", refusal.field)
    form.add_error(field if field in form.fields else None, str(refusal.message))
