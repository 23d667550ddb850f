"""Handing out numbers, naming them, and saying where their calls go."""

from __future__ import annotations

from collections.abc import Sequence

import phonenumbers
from django.db import transaction
from django.utils.translation import gettext_lazy
from phonenumbers import PhoneNumberType

from tenants.changes.actions import record
from tenants.changes.models import Change
from tenants.changes.said import said
from tenants.changes.words import national
from tenants.customers.models import Site, User
from tenants.destinations.actions import TargetGone
from tenants.destinations.models import Destination
from tenants.numbers.models import Number
from tenants.people.sites import actions as sites
from tenants.refusals import Refusal, constraints
from tenants.routing import objects
from tenants.routing.dialling import Refused, parse
from tenants.routing.naming import ident_of
from tenants.versions import Seen, claim, held


class NumberHeld(Refusal):
    """Somebody holds the number. Who, is not said: not even whether it is the customer itself."""

    code = "number_held"
    field = "e164"
    message = gettext_lazy("Numret används redan. Kontrollera numret eller välj ett annat.")


class NoNumber(Refusal):
    """What was typed is no telephone number."""

    code = "no_number"
    field = "e164"
    message = gettext_lazy("Det är inget telefonnummer. Skriv det med riktnummer, till exempel 040-622 10 00.")


class MainNumber(Refusal):
    """The main number goes last."""

    code = "main_number"
    message = gettext_lazy("Det är huvudnumret. Gör ett annat nummer till huvudnummer först.")


KNOWN = {
    "tenants_number_e164_key": NumberHeld,
    "number_e164": NoNumber,
    "number_one_main": MainNumber,
    "tenants_number_entry_id_fence": TargetGone,
}
_KINDS = {
    PhoneNumberType.MOBILE: Number.Kind.MOBILE,
    PhoneNumberType.FIXED_LINE: Number.Kind.GEOGRAPHIC,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: Number.Kind.GEOGRAPHIC,
}


def read(typed: str) -> str:
    """Return the E.164 form of a number as a person wrote it.

    :raises NoNumber: if there is no such number.
    """
    found = parse(typed)
    if isinstance(found, Refused) or not phonenumbers.is_possible_number(phonenumbers.parse(found)):
        raise NoNumber
    return found


def shown(e164: str) -> str:
    """Return a number as people write it: Swedish ones nationally."""
    number = phonenumbers.parse(e164)
    swedish = number.country_code == 46
    style = phonenumbers.PhoneNumberFormat.NATIONAL if swedish else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, style)


def kind_of(e164: str) -> Number.Kind:
    """Return what sort of number it is."""
    number = phonenumbers.parse(e164)
    if number.country_code != 46:
        return Number.Kind.FOREIGN
    return _KINDS.get(phonenumbers.number_type(number), Number.Kind.NATIONAL)


@transaction.atomic
def assign(*, customer_id: int, by: User | None, typed: str, label: str = "") -> Number:
    """Give the customer a number. The first becomes the main number. Staff only.

    :raises NoNumber: if it is no number.
    :raises NumberHeld: if anybody holds it.
    """
    e164 = read(typed)
    is_main = not Number.objects.filter(is_main=True).exists()
    with constraints(KNOWN):
        row = Number.objects.create(
            customer_id=customer_id, e164=e164, kind=kind_of(e164), label=label, is_main=is_main
        )
    record(customer_id=customer_id, by=by, summary=said("La till numret %(number)s", number=national(e164)), rows=[row])
    return row


@transaction.atomic
def release(*, number: Number, by: User | None, version: Seen) -> Change:
    """Take a number back: callers hear that it is not in use. Where it led stays, for another number. Staff only.

    :raises Conflict: if somebody else has changed it since ``version``, or was first to remove it.
    :raises MainNumber: if it is the main number and not the last.
    """
    row = held(Number, number.pk, version)
    if row.is_main and Number.objects.exclude(pk=row.pk).exists():
        raise MainNumber
    keys = [f"number/{row.pk}", f"number-flow/{row.pk}"]
    summary = said("Lämnade tillbaka numret %(number)s", number=national(row.e164))
    row.delete()
    return record(customer_id=row.customer_id, by=by, summary=summary, removed=keys)


@transaction.atomic
def describe(*, number: Number, by: User | None, version: int | None, label: str, site_id: int | None = None) -> Change:
    """Say what a number is for and which office's it is; None is nobody's. The switch is told the label only.

    :raises Conflict: if somebody else has changed it since ``version``.
    :raises SiteGone: if the office has been removed meanwhile.
    """
    sites.hold([site_id])
    row = claim(number, version)
    row.label, row.site_id = label, site_id
    row.save(update_fields=["label", "site", "version"])
    summary = said("Ändrade numret %(number)s", number=national(row.e164))
    return record(customer_id=row.customer_id, by=by, summary=summary, rows=[row])


def move_to_site(*, numbers: Sequence[Number], site: Site | None) -> None:
    """Say which office numbers belong to, or none. The switch does not need to know."""
    Number.objects.filter(pk__in=[number.pk for number in numbers]).update(site=site)


@transaction.atomic
def make_main(*, number: Number, by: User | None) -> Change:
    """Make a number the main number, in place of the one that was."""
    rows = list(Number.objects.select_for_update(of=("self",)).order_by("pk"))
    changed = [row for row in rows if row.is_main != (row.pk == number.pk)]
    for row in sorted(changed, key=lambda row: not row.is_main):
        row.is_main, row.version = not row.is_main, row.version + 1
        row.save(update_fields=["is_main", "version"])
    summary = said("Gjorde %(number)s till huvudnummer", number=national(number.e164))
    return record(customer_id=number.customer_id, by=by, summary=summary, rows=changed)


@transaction.atomic
def set_entry(*, number: Number, by: User | None, entry_id: int | None, version: int | None) -> Change:
    """Say in the draft where calls to a number go; None for nowhere.

    :raises Conflict: if somebody else has changed it since ``version``.
    :raises TargetGone: if the target has been removed meanwhile.
    """
    row = claim(number, version)
    if entry_id and not Destination.objects.select_for_update().filter(pk=entry_id, removed=False).exists():
        raise TargetGone
    row.entry_id = entry_id
    with constraints(KNOWN):
        row.save(update_fields=["entry", "version"])
    summary = said("Ändrade vart %(number)s går", number=national(row.e164))
    return record(customer_id=row.customer_id, by=by, summary=summary, rows=[row])


def restore(customer_id: int, obj: objects.Number) -> Number:
    """Write a number back as an object says; its flow is another object.

    :raises NumberHeld: if somebody has taken it meanwhile.
    """
    fields = {"customer_id": customer_id, "e164": obj.e164, "label": obj.name, "kind": kind_of(obj.e164)}
    if obj.is_main:
        Number.objects.exclude(pk=obj.id).filter(is_main=True).update(is_main=False)
    with constraints(KNOWN):
        row, _made = Number.objects.update_or_create(pk=obj.id, defaults={**fields, "is_main": obj.is_main})
    row.version += 1
    row.save(update_fields=["version"])
    return row


def restore_flow(_customer_id: int, obj: objects.NumberFlow) -> Number:
    """Write back where a number leads."""
    row = Number.objects.get(pk=obj.id)
    row.entry_id, row.version = ident_of(obj.entry), row.version + 1
    with constraints(KNOWN):
        row.save(update_fields=["entry", "version"])
    return Number.objects.select_related("entry").get(pk=obj.id)


def clear_flow(_customer_id: int, ident: int) -> None:
    """Lead a number nowhere, before history says where."""
    Number.objects.filter(pk=ident).update(entry=None)


def retire(_customer_id: int, ident: int) -> None:
    """Delete a number that history does not hold."""
    Number.objects.filter(pk=ident).delete()
