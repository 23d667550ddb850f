"""Nummer: the list, and one number. Staff hands numbers out and takes them back."""

from __future__ import annotations

from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenants.answers import latest, removed, saved, tried
from tenants.changes.words import national
from tenants.cursors import cut
from tenants.customers.access import CustomerRequest, View, customer_page
from tenants.destinations.lookups import Found, answered
from tenants.destinations.pages import offered
from tenants.doors import part, searched, status_of
from tenants.numbers import actions, queries
from tenants.numbers.forms import AssignForm, EntryForm, LabelForm
from tenants.numbers.models import Number


def staff_only(view: View) -> View:
    """Refuse whoever is inside but not our own staff."""

    @wraps(view)
    def inside(request: CustomerRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not request.user.is_staff:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return inside


def find(ident: int) -> Number:
    """Return a number of the customer in scope, or answer 404."""
    return get_object_or_404(queries.listed(), pk=ident)


def _home(request: CustomerRequest) -> str:
    return reverse("numbers:index", args=(request.customer.slug,))


def _at(request: CustomerRequest, ident: int) -> str:
    return reverse("numbers:show", args=(request.customer.slug, ident))


def _list(request: CustomerRequest, form: AssignForm | None) -> HttpResponse:
    search = searched(request)
    numbers = queries.listed(search)
    page = cut(numbers, queries.ORDER, request.GET)
    shown = {"page": page, "total": numbers.count(), "search": search, "form": form, "latest": latest("number/")}
    return render(request, part(request, "numbers/index.html", "numbers/_list.html"), shown, status=status_of(form))


@require_GET
@customer_page()
def index(request: CustomerRequest) -> HttpResponse:
    """Show the customer's numbers and where they lead."""
    return _list(request, AssignForm() if request.user.is_staff else None)


@require_GET
@customer_page()
def options(request: CustomerRequest) -> HttpResponse:
    """Show the numbers that match what is typed in a picker."""
    return answered(request, queries.listed(searched(request)), _found)


def _found(row: Number) -> Found:
    return Found(row.pk, national(row.e164), queries.purpose(row.label, is_main=row.is_main))


@require_POST
@customer_page()
@staff_only
def assign(request: CustomerRequest) -> HttpResponse:
    """Give the customer a number."""
    form = AssignForm(request.POST)
    if form.is_valid():
        typed, label = form.cleaned_data["e164"], form.cleaned_data["label"]
        made = tried(
            form, lambda: actions.assign(customer_id=request.customer.pk, by=request.user, typed=typed, label=label)
        )
        if made:
            return saved(request, _("Numret är tilldelat"), _home(request))
    return _list(request, form)


def _detail(request: CustomerRequest, number: Number, **refused: object) -> HttpResponse:
    shown = {
        "number": number,
        "form": LabelForm(initial={"label": number.label, "site": number.site_id, "version": number.version}),
        "entry_form": EntryForm(initial={"entry": number.entry_id, "version": number.version}, offer=offered(request)),
        "latest": latest(f"number/{number.pk}"),
        "staff": request.user.is_staff,
    } | refused
    return render(request, "numbers/show.html", shown, status=422 if refused else 200)


@require_http_methods(["GET", "POST"])
@customer_page()
def show(request: CustomerRequest, ident: int) -> HttpResponse:
    """Show a number; by POST change its label and office."""
    number = find(ident)
    if request.method == "GET":
        return _detail(request, number)
    form = LabelForm(request.POST)
    if form.is_valid():
        typed = form.typed()
        if tried(form, lambda: actions.describe(number=number, by=request.user, **typed)):
            return saved(request, _("Sparat"), _at(request, ident))
    return _detail(request, number, form=form)


@require_POST
@customer_page()
def entry(request: CustomerRequest, ident: int) -> HttpResponse:
    """Say in the draft where calls to a number go."""
    number, form = find(ident), EntryForm(request.POST, offer=offered(request))
    if form.is_valid():
        done = tried(
            form,
            lambda: actions.set_entry(
                number=number, by=request.user, entry_id=form.cleaned_data["entry"],
                version=form.cleaned_data["version"],
            ),
        )  # fmt: skip
        if done:
            return saved(request, _("Sparat i utkastet. Det gäller när du publicerar."), _at(request, ident))
    return _detail(request, number, entry_form=form)


@require_POST
@customer_page()
@staff_only
def make_main(request: CustomerRequest, ident: int) -> HttpResponse:
    """Make a number the main number."""
    actions.make_main(number=find(ident), by=request.user)
    return saved(request, _("Huvudnumret är bytt"), _at(request, ident))


@require_POST
@customer_page()
@staff_only
def release(request: CustomerRequest, ident: int) -> HttpResponse:
    """Take a number back."""
    number = find(ident)
    back = reverse("numbers:show", args=(request.customer.slug, ident))
    kept = removed(request, lambda seen: actions.release(number=number, by=request.user, version=seen), back)
    return kept or saved(request, _("Numret är återlämnat"), _home(request))
