"""What a place answers when a call stands there: go on to another place, or let the switch do something."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from tenants.routing.calls import Action, Call, Config, HangUp, Inputs, Reason
from tenants.routing.live import Live
from tenants.routing.objects import Key, Prompt

Cause = Literal["normal", "unallocated", "busy", "no_answer", "refused", "failed"]

END: Key = "end/0"
"""The place of a call with nothing left but to hang up."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Everything a place may look at."""

    config: Config
    live: Live
    call: Call
    moment: datetime
    inputs: Inputs

    def sound(self, key: Key | None) -> str | None:
        """Return the hash of a prompt's narrow file, or None if there is no such prompt."""
        prompt = self.config.get(key) if key else None
        return prompt.narrow if isinstance(prompt, Prompt) else None


@dataclass(frozen=True, slots=True)
class Go:
    """On to ``target``; with none the call ends with ``cause``. ``pressed``: the caller chose so by a key."""

    target: Key | None
    reasons: tuple[Reason, ...]
    cause: Cause = "normal"
    pressed: bool = False
    waited: int = 0
    """Seconds the caller waited here in vain."""


@dataclass(frozen=True, slots=True)
class Do:
    """The switch does ``action`` and asks again with the place at ``stage`` and ``tries``."""

    action: Action
    reasons: tuple[Reason, ...] = ()
    stage: int = 0
    tries: int = 0
    waited: int = 0
    queued_at: int = 0
    over: bool = field(default=False)
    """Whatever comes of it, only hanging up is left."""


Turn = Go | Do


def end(key: Key, rule: str, cause: Cause = "normal") -> Do:
    """Return the turn that hangs up, and why."""
    return Do(HangUp(cause=cause), (Reason(key=key, rule=rule),), over=True)
