"""What the switch is told of a prompt."""

from __future__ import annotations

from tenants.prompts.models import Prompt
from tenants.routing import objects


def compile_prompt(prompt: Prompt) -> objects.Prompt | None:
    """Return the prompt as the switch hears it, or None while nothing has been recorded."""
    take = prompt.take
    if take is None:
        return None
    return objects.Prompt(
        id=prompt.pk,
        name=prompt.name,
        narrow=take.narrow.sha256,
        wide=take.wide.sha256,
        milliseconds=take.wide.milliseconds,
    )
