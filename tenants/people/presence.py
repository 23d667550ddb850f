"""How a person is just now: diverted, paused, logged in to which groups. The person sees what the customer does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from tenants.destinations.models import Destination
from tenants.live import words
from tenants.live.queries import Standing, mark, standings
from tenants.people.models import Person
from tenants.routing.live import Diversion, Login, Pause, membership
from tenants.routing.objects import Key


@dataclass(frozen=True)
class Duty:
    """A group the person is a member of, and whether they are logged in to it."""

    group: int
    name: str
    on: bool
    note: words.Note


@dataclass(frozen=True)
class Presence:
    """A person just now. ``diversion`` and ``pause`` are None for who is not. ``mark`` changes when any of it does."""

    diversion: Diversion | None
    away: str
    target: str
    diversion_note: words.Note
    pause: Pause | None
    pause_note: words.Note
    duties: tuple[Duty, ...]
    mark: str


def presence(person: Person, moment: datetime) -> Presence:
    """Return how a person is just now. Three queries at most."""
    key, groups = _key(person), groups_of(person)
    logins = [membership(f"group/{pk}", key) for pk, _name in groups]
    found = standings({"diversion": [key], "pause": [key], "login": logins})
    diverted, paused = found["diversion", key], found["pause", key]
    away, pause = diverted.holding(moment), paused.holding(moment)
    away = away if isinstance(away, Diversion) else None
    duties = [_duty(pk, name, found["login", login], moment) for (pk, name), login in zip(groups, logins, strict=True)]
    return Presence(
        diversion=away, away=_away(away, moment), target=_named(away.target if away else None),
        diversion_note=words.note(diverted, moment),
        pause=pause if isinstance(pause, Pause) else None, pause_note=words.note(paused, moment),
        duties=tuple(duties), mark=mark(found.values(), moment),
    )  # fmt: skip


def _key(person: Person) -> Key:
    return f"person/{person.pk}"


def groups_of(person: Person) -> list[tuple[int, str]]:
    """Return id and name of the groups a person answers in, by name."""
    rows = Destination.objects.filter(kind="group", removed=False, group__members__person_id=person.pk)
    return list(rows.order_by("name").values_list("pk", "name"))


def _duty(pk: int, name: str, login: Standing, moment: datetime) -> Duty:
    return Duty(pk, name, not (isinstance(login.value, Login) and not login.value.on), words.note(login, moment))


def _away(value: Diversion | None, moment: datetime) -> str:
    return f"{words.reason(value.reason)} {words.until(value.until, moment)}".strip() if value else ""


def _named(target: Key | None) -> str:
    """Return where calls go, in words."""
    if target is None:
        return _("Samtal går samma väg som när ingen svarar.")
    name = Destination.objects.filter(pk=target.partition("/")[2]).values_list("name", flat=True).first()
    return _("Samtal går till %s.") % (name or target)
