"""The form of a menu: its keys are rows, and a key is added or taken away by a button of the same form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.destinations.fields import ChoiceField, PickingForm
from tenants.destinations.forms import Offer
from tenants.destinations.queries import routes
from tenants.destinations.slots import DIGITS
from tenants.menus.actions import Choice, Wish
from tenants.menus.models import Menu

SILENT = gettext_lazy("Inget")
_SUFFIX = {"*": "star", "#": "hash"}


@dataclass(frozen=True)
class KeyRow:
    """One key in the form: where it leads, and the prompt heard on the way."""

    digit: str
    target: forms.BoundField
    prompt: forms.BoundField


class MenuForm(PickingForm):
    """Everything about a menu. ``wish()`` says what a valid form asks for; ``version`` what its reader saw."""

    use_required_attribute = False

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(label=gettext_lazy("Namn"), max_length=80)
    prompt = ChoiceField(label=gettext_lazy("Hälsning"), needed_later=True, empty=gettext_lazy("Välj en röstprompt"))
    no_input = ChoiceField(
        label=gettext_lazy("Om inget val görs"), needed_later=True, help_text=gettext_lazy("När alla försök är slut.")
    )
    invalid = ChoiceField(label=gettext_lazy("Om fel knapp trycks"), needed_later=True)
    invalid_prompt = ChoiceField(label=gettext_lazy("Sägs vid fel knapp"), required=False, empty=SILENT)
    wait_seconds = forms.IntegerField(
        label=gettext_lazy("Väntar på knapp, sekunder"), min_value=1, max_value=30, initial=5
    )
    tries = forms.IntegerField(label=gettext_lazy("Antal försök"), min_value=1, max_value=5, initial=3)
    add_digit = forms.ChoiceField(label=gettext_lazy("Ny knapp"), required=False)
    add_target = ChoiceField(label=gettext_lazy("Ny knapp leder till"), required=False)

    def __init__(self, data: Any = None, *, offer: Offer, menu: Menu | None = None, add: str = "") -> None:
        self.menu = menu
        super().__init__(_without_dropped(data), initial=_shown(menu) if menu else None)
        targets = offer.without(menu.pk if menu else None)
        for digit in DIGITS:
            self.fields[name_of(digit)] = ChoiceField(label=_("Knapp %s leder till") % digit, required=False)
            own = ChoiceField(label=_("Sägs efter knapp %s") % digit, required=False, empty=SILENT)
            self.fields[name_of(digit, "sound")] = own
        for name in [name for name, field in self.fields.items() if isinstance(field, ChoiceField)]:
            self.offer(offer.prompts if "prompt" in name or "sound" in name else targets, name)
        unused = [digit for digit in DIGITS if digit not in {row.digit for row in self.rows()}]
        self.fields["add_digit"].choices = [(digit, digit) for digit in unused]  # type: ignore[attr-defined]
        self.initial.setdefault("add_digit", add if add in unused else unused[0] if unused else "")

    def rows(self) -> Iterator[KeyRow]:
        """Yield the keys that lead somewhere, or are said to."""
        for digit in DIGITS:
            target, sound = self[name_of(digit)], self[name_of(digit, "sound")]
            if target.value():
                yield KeyRow(digit, target, sound)

    @property
    def full(self) -> bool:
        """Tell whether every key is used."""
        return not self.fields["add_digit"].choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Put the new key among the others, if it has been given a target."""
        data = super().clean() or {}
        if data.get("add_target") and data.get("add_digit"):
            data[name_of(data["add_digit"])] = data["add_target"]
        return data

    def wish(self) -> Wish:
        """Return what a valid form asks for."""
        data = self.cleaned_data
        chosen = {digit: data.get(name_of(digit)) for digit in DIGITS}
        return Wish(
            name=data["name"],
            prompt_id=data["prompt"],
            choices={d: Choice(target, data.get(name_of(d, "sound"))) for d, target in chosen.items() if target},
            no_input_id=data["no_input"],
            invalid_id=data["invalid"],
            invalid_prompt_id=data["invalid_prompt"],
            wait_seconds=data["wait_seconds"],
            tries=data["tries"],
        )


def name_of(digit: str, what: str = "key") -> str:
    """Return the name of a key's field: ``key_3``, ``key_star``, ``sound_hash``."""
    return f"{what}_{_SUFFIX.get(digit, digit)}"


def _without_dropped(data: Any) -> Any:
    """Take away the key whose button "Ta bort" was pressed."""
    dropped = data.get("drop") if data else None
    if not dropped:
        return data
    left = data.copy()
    left.pop(name_of(dropped), None)
    left.pop(name_of(dropped, "sound"), None)
    return left


def _shown(menu: Menu) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "version": menu.version,
        "name": menu.name,
        "prompt": menu.prompt_id,
        "invalid_prompt": menu.invalid_prompt_id,
        "wait_seconds": menu.wait_seconds,
        "tries": menu.tries,
    }
    for route in routes(menu.pk):
        if route.slot.startswith("key:"):
            digit = route.slot.partition(":")[2]
            shown |= {name_of(digit): route.target_id, name_of(digit, "sound"): route.prompt_id}
        else:
            shown[route.slot] = route.target_id
    return shown
