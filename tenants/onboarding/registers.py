"""Swedish organisation numbers: ten digits, the last of them a check digit (Luhn)."""

from __future__ import annotations

import re


def is_organisation_number(typed: str) -> bool:
    """Return whether it can be an organisation number, or a personal one that a sole trader has instead."""
    digits = _digits(typed)
    return len(digits) == 10 and sum(_share(place, int(digit)) for place, digit in enumerate(digits)) % 10 == 0


def shown(typed: str) -> str:
    """Return an organisation number as written, ``556016-0680``."""
    digits = _digits(typed)
    return f"{digits[:6]}-{digits[6:]}"


def _digits(typed: str) -> str:
    """Return the ten digits; those before them (``16``, or the century of a person) are left out."""
    if not re.fullmatch(r"\s*(16|18|19|20)?[0-9]{6}[-+ ]?[0-9]{4}\s*", typed):
        return ""
    return re.sub(r"[^0-9]", "", typed)[-10:]


def _share(place: int, digit: int) -> int:
    doubled = digit * 2 if place % 2 == 0 else digit
    return doubled - 9 if doubled > 9 else doubled
