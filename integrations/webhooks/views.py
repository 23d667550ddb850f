"""Webhooks: the endpoints, one with what was sent to it, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from integrations.webhooks import actions, queries
from integrations.webhooks.forms import AgainForm, EndpointForm
from integrations.webhooks.models import Delivery, Endpoint, Status
from tenants.cursors import cut
from tenants.customers.access import CustomerRequest, customer_page
from tenants.doors import removed, status_of, told, tried


def _list(request: CustomerRequest, form: EndpointForm) -> HttpResponse:
    shown = {"rows": queries.listed(), "form": form}
    return render(request, "webhooks/index.html", shown, status=status_of(form))


@require_GET
@customer_page()
def index(request: CustomerRequest) -> HttpResponse:
    """Show the endpoints and how each has gone."""
    return _list(request, EndpointForm())


@require_POST
@customer_page()
def new(request: CustomerRequest) -> HttpResponse:
    """Make an endpoint and show its secret, this once."""
    form = EndpointForm(request.POST)
    if form.is_valid():
        made = tried(form, lambda: actions.make(customer_id=request.customer.pk, by=request.user, **form.cleaned_data))
        if made:
            return _secret(request, made[0], made[1])
    return _list(request, form)


def _secret(request: CustomerRequest, endpoint: Endpoint, secret: str, *, renewed: bool = False) -> HttpResponse:
    shown = {"endpoint": endpoint, "secret": secret, "renewed": renewed}
    response = render(request, "webhooks/secret.html", shown)
    response["Cache-Control"] = "no-store"
    return response


def _one(
    request: CustomerRequest, endpoint: Endpoint, form: EndpointForm | None = None, again: AgainForm | None = None
) -> HttpResponse:
    status = request.GET.get("status", "")
    status = status if status in Status.values else ""
    form_now = form or EndpointForm(initial={"url": endpoint.url, "types": endpoint.types})
    shown = {
        "line": queries.shown(endpoint), "endpoint": endpoint, "form": form_now,
        "again": again or AgainForm(initial={"since": f"{timezone.localdate():%Y-%m-%d}"}), "status": status,
        "page": cut(queries.deliveries(endpoint, status), ("-pk",), request.GET, 25),
        "sides": [
            {"label": label, "url": f"?status={value}" if value else "?", "current": value == status}
            for value, label in (("", _("Alla")), *Status.choices)
        ],
    }  # fmt: skip
    return render(request, "webhooks/show.html", shown, status=max(status_of(form), status_of(again)))


@require_GET
@customer_page()
def show(request: CustomerRequest, endpoint: int) -> HttpResponse:
    """Show an endpoint, and what was sent to it with what it answered."""
    return _one(request, get_object_or_404(Endpoint, pk=endpoint))


@require_POST
@customer_page()
def change(request: CustomerRequest, endpoint: int) -> HttpResponse:
    """Give an endpoint another address and other types."""
    row, form = get_object_or_404(Endpoint, pk=endpoint), EndpointForm(request.POST)
    if form.is_valid():
        tried(form, lambda: actions.change(endpoint=row, **form.cleaned_data))
    return _one(request, row, form) if form.errors else _back(request, endpoint, _("Mottagaren är ändrad"))


def _back(request: CustomerRequest, endpoint: int, said: str = "") -> HttpResponse:
    if said:
        messages.success(request, said)
    return redirect("webhooks:show", request.customer.slug, endpoint)


def _done(request: CustomerRequest, endpoint: int, run: Callable[[Endpoint], object], said: str) -> HttpResponse:
    row = get_object_or_404(Endpoint, pk=endpoint)
    return _back(request, endpoint, said if told(request, lambda: run(row)) else "")


@require_POST
@customer_page()
def test(request: CustomerRequest, endpoint: int) -> HttpResponse:
    """Send a message that says nothing."""
    said = _("Ett test är på väg. Ladda om sidan om en stund för att se svaret.")
    return _done(request, endpoint, lambda row: actions.send_test(endpoint=row), said)


@require_POST
@customer_page()
def pause(request: CustomerRequest, endpoint: int) -> HttpResponse:
    """Send nothing more."""
    return _done(request, endpoint, lambda row: actions.disable(endpoint=row), _("Mottagaren är pausad"))


@require_POST
@customer_page()
def start(request: CustomerRequest, endpoint: int) -> HttpResponse:
    """Send again."""
    return _done(request, endpoint, lambda row: actions.enable(endpoint=row), _("Mottagaren är startad"))


@require_POST
@customer_page()
def rotate(request: CustomerRequest, endpoint: int) -> HttpResponse:
    """Make a new secret and show it, this once."""
    row = get_object_or_404(Endpoint, pk=endpoint)
    return _secret(request, row, actions.rotate(endpoint=row), renewed=True)


@require_POST
@customer_page()
def remove(request: CustomerRequest, endpoint: int) -> HttpResponse:
    """Forget an endpoint."""
    row = get_object_or_404(Endpoint, pk=endpoint)
    back = reverse("webhooks:show", args=(request.customer.slug, endpoint))
    kept = removed(request, lambda seen: actions.remove(endpoint=row, version=seen), back)
    if kept:
        return kept
    messages.success(request, _("Mottagaren %s är borttagen") % row.url)
    return redirect("webhooks:index", request.customer.slug)


@require_POST
@customer_page()
def again(request: CustomerRequest, endpoint: int, delivery: int) -> HttpResponse:
    """Send one message once more."""
    row = get_object_or_404(Delivery.objects.select_related("endpoint"), pk=delivery, endpoint=endpoint)
    return _done(request, endpoint, lambda _row: actions.send_again(delivery=row), _("Meddelandet skickas igen"))


@require_POST
@customer_page()
def dead_again(request: CustomerRequest, endpoint: int) -> HttpResponse:
    """Send all that did not arrive since a day once more."""
    row, form = get_object_or_404(Endpoint, pk=endpoint), AgainForm(request.POST)
    if not form.is_valid():
        return _one(request, row, again=form)
    since = timezone.make_aware(datetime.combine(form.cleaned_data["since"], time.min))
    count = tried(form, lambda: actions.send_dead_again(endpoint=row, since=since))
    if count is None:
        return _one(request, row, again=form)
    said = ngettext("%(n)s meddelande skickas igen", "%(n)s meddelanden skickas igen", count) % {"n": count}
    return _back(request, endpoint, said)
