"""The flow page. One fragment, ``callflow/_flow.html``, holds head, tree and inspector; every request draws it anew."""

from __future__ import annotations

import json
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenants.callflow import actions, queries
from tenants.callflow.cards import ICONS, Desk, detail
from tenants.callflow.forms import KINDS, LIVE, ExistingForm, NewForm, NumberForm
from tenants.callflow.paths import read_view, wanted_in
from tenants.callflow.steps import Step, open_step
from tenants.callflow.trial import trial
from tenants.changes import queries as changes
from tenants.changes.words import names_of, national, slot_name
from tenants.customers.access import CustomerRequest, customer_page
from tenants.destinations.forms import InsteadForm, Offer, add_refusal
from tenants.destinations.models import Destination
from tenants.destinations.pages import offered
from tenants.destinations.queries import used_by
from tenants.doors import id_in, line
from tenants.live import queries as live
from tenants.numbers.forms import Lines
from tenants.numbers.models import Number
from tenants.refusals import Conflict, Refusal
from tenants.routing.naming import ident_of
from tenants.routing.objects import Key
from tenants.routing.slots import kind_in

PAGES = {"person": "people:show", "mailbox": "mailboxes:show", "external": "externals:show"}
"""Where the kinds are edited that have a page of their own."""


@require_GET
@customer_page()
def index(request: CustomerRequest, number: int | None = None) -> HttpResponse:
    """Show the flow of a number, the main number's unless another is chosen."""
    if chosen := id_in(request.GET.get("number", "")):
        return redirect("callflow:number", request.customer.slug, chosen)
    if queries.number_of(None) is None:
        return render(request, "callflow/empty.html")
    return _page(request, number)


@require_http_methods(["POST"])
@customer_page()
def save(request: CustomerRequest, number: int) -> HttpResponse:
    """Save the open step in the draft; with errors, show it again as it was typed."""
    offer = offered(request)
    step = open_step(request.POST.get("step", ""), offer, request.POST)
    if step is None:
        raise Http404
    if step.form.is_valid():
        try:
            step.save(request.user)
        except Refusal as refusal:
            add_refusal(step.form, refusal, {"prompt": "prompt"})
        else:
            return _done(request, number, step.key, _("Sparat i utkastet"))
    return _page(request, number, step=step, offer=offer, status=422)


@require_POST
@customer_page()
def remove(request: CustomerRequest, number: int) -> HttpResponse:
    """Remove the open step, leading its calls elsewhere if that is chosen."""
    offer = offered(request)
    step = open_step(request.POST.get("step", ""), offer)
    if step is None or step.editor.remove is None:
        raise Http404
    chosen = id_in(request.POST.get("instead", ""))
    instead = Destination.objects.filter(pk=chosen).first() if chosen else None
    try:
        step.editor.remove(step.row, request.user, request.POST.get("version", ""), instead)
    except Conflict as conflict:
        step, told = open_step(step.key, offer), str(conflict.message)
        return _page(request, number, key="", step=step, removing=told, offer=offer, status=409)
    except Refusal as refusal:
        return _page(request, number, step=step, removing=str(refusal.message), offer=offer, status=422)
    return _done(request, number, "", _("Borttaget i utkastet"))


@require_POST
@customer_page()
def add(request: CustomerRequest, number: int) -> HttpResponse:
    """Put a new step, or one there is already, at a spot."""
    spot = _spot(request.POST)
    offer = offered(request)
    kind = request.POST.get("new", "")
    form = _add_form(kind, spot, offer, request.POST)
    if form.is_valid():
        try:
            key = _put(request, spot, form)
        except Refusal as refusal:
            add_refusal(form, refusal, {"e164": "typed"})
        else:
            return _done(request, number, key, _("Steget ligger i utkastet"))
    return _page(request, number, adding=_adding(spot, kind, form), offer=offer, status=422)


def _put(request: CustomerRequest, spot: actions.Spot, form: NewForm | ExistingForm) -> Key:
    customer_id = request.customer.pk
    if isinstance(form, NewForm):
        return actions.insert(customer_id=customer_id, by=request.user, spot=spot, new=form.new())
    target = form.cleaned_data["target"]
    actions.lead(customer_id=customer_id, by=request.user, spot=spot, target_id=target)
    return Destination.objects.get(pk=target).key


def _add_form(kind: str, spot: actions.Spot, offer: Offer, data: Any = None) -> NewForm | ExistingForm:
    if kind in actions.MAKERS:
        return NewForm(data, offer=offer, kind=kind)
    source = None if kind_in(spot.source) == "number" else ident_of(spot.source)
    return ExistingForm(data, offer=offer, source=source)


def _spot(data: Any) -> actions.Spot:
    """Return the spot an address or form names.

    :raises Http404: if it names none.
    """
    kind, _slash, number = data.get("add", "").partition("/")
    if kind not in {*ICONS, "number"} or id_in(number) is None:
        raise Http404
    seen = data.get("seen", "").rpartition("/")[2]
    return actions.Spot(f"{kind}/{number}", data.get("slot", ""), id_in(seen))


def _adding(spot: actions.Spot, kind: str, form: Any) -> dict[str, Any]:
    slot = spot.slot if spot.slot.startswith("key:") else f"slot:{spot.slot}"
    return {"spot": spot, "slot": slot_name(slot), "kind": kind, "form": form, "kinds": KINDS, "live": kind in LIVE}


def _done(request: CustomerRequest, number: int, step: Key, message: str) -> HttpResponse:
    """Answer a save: the page anew with the step open, and a toast; without htmx a redirect there."""
    if "HX-Request" not in request.headers:
        address = reverse("callflow:number", args=[request.customer.slug, number])
        return redirect(f"{address}?step={step}" if step else address)
    response = _page(request, number, key=step)
    response["HX-Trigger"] = json.dumps({"toast": {"message": message}})
    query = f"?step={step}" if step else ""
    response["HX-Push-Url"] = reverse("callflow:number", args=[request.customer.slug, number]) + query
    return response


def _page(
    request: CustomerRequest, number: int | None, *, key: Key | None = None, step: Step | None = None,
    adding: dict[str, Any] | None = None, removing: str | None = None, offer: Offer | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    """Return the page, or its fragment to htmx.

    What is open is what was given (after a save or an error), else what the address asks for.
    """
    asked = request.GET.dict() if request.method == "GET" else {}
    params = _kept(request)
    selected = step.key if step else line(asked, "step", 60) if key is None else key
    flow = queries.flow(_shown(number), params.get("when", ""), params, selected)
    if offer is None and (selected or "add" in asked):
        offer = offered(request)
    if offer and adding is None and "add" in asked:
        adding = _asked_to_add(request, offer)
    if offer and step is None and selected and not adding:
        step = open_step(selected, offer)
    if step and "remove" in asked:
        removing = ""
    context = {
        "flow": flow, "params": params, "when": params.get("when", ""), "view": flow.desk.view,
        "panel": _panel(request, flow.desk, selected), "adding": adding, "step": step, "removing": removing,
        "jump": _jump(request, flow), **_users(step, removing, offer),
    }  # fmt: skip
    template = "callflow/_flow.html" if "HX-Request" in request.headers else "callflow/flow.html"
    return render(request, template, context, status=status)


def _kept(request: CustomerRequest) -> dict[str, str]:
    """Return what every address of the page keeps."""
    data = request.POST if request.method == "POST" else request.GET
    wanted = wanted_in(data.dict())
    return {"when": wanted} if wanted else {}


def _shown(number: int | None) -> Number:
    """Return the number whose flow is shown.

    :raises Http404: if the customer has no such number.
    """
    found = queries.number_of(number)
    if found is None:
        raise Http404
    return found


def _jump(request: CustomerRequest, flow: queries.Flow) -> NumberForm | None:
    """Return what leads to another number's flow where numbers are too many for tabs."""
    lines = Lines(reverse("numbers:options", args=[request.customer.slug]))
    return NumberForm(shown=flow.number, lines=lines) if flow.many else None


def _asked_to_add(request: CustomerRequest, offer: Offer) -> dict[str, Any]:
    spot, kind = _spot(request.GET), request.GET.get("new", "")
    return _adding(spot, kind, _add_form(kind, spot, offer))


def _users(step: Step | None, removing: str | None, offer: Offer | None) -> dict[str, Any]:
    """Return what the question before a removal says: who uses the step, and what could stand in."""
    if step is None or removing is None or offer is None:
        return {}
    return {"users": used_by(step.row.pk), "instead": InsteadForm(offer=offer, row=step.row.pk)}


def _panel(request: CustomerRequest, desk: Desk, key: Key) -> dict[str, Any] | None:
    """Return what stands at the top of the inspector, None if nothing is open."""
    if key not in desk.objects:
        return None
    icon, tone = ICONS.get(kind_in(key), ("circle-help", ""))
    page = PAGES.get(kind_in(key))
    return {
        "key": key, "title": desk.name(key), "detail": detail(key, desk), "icon": icon, "tone": tone,
        "told": [told for told in desk.told if told.place == key], "close": desk.href(),
        "page": reverse(page, args=[request.customer.slug, ident_of(key)]) if page else "",
    }  # fmt: skip


@require_GET
@customer_page()
def attempt(request: CustomerRequest, number: int) -> HttpResponse:
    """Show what would happen if somebody called, step by step, at the chosen time and with the chosen keys."""
    shown = get_object_or_404(Number, pk=number)
    objects = changes.drafted()
    zone = queries.zone_of(objects, f"number/{shown.pk}")
    view = read_view(wanted_in(request.GET.dict()), timezone.now(), zone)
    by_hand = None if view.day else live.now()
    tried = trial(objects, names_of(objects), shown.e164, view.moment, request.GET.getlist("do"), by_hand)
    context = {"number": shown, "title": national(shown.e164), "view": view, "trial": tried}
    template = "callflow/_try.html" if "HX-Request" in request.headers else "callflow/try.html"
    return render(request, template, context)
