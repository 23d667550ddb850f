"""Every component in every state on one page, for whoever builds pages and for the tests that look at them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from tenants.cursors import Slice
from tenants.destinations.fields import ChoiceField
from tenants.destinations.lookups import Found

ICONS = Path(settings.BASE_DIR) / "frontend" / "icons.txt"


class SamplePlaces:
    """So many places that a picker searches among them."""

    lookup = "?pick"

    def __iter__(self) -> Iterator[tuple[int, str]]:
        """Yield the one that is chosen."""
        yield 1, "Eva Lind"


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label=gettext_lazy("Namn"), help_text=gettext_lazy("Så som det ska stå i listor."))
    email = forms.EmailField(label=gettext_lazy("E-post"))
    note = forms.CharField(label=gettext_lazy("Anteckning"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    kind = forms.ChoiceField(
        label=gettext_lazy("Hur det ringer"),
        choices=[("parallel", gettext_lazy("Samtidigt hos alla")), ("sequential", gettext_lazy("I tur och ordning"))],
    )
    place = ChoiceField(
        label=gettext_lazy("Samtal går till"), required=False, empty=gettext_lazy("Samtalet avslutas"), initial=1
    )
    agree = forms.BooleanField(
        label=gettext_lazy("Meddela gruppen"),
        help_text=gettext_lazy("Alla i gruppen får ett mejl när någon har lämnat ett meddelande."),
    )
    sound = forms.FileField(label=gettext_lazy("Ljudfil"), help_text=gettext_lazy("Wav, mp3, m4a eller ogg."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["place"]
        assert isinstance(field, ChoiceField)
        field.offer(SamplePlaces())


def shown_to_builders(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Let staff in, and everybody while developing; to all others the page does not exist."""

    @wraps(view)
    def page(request: HttpRequest) -> HttpResponse:
        if not (settings.DEBUG or (request.user.is_authenticated and request.user.is_staff)):
            raise Http404
        return view(request)

    return page


def _tabs() -> list[dict[str, object]]:
    return [
        {"label": _("Huvudnummer"), "url": "#tabs", "current": True, "dot": "ok"},
        {"label": _("Kundtjänst"), "url": "#tabs"},
        {"label": _("Lagret Luleå"), "url": "#tabs"},
    ]


def _steps() -> list[dict[str, str]]:
    return [
        {"label": _("Organisation"), "state": "done"},
        {"label": _("Nummer"), "state": "current"},
        {"label": _("Användare"), "state": "todo"},
    ]


def _changes() -> list[dict[str, object]]:
    return [
        {"change": "new", "title": _("Support"), "lines": [("", _("Knapp 2 i Huvudmeny"))], "by": "Eva Lind 10:38"},
        {"change": "changed", "title": _("Jourtelefon"), "lines": [("070-174 06 30", "070-174 06 35")]},
        {"change": "removed", "title": _("Sommarstängt"), "lines": [(_("Meddelande, 0:16"), "")]},
    ]


def _places() -> dict[str, object]:
    people = [Found(1, "Eva Lind", "101"), Found(2, "Anna Åkesson", "102")]
    groups = {_("Användare"): people, _("Röstbrevlåda"): [Found(3, "Växeln")]}
    return {"groups": groups, "more": 9970, "told": _("%s till – skriv mer") % 9970}


def _peaks() -> list[float]:
    return [abs(math.sin(i / 3.1)) * (0.35 + 0.65 * abs(math.sin(i / 11))) for i in range(96)]


def _context() -> dict[str, object]:
    wrong = SampleForm({"name": "", "email": "eva@", "kind": "parallel"}, auto_id="wrong_%s")
    return {
        "form": SampleForm(initial={"name": "Norrsken Bygg AB"}),
        "wrong": wrong,
        "tabs": _tabs(),
        "steps": _steps(),
        "changes": _changes(),
        "peaks": _peaks(),
        "slice": Slice([], before="x", after="y"),
        "week": [(480, 720), (780, 1020)],
        "day": [(480, 1020)],
        "eve": date(2026, 12, 24),
        "icons": ICONS.read_text().split() if ICONS.exists() else [],
        "options": [("1", _("Vi har stängt")), ("2", _("Lunchstängt"))],
        "used_by": ["040-622 10 00", _("Huvudmeny (Knappval)")],
        "swatches": ["primary", "ok", "warn", "bad", "violet", "bg", "surface", "sunken", "line", "text"],
    }


@require_GET
@shown_to_builders
def show(request: HttpRequest) -> HttpResponse:
    """Show the style guide. ``?toast`` also shows a message with an undo, ``?pick`` is what its picker asks."""
    if "pick" in request.GET:
        return render(request, "destinations/_options.html", _places())
    if "toast" in request.GET:
        messages.success(request, _("Fredag stänger kl. 15:00."), extra_tags="undo=/styleguide/")
    return render(request, "styleguide.html", _context())
