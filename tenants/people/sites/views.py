"""Kontor: the offices of a customer."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenants.customers.access import CustomerRequest, customer_page
from tenants.doors import removed, status_of, tried
from tenants.people.sites import actions, queries
from tenants.people.sites.forms import SiteForm


def _list(request: CustomerRequest, form: SiteForm) -> HttpResponse:
    shown = {"sites": queries.sites(), "form": form}
    return render(request, "people/sites.html", shown, status=status_of(form))


@require_GET
@customer_page()
def sites(request: CustomerRequest) -> HttpResponse:
    """Show the offices, and a form for another."""
    return _list(request, SiteForm())


@require_POST
@customer_page()
def new(request: CustomerRequest) -> HttpResponse:
    """Add an office."""
    form = SiteForm(request.POST)
    if form.is_valid():
        made = tried(form, lambda: actions.make(customer_id=request.customer.pk, **form.cleaned_data))
        if made:
            messages.success(request, _("%s är tillagt") % made.name)
            return redirect("people:sites", request.customer.slug)
    return _list(request, form)


@require_http_methods(["GET", "POST"])
@customer_page()
def change(request: CustomerRequest, site: int) -> HttpResponse:
    """Show an office; by POST change it."""
    found = get_object_or_404(queries.sites(), pk=site)
    fields = ("name", "area_code", "municipality_code")
    form = SiteForm(request.POST or None, initial={name: getattr(found, name) for name in fields})
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        if tried(form, lambda: actions.change(site=found, by=request.user, **typed)):
            messages.success(request, _("Sparat"))
            return redirect("people:sites", request.customer.slug)
    return render(request, "people/site.html", {"site": found, "form": form}, status=status_of(form))


@require_POST
@customer_page()
def remove(request: CustomerRequest, site: int) -> HttpResponse:
    """Delete an office that nothing belongs to."""
    found = get_object_or_404(queries.sites(), pk=site)
    back = reverse("people:site", args=(request.customer.slug, site))
    kept = removed(request, lambda seen: actions.remove(site=found, version=seen), back)
    if kept:
        return kept
    messages.success(request, _("%s är borttaget") % found.name)
    return redirect("people:sites", request.customer.slug)
