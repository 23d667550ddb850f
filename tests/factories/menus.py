"""Menus in one line each."""

from __future__ import annotations

from tenants.menus import actions
from tenants.menus.models import Menu


def menu(customer_id: int, name: str = "Huvudmeny", **wish: object) -> Menu:
    """Make a menu in the draft; ``keys`` says where keys lead, by sign."""
    keys = wish.pop("keys", {})
    choices = {digit: actions.Choice(target) for digit, target in keys.items()}  # type: ignore[attr-defined]
    wished = actions.Wish(name=name, choices=choices, **wish)  # type: ignore[arg-type]
    return actions.make(customer_id=customer_id, by=None, wish=wished)
