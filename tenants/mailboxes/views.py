"""Röstbrevlådor: the list, one mailbox with its messages, and what callers said.

A colleague who may not listen gets 404 for a mailbox's messages and sound, with a copied link too. An
administrator may set up every mailbox, but hear only those ticked for.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenants.answers import latest, removed, saved, tried
from tenants.cursors import cut
from tenants.customers.access import CustomerRequest, customer_page
from tenants.customers.models import Role
from tenants.destinations.lookups import Found, answered
from tenants.destinations.pages import offered
from tenants.destinations.queries import ranked, used_by
from tenants.doors import part, searched, status_of
from tenants.mailboxes import actions, queries
from tenants.mailboxes.forms import MailboxForm
from tenants.mailboxes.models import Mailbox, Message
from tenants.sounds import responses

SHOWN = 200
"""How many messages a page shows; older ones come forward as newer are deleted."""


def find(request: CustomerRequest, ident: int) -> tuple[Mailbox, bool]:
    """Return a mailbox and whether the reader may listen; 404 if they may neither listen nor run the customer."""
    row = get_object_or_404(Mailbox.objects.select_related("destination"), pk=ident, destination__removed=False)
    audible = queries.heard_by(request.membership).filter(pk=ident).exists()
    if not audible and not request.is_admin:
        raise Http404
    return row, audible


def message_of(request: CustomerRequest, ident: int, message: int) -> Message:
    """Return a message the reader may listen to, or answer 404."""
    heard = queries.heard_by(request.membership)
    return get_object_or_404(Message.objects.select_related("sound"), pk=message, mailbox=ident, mailbox__in=heard)


def _home(request: CustomerRequest) -> str:
    return reverse("mailboxes:index", args=(request.customer.slug,))


def _at(request: CustomerRequest, ident: int) -> str:
    return reverse("mailboxes:show", args=(request.customer.slug, ident))


def _form(request: CustomerRequest, data: Any = None, **kwargs: Any) -> MailboxForm:
    logins_at = reverse("mailboxes:logins", args=(request.customer.slug,))
    return MailboxForm(data, offer=offered(request), logins_at=logins_at, **kwargs)


def _list(request: CustomerRequest, form: MailboxForm | None) -> HttpResponse:
    search = searched(request)
    places = queries.matching(request.membership, search, everything=request.is_admin)
    page = cut(places, queries.ORDER, request.GET)
    shown = {
        "rows": queries.rows_of(page.rows), "page": page, "total": places.count(), "search": search, "form": form,
        "latest": latest("mailbox/") if form else None,
    }  # fmt: skip
    return render(request, part(request, "mailboxes/index.html", "mailboxes/_list.html"), shown, status=status_of(form))


@require_GET
@customer_page(Role.USER)
def index(request: CustomerRequest) -> HttpResponse:
    """Show the mailboxes the reader may listen to; to who runs the customer, all of them."""
    return _list(request, _form(request) if request.is_admin else None)


@require_POST
@customer_page()
def new(request: CustomerRequest) -> HttpResponse:
    """Make a mailbox."""
    form = _form(request, request.POST)
    if form.is_valid():
        made = tried(form, lambda: actions.make(customer_id=request.customer.pk, by=request.user, wish=form.wish()))
        if made:
            return saved(request, _("Röstbrevlådan är sparad"), _at(request, made.pk))
    return _list(request, form)


@require_GET
@customer_page()
def logins(request: CustomerRequest) -> HttpResponse:
    """Show who may be let to listen and matches what is typed."""
    search = searched(request)
    found = ranked(queries.may_be_ticked(), search, "user__name", Q(user__email__istartswith=search))
    rows = found.order_by("rank", "user__name", "user__email")
    return answered(request, rows, lambda row: Found(row.pk, str(row.user), row.user.email))


@require_GET
@customer_page(Role.USER)
def show(request: CustomerRequest, ident: int) -> HttpResponse:
    """Show a mailbox and, to whom may listen, its messages."""
    row, audible = find(request, ident)
    messages = list(queries.messages_of(row)[:SHOWN]) if audible else []
    shown = {"row": row, "audible": audible, "messages_left": messages}
    return render(request, "mailboxes/show.html", shown)


@require_http_methods(["GET", "POST"])
@customer_page()
def settings(request: CustomerRequest, ident: int) -> HttpResponse:
    """Show how a mailbox is set up; by POST change it."""
    row, _audible = find(request, ident)
    form = _form(request, request.POST or None, initial=MailboxForm.values(row))
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"]
        if tried(form, lambda: actions.change(mailbox=row, by=request.user, version=version, wish=form.wish())):
            return saved(request, _("Sparat"), _at(request, ident))
        row.refresh_from_db()
    shown = {"row": row, "form": form, "latest": latest(f"mailbox/{ident}")}
    shown |= {"number": row.messages.count(), "days": actions.KEPT.days, "users": used_by(ident)}
    return render(request, "mailboxes/settings.html", shown, status=422 if form.is_bound else 200)


@require_POST
@customer_page()
def remove(request: CustomerRequest, ident: int) -> HttpResponse:
    """Remove a mailbox; undoing brings its messages and listeners back."""
    row, _audible = find(request, ident)
    back = reverse("mailboxes:settings", args=(request.customer.slug, ident))
    kept = removed(request, lambda seen: actions.remove(mailbox=row, by=request.user, version=seen), back)
    return kept or saved(request, _("Röstbrevlådan är borttagen"), _home(request))


# --- messages ------------------------------------------------------------------------------------------------------


@require_GET
@customer_page(Role.USER)
def audio(request: CustomerRequest, ident: int, message: int) -> HttpResponse:
    """Return what was said, and note who heard it first."""
    found = message_of(request, ident, message)
    actions.mark_heard(message=found, by=request.user)
    return responses.play(found.sound)


@require_POST
@customer_page(Role.USER)
def handle(request: CustomerRequest, ident: int, message: int) -> HttpResponse:
    """Note that a message is taken care of, or is not after all."""
    found = message_of(request, ident, message)
    actions.mark_handled(message=found, by=request.user, handled=request.POST.get("handled") == "1")
    return redirect(_at(request, ident))


@require_POST
@customer_page(Role.USER)
def remove_message(request: CustomerRequest, ident: int, message: int) -> HttpResponse:
    """Delete a message."""
    actions.remove_message(message=message_of(request, ident, message))
    return saved(request, _("Meddelandet är borttaget"), _at(request, ident), undoable=False)
