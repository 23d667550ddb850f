"""Making, changing and removing menus. All of it waits in the draft until it is published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy

from tenants.changes.actions import record
from tenants.changes.models import Change
from tenants.changes.said import said
from tenants.customers.models import User
from tenants.destinations import actions as destinations
from tenants.destinations.actions import Edge, PromptGone, edge_to
from tenants.destinations.models import Destination, Kind
from tenants.destinations.slots import DIGITS, KEY_SLOTS
from tenants.menus.models import Menu
from tenants.refusals import Refusal, constraints
from tenants.routing import objects
from tenants.routing.naming import ident_of
from tenants.versions import Seen, claim

KNOWN = {
    "tenants_menu_prompt_id_fence": PromptGone,
    "tenants_menu_invalid_prompt_id_fence": PromptGone,
}


class OutOfBounds(Refusal):
    """A figure is too small or too large."""

    code = "out_of_bounds"
    message = gettext_lazy("Vänta 1–30 sekunder på knapp och försök 1–5 gånger.")


class UnknownKey(Refusal):
    """A telephone has no such key."""

    code = "unknown_key"
    message = gettext_lazy("Det finns ingen sådan knapp. Välj 0–9, * eller #.")


@dataclass(frozen=True)
class Choice:
    """Where a key leads, and the prompt heard before the call goes on."""

    target_id: int
    prompt_id: int | None = None


@dataclass(frozen=True)
class Wish:
    """What a menu should be. ``choices`` is by key: 0-9, * and #; a key left out leads nowhere."""

    name: str
    prompt_id: int | None = None
    choices: Mapping[str, Choice] = field(default_factory=dict)
    no_input_id: int | None = None
    invalid_id: int | None = None
    invalid_prompt_id: int | None = None
    wait_seconds: int = 5
    tries: int = 3


@transaction.atomic
def make(*, customer_id: int, by: User | None, wish: Wish) -> Menu:
    """Make a menu in the draft.

    :raises NameTaken: if another menu has the name.
    :raises PromptGone: if a prompt has been removed meanwhile.
    :raises TargetGone: if a target has been removed meanwhile.
    :raises UnknownKey: if a key is none of 0-9, * and #.
    :raises OutOfBounds: if seconds or tries are.
    """
    destination = destinations.make(customer_id=customer_id, kind=Kind.MENU, name=wish.name)
    row = Menu(customer_id=customer_id, destination=destination, kind=Kind.MENU, **_columns(wish))
    _write(row, wish, force_insert=True)
    record(customer_id=customer_id, by=by, summary=said("La till knappvalet %(name)s", name=wish.name), rows=[row])
    return row


@transaction.atomic
def change(*, menu: Menu, by: User | None, version: int | None, wish: Wish) -> Change:
    """Make a menu in the draft what is wished, every key of it.

    :raises Conflict: if somebody else has changed it since ``version``; None asks nobody.
    :raises NameTaken: if another menu has the name.
    :raises PromptGone: if a prompt has been removed meanwhile.
    :raises TargetGone: if a target has been removed meanwhile.
    :raises ToItself: if a key would lead to the menu itself.
    :raises UnknownKey: if a key is none of 0-9, * and #.
    :raises OutOfBounds: if seconds or tries are.
    """
    row = claim(menu, version)
    destinations.rename(destination=row.destination, name=wish.name)
    for column, value in _columns(wish).items():
        setattr(row, column, value)
    _write(row, wish)
    return record(
        customer_id=row.customer_id, by=by, summary=said("Ändrade knappvalet %(name)s", name=wish.name), rows=[row]
    )  # fmt: skip


def _columns(wish: Wish) -> dict[str, Any]:
    return {
        "prompt_id": wish.prompt_id,
        "invalid_prompt_id": wish.invalid_prompt_id,
        "wait_seconds": wish.wait_seconds,
        "tries": wish.tries,
    }


def _write(row: Menu, wish: Wish, *, force_insert: bool = False) -> None:
    with constraints({**KNOWN, "menu_bounds": OutOfBounds}):
        row.save(force_insert=force_insert)
    destinations.set_routes(source=row.destination, edges=_edges(wish))


def _edges(wish: Wish) -> dict[str, Edge | None]:
    """Return every slot of a menu, those not wished for empty."""
    if set(wish.choices) - set(DIGITS):
        raise UnknownKey
    edges: dict[str, Edge | None] = dict.fromkeys(KEY_SLOTS)
    edges |= {f"key:{digit}": Edge(choice.target_id, choice.prompt_id) for digit, choice in wish.choices.items()}
    for slot, target_id in (("no_input", wish.no_input_id), ("invalid", wish.invalid_id)):
        edges[slot] = Edge(target_id) if target_id else None
    return edges


@transaction.atomic
def remove(*, menu: Menu, by: User | None, version: Seen, instead: Destination | None = None) -> Change:
    """Mark a menu removed; it goes in the publish that drops it. Calls to it go to ``instead``.

    :raises Conflict: if somebody else has changed it since ``version``, or was first to remove it.
    :raises StillPointedAt: if the draft leads calls there and there is no ``instead``.
    :raises TargetGone: if ``instead`` has been removed meanwhile.
    :raises ToItself: if ``instead`` leads to it.
    """
    summary = said("Tog bort knappvalet %(name)s", name=menu.name)
    key, rows = destinations.give_up(destination=menu.destination, version=version, instead=instead)
    return record(customer_id=menu.customer_id, by=by, summary=summary, rows=rows, removed=[key])


def restore(customer_id: int, obj: objects.Menu) -> Menu:
    """Write a menu back as an object says; ``link`` then writes its keys.

    :raises NameTaken: if another menu has taken the name.
    :raises PromptGone: if a prompt no longer exists.
    """
    destinations.restore(customer_id=customer_id, ident=obj.id, kind=Kind.MENU, name=obj.name)
    fields = {
        "customer_id": customer_id,
        "kind": Kind.MENU,
        "prompt_id": ident_of(obj.prompt),
        "invalid_prompt_id": ident_of(obj.invalid_prompt),
        "wait_seconds": obj.wait_seconds,
        "tries": obj.tries,
    }
    with constraints(KNOWN):
        Menu.objects.update_or_create(pk=obj.id, defaults=fields)
    Menu.objects.filter(pk=obj.id).update(version=models.F("version") + 1)
    return Menu.objects.select_related("destination").get(pk=obj.id)


def link(_customer_id: int, obj: objects.Menu) -> None:
    """Write the keys of a restored menu."""
    edges = dict.fromkeys(KEY_SLOTS) | {
        f"key:{choice.digit}": edge_to(choice.target, choice.prompt) for choice in obj.choices
    }
    edges |= {"no_input": edge_to(obj.no_input), "invalid": edge_to(obj.invalid)}
    destinations.set_routes(source=Destination.objects.get(pk=obj.id), edges=edges)
