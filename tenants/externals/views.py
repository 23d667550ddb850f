"""Externa nummer: the list, and one number."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenants.answers import latest, removed, saved, tried
from tenants.customers.access import CustomerRequest, customer_page
from tenants.destinations.queries import used_by
from tenants.externals import actions, queries
from tenants.externals.forms import ExternalForm
from tenants.externals.models import ExternalNumber


def find(ident: int) -> ExternalNumber:
    """Return an external number of the customer in scope, or answer 404."""
    return get_object_or_404(queries.listed(), pk=ident)


def _home(request: CustomerRequest) -> str:
    return reverse("externals:index", args=(request.customer.slug,))


def _list(request: CustomerRequest, form: ExternalForm) -> HttpResponse:
    shown = {"rows": queries.listed(), "form": form, "latest": latest("external/")}
    return render(request, "externals/index.html", shown, status=422 if form.is_bound else 200)


@require_GET
@customer_page()
def index(request: CustomerRequest) -> HttpResponse:
    """Show the numbers that calls may be sent to."""
    return _list(request, ExternalForm())


@require_POST
@customer_page()
def new(request: CustomerRequest) -> HttpResponse:
    """Add a number."""
    form = ExternalForm(request.POST)
    if form.is_valid():
        made = tried(form, lambda: actions.make(customer_id=request.customer.pk, by=request.user, wish=form.wish()))
        if made:
            return saved(request, _("Numret är sparat"), _home(request))
    return _list(request, form)


@require_http_methods(["GET", "POST"])
@customer_page()
def show(request: CustomerRequest, ident: int) -> HttpResponse:
    """Show a number; by POST change it."""
    row = find(ident)
    form = ExternalForm(request.POST or None, initial=ExternalForm.values(row))
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"]
        if tried(form, lambda: actions.change(external=row, by=request.user, version=version, wish=form.wish())):
            return saved(request, _("Sparat"), _home(request))
        row = find(ident)
    shown = {"row": row, "form": form, "latest": latest(f"external/{ident}"), "users": used_by(ident)}
    return render(request, "externals/show.html", shown, status=422 if form.is_bound else 200)


@require_POST
@customer_page()
def remove(request: CustomerRequest, ident: int) -> HttpResponse:
    """Delete a number."""
    row = find(ident)
    back = reverse("externals:show", args=(request.customer.slug, ident))
    kept = removed(request, lambda seen: actions.remove(external=row, by=request.user, version=seen), back)
    return kept or saved(request, _("Numret är borttaget"), _home(request))
