"""How people become objects and rows again: who they are, and where their calls go unanswered."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tenants.changes.registry import Kind
from tenants.destinations import actions as destinations
from tenants.people import actions
from tenants.people.compile import compile_flow, compile_person
from tenants.people.models import Person

PERSON = Kind(
    name="person",
    model=Person,
    save="live",
    label=_("Användare"),
    compile=compile_person,
    restore=actions.restore,
    drop=destinations.drop,
    clear=actions.clear,
    retire=actions.retire,
)
PERSON_FLOW = Kind(
    name="person-flow",
    model=Person,
    save="draft",
    label=_("Om någon inte svarar"),
    compile=compile_flow,
    restore=actions.restore_flow,
    link=actions.link_flow,
    clear=destinations.clear_edges,
)
