"""Reading prompts: the list with what a page shows of each, and where each is used."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.apps import apps
from django.db.models import Count, F, QuerySet

from tenants.prompts.models import Prompt, Take

_USES = (
    ("Menu", "prompt", "destination__name"),
    ("Menu", "invalid_prompt", "destination__name"),
    ("Announcement", "prompt", "destination__name"),
    ("Mailbox", "greeting", "destination__name"),
    ("Route", "prompt", "source__name"),
    ("HolidayRule", "prompt", "schedule__name"),
    ("ExceptionRule", "prompt", "schedule__name"),
)
"""Model, its key to a prompt, and the name a person knows it by. A test finds any key that is missing here."""


@dataclass(frozen=True)
class Row:
    """A prompt in the list."""

    prompt: Prompt
    takes: int
    used_by: tuple[str, ...]

    @property
    def peaks(self) -> list[float]:
        """Return the current take's peaks, 0 to 1."""
        return self.prompt.take.drawn if self.prompt.take else []

    @property
    def seconds(self) -> float:
        """Return the current take's length."""
        return self.prompt.take.seconds if self.prompt.take else 0.0


def listed(search: str = "") -> list[Row]:
    """Return the prompts by name, those whose name or manuscript has the words searched for."""
    prompts = Prompt.objects.select_related("take__wide").defer("take__wide__wav").annotate(number=Count("takes"))
    if search:
        prompts = prompts.filter(name__icontains=search) | prompts.filter(manuscript__icontains=search)
    rows = list(prompts.order_by("name"))
    uses = used_by([prompt.pk for prompt in rows])
    return [Row(prompt, prompt.number, uses.get(prompt.pk, ())) for prompt in rows]


def takes_of(prompt: Prompt) -> QuerySet[Take]:
    """Return a prompt's takes, newest first, with their sounds' figures but not the sounds."""
    takes = prompt.takes.select_related("wide", "by").defer("wide__wav")
    return takes.order_by("-at", "-pk")


def recorded() -> QuerySet[Prompt]:
    """Return the prompts that something can be heard in: what pickers offer."""
    return Prompt.objects.filter(take__isnull=False).order_by("name")


def used_by(prompt_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    """Return prompt id -> the names of all that plays it, in as many queries whatever the number of prompts."""
    found: dict[int, set[str]] = {}
    for model, field, name in _USES:
        rows = apps.get_model("tenants", model)._default_manager.filter(**{f"{field}__in": prompt_ids})
        if model == "Menu" or model == "Announcement":
            rows = rows.filter(destination__removed=False)
        for ident, label in rows.values_list(field, F(name)):
            found.setdefault(ident, set()).add(label)
    return {ident: tuple(sorted(names)) for ident, names in found.items()}
