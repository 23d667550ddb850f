"""Live state in words: who changed it, when and from where, and until when it lasts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.live.models import Via
from tenants.live.queries import Standing
from tenants.live.refusals import CAME_TO_NOTHING
from tenants.routing.live import Login

REASONS: Mapping[str, str | Promise] = {
    "lunch": gettext_lazy("Lunch"),
    "meeting": gettext_lazy("Möte"),
    "trip": gettext_lazy("Tjänsteresa"),
    "sick": gettext_lazy("Sjuk"),
    "holiday": gettext_lazy("Semester"),
    "gone_home": gettext_lazy("Gått för dagen"),
    "away": gettext_lazy("Ej på plats"),
}
"""Why somebody is away, in the order a page offers it."""


@dataclass(frozen=True)
class Note:
    """The small line under what was set. ``text`` says who, when and from where; ``refused`` why it came to nothing."""

    text: str
    pending: bool
    refused: str


def note(standing: Standing, now: datetime) -> Note:
    """Return the line that belongs to a subject."""
    refused = CAME_TO_NOTHING.get(standing.refused, CAME_TO_NOTHING["bad_order"]) if standing.refused else ""
    return Note(_changed(standing, now), standing.pending, str(refused))


def _changed(standing: Standing, now: datetime) -> str:
    if standing.at is None:
        return ""
    said = {"what": _done(standing), "who": standing.by, "when": moment(standing.at, now), "via": _via(standing)}
    words = _("%(what)s av %(who)s %(when)s, %(via)s") if standing.by else _("%(what)s %(when)s, %(via)s")
    return words % said


def _via(standing: Standing) -> str:
    return str(Via(standing.via).label) if standing.via in Via.values else ""


def _done(standing: Standing) -> str:
    value = standing.value
    if standing.kind == "login":
        return _("Utloggad") if isinstance(value, Login) and not value.on else _("Inloggad")
    if standing.kind == "override":
        return _("Ändrat") if value else _("Tillbaka till schemat")
    if standing.kind == "pause":
        return _("Paus satt") if value else _("Paus avslutad")
    return _("Hänvisad") if value else _("Hänvisning avslutad")


def moment(at: datetime, now: datetime) -> str:
    """Return when something was, as short as the day allows: 10:32, or 21 november 10:32."""
    local = timezone.localtime(at)
    clock = f"{local:%H:%M}"
    same_day = local.date() == timezone.localtime(now).date()
    return clock if same_day else f"{date_format(local, 'j F')} {clock}"


def until(at: datetime | None, now: datetime) -> str:
    """Return how long something lasts: till 13:00, till i morgon 08:00, till 3 december 08:00; nothing if for good."""
    if at is None:
        return ""
    local, today = timezone.localtime(at), timezone.localtime(now).date()
    clock = f"{local:%H:%M}"
    if local.date() == today:
        return _("till %(clock)s") % {"clock": clock}
    if local.date() == today + timedelta(days=1):
        return _("till i morgon %(clock)s") % {"clock": clock}
    return _("till %(day)s %(clock)s") % {"day": date_format(local, "j F"), "clock": clock}


def reason(code: str) -> str:
    """Return why somebody is away."""
    return str(REASONS.get(code, code))
