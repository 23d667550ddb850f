"""Which slots each kind of destination has. One table, read by forms, compile rules and the database's CHECK."""

from __future__ import annotations

from typing import Final

DIGITS: Final = "1234567890*#"
KEY_SLOTS: Final = tuple(f"key:{digit}" for digit in DIGITS)

SLOTS: Final[dict[str, tuple[str, ...]]] = {
    "timeswitch": ("open", "closed", "lunch", "holiday"),
    "announcement": ("next",),
    "menu": (*KEY_SLOTS, "no_input", "invalid"),
    "group": ("no_answer", "nobody", "full", *KEY_SLOTS),
    "person": ("busy", "no_answer", "unreachable"),
    "mailbox": (),
    "external": (),
}
ALL_SLOTS: Final = tuple(dict.fromkeys(slot for slots in SLOTS.values() for slot in slots))
