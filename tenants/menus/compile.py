"""From a menu's rows to the switch's object."""

from __future__ import annotations

from collections.abc import Mapping

from tenants.destinations.models import Route
from tenants.destinations.queries import routes
from tenants.destinations.slots import KEY_SLOTS
from tenants.menus.models import Menu
from tenants.routing import objects
from tenants.routing.naming import prompt_key
from tenants.routing.objects import Key


def compile_menu(row: Menu) -> objects.Menu:
    """Return what the switch is told of a menu, its keys in the order they have on a telephone."""
    by_slot = {route.slot: route for route in routes(row.pk)}
    return objects.Menu(
        id=row.pk,
        name=row.name,
        prompt=prompt_key(row.prompt_id),
        choices=_choices(by_slot),
        no_input=_target(by_slot, "no_input"),
        invalid=_target(by_slot, "invalid"),
        invalid_prompt=prompt_key(row.invalid_prompt_id),
        wait_seconds=row.wait_seconds,
        tries=row.tries,
    )


def _choices(by_slot: Mapping[str, Route]) -> tuple[objects.Choice, ...]:
    return tuple(
        objects.Choice(
            digit=slot.partition(":")[2], target=by_slot[slot].target.key, prompt=prompt_key(by_slot[slot].prompt_id)
        )
        for slot in KEY_SLOTS
        if slot in by_slot
    )


def _target(by_slot: Mapping[str, Route], slot: str) -> Key | None:
    return by_slot[slot].target.key if slot in by_slot else None
