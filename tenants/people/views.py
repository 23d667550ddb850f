"""Personer: the list, one person, the telephones and their secrets."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenants.answers import latest, removed, saved, tried
from tenants.cursors import cut
from tenants.customers.access import CustomerRequest, customer_page
from tenants.customers.models import Site
from tenants.destinations.fields import Logins, Shelf
from tenants.destinations.lookups import Found, answered
from tenants.destinations.pages import offered
from tenants.destinations.queries import ranked, targets
from tenants.doors import part, searched, status_of
from tenants.people import actions, presence_views, queries
from tenants.people.devices import actions as devices
from tenants.people.forms import SLOTS, DeviceForm, FlowForm, PersonForm
from tenants.people.models import Device, Person


def find(ident: int) -> Person:
    """Return a person of the customer in scope, or answer 404."""
    people = Person.objects.select_related("destination", "user").filter(destination__removed=False)
    return get_object_or_404(people, pk=ident)


def _at(request: CustomerRequest, person: Person) -> str:
    return reverse("people:show", args=(request.customer.slug, person.pk))


def _logins(request: CustomerRequest) -> Logins:
    at = reverse("people:logins", args=(request.customer.slug,))
    return Logins(Shelf(queries.logins(), ("pk", "name", "email"), at))


def _list(request: CustomerRequest, form: PersonForm) -> HttpResponse:
    search = searched(request)
    people = queries.matching(search)
    page = cut(people, queries.ORDER, request.GET)
    shown = {
        "rows": queries.rows_of(page.rows), "page": page, "total": people.count(), "search": search, "form": form,
        "latest": latest("person/"), "sites": Site.objects.exists(),
    }  # fmt: skip
    return render(request, part(request, "people/index.html", "people/_list.html"), shown, status=status_of(form))


@require_GET
@customer_page()
def index(request: CustomerRequest) -> HttpResponse:
    """Show everybody who has an extension."""
    return _list(request, PersonForm(logins=_logins(request)))


@require_POST
@customer_page()
def new(request: CustomerRequest) -> HttpResponse:
    """Add a person."""
    form = PersonForm(request.POST, logins=_logins(request))
    if form.is_valid():
        made = tried(form, lambda: actions.make(customer_id=request.customer.pk, by=request.user, wish=form.wish()))
        if made:
            return saved(request, _("%s är tillagd") % made.name, _at(request, made))
    return _list(request, form)


@require_GET
@customer_page()
def logins(request: CustomerRequest) -> HttpResponse:
    """Show the logins that match what is typed."""
    search = searched(request)
    rows = ranked(queries.logins(), search, "name", Q(email__istartswith=search)).order_by("rank", "name", "email")
    return answered(request, rows, lambda row: Found(row.pk, str(row), row.email))


def _detail(request: CustomerRequest, person: Person, **forms: object) -> HttpResponse:
    """Show a person; a form given here was refused and is shown with what was typed."""
    groups = queries.groups_of([person]).get(person.pk, [])
    flow = {f"{slot}_id": key for slot, key in targets(person.pk).items()}
    initial = {slot: flow.get(f"{slot}_id", "").partition("/")[2] or None for slot in SLOTS}
    shown = {
        "person": person,
        "devices": person.devices.order_by("pk"),
        "groups": groups,
        "users": queries.users_of(person, groups),
        "numbers": person.destination.numbers.order_by("e164"),
        "form": PersonForm(initial=PersonForm.values(person), logins=_logins(request), prefix="who"),
        "flow_form": FlowForm(
            initial={"ring_seconds": person.ring_seconds, "version": person.version, **initial},
            offer=offered(request), person=person, prefix="flow",
        ),
        "device_form": DeviceForm(prefix="device"),
        "latest": latest(f"person/{person.pk}"),
        "latest_flow": latest(f"person-flow/{person.pk}"),
        **presence_views.shown(request, presence_views.At(person, own=False)),
    } | forms  # fmt: skip
    return render(request, "people/show.html", shown, status=422 if forms else 200)


@require_http_methods(["GET", "POST"])
@customer_page()
def show(request: CustomerRequest, ident: int) -> HttpResponse:
    """Show a person; by POST change who it is."""
    person = find(ident)
    if request.method == "GET":
        return _detail(request, person)
    form = PersonForm(request.POST, logins=_logins(request), prefix="who")
    if form.is_valid():
        version = form.cleaned_data["version"]
        if tried(form, lambda: actions.change(person=person, by=request.user, version=version, wish=form.wish())):
            return saved(request, _("Sparat"), _at(request, person))
    return _detail(request, find(ident), form=form)


@require_POST
@customer_page()
def flow(request: CustomerRequest, ident: int) -> HttpResponse:
    """Say in the draft where calls go unanswered."""
    person = find(ident)
    form = FlowForm(request.POST, offer=offered(request), person=person, prefix="flow")
    if form.is_valid():
        version = form.cleaned_data["version"]
        if tried(form, lambda: actions.set_flow(person=person, by=request.user, version=version, wish=form.wish())):
            return saved(request, _("Sparat i utkastet. Det gäller när du publicerar."), _at(request, person))
    return _detail(request, find(ident), flow_form=form)


@require_POST
@customer_page()
def remove(request: CustomerRequest, ident: int) -> HttpResponse:
    """Delete a person and the telephones."""
    person = find(ident)
    home, back = reverse("people:index", args=(request.customer.slug,)), _at(request, person)
    kept = removed(request, lambda seen: actions.remove(person=person, by=request.user, version=seen), back)
    return kept or saved(request, _("Användaren är borttagen"), home)


# --- telephones ----------------------------------------------------------------------------------------------------


def _secret(request: CustomerRequest, device: Device, secret: str) -> HttpResponse:
    """Show a secret, this once: never kept by the browser, and in no address."""
    shown = {"device": device, "person": device.person, "secret": secret, "server": settings.SIP_SERVER}
    response = render(request, "people/secret.html", shown)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@customer_page()
def add_device(request: CustomerRequest, ident: int) -> HttpResponse:
    """Add a telephone and show its secret."""
    person, form = find(ident), DeviceForm(request.POST, prefix="device")
    if not form.is_valid():
        return _detail(request, person, device_form=form)
    device, secret = devices.add(person=person, by=request.user, name=form.cleaned_data["name"])
    return _secret(request, device, secret)


def _device(ident: int, device: int) -> Device:
    return get_object_or_404(Device.objects.select_related("person__destination"), pk=device, person_id=ident)


@require_POST
@customer_page()
def renew_secret(request: CustomerRequest, ident: int, device: int) -> HttpResponse:
    """Make a new secret for a telephone and show it."""
    found = _device(ident, device)
    return _secret(request, found, devices.renew_secret(device=found, by=request.user))


@require_POST
@customer_page()
def remove_device(request: CustomerRequest, ident: int, device: int) -> HttpResponse:
    """Take a telephone away."""
    found = _device(ident, device)
    back = _at(request, found.person)
    kept = removed(request, lambda seen: devices.remove(device=found, by=request.user, version=seen), back)
    return kept or saved(request, _("Telefonen är borttagen"), back, undoable=False)
