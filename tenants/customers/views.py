"""Inloggningar: who may enter a customer, and the page on which somebody new sets a password."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenants.customers import actions, invitations
from tenants.customers.access import CustomerRequest, customer_page
from tenants.customers.forms import InviteForm, PasswordForm, RoleForm
from tenants.customers.models import Membership, Role
from tenants.doors import removed, told, tried


def find(ident: int) -> Membership:
    """Return a membership of the customer in scope, or answer 404."""
    return get_object_or_404(Membership.objects.select_related("user"), pk=ident, user__is_active=True)


def _list(request: CustomerRequest, form: InviteForm) -> HttpResponse:
    rows = Membership.objects.select_related("user").filter(user__is_active=True).order_by("user__name", "user__email")
    shown = {"rows": rows, "form": form, "roles": Role.choices}
    return render(request, "customers/admins.html", shown, status=422 if form.is_bound else 200)


@require_GET
@customer_page()
def admins(request: CustomerRequest) -> HttpResponse:
    """Show who may log in."""
    return _list(request, InviteForm())


@require_POST
@customer_page()
def invite(request: CustomerRequest) -> HttpResponse:
    """Let somebody in, and show the link by which somebody new sets a password."""
    form = InviteForm(request.POST)
    if form.is_valid():
        typed = form.cleaned_data
        made = tried(
            form,
            lambda: actions.let_in(
                customer_id=request.customer.pk, email=typed["email"], name=typed["name"], role=Role(typed["role"])
            ),
        )
        if made:
            return _invited(request, made)
    return _list(request, form)


@require_POST
@customer_page()
def link(request: CustomerRequest, ident: int) -> HttpResponse:
    """Show a new link for somebody who has not set a password yet."""
    return _invited(request, find(ident))


def _invited(request: CustomerRequest, membership: Membership) -> HttpResponse:
    user = membership.user
    staff = request.user.is_staff and not user.is_staff
    path = invitations.staff_path_for(user) if staff else invitations.path_for(user, request.customer.pk)
    shown = {"membership": membership, "link": request.build_absolute_uri(path) if path else ""}
    response = render(request, "customers/invited.html", shown)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@customer_page()
def change_role(request: CustomerRequest, ident: int) -> HttpResponse:
    """Give somebody another role."""
    membership, form = find(ident), RoleForm(request.POST)
    if form.is_valid() and told(
        request, lambda: actions.change_role(membership=membership, role=Role(form.cleaned_data["role"]))
    ):
        messages.success(request, _("Rollen är ändrad"))
    return redirect("customers:admins", request.customer.slug)


@require_POST
@customer_page()
def let_out(request: CustomerRequest, ident: int) -> HttpResponse:
    """End somebody's membership."""
    membership = find(ident)
    back = reverse("customers:admins", args=(request.customer.slug,))
    kept = removed(request, lambda seen: actions.let_out(membership=membership, version=seen), back)
    if kept:
        return kept
    messages.success(request, _("%s kommer inte in längre") % membership.user)
    if membership.user_id == request.user.pk:
        return redirect("choose-company")
    return redirect("customers:admins", request.customer.slug)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def set_password(request: HttpRequest, user: str, token: str) -> HttpResponse:
    """Let somebody new set a password, by the link they were given; then log in as usual."""
    who = invitations.user_of(user, token)
    form = PasswordForm(who, request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.set_password(user=who, password=form.cleaned_data["new_password1"])
        messages.success(request, _("Lösenordet är sparat. Logga in med det."))
        return redirect("login")
    return render(
        request, "customers/set_password.html", {"form": form, "who": who}, status=422 if form.is_bound else 200
    )
