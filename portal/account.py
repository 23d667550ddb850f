"""Logging in and out, choosing a company, a password, theme and language."""

from __future__ import annotations

from pathlib import Path

import structlog
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login as start_session
from django.contrib.auth import logout as end_session
from django.contrib.auth import update_session_auth_hash as keep_session
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal import rooms
from portal.context import publish_state as state_of_publishing
from tenants.customers.access import CustomerRequest, customer_page
from tenants.customers.actions import set_appearance, set_password
from tenants.customers.forms import ChangePasswordForm
from tenants.customers.models import Role, User
from tenants.customers.queries import customers_of
from tenants.doors import followed, status_of

log = structlog.get_logger(__name__)
A_YEAR = 365 * 24 * 3600


class LoginForm(AuthenticationForm):
    """E-mail and password. The refusal does not tell which of them was wrong."""

    error_messages = {
        "invalid_login": _("E-postadressen och lösenordet stämmer inte ihop. Kontrollera båda och försök igen."),
        "inactive": _("Inloggningen är avstängd. Kontakta din administratör."),
    }

    def __init__(self, request: HttpRequest | None = None, *args: object, **kwargs: object) -> None:
        super().__init__(request, *args, **kwargs)
        self.fields["username"].widget = forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
        self.fields["username"].label = _("E-post")
        self.fields["password"].label = _("Lösenord")


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """Log in, go where one was going, and speak the person's own language from here on."""
    if request.user.is_authenticated:
        return redirect(_target(request, request.GET))
    form = LoginForm(request, data=request.POST if request.method == "POST" else None)
    if not form.is_valid():
        context = {"form": form, "next": request.POST.get("next", request.GET.get("next", ""))}
        return render(request, "account/login.html", context, status=422 if form.is_bound else 200)
    user: User = form.get_user()
    start_session(request, user)
    return with_language(redirect(_target(request, request.POST)), user.language)


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """End the session."""
    end_session(request)
    return redirect("login")


@require_GET
def root(request: HttpRequest) -> HttpResponse:
    """Send whoever opens the portal's bare address to their own start."""
    return redirect("choose-company" if request.user.is_authenticated else "login")


def with_language(response: HttpResponse, language: str) -> HttpResponse:
    """Put the language of the pages on a response, as LocaleMiddleware reads it."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, language, max_age=A_YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )
    return response


def client_address(request: HttpRequest) -> str:
    """Return where a request comes from: what the proxy says behind HTTPS, as the scheme is; else who connected.

    The proxy nearest to us wrote the last address; those before it are anybody's words.
    """
    told = request.headers.get("X-Forwarded-For", "") if settings.HTTPS else ""
    return told.rpartition(",")[2].strip() or str(request.META.get("REMOTE_ADDR", ""))


def locked_out(request: HttpRequest, _response: HttpResponse, _credentials: object) -> HttpResponse:
    """Answer somebody who has tried too many times (django-axes), with the way back if they are logged in."""
    back = _target(request, request.POST) if request.user.is_authenticated else ""
    return render(request, "account/locked_out.html", {"back": back}, status=429)


@require_GET
@login_required
def choose_company(request: HttpRequest) -> HttpResponse:
    """List the companies the reader may enter; go straight in where there is only one.

    The company switcher in the menu fetches the same list by htmx.
    """
    user: User = request.user  # type: ignore[assignment]
    companies = [(company, rooms.home(company.slug)) for company in customers_of(user)]
    if request.headers.get("HX-Request"):
        return render(request, "account/_companies.html", {"companies": companies})
    staff = rooms.links(rooms.STAFF) if user.is_staff else []
    if staff and not companies:
        return redirect(staff[0].url)
    if len(companies) == 1 and not staff and companies[0][1]:
        return redirect(companies[0][1])
    return render(request, "account/choose_company.html", {"companies": companies})


def _target(request: HttpRequest, given: QueryDict) -> str:
    target = given.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe and target.startswith("/") else reverse("choose-company")


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@login_required
def change_password(request: HttpRequest) -> HttpResponse:
    """Change the reader's own password. Their sessions on other machines end with the old one; this one goes on."""
    user: User = request.user  # type: ignore[assignment]
    form = ChangePasswordForm(request, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        shown = {"form": form, "next": _target(request, request.POST or request.GET)}
        return render(request, "account/password.html", shown, status=status_of(form))
    set_password(user=user, password=form.cleaned_data["new_password1"])
    keep_session(request, user)
    log.info("account.password.changed", user=user.pk)
    messages.success(request, gettext("Lösenordet är bytt"))
    return redirect(_target(request, request.POST))


@require_POST
@login_required
def appearance(request: HttpRequest) -> HttpResponse:
    """Save the reader's theme or language and return to where they were. Anything else posted is ignored."""
    user: User = request.user  # type: ignore[assignment]
    theme = request.POST.get("theme", user.theme)
    language = request.POST.get("language", user.language)
    if theme in User.Theme.values and language in dict(settings.LANGUAGES):
        set_appearance(user=user, theme=User.Theme(theme), language=language)
    return with_language(redirect(_target(request, request.POST)), user.language)


@require_GET
@customer_page(Role.USER)
def publish_state(request: CustomerRequest) -> HttpResponse:
    """Return the pill of the top bar anew, if it has changed."""
    found = state_of_publishing()
    return followed(request, "layouts/_published.html", {"published": found, "seen": found.mark})


@require_GET
def offline(request: HttpRequest) -> HttpResponse:
    """Return the page the worker keeps for when the network is gone."""
    return render(request, "offline.html")


@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """Return the service worker, from the root so that it serves every page."""
    found = finders.find("dist/worker.js")
    if not found:
        raise Http404
    return HttpResponse(Path(found).read_bytes(), content_type="text/javascript", headers={"Cache-Control": "no-cache"})
