"""What doors share: a refusal is told in the form, which keeps what was typed, or on the next page; lists, searched;
regions that an open page keeps asking about; what is typed without a form, and days, within what a row can hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import wraps
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from tenants.refusals import Conflict, Refusal

T = TypeVar("T")
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
"""Which days can be typed. Those at the ends of the calendar have no day after them and no midnight in UTC."""
ID_DIGITS = 18
"""So many digits are a bigint whatever they are."""


class DayField(forms.DateField):
    """A day, which can be reckoned with in any time zone."""

    default_validators = [
        MinValueValidator(FIRST_DAY, _("Välj en dag från och med år 2000.")),
        MaxValueValidator(LAST_DAY, _("Välj en dag före år 2100.")),
    ]


def tried(form: forms.Form, run: Callable[[], T]) -> T | None:
    """Run an action; a refusal becomes an error of the form."""
    try:
        return run()
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        return None


def told(request: HttpRequest, run: Callable[[], object]) -> bool:
    """Run an action that has no form and return whether it was done; a refusal is told on the next page."""
    try:
        run()
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
        return False
    return True


def removed(request: HttpRequest, run: Callable[[str], object], back: str) -> HttpResponse | None:
    """Remove something as the page showed it; ``run`` is given the stamp that was posted. Return None once it is gone.

    Else why not, on its page at ``back``; or, if somebody else has changed it since, a page that says so, with 409.
    A form that posts no stamp has seen nothing.
    """
    try:
        run(request.POST.get("version", ""))
    except Conflict:
        return render(request, "answers/changed.html", {"back": back}, status=409)
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
        return redirect(back)
    return None


def searched(request: HttpRequest) -> str:
    """Return what a list is searched for; nothing for all."""
    return line(request.GET, "q", 100)


def line(data: Mapping[str, str], name: str, longest: int) -> str:
    """Return what was typed in a field without a form; PostgreSQL's text holds no NUL."""
    return data.get(name, "").replace("\0", "").strip()[:longest]


def id_in(text: str) -> int | None:
    """Return the id that is said in an address or a form, None if no row can have it."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= ID_DIGITS else None


def part(request: HttpRequest, page: str, fragment: str) -> str:
    """Return which template answers: the fragment alone when htmx asks for it, else the page."""
    return fragment if "HX-Request" in request.headers else page


def status_of(form: forms.Form | None) -> int:
    """Return the status of a page with a form: 422 if it was refused."""
    return 422 if form is not None and form.is_bound else 200


def followed(request: HttpRequest, template: str, shown: Mapping[str, Any]) -> HttpResponse:
    """Answer with a part of a page, or with 204 if the browser has it already (``?seen`` is ``shown["seen"]``)."""
    if request.GET.get("seen") == shown["seen"]:
        return HttpResponse(status=204)
    return render(request, template, dict(shown))


def region(ident: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Make a view a region of open pages, which ask with what they show (``?seen``). ``ident`` is its id there.

    Such a page may outlive what it shows. It is told so in the region's place, and asks no more; who has seen nothing
    of it still hears 404. It goes inside the door of the customer, so a stranger gets no further than before.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def part(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except Http404:
                if "seen" not in request.GET:
                    raise
                return render(request, "answers/_gone.html", {"ident": ident})

        return part

    return decorate
