"""How prompts become objects and rows again."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tenants.changes.registry import Kind
from tenants.prompts import actions
from tenants.prompts.compile import compile_prompt
from tenants.prompts.models import Prompt

PROMPT = Kind(
    name="prompt",
    model=Prompt,
    save="live",
    label=_("Röstprompt"),
    compile=compile_prompt,
    restore=actions.restore,
    clear=actions.clear,
    drop=actions.drop,
)
