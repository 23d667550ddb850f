"""Places of the tree as the page draws them: every word, sign and address of a card, so that templates only lay out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenants.callflow.paths import View, verdict_of
from tenants.callflow.tree import Place
from tenants.changes.problems import Told
from tenants.changes.words import Names, about, kind_name, national, slot_name
from tenants.routing.objects import (
    Announcement,
    AnyObject,
    External,
    Group,
    Key,
    Menu,
    Number,
    Person,
    Prompt,
    Schedule,
    TimeSwitch,
)
from tenants.routing.schedules import next_state_change
from tenants.routing.slots import kind_in

ICONS: Mapping[str, tuple[str, str]] = {
    "number": ("phone-incoming", ""),
    "timeswitch": ("clock", "info"),
    "menu": ("grid-2x2", "info"),
    "group": ("users", "ok"),
    "person": ("contact-round", "ok"),
    "mailbox": ("voicemail", "violet"),
    "external": ("phone-forwarded", "warn"),
    "announcement": ("volume-2", "violet"),
}
TONES = {"open": "ok", "closed": "bad", "lunch": "warn", "holiday": "warn"}


@dataclass(frozen=True)
class NoteLine:
    """A way out written on a card. Without ``target`` it says that none is set."""

    label: str
    target: str
    href: str


@dataclass
class Card:
    """One card of the tree, ready to draw."""

    key: Key
    title: str
    detail: str
    icon: str
    tone: str
    href: str
    digit: str = ""
    branch: str = ""
    branch_tone: str = ""
    live: bool = False
    selected: bool = False
    reference: bool = False
    gone: bool = False
    mark: str = ""
    warnings: tuple[str, ...] = ()
    notes: list[NoteLine] = field(default_factory=list)
    add_href: str = ""
    add_label: str = ""
    more_href: str = ""
    more_label: str = ""
    hangs_up: bool = False
    fold: str = ""
    unfolded: bool = False
    then: list[Card] = field(default_factory=list)
    branches: list[Card] = field(default_factory=list)

    def cards(self) -> Iterator[Card]:
        """Yield this card and all below it."""
        yield self
        for child in [*self.then, *self.branches]:
            yield from child.cards()


@dataclass(frozen=True)
class Desk:
    """What cards are written from. ``params`` are kept in every address; ``selected`` is the open place."""

    objects: Mapping[Key, AnyObject]
    names: Names
    told: Sequence[Told]
    view: View
    params: Mapping[str, str]
    selected: Key = ""

    def href(self, **params: str) -> str:
        """Return an address within the page."""
        return "?" + urlencode({**self.params, **params})

    def name(self, key: Key) -> str:
        """Return what people call a place."""
        return self.names.get(key) or kind_name(key)


def card_of(place: Place, desk: Desk) -> Card:
    """Return the card of a place, and of all below it."""
    if place.reference == "gone":
        return _gone(place, desk)
    if place.reference:
        return _reference(place, desk)
    icon, tone = ICONS.get(kind_in(place.key), ("circle-help", ""))
    card = Card(
        key=place.key, title=desk.name(place.key), detail=detail(place.key, desk), icon=icon, tone=tone,
        href=desk.href(step=place.key), live=place.live, selected=place.key == desk.selected,
        mark={"new": _("Ny"), "changed": _("Ändrad")}.get(place.mark, ""), hangs_up=place.hangs_up,
        warnings=tuple(dict.fromkeys(told.sentence for told in desk.told if told.place == place.key)),
        notes=_notes(place, desk),
    )  # fmt: skip
    _label_way(card, place, desk)
    _label_more(card, place, desk)
    card.then = [card_of(child, desk) for child in place.then]
    card.branches = [card_of(child, desk) for child in place.branches]
    _fold(card, place)
    return card


def _fold(card: Card, place: Place) -> None:
    if not place.folded:
        return
    below = [below for child in card.branches for below in child.cards()]
    card.fold = ngettext("Visa %d steg", "Visa %d steg", len(below)) % len(below)
    card.unfolded = any(below.selected for below in below)


def _label_way(card: Card, place: Place, desk: Desk) -> None:
    """Write how calls come to a card: the key cap or the strip above it, and the plus before it."""
    if place.edge is None:
        return
    slot = place.edge.rule.partition(":")[2]
    if place.edge.pressed:
        card.digit = slot
    elif place.state:
        card.branch, card.branch_tone = _branch(place, desk), TONES[place.state]
    elif place.edge.rule != "slot:entry" and place.edge.rule != "slot:next":
        card.branch = slot_name(place.edge.rule)
    if not place.reference:
        card.add_href = desk.href(add=place.edge.source, slot=_slot(place.edge.rule), seen=place.key)
        card.add_label = _("Lägg in steg före %s") % card.title


def _slot(rule: str) -> str:
    return rule if rule.startswith("key:") else rule.partition(":")[2]


def _branch(place: Place, desk: Desk) -> str:
    word = slot_name(f"state:{place.state}")
    return _("%s · just nu") % word if place.live and desk.view.now else word


def _label_more(card: Card, place: Place, desk: Desk) -> None:
    """Write the plus after a card that has room for one more way out."""
    if isinstance(place.obj, Menu):
        used = {choice.digit for choice in place.obj.choices}
        free = next((digit for digit in "1234567890*#" if digit not in used), "")
        slot, label = f"key:{free}" if free else "", _("Lägg till knapp")
    elif isinstance(place.obj, Number) and not place.then:
        slot, label = "entry", _("Välj vad som händer när någon ringer")
    elif isinstance(place.obj, Announcement) and place.obj.next is None:
        slot, label = "next", _("Lägg till steg efteråt")
    elif isinstance(place.obj, TimeSwitch):
        slot = next((slot for slot in ("open", "closed") if getattr(place.obj, slot) is None), "")
        label = _("Välj vad som händer: %s") % slot_name(f"state:{slot}") if slot else ""
    else:
        return
    if slot:
        card.more_href, card.more_label = desk.href(add=place.key, slot=slot), label


def _reference(place: Place, desk: Desk) -> Card:
    name = desk.name(place.key)
    back = place.reference == "back"
    card = Card(
        key=place.key, title=_("Tillbaka till %s") % name if back else name,
        detail="" if back else _("%s · visas på annan plats") % kind_name(place.key),
        icon="undo-2" if back else "workflow", tone="", href=desk.href(step=place.key), live=place.live, reference=True,
    )  # fmt: skip
    _label_way(card, place, desk)
    return card


def _gone(place: Place, desk: Desk) -> Card:
    card = Card(
        key=place.key, title=desk.name(place.key), detail=_("Finns i växeln tills du publicerar."),
        icon=ICONS[kind_in(place.key)][0], tone="", href="", reference=True, gone=True,
    )  # fmt: skip
    _label_way(card, place, desk)
    return card


def _notes(place: Place, desk: Desk) -> list[NoteLine]:
    """Return the fallbacks of a card; a menu whose two go the same way says so in one line."""
    obj = place.obj
    if isinstance(obj, Menu) and obj.no_input and obj.no_input == obj.invalid:
        label = _("Inget val efter %s s eller fel knapp") % obj.wait_seconds
        return [NoteLine(label, desk.name(obj.no_input), desk.href(step=obj.no_input))]
    return [_note(note.rule, note.target, place, desk) for note in place.notes]


def _note(rule: str, target: Key | None, place: Place, desk: Desk) -> NoteLine:
    label = slot_name(rule)
    if isinstance(place.obj, Menu) and rule == "slot:no_input":
        label = _("Inget val efter %s s") % place.obj.wait_seconds
    if isinstance(place.obj, Group) and rule == "slot:no_answer" and place.obj.waiting:
        label = _("Väntat %s s") % place.obj.waiting.max_wait_seconds
    elif isinstance(place.obj, Group) and rule == "slot:no_answer":
        label = _("Ingen svarar, %s s") % (place.obj.ring_seconds * len({m.rank for m in place.obj.members}))
    if target is None:
        return NoteLine(label, "", desk.href(add=place.key, slot=_slot(rule)))
    return NoteLine(label, desk.name(target), desk.href(step=target))


def detail(key: Key, desk: Desk) -> str:
    """Return the line under a card's title: what sort of place it is, and what matters most about it."""
    obj = desk.objects.get(key)
    match obj:
        case Number():
            return obj.name or (_("Huvudnummer") if obj.is_main else _("Nummer"))
        case TimeSwitch():
            return _schedule(obj, desk)
        case Menu() | Announcement():
            return _("%(kind)s · %(sound)s") % {"kind": kind_name(key), "sound": sound(obj.prompt, desk)}
        case Group():
            return _("%(kind)s · %(people)s") % {"kind": kind_name(key), "people": about(obj)}
        case Person():
            return _("Anknytning %s") % obj.extension if obj.extension else kind_name(key)
        case External():
            return _("Externt · %s") % national(obj.e164)
        case _:
            return kind_name(key)


def sound(key: Key | None, desk: Desk) -> str:
    """Return a prompt's name and length."""
    if key is None:
        return _("ingen hälsning vald")
    prompt = desk.objects.get(key)
    if not isinstance(prompt, Prompt):
        return _("ingen inspelning än")
    seconds = -(-prompt.milliseconds // 1000)
    return _("”%(name)s” · %(length)s") % {"name": prompt.name, "length": f"{seconds // 60}:{seconds % 60:02d}"}


def _schedule(switch: TimeSwitch, desk: Desk) -> str:
    schedule = desk.objects.get(switch.schedule)
    name = desk.names.get(switch.schedule, kind_name("schedule/0"))
    verdict = verdict_of(switch, desk.objects, desk.view)
    changes_at = _changes_at(schedule, desk) if verdict and verdict.valid_until else None
    if verdict is None or not isinstance(schedule, Schedule) or changes_at is None:
        return name
    until = when(changes_at, desk.view.moment, schedule.zone)
    words = {"schedule": name, "state": slot_name(f"state:{verdict.state}").lower(), "until": until}
    return _("%(schedule)s · %(state)s till %(until)s") % words


def _changes_at(schedule: object, desk: Desk) -> datetime | None:
    """Return when the state itself changes; a rule that only hands over to another of the same state is no news."""
    return next_state_change(schedule, desk.view.moment) if isinstance(schedule, Schedule) else None


def when(moment: datetime, now: datetime, zone: str) -> str:
    """Return a moment as short as it can be said: the time today, else the day as well."""
    local, today = (value.astimezone(ZoneInfo(zone)) for value in (moment, now))
    if local.date() == today.date():
        return f"{local:%H:%M}"
    return f"{date_format(local, 'D j N')} {local:%H:%M}"


def chip(key: Key, desk: Desk, **extra: Any) -> dict[str, Any]:
    """Return a place that is not in the tree, for the list of loose ones."""
    icon, tone = ICONS.get(kind_in(key), ("circle-help", ""))
    return {"key": key, "title": desk.name(key), "icon": icon, "tone": tone, "href": desk.href(step=key), **extra}
