"""The dialling gate where numbers outside are saved: its verdicts in words, what, why, and what to do."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tenants.refusals import Refusal
from tenants.routing.dialling import Code, Refused, gate

WHY: Mapping[Code, str | Promise] = {
    "empty": _("Skriv ett telefonnummer."),
    "characters": _("Ett telefonnummer består av siffror. Skriv till exempel 070-174 06 35."),
    "invalid": _("Numret finns inte. Kontrollera det och skriv det med riktnummer, till exempel 08-465 004 01."),
    "no_area": _("Skriv numret med riktnummer, till exempel 08-465 004 01."),
    "too_long": _("Numret är för långt. Kontrollera det."),
    "emergency": _("Samtal kan inte kopplas till nödnummer. 112 når man alltid direkt från telefonen."),
    "short": _("Kortnummer går inte att koppla till. Skriv ett vanligt nummer med riktnummer."),
    "directory": _("Nummerupplysning är ett betalnummer och går inte att koppla till."),
    "premium": _("Betalnummer går inte att koppla till, eftersom varje samtal skulle kosta er extra."),
    "mass": _("Nummer för massanrop går inte att koppla till."),
    "satellite": _("Satellitnummer går inte att koppla till, eftersom varje samtal skulle kosta er mycket."),
    "special": _("Den här typen av nummer går inte att koppla till. Välj ett vanligt fast nummer eller mobilnummer."),
    "abroad": _("Det går bara att koppla samtal till svenska nummer."),
    "shared_cost": _("Nummer med delad kostnad går inte att koppla till. Välj ett vanligt nummer."),
    "freephone": _("Frisamtalsnummer går inte att koppla till. Välj ett vanligt nummer."),
}
"""One sentence a code; a test holds it complete."""


class NotDialled(Refusal):
    """The dialling gate refuses the number. ``code`` says which class of number it is."""

    def __init__(self, refused: Refused, field: str = "e164") -> None:
        super().__init__(WHY[refused.code])
        self.code, self.field = refused.code, field


def allowed(typed: str, field: str = "e164") -> str:
    """Return the E.164 form of a number that calls may be sent to.

    :raises NotDialled: if the gate refuses it; it bears the name of this field.
    """
    found = gate(typed, "target")
    if isinstance(found, Refused):
        raise NotDialled(found, field)
    return found
