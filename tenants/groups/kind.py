"""How groups become objects and rows again."""

from __future__ import annotations

from tenants.changes.registry import Kind
from tenants.destinations import actions as destinations
from tenants.destinations.models import Kind as DestinationKind
from tenants.groups import actions
from tenants.groups.compile import compile_group
from tenants.groups.models import Group

GROUP = Kind(
    name="group",
    model=Group,
    save="draft",
    label=DestinationKind.GROUP.label,
    compile=compile_group,
    restore=actions.restore,
    link=actions.link,
    drop=destinations.drop,
    clear=actions.clear,
    retire=destinations.retire,
)
