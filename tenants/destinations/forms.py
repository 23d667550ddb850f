"""What forms of the flow share: the picker of where a call goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.utils.choices import BaseChoiceIterator
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.destinations.models import Destination, Kind
from tenants.prompts.models import Prompt
from tenants.refusals import Refusal

Pairs = Sequence[tuple[int, str]]
Group = tuple[str, Pairs]

ORDER = (Kind.MENU, Kind.GROUP, Kind.PERSON, Kind.MAILBOX, Kind.ANNOUNCEMENT, Kind.TIMESWITCH, Kind.EXTERNAL)
CHOOSE = gettext_lazy("Välj …")
GONE = gettext_lazy("Det du valde finns inte längre. Välj igen.")
SHARED_FROM = 150
"""From so many destinations a page carries their list once, and its script fills the pickers from it."""


@dataclass(frozen=True)
class Targets:
    """The destinations a picker offers: ``only`` those of one group, and none of ``without``."""

    groups: tuple[Group, ...]
    without: frozenset[int] = frozenset()
    only: str = ""

    def __iter__(self) -> Iterator[Any]:
        """Yield groups with their pairs of id and name, or the pairs of the only group."""
        for label, pairs in self.groups:
            left = [pair for pair in pairs if pair[0] not in self.without]
            if self.only == label:
                yield from left
            elif not self.only:
                yield label, left

    @property
    def shared(self) -> bool:
        """Tell whether the list is so long that it stands on the page once, for all pickers."""
        return sum(len(pairs) for _label, pairs in self.groups) >= SHARED_FROM

    def attributes(self) -> dict[str, str]:
        """Return what tells the page's script how to fill a picker; nothing for a short list."""
        if not self.shared:
            return {}
        without = ",".join(str(ident) for ident in sorted(self.without))
        return {"data-options": "targets", "data-without": without, "data-only": self.only}


@dataclass(frozen=True)
class Offer:
    """What the pickers of a page offer, read once: destinations by kind, and prompts."""

    targets: tuple[Group, ...]
    prompts: tuple[tuple[int, str], ...]

    def without(self, *idents: int | None) -> Targets:
        """Return the destinations but some: nothing leads to itself."""
        return Targets(self.targets, frozenset(ident for ident in idents if ident))

    @property
    def people(self) -> dict[int, str]:
        """Return the people's names by id."""
        return dict(next((pairs for label, pairs in self.targets if label == str(Kind.PERSON.label)), ()))

    def people_but(self, idents: Iterable[int]) -> Targets:
        """Return the people but some."""
        return Targets(self.targets, frozenset(idents), only=str(Kind.PERSON.label))

    @cached_property
    def shared(self) -> str:
        """Return the long list that pickers are filled from, written once; empty when every picker has its own."""
        if not self.without().shared:
            return ""
        groups = ((label, format_html_join("", '<option value="{}">{}</option>', rows)) for label, rows in self.targets)
        options = format_html_join("", '<optgroup label="{}">{}</optgroup>', groups)
        return format_html('<select id="options-targets" hidden disabled>{}</select>', options)


def offer(destinations: Iterable[Destination], prompts: Iterable[Prompt]) -> Offer:
    """Return what pickers offer, destinations grouped by kind."""
    by_kind: dict[str, list[tuple[int, str]]] = {}
    for row in destinations:
        by_kind.setdefault(row.kind, []).append((row.pk, row.name))
    groups = tuple((str(Kind(kind).label), by_kind[kind]) for kind in ORDER if kind in by_kind)
    unread = _("ingen inspelning än")
    named = ((row.pk, row.name if row.take_id else f"{row.name} ({unread})") for row in prompts)
    return Offer(groups, tuple(named))


class Choices(BaseChoiceIterator):
    """The empty choice and those offered, read where they lie: a copy for every picker of a page costs a second."""

    def __init__(self, empty: Any, offered: Iterable[Any]) -> None:
        self.empty, self.offered = empty, offered

    def __iter__(self) -> Iterator[Any]:
        """Yield the empty choice, then the offered."""
        yield "", self.empty
        yield from self.offered


class Picker(forms.Select):
    """A select. A long shared list is filled in by the page's script; here it has only what is chosen."""

    def optgroups(self, name: str, value: list[str], attrs: Any = None) -> Any:
        """Return the options as Django's templates draw them."""
        if "data-options" not in self.attrs:
            return super().optgroups(name, value, attrs)
        every = self.choices
        self.choices = [pair for pair in flat(every) if pair[0] == "" or str(pair[0]) in value]
        try:
            return super().optgroups(name, value, attrs)
        finally:
            self.choices = every


def flat(choices: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Yield the pairs of choices that may be in groups."""
    for value, label in choices:
        if isinstance(label, list):
            yield from label
        else:
            yield value, label


class ChoiceField(forms.TypedChoiceField):
    """A row picked by id from what is offered; empty is None.

    One that is ``needed_later`` may be empty in the draft, though publishing asks for it.
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
        if isinstance(choices, Targets):
            self.widget.attrs |= choices.attributes()


def add_refusal(form: forms.BaseForm, refusal: Refusal, fields: Mapping[str, str] | None = None) -> None:
    """Put a refusal where it belongs in a form: at its field if the form has it, else above all fields."""
    field = (fields or {}).get(refusal.field or "", refusal.field)
    form.add_error(field if field in form.fields else None, str(refusal.message))
