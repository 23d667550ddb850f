"""Who takes a group's calls just now: members' logins and pauses, seen and set by whoever runs the customer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tenants import doors
from tenants.customers.access import CustomerRequest, customer_page
from tenants.groups.models import Group, GroupMember
from tenants.live import pages, words
from tenants.live.queries import Standing, is_active, mark, now, standings
from tenants.routing.live import Diversion, Login, Pause, membership
from tenants.routing.objects import Key


@dataclass(frozen=True)
class OnDuty:
    """A member just now. ``away`` is why and until when somebody is diverted; nothing for who is not."""

    person: int
    name: str
    on: bool
    paused: bool
    away: str
    login_note: words.Note
    pause_note: words.Note

    @property
    def answers(self) -> bool:
        """Tell whether calls to the group ring here."""
        return self.on and not self.paused and not self.away


def on_duty(group: Group, moment: datetime) -> tuple[list[OnDuty], str]:
    """Return a group's members just now, in order, and the mark of what they show. Two queries."""
    people = _members(group)
    keys = [f"person/{pk}" for pk, _name in people]
    asked = {"login": [membership(_key(group), key) for key in keys], "pause": keys, "diversion": keys}
    found = standings(asked)
    lines = [
        _line(
            pk, name, found["login", membership(_key(group), key)], found["pause", key], found["diversion", key], moment
        )
        for (pk, name), key in zip(people, keys, strict=True)
    ]
    return lines, mark(found.values(), moment)


def _key(group: Group) -> Key:
    return f"group/{group.pk}"


def _members(group: Group) -> list[tuple[int, str]]:
    rows = GroupMember.objects.filter(group=group).order_by("position")
    return [(pk, str(name)) for pk, name in rows.values_list("person_id", "person__destination__name")]


def _line(pk: int, name: str, login: Standing, pause: Standing, diverted: Standing, moment: datetime) -> OnDuty:
    value = diverted.holding(moment)
    away = f"{words.reason(value.reason)} {words.until(value.until, moment)}" if isinstance(value, Diversion) else ""
    return OnDuty(
        person=pk, name=name, on=not (isinstance(login.value, Login) and not login.value.on),
        paused=pause.holding(moment) is not None, away=away.strip(),
        login_note=words.note(login, moment), pause_note=words.note(pause, moment),
    )  # fmt: skip


def counted(groups: Iterable[Group]) -> dict[int, str]:
    """Return how many of each group's members take its calls just now, in words. Two queries for all of them."""
    live, moment, people = now(), timezone.now(), dict[int, list[bool]]()
    rows = GroupMember.objects.filter(group__in=[group.pk for group in groups])
    for group_id, person_id in rows.values_list("group_id", "person_id"):
        takes = live.takes_part(f"group/{group_id}", f"person/{person_id}", moment)
        people.setdefault(group_id, []).append(takes)
    return {ident: _count(answers) for ident, answers in people.items()}


def _count(answers: Sequence[bool]) -> str:
    return _("%(here)s av %(all)s tar emot samtal") % {"here": sum(answers), "all": len(answers)}


# --- doors -------------------------------------------------------------------------------------------------------


def shown(request: CustomerRequest, row: Group) -> dict[str, Any]:
    """Return what the list of members shows; ``active`` is whether the switch knows the group at all.

    That is asked for as the list is drawn, since pages that are left open mostly hear that nothing has changed.
    """
    moment = timezone.now()
    lines, seen = on_duty(row, moment)
    return {
        "row": row, "duty": lines, "seen": seen, "active": SimpleLazyObject(lambda: is_active(_key(row))),
        "duty_url": reverse("groups:duty", args=(request.customer.slug, row.pk)),
    }  # fmt: skip


def _find(ident: int) -> Group:
    groups = Group.objects.select_related("destination").filter(destination__removed=False)
    return get_object_or_404(groups, pk=ident)


@require_GET
@customer_page()
@doors.region("duty")
def duty(request: CustomerRequest, ident: int) -> HttpResponse:
    """Return the members just now, if anything has changed since they were drawn."""
    return doors.followed(request, "groups/_duty.html", shown(request, _find(ident)))


@require_POST
@customer_page()
def login(request: CustomerRequest, ident: int, person: int) -> HttpResponse:
    """Log a member in or out of the group."""
    row = _member(ident, person)
    subject = membership(_key(row), f"person/{person}")
    return _set(request, row, "login", subject, Login(on=request.POST.get("on") == "1"))


@require_POST
@customer_page()
def pause(request: CustomerRequest, ident: int, person: int) -> HttpResponse:
    """Let a member have a pause from all groups, or end it."""
    row = _member(ident, person)
    return _set(request, row, "pause", f"person/{person}", Pause() if request.POST.get("on") == "1" else None)


def _member(ident: int, person: int) -> Group:
    row = _find(ident)
    if not GroupMember.objects.filter(group=row, person_id=person).exists():
        raise Http404
    return row


def _set(request: CustomerRequest, row: Group, kind: str, subject: str, value: Login | Pause | None) -> HttpResponse:
    refusal = pages.ask(request, kind, subject, value)
    part = doors.followed(request, "groups/_duty.html", shown(request, row) | {"refusal": refusal})
    return pages.answered(request, refusal, reverse("groups:show", args=(request.customer.slug, row.pk)), part)
