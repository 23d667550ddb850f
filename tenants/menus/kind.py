"""How menus become objects and rows again."""

from __future__ import annotations

from tenants.changes.registry import Kind
from tenants.destinations import actions as destinations
from tenants.destinations.models import Kind as DestinationKind
from tenants.menus import actions
from tenants.menus.compile import compile_menu
from tenants.menus.models import Menu

MENU = Kind(
    name="menu",
    model=Menu,
    save="draft",
    label=DestinationKind.MENU.label,
    compile=compile_menu,
    restore=actions.restore,
    link=actions.link,
    drop=destinations.drop,
    clear=destinations.clear,
    retire=destinations.retire,
)
