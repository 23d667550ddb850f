"""Objects in the words of pages: what they are called, what differs between two of them, what is wrong with one.

Pure functions over objects, so Granska, the flow page and the history say the same thing in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import phonenumbers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tenants.changes.said import Said, said
from tenants.routing.objects import AnyObject, Exit, External, Group, Key, Menu, Number, Waiting
from tenants.routing.slots import kind_in

Names = Mapping[Key, str]

KINDS: Mapping[str, Any] = {
    "number": gettext_lazy("Nummer"),
    "number-flow": gettext_lazy("Nummer"),
    "schedule": gettext_lazy("Öppettider"),
    "timeswitch": gettext_lazy("Tidsstyrning"),
    "prompt": gettext_lazy("Röstprompt"),
    "person": gettext_lazy("Användare"),
    "person-flow": gettext_lazy("Användare"),
    "mailbox": gettext_lazy("Röstbrevlåda"),
    "external": gettext_lazy("Externt nummer"),
    "menu": gettext_lazy("Knappval"),
    "group": gettext_lazy("Svarsgrupp"),
    "announcement": gettext_lazy("Meddelande"),
}
SLOTS: Mapping[str, Said] = {
    "entry": said("Samtal går till"),
    "open": said("Öppet"),
    "closed": said("Stängt"),
    "lunch": said("Lunch"),
    "holiday": said("Avvikande dag"),
    "no_input": said("Inget val"),
    "invalid": said("Fel knapp"),
    "no_answer": said("Ingen svarar"),
    "nobody": said("Ingen kan ta emot"),
    "full": said("Kön är full"),
    "busy": said("Upptaget"),
    "unreachable": said("Går inte att nå"),
    "next": said("Därefter"),
}
FIELDS: Mapping[str, Any] = {
    "name": gettext_lazy("Namn"),
    "prompt": gettext_lazy("Hälsning"),
    "invalid_prompt": gettext_lazy("Hälsning vid fel knapp"),
    "greeting": gettext_lazy("Hälsning"),
    "schedule": gettext_lazy("Öppettider"),
    "wait_seconds": gettext_lazy("Väntar på knapp"),
    "ring_seconds": gettext_lazy("Ringtid"),
    "max_seconds": gettext_lazy("Längsta meddelande"),
    "tries": gettext_lazy("Antal försök"),
    "extension": gettext_lazy("Anknytning"),
    "e164": gettext_lazy("Telefonnummer"),
    "members": gettext_lazy("Vem svarar"),
    "choices": gettext_lazy("Knappar"),
    "is_main": gettext_lazy("Huvudnummer"),
    "area": gettext_lazy("Riktnummer"),
    "zone": gettext_lazy("Tidszon"),
    "mobile": gettext_lazy("Mobil"),
    "mobile_confirm": gettext_lazy("Mobilen svarar med knapp"),
    "max_wait_seconds": gettext_lazy("Längsta väntetid"),
    "max_waiting": gettext_lazy("Platser i kön"),
    "music": gettext_lazy("Musik i kön"),
    "announce": gettext_lazy("Meddelande i kön"),
    "announce_every": gettext_lazy("Meddelandet upprepas, sekunder"),
    "order": gettext_lazy("Vem får nästa samtal"),
    "wrap_up_seconds": gettext_lazy("Efterarbete"),
}
PARTS: Mapping[str, Any] = {
    "owner": gettext_lazy("Vems brevlåda det är"),
    "devices": gettext_lazy("Telefonerna"),
    "week": gettext_lazy("Ordinarie vecka"),
    "periods": gettext_lazy("Perioder"),
    "holidays": gettext_lazy("Röda dagar"),
    "exceptions": gettext_lazy("Avvikande dagar"),
    "narrow": gettext_lazy("Inspelningen"),
}
"""What is told to have changed, and no more: it would be long, secret or a hash."""
UNTOLD = ("id", "wide", "milliseconds")
"""What never changes alone: a recording's other pitch and its length follow ``narrow``."""
ORDERS: Mapping[str, Any] = {
    "ranks": gettext_lazy("som gruppen ringer"),
    "turns": gettext_lazy("medlemmarna turas om"),
    "longest_free": gettext_lazy("den som varit ledig längst"),
}


def national(e164: str) -> str:
    """Return a number as people write it: Swedish ones nationally, others with their country code."""
    try:
        parsed = phonenumbers.parse(e164, "SE")
    except phonenumbers.NumberParseException:
        return e164
    swedish = parsed.country_code == 46
    style = phonenumbers.PhoneNumberFormat.NATIONAL if swedish else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, style)


def names_of(objects: Mapping[Key, AnyObject]) -> dict[Key, str]:
    """Return what people call each object. A flow is called what its number or person is."""
    names = {key: _name(obj) for key, obj in objects.items() if hasattr(obj, "name")}
    for key in objects:
        if "-flow/" in key:
            names[key] = names.get(key.replace("-flow/", "/"), key)
    return names


def _name(obj: AnyObject) -> str:
    if isinstance(obj, Number):
        return national(obj.e164)
    return str(getattr(obj, "name", ""))


def kind_name(key: Key) -> str:
    """Return what sort of thing a key names."""
    return str(KINDS[kind_in(key)])


def called(name: str, kind: str) -> str:
    """Return a name with what it is the name of: a menu may be called what a group is."""
    return f"{name} ({KINDS[kind]})"


NAMED = 10
"""So many of those that use something are named."""


def first_named(names: Sequence[str], many: int | None = None) -> list[str]:
    """Return the first names, and of very many last how many more there are.

    :param many: how many there are, if ``names`` are only the first of them.
    """
    more = (len(names) if many is None else many) - NAMED
    return [*names[:NAMED], *([_("%s till") % more] if more > 0 else [])]


def slot_name(rule: str) -> str:
    """Return what people call a slot: ``key:3``, ``slot:no_answer``, ``state:closed`` or a field."""
    first, _colon, rest = rule.partition(":")
    if first == "key":
        return _("Knapp %s") % rest.partition(":")[0]
    word = rest if first in ("slot", "state") else first
    return str(SLOTS.get(word) or FIELDS.get(word) or word)


@dataclass(frozen=True)
class Line:
    """One difference: what stood before and what stands now; empty for not there."""

    before: str
    after: str


@dataclass(frozen=True)
class Difference:
    """What publishing an object would change, line by line."""

    key: Key
    change: Literal["new", "changed", "removed"]
    title: str
    kind: str
    lines: tuple[Line, ...] = ()


def differ(key: Key, before: AnyObject | None, after: AnyObject | None, names: Names) -> Difference:
    """Return the difference between the two sides of an object, in words."""
    title = names.get(key) or (_name(after or before) if after or before else key)  # type: ignore[arg-type]
    change: Literal["new", "changed", "removed"] = (
        "new" if before is None else "removed" if after is None else "changed"
    )
    lines = tuple(_lines(before, after, names)) if after is not None else ()
    return Difference(key=key, change=change, title=title, kind=kind_name(key), lines=lines)


def _lines(before: AnyObject | None, after: AnyObject, names: Names) -> Iterator[Line]:
    for field in after.__struct_fields__:
        old, new = getattr(before, field, None), getattr(after, field)
        if (
            field == "id"
            or old == new
            or (before is None and (new == "" or field in ("name", "tries", "wait_seconds")))
        ):
            continue
        if field == "waiting":
            yield from _waiting_lines(old, new, names)
        elif field == "choices":
            yield from _choice_lines(before, after, names)
        elif field == "members":
            yield from _member_lines(before, after, names)
        elif field in SLOTS or field in FIELDS:
            label, now = slot_name(field), _value(field, new, names)
            yield Line(f"{label}: {_value(field, old, names)}", now) if before else Line("", f"{label}: {now}")
        elif field in PARTS:
            yield Line("", _("%s: ändrat") % PARTS[field] if before else str(PARTS[field]))


def _value(field: str, value: Any, names: Names) -> str:
    if value in (None, ""):
        return _("samtalet avslutas") if field in ("next", "nobody") else _("inget valt")
    if isinstance(value, bool):
        return _("ja") if value else _("nej")
    if field.endswith("_seconds"):
        return str(_("%s s") % value)
    if field == "e164":
        return national(str(value))
    return names.get(value, str(value)) if isinstance(value, str) else str(value)


def _waiting_lines(before: Waiting | None, after: Waiting | None, names: Names) -> Iterator[Line]:
    """Yield what differs in how callers wait. A line that is new or gone is told as such."""
    if after is None:
        yield Line(_("De som ringer väntar i kö"), _("nej"))
        return
    if before is None:
        yield Line("", _("De som ringer väntar i kö när alla är upptagna"))
    for field in after.__struct_fields__:
        old, new = getattr(before, field, None), getattr(after, field)
        if old == new or (before is None and not new):
            continue
        if field == "exits":
            yield from _exit_lines(old or (), new, names)
        else:
            label, now = slot_name(field), _waiting_value(field, new, names)
            yield Line(f"{label}: {_waiting_value(field, old, names)}", now) if before else Line("", f"{label}: {now}")


def _waiting_value(field: str, value: Any, names: Names) -> str:
    if field == "music" and value is None:
        return _("växelns egen")
    return str(ORDERS[value]) if field == "order" else _value(field, value, names)


def _exit_lines(before: Iterable[Exit], after: Iterable[Exit], names: Names) -> Iterator[Line]:
    old, new = ({way.digit: str(names.get(way.target, way.target)) for way in side} for side in (before, after))
    for digit in sorted({*old, *new}):
        label = _("Knapp %s") % digit
        if digit not in old:
            yield Line("", f"{label}: {new[digit]}")
        elif old[digit] != new.get(digit):
            yield Line(f"{label}: {old[digit]}", new.get(digit) or _("borttagen"))


def _choice_lines(before: Any, after: Any, names: Names) -> Iterator[Line]:
    old = {choice.digit: choice for choice in before.choices} if before else {}
    new = {choice.digit: choice for choice in after.choices}
    for digit in sorted({*old, *new}, key="1234567890*#".find):
        label = _("Knapp %s") % digit
        if before is None:
            yield Line("", f"{label}: {_chosen(new[digit], names)}")
        elif digit not in old:
            yield Line("", _("%(key)s ny: %(target)s") % {"key": label, "target": _chosen(new[digit], names)})
        elif digit not in new:
            yield Line(f"{label}: {_chosen(old[digit], names)}", _("borttagen"))
        elif old[digit] != new[digit]:
            yield Line(f"{label}: {_chosen(old[digit], names)}", _chosen(new[digit], names))


def _chosen(choice: Any, names: Names) -> str:
    target = str(names.get(choice.target, choice.target))
    if choice.prompt is None:
        return target
    return _("%(target)s, efter ”%(prompt)s”") % {"target": target, "prompt": names.get(choice.prompt, choice.prompt)}


def _member_lines(before: Any, after: Any, names: Names) -> Iterator[Line]:
    old, new = _people(before, names), _people(after, names)
    if before is None:
        yield Line("", f"{FIELDS['members']}: {new or _('ingen')}")
    elif old != new:
        yield Line(f"{FIELDS['members']}: {old or _('ingen')}", new or _("ingen"))
    if before is not None and before.members and after.members and order_of(before) != order_of(after):
        yield Line(_("Ringer: %s") % order_of(before).lower(), order_of(after).lower())


def _people(group: Any, names: Names) -> str:
    return ", ".join(names.get(member.person, member.person) for member in group.members) if group else ""


def order_of(group: Group) -> str:
    """Return how a group rings."""
    together = len({member.rank for member in group.members}) < len(group.members) or (
        bool(group.members) and group.members[0].rank == 0
    )
    return _("Alla samtidigt") if together else _("I tur och ordning")


def about(obj: AnyObject) -> str:
    """Return a line about what an object is, for lists and cards."""
    if isinstance(obj, Group):
        people = ngettext("%d person", "%d personer", len(obj.members)) % len(obj.members)
        told = _("%(people)s · %(order)s") % {"people": people, "order": order_of(obj).lower()}
        return str(_("%s · kö") % told) if obj.waiting else told
    if isinstance(obj, Menu):
        return ngettext("%d knapp", "%d knappar", len(obj.choices)) % len(obj.choices)
    if isinstance(obj, External):
        return national(obj.e164)
    return ""
