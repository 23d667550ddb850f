"""The form field in which a person picks one of many, and what it offers: destinations, prompts, logins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils.choices import BaseChoiceIterator
from django.utils.translation import gettext_lazy

from tenants.doors import id_in

CHOOSE = gettext_lazy("Välj …")
GONE = gettext_lazy("Det du valde finns inte längre. Välj igen.")
MANY = 150
"""From so many rows a picker no longer lists them: its script asks for those that match what is typed."""


def idents(value: Any) -> Iterator[int]:
    """Yield the ids in what a field was given, one or many; what is no id is left out."""
    for one in value if isinstance(value, (list, tuple)) else [value]:
        if (found := id_in(str(one))) is not None:
            yield found


class Shelf:
    """The rows that the pickers of a page offer, read in one query when the first of them is drawn or checked.

    Of a few it holds all. Of many it holds those that are chosen, and no more than tell that they are many, so a page
    costs the same however many there are.
    """

    def __init__(self, rows: QuerySet[Any], columns: Sequence[str], lookup: str) -> None:
        self._every, self._columns, self._lookup = rows.order_by(), columns, lookup
        self._fields: list[forms.BoundField] = []
        self._read: list[tuple[Any, ...]] | None = None
        self._known: frozenset[int] = frozenset()

    def of(self, rows: QuerySet[Any], query: str) -> Shelf:
        """Return another with some of the rows, whose address has this query too."""
        return Shelf(rows, self._columns, self._lookup + query)

    def asks(self, field: forms.BoundField) -> None:
        """Hold what this field has chosen too."""
        self._fields.append(field)

    def rows(self) -> list[tuple[Any, ...]]:
        """Return the rows, in the order of all columns but the first, which is the id."""
        chosen = frozenset(chain.from_iterable(idents(field.value()) for field in self._fields))
        if self._read is None or not chosen <= self._known:
            self._read, self._known = list(self._union(chosen)), chosen
        return self._read

    def _union(self, chosen: frozenset[int]) -> QuerySet[Any, Any]:
        some = self._every.values_list(*self._columns)[:MANY]
        named = self._every.filter(pk__in=[0, *chosen]).values_list(*self._columns)
        return some.union(named).order_by(*self._columns[1:])

    @property
    def lookup(self) -> str:
        """Return the address that knows all of them; nothing if they are few."""
        return self._lookup if len(self.rows()) >= MANY else ""


class Offered:
    """What one picker offers of a shelf, as choices."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    def __iter__(self) -> Iterator[Any]:
        """Yield pairs of id and name."""
        for ident, name, *_more in self.shelf.rows():
            yield ident, name

    @property
    def lookup(self) -> str:
        """Return the address that a long picker's script asks; nothing for a short one."""
        return self.shelf.lookup


class Logins(Offered):
    """Those who log in that a picker offers: an id, a name and an address; the address of who has no name."""

    def __iter__(self) -> Iterator[Any]:
        """Yield pairs of id and name."""
        for ident, name, email in self.shelf.rows():
            yield ident, name or email


class Choices(BaseChoiceIterator):
    """The empty choice, unless that is None, and those offered.

    They are read where they lie: a copy for every picker of a page costs a second.
    """

    def __init__(self, empty: Any, offered: Iterable[Any]) -> None:
        self.empty, self.offered = empty, offered

    def __iter__(self) -> Iterator[Any]:
        """Yield the empty choice, then the offered."""
        if self.empty is not None:
            yield "", self.empty
        yield from self.offered

    @property
    def lookup(self) -> str:
        """Return the address that a long picker's script asks; nothing for a short one."""
        return getattr(self.offered, "lookup", "")


class Picker(forms.Select):
    """A select. If there are many to choose from it has only what is chosen, beside a box in which one searches."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        """Return a plain select, or the one with a box."""
        lookup = getattr(self.choices, "lookup", "")
        if not lookup:
            return super().render(name, value, attrs, renderer)
        widget = self.get_context(name, value, attrs)["widget"]
        widget["attrs"].pop("required", None)  # what is not seen can't be asked for by the browser
        chosen = [pair for pair in flat(self.choices) if pair[0] == "" or str(pair[0]) in widget["value"]]
        names = {str(ident): label for ident, label in chosen}
        shown = {"widget": widget, "lookup": lookup, "chosen": chosen, "empty": names.pop("", CHOOSE)}
        return render_to_string("destinations/_picker.html", {**shown, "name": next(iter(names.values()), "")})

    def optgroups(self, name: str, value: list[str], attrs: Any = None) -> Any:
        """Return the options as Django's templates draw them; a long picker draws its own."""
        return [] if getattr(self.choices, "lookup", "") else super().optgroups(name, value, attrs)


def flat(choices: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Yield the pairs of choices that may be in groups."""
    for value, label in choices:
        if isinstance(label, list):
            yield from label
        else:
            yield value, label


class ChoiceField(forms.TypedChoiceField):
    """A row picked by id from what is offered; empty is None.

    One that is ``needed_later`` may be empty in the draft, though publishing asks for it. Where ``empty`` is None
    something is always chosen.
    """

    widget = Picker

    def __init__(self, *, empty: Any = CHOOSE, needed_later: bool = False, **kwargs: Any) -> None:
        super().__init__(coerce=int, empty_value=None, error_messages={"invalid_choice": GONE}, **kwargs)
        self.empty, self.needed_later = empty, needed_later

    def validate(self, value: Any) -> None:
        """Refuse what is not offered; an empty one only if it is needed now."""
        if not (self.needed_later and value in self.empty_values):
            super().validate(value)

    def offer(self, choices: Iterable[Any]) -> None:
        """Offer these choices besides the empty one."""
        self.choices = Choices(self.empty, choices)


class PickingForm(forms.Form):
    """A form with pickers."""

    def offer(self, choices: Iterable[Any], *names: str) -> None:
        """Offer these choices in the fields of these names."""
        for name in names:
            field = self.fields[name]
            assert isinstance(field, ChoiceField)
            field.offer(choices)
            if isinstance(choices, Offered):
                choices.shelf.asks(self[name])
