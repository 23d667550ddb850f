"""The pages menus, groups and announcements have in common: a list, one step with its form, making and removing.

A room says what is its own in a ``Room`` and gets its addresses from ``addresses``. Everything saved here waits in
the draft, as when it is saved in the flow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenants.changes import queries as changes
from tenants.changes.models import Object
from tenants.changes.words import Line, differ, names_of
from tenants.customers.access import CustomerRequest, customer_page
from tenants.customers.models import User
from tenants.destinations.forms import InsteadForm, Offer, add_refusal
from tenants.destinations.models import Destination
from tenants.destinations.queries import used_by
from tenants.doors import id_in, removed
from tenants.refusals import Refusal
from tenants.versions import Seen


def nothing(*_: object) -> dict[Any, Any]:
    """Return what a room without live state has to say of it."""
    return {}


@dataclass(frozen=True)
class Room:
    """What a room's pages say and do. ``name`` is its URL namespace and template folder.

    ``now`` is the template of what can be seen and set of a step just now, with what ``shown`` returns; ``counted``
    says the same of every step in the list, in a few words.
    """

    name: str
    model: Any
    form: Callable[[Any, Offer, Any], Any]
    make: Callable[[int, User, Any], Any]
    change: Callable[[Any, User, Any], object]
    remove: Callable[[Any, User, Seen, Destination | None], object]
    icon: str
    title: Any
    lead: Any
    adds: Any
    empty: Any
    now: str = ""
    shown: Callable[[CustomerRequest, Any], dict[str, Any]] = nothing
    counted: Callable[[list[Any]], Mapping[int, str]] = nothing

    def rows(self) -> QuerySet[Any]:
        """Return the room's steps in the draft, by name."""
        rows = self.model.objects.filter(destination__removed=False).select_related("destination")
        return rows.order_by("destination__name")  # type: ignore[no-any-return]

    def find(self, ident: int) -> Any:
        """Return a step of the draft.

        :raises Http404: if there is none.
        """
        row = self.rows().filter(pk=ident).first()
        if row is None:
            raise Http404
        return row


@dataclass(frozen=True)
class Listed:
    """One step in the list: its row, what it does line by line, and whether it waits for publishing."""

    row: Any
    lines: tuple[Line, ...]
    mark: str
    now: str = ""


def offered(request: CustomerRequest) -> Offer:
    """Return what the pickers of a page offer: every destination and prompt of the draft."""
    slug = request.customer.slug
    return Offer(reverse("destinations:options", args=[slug]), reverse("destinations:voices", args=[slug]))


def listed(rows: Iterable[Any], counted: Callable[[list[Any]], Mapping[int, str]] = nothing) -> list[Listed]:
    """Return steps with what they do, in as many queries whatever their number."""
    rows = list(rows)
    now = counted(rows)
    found = {row.destination.key: row for row in rows}
    sides = {obj.key: obj for obj in Object.objects.filter(draft__isnull=False)}
    drafted = changes.drafts(sides.values())
    names = names_of(drafted)
    return [
        Listed(row, _lines(key, drafted, names), _mark(sides.get(key)), now.get(row.pk, ""))
        for key, row in found.items()
    ]


def _lines(key: str, drafted: Any, names: Any) -> tuple[Line, ...]:
    return differ(key, None, drafted[key], names).lines if key in drafted else ()


def _mark(obj: Object | None) -> str:
    if obj is None or obj.draft == obj.published:
        return ""
    return _("Ändrad") if obj.published else _("Ny")


def addresses(room: Room) -> list[URLPattern]:
    """Return the addresses of a room's pages."""
    reads, both = require_GET, require_http_methods(["GET", "POST"])
    return [
        path("", reads(customer_page()(partial(_index, room))), name="index"),
        path("new/", both(customer_page()(partial(_new, room))), name="new"),
        path("<int:ident>/", both(customer_page()(partial(_show, room))), name="show"),
        path("<int:ident>/remove/", require_POST(customer_page()(partial(_remove, room))), name="remove"),
    ]


def _index(room: Room, request: CustomerRequest) -> HttpResponse:
    return render(request, "destinations/index.html", {"room": room, "steps": listed(room.rows(), room.counted)})


def _new(room: Room, request: CustomerRequest) -> HttpResponse:
    offers = offered(request)
    form = room.form(_typed(request), offers, None)
    if form.is_valid():
        try:
            row = room.make(request.customer.pk, request.user, form)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            return _saved(request, room, row)
    return _form(request, room, None, form, offers)


def _show(room: Room, request: CustomerRequest, ident: int) -> HttpResponse:
    row, offers = room.find(ident), offered(request)
    form = room.form(_typed(request), offers, row)
    if form.is_valid():
        try:
            room.change(row, request.user, form)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            return _saved(request, room, row)
    return _form(request, room, row, form, offers)


def _remove(room: Room, request: CustomerRequest, ident: int) -> HttpResponse:
    row, chosen = room.find(ident), id_in(request.POST.get("instead", ""))
    instead = Destination.objects.filter(pk=chosen).first() if chosen else None
    back = reverse(f"{room.name}:show", args=(request.customer.slug, row.pk))
    kept = removed(request, lambda seen: room.remove(row, request.user, seen, instead), back)
    if kept:
        return kept
    messages.success(request, _("Borttaget i utkastet"))
    return redirect(f"{room.name}:index", request.customer.slug)


def _typed(request: CustomerRequest) -> Any:
    """Return what was posted, None when the page is only read."""
    return request.POST if request.method == "POST" else None


def _saved(request: CustomerRequest, room: Room, row: Any) -> HttpResponse:
    messages.success(request, _("Sparat i utkastet. Publicera när du är klar."))
    return redirect(f"{room.name}:show", request.customer.slug, row.pk)


def _form(request: CustomerRequest, room: Room, row: Any, form: Any, offers: Offer) -> HttpResponse:
    """Show a step's form; with errors as it was typed."""
    obj = Object.objects.filter(key=row.destination.key).first() if row else None
    context = {
        "room": room, "row": row, "form": form, "fields": f"{room.name}/_form.html", "mark": _mark(obj),
        "users": used_by(row.pk) if row else (), "instead": InsteadForm(offer=offers, row=row.pk) if row else None,
        "index_name": f"{room.name}:index", "remove_name": f"{room.name}:remove",
        **(room.shown(request, row) if row else {}),
    }  # fmt: skip
    return render(request, "destinations/show.html", context, status=422 if form.is_bound else 200)
