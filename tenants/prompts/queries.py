"""Reading prompts: the list with what a page shows of each, and where each is used."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.apps import apps
from django.db.models import Count, F, Q, QuerySet, Value
from django.db.models.functions import Lower

from tenants.changes.words import called, first_named
from tenants.prompts.models import Prompt, Take

_USES = (
    ("Menu", "prompt", "destination__name", F("kind")),
    ("Menu", "invalid_prompt", "destination__name", F("kind")),
    ("Announcement", "prompt", "destination__name", F("kind")),
    ("Line", "music", "group__destination__name", F("group__kind")),
    ("Line", "announce", "group__destination__name", F("group__kind")),
    ("Mailbox", "greeting", "destination__name", F("kind")),
    ("Route", "prompt", "source__name", F("source_kind")),
    ("HolidayRule", "prompt", "schedule__name", Value("schedule")),
    ("ExceptionRule", "prompt", "schedule__name", Value("schedule")),
)
"""Model, its key to a prompt, the name a person knows it by, and the kind of that. A test finds any key that is missing
here."""


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


ORDER = ("sorted",)
"""By name, whatever its capitals; a customer has each name once."""


def matching(search: str = "") -> QuerySet[Prompt]:
    """Return the prompts whose name or manuscript has the words searched for; all without a search."""
    prompts = Prompt.objects.select_related("take__wide").defer("take__wide__wav").annotate(sorted=Lower("name"))
    wanted = Q(name__icontains=search) | Q(manuscript__icontains=search)
    return prompts.filter(wanted) if search else prompts


def rows_of(prompts: Sequence[Prompt]) -> list[Row]:
    """Return what the list shows of some prompts, in as many queries whatever their number."""
    idents = [prompt.pk for prompt in prompts]
    takes = dict(Take.objects.filter(prompt__in=idents).values_list("prompt").annotate(Count("pk")).order_by())
    uses = used_by(idents)
    return [Row(prompt, takes.get(prompt.pk, 0), uses.get(prompt.pk, ())) for prompt in prompts]


def takes_of(prompt: Prompt) -> QuerySet[Take]:
    """Return a prompt's takes, newest first, with their sounds' figures but not the sounds."""
    takes = prompt.takes.select_related("wide", "by").defer("wide__wav")
    return takes.order_by("-at", "-pk")


def recorded() -> QuerySet[Prompt]:
    """Return the prompts that something can be heard in: what pickers offer."""
    return Prompt.objects.filter(take__isnull=False).order_by("name")


def players(prompt_ids: Collection[int]) -> dict[int, set[tuple[str, str]]]:
    """Return prompt id -> name and kind of all that plays it, in as many queries whatever the number of prompts."""
    found: dict[int, set[tuple[str, str]]] = {}
    for model, field, name, kind in _USES:
        rows = apps.get_model("tenants", model)._default_manager.filter(**{f"{field}__in": prompt_ids})
        if model == "Menu" or model == "Announcement":
            rows = rows.filter(destination__removed=False)
        elif model == "Line":
            rows = rows.filter(group__destination__removed=False)
        for ident, *player in rows.values_list(field, F(name), kind):
            found.setdefault(ident, set()).add((player[0], player[1]))
    return found


def used_by(prompt_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    """Return prompt id -> what plays it, as people tell them apart; of very many the first, and how many more."""
    named = players(prompt_ids).items()
    return {ident: tuple(first_named([called(*one) for one in sorted(found)])) for ident, found in named}
