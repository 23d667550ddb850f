"""Which slots each kind of destination has: those of its object in `tenants/routing`, and the keys that may be pressed.

Read by forms, compile rules and the database's CHECK, whose order is this one.
"""

from __future__ import annotations

from typing import Final

from tenants.routing import slots

DIGITS: Final = "1234567890*#"
"""As they lie on a telephone."""
KEY_SLOTS: Final = tuple(f"key:{digit}" for digit in DIGITS)


def _fixed(kind: str) -> tuple[str, ...]:
    return tuple(slot.field for slot in slots.SLOTS[kind])


SLOTS: Final[dict[str, tuple[str, ...]]] = {
    "timeswitch": _fixed("timeswitch"),
    "announcement": _fixed("announcement"),
    "menu": (*KEY_SLOTS, *_fixed("menu")),
    "group": (*_fixed("group"), *KEY_SLOTS),
    "person": _fixed("person-flow"),
    "mailbox": (),
    "external": (),
}
