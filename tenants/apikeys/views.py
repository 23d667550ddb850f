"""API-nycklar: the list, a new key shown once, and revoking one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenants.apikeys import actions, queries
from tenants.apikeys.forms import KeyForm, OwnKeyForm
from tenants.apikeys.models import ApiKey
from tenants.customers.access import CustomerRequest, customer_page
from tenants.customers.models import Role
from tenants.doors import tried


def _list(request: CustomerRequest, form: KeyForm) -> HttpResponse:
    shown = {"rows": queries.listed(), "form": form}
    return render(request, "apikeys/index.html", shown, status=422 if form.is_bound else 200)


@require_GET
@customer_page()
def index(request: CustomerRequest) -> HttpResponse:
    """Show the keys and what each may do."""
    return _list(request, KeyForm())


@require_POST
@customer_page()
def new(request: CustomerRequest) -> HttpResponse:
    """Make a key and show it, this once."""
    form = KeyForm(request.POST)
    if form.is_valid():
        made = tried(
            form,
            lambda: actions.make(
                customer_id=request.customer.pk, by=request.user, name=form.cleaned_data["name"],
                scopes=form.scopes(), expires_at=form.expires_at(timezone.now()),
            ),
        )  # fmt: skip
        if made:
            return _made(request, made, reverse("apikeys:index", args=(request.customer.slug,)))
    return _list(request, form)


def _made(request: CustomerRequest, made: tuple[ApiKey, str], back: str) -> HttpResponse:
    """Show a key, this once: never kept by the browser."""
    response = render(request, "apikeys/made.html", {"key": made[0], "secret": made[1], "back": back})
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@customer_page()
def revoke(request: CustomerRequest, apikey: int) -> HttpResponse:
    """Let a key open nothing from now on."""
    key = get_object_or_404(ApiKey, pk=apikey)
    actions.revoke(key=key, by=request.user)
    messages.success(request, _("Nyckeln %s gäller inte längre") % key.name)
    return redirect("apikeys:index", request.customer.slug)


# --- one's own -----------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@customer_page(Role.USER)
def mine(request: CustomerRequest) -> HttpResponse:
    """Show the reader's own keys; by POST make one and show it, this once."""
    form = OwnKeyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        ask = {"customer_id": request.customer.pk, "by": request.user, "name": form.cleaned_data["name"]}
        made = tried(form, lambda: actions.make_own(**ask))
        if made:
            return _made(request, made, reverse("apikeys:mine", args=(request.customer.slug,)))
    shown = {"rows": queries.own(request.user), "form": form}
    return render(request, "apikeys/mine.html", shown, status=422 if form.is_bound else 200)


@require_POST
@customer_page(Role.USER)
def revoke_mine(request: CustomerRequest, apikey: int) -> HttpResponse:
    """Let a key of the reader's own open nothing from now on."""
    key = get_object_or_404(ApiKey, pk=apikey, own_of=request.user)
    actions.revoke(key=key, by=request.user)
    messages.success(request, _("Nyckeln %s gäller inte längre") % key.name)
    return redirect("apikeys:mine", request.customer.slug)
