"""How external numbers become objects and rows again."""

from __future__ import annotations

from tenants.changes.registry import Kind
from tenants.destinations import actions as destinations
from tenants.destinations.models import Kind as DestinationKind
from tenants.externals import actions
from tenants.externals.compile import compile_external
from tenants.externals.models import ExternalNumber

EXTERNAL = Kind(
    name="external",
    model=ExternalNumber,
    save="live",
    label=DestinationKind.EXTERNAL.label,
    compile=compile_external,
    restore=actions.restore,
    drop=destinations.drop,
    clear=destinations.clear_name,
    retire=destinations.retire,
)
