"""The one gate every number passes that the switch may dial, when it is saved and again when it is dialled.

``parse`` turns what a person typed into E.164, ``check`` says whether that may be dialled. The classes are PTS's
numbering plan; ``phonenumbers`` only has the last word on whether a number can exist at all. Abroad is refused:
``DEFAULT_REGIONS`` is an allowed list, so that a new kind of number is refused until somebody thinks, and no customer
has another.

Short numbers are no E.164 and are saved nowhere; ``short_number`` says which of them somebody may dial. By PTS's
disposition of the 11 and 90 series (pts.se, "Telefoninummerplanens disposition"): 112 is for emergencies, 113 13 the
national information number, 114 14 the police, 116 XYZ what is harmonised in the EU (decision 2007/116/EC: free of
charge), 1177 the health service, 90 XYZ national numbers of authorities and companies, 118 XYZ directory services,
which set their own price and are therefore refused like 0900.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Literal

import phonenumbers
from phonenumbers import PhoneNumberType, phonenumberutil

from tenants.routing.objects import Value

Purpose = Literal["target", "call"]
"""``target``: calls are sent there by a flow, a forward or a diversion. ``call``: somebody dials or transfers."""

Code = Literal[
    "empty",
    "characters",
    "invalid",
    "no_area",
    "too_long",
    "emergency",
    "short",
    "directory",
    "premium",
    "mass",
    "satellite",
    "special",
    "abroad",
    "shared_cost",
    "freephone",
]
DEFAULT_REGIONS = frozenset({"SE"})
"""Where may be dialled. Everywhere else is abroad."""

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SHORT = re.compile(r"112|90\s?000|11[34]\d\d|116\d{3}|1177|118\d{0,3}|90\d{3}")
"""Swedish short numbers: only within Sweden, never E.164."""
_OPEN = re.compile(r"11313|11414|1177|116\d{3}|90\d{3}")
"""Those that may be dialled. 90 000 was the emergency number before 112 and still is one."""
EMERGENCY = "112"
_EMERGENCY = frozenset({EMERGENCY, "90000"})
_SATELLITE = ("870", "881", "882", "883")
_PREMIUM_WORLD = ("979",)
_CLASSES: Mapping[str, Code] = {
    "900": "premium",
    "939": "premium",
    "944": "premium",
    "99": "mass",
    "71": "special",
    "74": "special",
    "75": "special",
    "78": "special",
    "378": "special",
}
_TARGET_CLASSES: Mapping[str, Code] = {"20": "freephone", "77": "shared_cost"}
_TYPES: Mapping[int, Code] = {
    PhoneNumberType.PREMIUM_RATE: "premium",
    PhoneNumberType.PAGER: "special",
    PhoneNumberType.PERSONAL_NUMBER: "special",
    PhoneNumberType.VOICEMAIL: "special",
}
_JUNK = re.compile(r"[\s().\-/\u00ad\u200b-\u200f\u2010-\u2015\u202a-\u202e\u2060\u2066-\u2069\u2212\ufeff]+")


class Refused(Value, frozen=True):
    """Why a number may not be dialled or is none. ``country`` is the region refused, for ``abroad``."""

    code: Code
    country: str = ""


def parse(typed: str, area: str = "") -> str | Refused:
    """Return the E.164 form of what a person typed, or why it is no number.

    Takes full-width digits, spaces and dashes, ``tel:``, ``+``, ``00`` and national form; with ``area`` (``040``)
    also a local number without area code. Pauses, extensions and key codes are refused: they would be dialled.
    """
    digits = _clean(typed)
    if isinstance(digits, Refused):
        return digits
    if digits.startswith(("+", "00")):
        return _international(digits.removeprefix("+") if digits[0] == "+" else digits[2:])
    return _national(digits) if digits.startswith("0") else _local(digits, area)


def check(e164: str, purpose: Purpose, regions: frozenset[str] = DEFAULT_REGIONS) -> Refused | None:
    """Return why an E.164 number may not be dialled, or None if it may."""
    if not E164.fullmatch(e164):
        return _not_e164(e164)
    if e164.startswith("+46"):
        return _check_swedish(e164, e164[3:], purpose)
    return _check_foreign(e164, regions)


def gate(typed: str, purpose: Purpose, area: str = "", regions: frozenset[str] = DEFAULT_REGIONS) -> str | Refused:
    """Return the E.164 form of what a person typed if it may be dialled, else why not."""
    e164 = parse(typed, area)
    if isinstance(e164, Refused):
        return e164
    return check(e164, purpose, regions) or e164


def short_number(typed: str) -> str | None:
    """Return the short number somebody may dial from a telephone, None if it is none or is refused.

    Whatever stands for 112, also with 0 before it as for a line out, is 112.
    """
    if is_emergency(typed):
        return EMERGENCY
    digits = _clean(typed)
    return digits if isinstance(digits, str) and _OPEN.fullmatch(digits) else None


def is_short(digits: str) -> bool:
    """Tell whether digits are a Swedish short number, refused or not: what no extension may be."""
    return bool(_SHORT.fullmatch(digits))


def is_emergency(typed: str) -> bool:
    """Tell whether somebody calls for help. The switch must connect it before any rule of a customer is asked."""
    found = parse(typed)
    return isinstance(found, Refused) and found.code == "emergency"


def _clean(typed: str) -> str | Refused:
    """Return digits with at most a leading plus."""
    text = unicodedata.normalize("NFKC", typed).strip()
    text = re.sub(r"(?i)^tel:", "", text)
    text = re.sub(r"^(\+|00)([\d\s]+)\(0\)", r"\1\2", text)
    text = _JUNK.sub("", text)
    text = "".join(str(unicodedata.decimal(char, char)) for char in text)
    if not text:
        return Refused(code="empty")
    if not re.fullmatch(r"\+?[0-9]+", text):
        return Refused(code="characters")
    return Refused(code="too_long") if len(text) > 20 else text


def _international(digits: str) -> str | Refused:
    if digits.startswith("46"):
        return _national("0" + digits[2:].lstrip("0"))
    if not digits or digits[0] == "0":
        return Refused(code="invalid")
    return _e164(digits)


def _national(digits: str) -> str | Refused:
    number = digits.lstrip("0")
    return _short(number) or _e164("46" + number)


def _local(digits: str, area: str) -> str | Refused:
    if refused := _short(digits):
        return refused
    code = re.sub(r"\D", "", area).removeprefix("0")
    if not code:
        return Refused(code="no_area")
    return _e164("46" + code + digits) if 5 <= len(digits) <= 8 else Refused(code="invalid")


def _short(digits: str) -> Refused | None:
    if digits in _EMERGENCY:
        return Refused(code="emergency")
    if not _SHORT.fullmatch(digits):
        return None
    return Refused(code="directory" if digits.startswith("118") else "short")


def _e164(digits: str) -> str | Refused:
    if len(digits) > 15:
        return Refused(code="too_long")
    return "+" + digits if E164.fullmatch("+" + digits) else Refused(code="invalid")


def _not_e164(text: str) -> Refused:
    found = parse(text)
    return found if isinstance(found, Refused) else Refused(code="invalid")


def _check_swedish(e164: str, number: str, purpose: Purpose) -> Refused | None:
    if refused := _short(number):
        return refused
    if code := _class_of(number, _CLASSES):
        return Refused(code=code)
    if purpose == "target" and (code := _class_of(number, _TARGET_CLASSES)):
        return Refused(code=code)
    return _check_exists(e164)


def _class_of(number: str, classes: Mapping[str, Code]) -> Code | None:
    return next((code for prefix, code in classes.items() if number.startswith(prefix)), None)


def _check_foreign(e164: str, regions: frozenset[str]) -> Refused | None:
    if e164.startswith(tuple("+" + code for code in _SATELLITE)):
        return Refused(code="satellite")
    if e164.startswith(tuple("+" + code for code in _PREMIUM_WORLD)):
        return Refused(code="premium")
    region = _region_of(e164)
    return _check_exists(e164) if region in regions else Refused(code="abroad", country=region)


def _region_of(e164: str) -> str:
    try:
        number = phonenumbers.parse(e164)
    except phonenumberutil.NumberParseException:
        return ""
    return phonenumbers.region_code_for_number(number) or phonenumbers.region_code_for_country_code(
        number.country_code or 0
    )


def _check_exists(e164: str) -> Refused | None:
    try:
        number = phonenumbers.parse(e164)
    except phonenumberutil.NumberParseException:
        return Refused(code="invalid")
    if phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) != e164:
        return Refused(code="invalid")
    if code := _TYPES.get(phonenumbers.number_type(number)):
        return Refused(code=code)
    return None if phonenumbers.is_valid_number(number) else Refused(code="invalid")
