"""A customer's first page: is it open, has everything reached the switch, what is left to do, what was changed last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_GET

from portal import rooms
from portal.context import Shell, publish_state
from tenants.changes import queries as changes
from tenants.customers.access import CustomerRequest, customer_page
from tenants.customers.models import Role
from tenants.destinations.models import Destination, Kind
from tenants.live import queries as live
from tenants.mailboxes.queries import unheard
from tenants.numbers.models import Number
from tenants.routing.live import Override
from tenants.routing.schedules import day_plan, evaluate, next_state_change
from tenants.schedules.compile import compile_schedule
from tenants.schedules.models import Schedule

SHOWN_SCHEDULES = 3
COUNTED = (
    (Kind.PERSON, pgettext_lazy("flera", "Användare"), "contact-round", "people:index"),
    (Kind.GROUP, gettext_lazy("Svarsgrupper"), "users", "groups:index"),
    (Kind.MENU, pgettext_lazy("flera", "Knappval"), "grid-2x2", "menus:index"),
)


@dataclass(frozen=True, slots=True)
class Tile:
    """How many of something there are, and where they are found."""

    label: str | Promise
    icon: str
    count: int
    url: str | None


@dataclass(frozen=True, slots=True)
class Hours:
    """How a schedule stands now, by its own clock. ``opens``: next it opens. ``spans``: today's open minutes."""

    name: str
    state: str
    until: str
    opens: bool
    spans: list[tuple[int, int]]
    now: int

    @property
    def tone(self) -> str:
        """Return the colour of the state."""
        return {"open": "ok", "lunch": "warn"}.get(self.state, "bad")


def moment_words(moment: datetime | None, now: datetime) -> str:
    """Return when something ends, as short as the day allows: "kl. 17:00", or "tisdag kl. 08:00"; nothing if never.

    :param moment: an instant; :param now: local time in the schedule's zone.
    """
    if moment is None:
        return ""
    local = moment.astimezone(now.tzinfo)
    if local.date() == now.date():
        return _("kl. %(clock)s") % {"clock": f"{local:%H:%M}"}
    days = (local.date() - now.date()).days
    day = date_format(local, "l") if days < 7 else date_format(local, "j F")
    return _("%(day)s kl. %(clock)s") % {"day": day, "clock": f"{local:%H:%M}"}


def hours_of(row: Schedule, moment: datetime, override: Override | None = None) -> Hours:
    """Return how a schedule stands at an instant, by hand or by itself. Reads the schedule's rows."""
    schedule = compile_schedule(row)
    now = moment.astimezone(ZoneInfo(schedule.zone))
    plan = day_plan(schedule, now.date())
    change = next_state_change(schedule, moment, override)
    return Hours(
        name=row.name,
        state=evaluate(schedule, moment, override).state,
        until=moment_words(change, now),
        opens=change is not None and evaluate(schedule, change).state == "open",
        spans=[(span.start, span.end) for span in plan.spans if span.state == "open"],
        now=now.hour * 60 + now.minute,
    )


def tiles(link: Callable[[str], str | None]) -> list[Tile]:
    """Return the counts of the customer in scope. ``link`` gives the address of a URL name, or None."""
    kept = Destination.objects.filter(removed=False)
    counts = dict(kept.values_list("kind").annotate(Count("pk")).order_by())
    numbers = Tile(pgettext("flera", "Nummer"), "hash", Number.objects.count(), link("numbers:index"))
    counted = [Tile(label, icon, counts.get(kind, 0), link(name)) for kind, label, icon, name in COUNTED]
    return [numbers, *counted]


def new_messages(request: CustomerRequest) -> Tile:
    """Return how many messages wait that the reader may hear."""
    url = rooms.address("mailboxes:index", request.customer.slug)
    return Tile(_("Nya röstmeddelanden"), "voicemail", unheard(request.membership), url)


@require_GET
@customer_page(Role.USER)
def index(request: CustomerRequest) -> HttpResponse:
    """Show the overview."""
    now = timezone.now()

    def link(name: str) -> str | None:
        return rooms.address(name, request.customer.slug) if Shell(request).is_admin else None

    overrides = live.now().overrides
    context = {
        "customer": request.customer,
        "published": publish_state(),
        "hours": [
            hours_of(row, now, overrides.get(f"schedule/{row.pk}"))
            for row in Schedule.objects.order_by("pk")[:SHOWN_SCHEDULES]
        ],
        "hours_url": link("schedules:index"),
        "publishing_url": link("changes:index"),
        "numbers_url": link("numbers:index"),
        "silent": list(Number.objects.filter(entry__isnull=True).order_by("e164")[:5]),
        "tiles": [new_messages(request), *tiles(link)],
        "latest": changes.latest(8),
    }
    return render(request, "overview.html", context)
