"""API-nycklar: the list, a new key shown once, and revoking one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tenants.apikeys import actions, queries
from tenants.apikeys.forms import KeyForm
from tenants.apikeys.models import ApiKey
from tenants.customers.access import CustomerRequest, customer_page
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
            response = render(request, "apikeys/made.html", {"key": made[0], "secret": made[1]})
            response["Cache-Control"] = "no-store"
            return response
    return _list(request, form)


@require_POST
@customer_page()
def revoke(request: CustomerRequest, apikey: int) -> HttpResponse:
    """Let a key open nothing from now on."""
    key = get_object_or_404(ApiKey, pk=apikey)
    actions.revoke(key=key, by=request.user)
    messages.success(request, _("Nyckeln %s gäller inte längre") % key.name)
    return redirect("apikeys:index", request.customer.slug)
