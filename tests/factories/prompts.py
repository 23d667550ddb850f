"""Prompts in one line each, without running ffmpeg."""

from __future__ import annotations

from tenants.changes.actions import record
from tenants.changes.said import said
from tenants.prompts import actions
from tenants.prompts.models import Prompt, Take
from tenants.sounds.actions import keep
from tenants.sounds.wav import read
from tests.factories.sounds import wav


def prompt(customer_id: int, name: str = "Välkommen", *, recorded: bool = True) -> Prompt:
    """Make a prompt; a recorded one can be heard and is known to the switch."""
    made = actions.make(customer_id=customer_id, by=None, name=name)
    if recorded:
        made.take = take(made)
        made.save()
        record(customer_id=customer_id, by=None, summary=said("Bytte inspelning av %(name)s", name=name), rows=[made])
    return made


def take(prompt: Prompt, hertz: float = 440.0) -> Take:
    """Give a prompt a reading that is not the one heard."""
    sounds = [
        keep(customer_id=prompt.customer_id, wav=read(wav(0.5, rate=rate, hertz=hertz))) for rate in (8000, 16000)
    ]
    return Take.objects.create(
        customer_id=prompt.customer_id, prompt=prompt, narrow=sounds[0], wide=sounds[1], source_name="test.wav"
    )
