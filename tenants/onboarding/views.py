"""Staff's pages about customers: the list, and a new one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from tenants.customers import invitations
from tenants.customers.access import staff_page
from tenants.doors import searched, tried
from tenants.onboarding import actions, queries
from tenants.onboarding.forms import CustomerForm
from tenants.sounds import sandbox


@require_GET
@staff_page
def customers(request: HttpRequest) -> HttpResponse:
    """List the customers, with a search by name, organisation number or telephone number."""
    search = searched(request)
    shown = {"rows": queries.listed(search), "search": search, "sandbox": sandbox.method()}
    return render(request, "onboarding/customers.html", shown)


@require_http_methods(["GET", "POST"])
@staff_page
def new(request: HttpRequest) -> HttpResponse:
    """Make a customer with its base package, and show the link for its first administrator."""
    form = CustomerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = tried(form, lambda: actions.provision(by=request.user, wish=form.wish()))  # type: ignore[arg-type]
        if made:
            customer, admin = made
            ours = not admin.user.has_usable_password() and not admin.user.is_staff
            link = request.build_absolute_uri(invitations.staff_path_for(admin.user)) if ours else ""
            shown = {"customer": customer, "admin": admin.user, "link": link}
            response = render(request, "onboarding/made.html", shown)
            response["Cache-Control"] = "no-store"
            return response
    return render(request, "onboarding/new.html", {"form": form}, status=422 if form.is_bound else 200)
