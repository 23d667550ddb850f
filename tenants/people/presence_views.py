"""Doors to how somebody is just now: of anybody for who runs the customer, of oneself for everybody (Min sida)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from tenants import doors
from tenants.customers.access import CustomerRequest, customer_page
from tenants.customers.models import Role
from tenants.destinations.forms import Offer
from tenants.destinations.views import matches
from tenants.live import pages
from tenants.people import queries
from tenants.people.models import Person
from tenants.people.presence import presence
from tenants.people.presence_forms import DIVERTED_TO, DiversionForm
from tenants.routing.live import LiveValue, Login, Pause, membership


@dataclass(frozen=True)
class At:
    """A person whose state is seen or set, and whether by themselves."""

    person: Person
    own: bool

    def address(self, request: CustomerRequest, name: str, *args: object) -> str:
        """Return the address of one of the doors here."""
        before = () if self.own else (self.person.pk,)
        return reverse(f"people:{'my-' if self.own else ''}{name}", args=(request.customer.slug, *before, *args))

    def back(self, request: CustomerRequest) -> str:
        """Return the page it stands on."""
        return self.address(request, "page") if self.own else reverse(
            "people:show", args=(request.customer.slug, self.person.pk)
        )  # fmt: skip

    def away_form(self, request: CustomerRequest, data: Any = None) -> DiversionForm:
        """Return the form of a diversion. Who sets their own asks an address of their own for where to."""
        name = "people:my-targets" if self.own else "destinations:options"
        offer = Offer(reverse(name, args=(request.customer.slug,)))
        return DiversionForm(data, offer=offer, person=self.person.pk)


Door = Callable[..., HttpResponse]


def anybodys(view: Door) -> Door:
    """Open a door for who runs the customer: the address says whose state it is."""

    def opened(request: CustomerRequest, ident: int, **kwargs: object) -> HttpResponse:
        return view(request, At(get_object_or_404(queries.standing(), pk=ident), own=False), **kwargs)

    return customer_page()(doors.region("presence")(opened))


def ones_own(view: Door) -> Door:
    """Open a door for everybody, to their own state and nobody else's."""

    def opened(request: CustomerRequest, **kwargs: object) -> HttpResponse:
        person = queries.own_person(request.user.pk)
        if person is None:
            raise Http404
        return view(request, At(person, own=True), **kwargs)

    return customer_page(Role.USER)(doors.region("presence")(opened))


def shown(request: CustomerRequest, at: At, form: DiversionForm | None = None) -> dict[str, Any]:
    """Return what the card shows."""
    here = presence(at.person, timezone.now())
    form = form or at.away_form(request)
    return {
        "person": at.person, "here": here, "seen": here.mark, "own": at.own, "away_form": form,
        "duties": [(one, at.address(request, "login", one.group)) for one in here.duties],
        **{f"{name}_url": at.address(request, name) for name in ("now", "pause", "divert", "undivert")},
    }  # fmt: skip


@require_GET
@customer_page(Role.USER)
def my_page(request: CustomerRequest) -> HttpResponse:
    """Show the reader's own state; or, to a reader without a telephone, what would be here."""
    person = queries.own_person(request.user.pk)
    more = shown(request, At(person, own=True)) if person else {}
    return render(request, "people/mine.html", {"person": person, **more})


@require_GET
@customer_page(Role.USER)
def my_targets(request: CustomerRequest) -> HttpResponse:
    """Show the places that match where the reader may divert their own calls to."""
    person = queries.own_person(request.user.pk)
    if person is None:
        raise Http404
    return matches(request, list(DIVERTED_TO), [person.pk])


def now(request: CustomerRequest, at: At) -> HttpResponse:
    """Return the card, if anything has changed since it was drawn."""
    return doors.followed(request, "people/_presence.html", shown(request, at))


def pause(request: CustomerRequest, at: At) -> HttpResponse:
    """Begin or end a pause."""
    return _set(request, at, "pause", f"person/{at.person.pk}", Pause() if request.POST.get("on") == "1" else None)


def login(request: CustomerRequest, at: At, group: int) -> HttpResponse:
    """Log in to a group or out of it."""
    if not any(one.group == group for one in presence(at.person, timezone.now()).duties):
        raise Http404
    subject = membership(f"group/{group}", f"person/{at.person.pk}")
    return _set(request, at, "login", subject, Login(on=request.POST.get("on") == "1"))


def divert(request: CustomerRequest, at: At) -> HttpResponse:
    """Divert calls for a while; refused, show the form again with what was typed."""
    form = at.away_form(request, request.POST)
    if form.is_valid():
        refusal = pages.ask(request, "diversion", f"person/{at.person.pk}", form.value())
        if not refusal:
            part = render(request, "people/_presence.html", shown(request, at))
            part["HX-Trigger"] = json.dumps({"dialog:close": {}})
            return pages.answered(request, "", at.back(request), part)
        form.add_error(None, refusal)
    plain = not request.htmx  # type: ignore[attr-defined]
    values = shown(request, at, form) | {"plain": plain, "back": at.back(request)}
    response = render(request, f"people/{'divert' if plain else '_divert_form'}.html", values, status=422)
    response["HX-Retarget"], response["HX-Reswap"] = "#divert-form", "outerMorph"
    return response


def undivert(request: CustomerRequest, at: At) -> HttpResponse:
    """End a diversion."""
    return _set(request, at, "diversion", f"person/{at.person.pk}", None)


def _set(request: CustomerRequest, at: At, kind: str, subject: str, value: LiveValue | None) -> HttpResponse:
    refusal = pages.ask(request, kind, subject, value)
    more = shown(request, at) | {"refusal": refusal}
    part = render(request, "people/_presence.html", more, status=422 if refusal else 200)
    return pages.answered(request, refusal, at.back(request), part)


of_anybody = {
    "now": require_GET(anybodys(now)),
    "pause": require_POST(anybodys(pause)),
    "divert": require_POST(anybodys(divert)),
    "undivert": require_POST(anybodys(undivert)),
    "login": require_POST(anybodys(login)),
}
of_oneself = {
    "now": require_GET(ones_own(now)),
    "pause": require_POST(ones_own(pause)),
    "divert": require_POST(ones_own(divert)),
    "undivert": require_POST(ones_own(undivert)),
    "login": require_POST(ones_own(login)),
}
