"""Provring: the form with the latest calls, and one call while it goes on."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from integrations.switch.testcalls import actions, queries
from integrations.switch.testcalls.forms import TestCallForm
from integrations.switch.testcalls.models import TestCall
from tenants.callflow.paths import HOME
from tenants.changes.queries import waiting_count
from tenants.customers.access import CustomerRequest, customer_page
from tenants.doors import followed, id_in, part, region, tried
from tenants.numbers.forms import Lines
from tenants.numbers.queries import listed
from tenants.people.models import Person


@require_http_methods(["GET", "POST"])
@customer_page()
def index(request: CustomerRequest) -> HttpResponse:
    """Show the form and the latest calls; by POST make one."""
    lines = Lines(reverse("numbers:options", args=[request.customer.slug]))
    form = TestCallForm(request.POST or None, zone=ZoneInfo(HOME), lines=lines, initial=_initial(request))
    if form.is_valid():
        customer_id = request.customer.pk
        call = tried(form, lambda: actions.make(customer_id=customer_id, by=request.user, wish=form.wish()))
        if call:
            return redirect("testcalls:show", request.customer.slug, call.uuid)
    shown = {"form": form, "calls": queries.latest(), "waiting": waiting_count()}
    return render(request, "testcalls/index.html", shown, status=422 if form.is_bound else 200)


def _initial(request: CustomerRequest) -> dict[str, Any]:
    """Return what the form suggests: the number of the page one came from or the main one, and one's own telephone."""
    mine = Person.objects.filter(user=request.user).first()
    number, draft = id_in(request.GET.get("number", "")), "draft" if waiting_count() else "live"
    return {"number": number or _main_number(), "to": mine.extension if mine else "", "draft": draft}


def _main_number() -> int | None:
    return listed().values_list("pk", flat=True).first()


@require_GET
@customer_page()
@region("test-call")
def show(request: CustomerRequest, call: str) -> HttpResponse:
    """Show a call and its steps; to htmx, the part that changes."""
    progress = queries.progress(get_object_or_404(TestCall.objects.select_related("number", "by"), uuid=call))
    template = part(request, "testcalls/show.html", "testcalls/_call.html")
    return followed(request, template, {"progress": progress, "call": progress.call, "seen": progress.mark})
