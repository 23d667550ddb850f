"""What forms of the flow share: what the pickers of where a call goes offer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.changes.words import called
from tenants.destinations.fields import ChoiceField, Offered, PickingForm, Shelf
from tenants.destinations.models import Kind
from tenants.destinations.queries import ORDER, standing
from tenants.prompts.models import Prompt
from tenants.refusals import Refusal
from tenants.routing.objects import Key

MOST_WITHOUT = 200
"""So many ids at most an address says to leave out; one that is offered all the same does no harm."""


class Targets(Offered):
    """The destinations a picker offers: ``only`` these kinds, and none of ``without``."""

    def __init__(self, shelf: Shelf, without: Iterable[int | None] = (), only: Iterable[str] = ()) -> None:
        super().__init__(shelf)
        self.without, self.only = frozenset(ident for ident in without if ident), tuple(only)

    def __iter__(self) -> Iterator[Any]:
        """Yield groups by kind with their pairs of id and name, or the pairs alone of a single kind."""
        pairs: dict[str, list[tuple[int, str]]] = {}
        for ident, kind, name in self.shelf.rows():
            if ident not in self.without:
                pairs.setdefault(kind, []).append((ident, name))
        if len(self.only) == 1:
            yield from pairs.get(self.only[0], ())
            return
        kinds = [kind for kind in ORDER if kind in pairs and kind in (self.only or ORDER)]
        kinds_of = Counter(name for _kind, name in {(kind, name) for _ident, kind, name in self.shelf.rows()})
        yield from ((str(kind.label), self._told(kind, pairs[kind], kinds_of)) for kind in kinds)

    def _told(self, kind: Kind, pairs: list[tuple[int, str]], kinds_of: Counter[str]) -> list[tuple[int, str]]:
        """Say the kind too where a name may be two things', though only one of them be offered: one's own mailbox.

        A closed select shows no headings, and a long one does not know all names.
        """
        unsure = bool(self.shelf.lookup)
        return [(ident, called(name, kind) if unsure or kinds_of[name] > 1 else name) for ident, name in pairs]

    @property
    def lookup(self) -> str:
        """Return the address that a long picker's script asks, with what it must not offer."""
        asked = {"only": ",".join(self.only), "without": ",".join(map(str, sorted(self.without)[:MOST_WITHOUT]))}
        query = urlencode({name: value for name, value in asked.items() if value}, safe=",")
        return self.shelf.lookup and f"{self.shelf.lookup}{'?' if query else ''}{query}"


class Voices(Offered):
    """The prompts a picker offers; one without a recording says so."""

    def __iter__(self) -> Iterator[Any]:
        """Yield pairs of id and name."""
        unread = _("ingen inspelning än")
        for ident, name, take in self.shelf.rows():
            yield ident, name if take else f"{name} ({unread})"


class Offer:
    """What the pickers of a page offer: destinations by kind, and prompts. ``at`` and ``voices_at`` know them all."""

    def __init__(self, at: str, voices_at: str = "") -> None:
        self.places = Shelf(standing(), ("pk", "kind", "name"), at)
        self.prompts = Voices(Shelf(Prompt.objects.all(), ("pk", "name", "take_id"), voices_at))

    def without(self, *idents: int | None) -> Targets:
        """Return the destinations but some: nothing leads to itself."""
        return Targets(self.places, idents)

    def only(self, *kinds: str, without: Iterable[int] = ()) -> Targets:
        """Return the destinations of some kinds, but some."""
        return Targets(self.places, without, kinds)

    def key_of(self, ident: int | None) -> Key | None:
        """Return the key of a place that has been chosen; None of none."""
        return next((f"{kind}/{row}" for row, kind, _name in self.places.rows() if row == ident), None)

    def people(self) -> dict[int, str]:
        """Return the names by id of the people that are offered or chosen."""
        return {ident: name for ident, kind, name in self.places.rows() if kind == Kind.PERSON}


class InsteadForm(PickingForm):
    """Where the calls of what is removed go instead."""

    instead = ChoiceField(label=gettext_lazy("Ersätt med"))

    def __init__(self, data: Any = None, *, offer: Offer, row: int) -> None:
        super().__init__(data)
        self.offer(offer.without(row), "instead")


def add_refusal(form: forms.BaseForm, refusal: Refusal, fields: Mapping[str, str] | None = None) -> None:
    """Put a refusal where it belongs in a form: at its field if the form has it, else above all fields."""
    field = (fields or {}).get(refusal.field or "", refusal.field)
    form.add_error(field if field in form.fields else None, str(refusal.message))
