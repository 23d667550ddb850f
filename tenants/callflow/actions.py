"""Leading a slot elsewhere, and putting a new step on the way there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db import models, transaction
from django.utils.translation import gettext_lazy

from tenants.announcements import actions as announcements
from tenants.changes import words
from tenants.changes.actions import record
from tenants.changes.models import Change
from tenants.changes.said import Said, said
from tenants.customers.models import User
from tenants.destinations import actions as destinations
from tenants.destinations.actions import Edge
from tenants.destinations.models import Destination, Route
from tenants.destinations.slots import SLOTS
from tenants.externals import actions as externals
from tenants.groups import actions as groups
from tenants.mailboxes import actions as mailboxes
from tenants.menus import actions as menus
from tenants.numbers import actions as numbers
from tenants.numbers.models import Number
from tenants.people import actions as people
from tenants.refusals import Conflict, Refusal
from tenants.routing.naming import ident_of
from tenants.routing.objects import Key
from tenants.routing.slots import kind_in
from tenants.timeswitches import actions as timeswitches


class NoSuchSlot(Refusal):
    """A step has no such way out."""

    code = "no_such_slot"
    message = gettext_lazy("Steget har ingen sådan utgång. Ladda om sidan och försök igen.")


@dataclass(frozen=True)
class Spot:
    """A slot of a place: of a number (``entry``) or of a destination. ``seen`` is the target its reader saw."""

    source: Key
    slot: str
    seen: int | None = None


@dataclass(frozen=True)
class New:
    """A step to be made. What follows its name is as its kind needs; ``typed`` is a telephone number."""

    kind: str
    name: str
    prompt_id: int | None = None
    schedule_id: int | None = None
    typed: str = ""
    extension: str = ""


@transaction.atomic
def lead(*, customer_id: int, by: User | None, spot: Spot, target_id: int) -> Change:
    """Lead a slot to a destination, in the draft.

    :raises Conflict: if it no longer leads where its reader saw.
    :raises TargetGone: if the target has been removed meanwhile.
    :raises ToItself: if it would lead to the place itself.
    :raises NoSuchSlot: if the place has no such slot.
    """
    if kind_in(spot.source) == "number":
        return _lead_number(by, spot, target_id)
    source = _source(spot)
    prompt_id = Route.objects.filter(source=source, slot=spot.slot).values_list("prompt_id", flat=True).first()
    destinations.set_routes(source=source, edges={spot.slot: Edge(target_id, prompt_id)})
    row = destinations.touched(source)
    summary = said("Ändrade %(slot)s i %(name)s", slot=_way(spot.slot), name=source.name)
    return record(customer_id=customer_id, by=by, summary=summary, rows=[row])


def _way(slot: str) -> Said:
    _key, colon, digit = slot.partition(":")
    return said("Knapp %(key)s", key=digit) if colon else words.SLOTS[slot]


def _lead_number(by: User | None, spot: Spot, target_id: int) -> Change:
    number = Number.objects.select_for_update(of=("self",)).get(pk=ident_of(spot.source))
    if number.entry_id != spot.seen:
        raise Conflict
    return numbers.set_entry(number=number, by=by, entry_id=target_id, version=None)


def _source(spot: Spot) -> Destination:
    """Return the locked destination of a spot, if its slot is as it was seen."""
    source = Destination.objects.select_for_update().get(pk=ident_of(spot.source), removed=False)
    if spot.slot not in SLOTS[source.kind]:
        raise NoSuchSlot
    now = Route.objects.filter(source=source, slot=spot.slot).values_list("target_id", flat=True).first()
    if now != spot.seen:
        raise Conflict
    return source


@transaction.atomic
def insert(*, customer_id: int, by: User | None, spot: Spot, new: New) -> Key:
    """Make a step and put it at a spot, before what the slot led to. Return the step's key.

    What calls went to is where they go on from the new step: after the message, when open, when nobody answers.

    :raises Refusal: what the room of the step's kind says no to, and all that ``lead`` does.
    """
    ident = MAKERS[new.kind](customer_id, by, new, spot.seen).pk
    lead(customer_id=customer_id, by=by, spot=spot, target_id=ident)
    return f"{new.kind}/{ident}"


def _menu(customer_id: int, by: User | None, new: New, onward: int | None) -> models.Model:
    wish = menus.Wish(name=new.name, prompt_id=new.prompt_id, no_input_id=onward, invalid_id=onward)
    return menus.make(customer_id=customer_id, by=by, wish=wish)


def _group(customer_id: int, by: User | None, new: New, onward: int | None) -> models.Model:
    wish = groups.Wish(name=new.name, no_answer_id=onward)
    return groups.make(customer_id=customer_id, by=by, wish=wish)


def _announcement(customer_id: int, by: User | None, new: New, onward: int | None) -> models.Model:
    wish = announcements.Wish(name=new.name, prompt_id=new.prompt_id or 0, next_id=onward)
    return announcements.make(customer_id=customer_id, by=by, wish=wish)


def _timeswitch(customer_id: int, by: User | None, new: New, onward: int | None) -> models.Model:
    wish = timeswitches.Wish(name=new.name, schedule_id=new.schedule_id or 0, open_id=onward)
    return timeswitches.make(customer_id=customer_id, by=by, wish=wish)


def _person(customer_id: int, by: User | None, new: New, onward: int | None) -> models.Model:
    row = people.make(customer_id=customer_id, by=by, wish=people.Wish(name=new.name, extension=new.extension))
    if onward:
        wish = people.FlowWish(ring_seconds=row.ring_seconds, no_answer_id=onward)
        people.set_flow(person=row, by=by, version=None, wish=wish)
    return row


def _mailbox(customer_id: int, by: User | None, new: New, _onward: int | None) -> models.Model:
    return mailboxes.make(customer_id=customer_id, by=by, wish=mailboxes.Wish(name=new.name))


def _external(customer_id: int, by: User | None, new: New, _onward: int | None) -> models.Model:
    return externals.make(customer_id=customer_id, by=by, wish=externals.Wish(name=new.name, typed=new.typed))


MAKERS: Mapping[str, Callable[[int, User | None, New, int | None], models.Model]] = {
    "menu": _menu,
    "group": _group,
    "announcement": _announcement,
    "timeswitch": _timeswitch,
    "person": _person,
    "mailbox": _mailbox,
    "external": _external,
}
"""The kinds a step can be made as on the spot."""
