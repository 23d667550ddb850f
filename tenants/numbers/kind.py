"""How numbers become objects and rows again: what they are, and where they lead."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tenants.changes.registry import Kind
from tenants.numbers import actions
from tenants.numbers.compile import compile_flow, compile_number
from tenants.numbers.models import Number

NUMBER = Kind(
    name="number",
    model=Number,
    save="live",
    label=_("Nummer"),
    compile=compile_number,
    restore=actions.restore,
    retire=actions.retire,
)
NUMBER_FLOW = Kind(
    name="number-flow",
    model=Number,
    save="draft",
    label=_("Vart numret går"),
    compile=compile_flow,
    restore=actions.restore_flow,
    clear=actions.clear_flow,
)
