"""What is known of test calls, read from the events of the switch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.switch.queries import of_call
from integrations.switch.testcalls.models import TestCall
from tenants.callflow.words import sentence
from tenants.changes.models import Object
from tenants.changes.queries import drafts, published
from tenants.changes.words import Names, names_of
from tenants.routing.explain import RULES, Fact
from tenants.routing.wire import Event

PATIENCE = timedelta(seconds=20)
"""After so long the switch is taken not to answer."""
LONGEST = timedelta(minutes=30)
"""A call of which nothing more is heard for so long is not watched on."""
State = Literal["waiting", "ringing", "running", "over", "refused", "lost"]


@dataclass(frozen=True)
class Moment:
    """One thing that happened: when, in seconds from the first, and in words."""

    seconds: float
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Progress:
    """How a test call goes."""

    call: TestCall
    state: State
    moments: tuple[Moment, ...] = ()

    @property
    def watched(self) -> bool:
        """Whether more may come."""
        return self.state in ("waiting", "ringing", "running")

    @property
    def mark(self) -> str:
        """What an open page compares."""
        return f"{self.state}-{len(self.moments)}"


def latest(limit: int = 10) -> QuerySet[TestCall]:
    """Return the newest test calls."""
    return TestCall.objects.select_related("number", "by").order_by("-made_at")[:limit]


def progress(call: TestCall) -> Progress:
    """Return how a test call goes, in as many queries whatever happened in it."""
    events = of_call(call.uuid.hex)
    names = _names(call, {key for event in events for key, _rule in _reasons(event)})
    first = events[0].at if events else 0.0
    told = ((event.at - first, _told(event, names)) for event in events)
    moments = tuple(Moment(round(seconds, 1), lines) for seconds, lines in told if lines)
    return Progress(call, _state(call, events), moments)


def _state(call: TestCall, events: Iterable[Event]) -> State:
    kinds = {event.kind for event in events}
    if call.refused:
        return "refused"
    if "call.ended" in kinds:
        return "over"
    age = timezone.now() - call.made_at
    if age > LONGEST or (age > PATIENCE and call.placed_at is None):
        return "lost"
    if kinds:
        return "running"
    return "ringing" if call.placed_at else "waiting"


def _names(call: TestCall, keys: set[str]) -> Names:
    objects = Object.objects.filter(key__in=keys)
    return names_of(drafts(objects) if call.draft else published(objects))


def _reasons(event: Event) -> list[tuple[str, str]]:
    """Return key and rule of every reason of a step."""
    text = str(event.data.get("reasons", "")) if event.kind == "call.step" else ""
    return [(key, rule) for key, _sign, rule in (part.partition("=") for part in text.split()) if rule]


def _told(event: Event, names: Names) -> tuple[str, ...]:
    if event.kind == "call.step":
        facts = [Fact(key=key, code=code, value=value) for key, code, value in _facts(event)]
        return tuple(sentence(fact, names) for fact in facts if fact.code in RULES)
    says = _SAYS.get(event.kind)
    return (says(),) if says else ()


def _facts(event: Event) -> list[tuple[str, str, str]]:
    parts = ((key, *rule.partition(":")) for key, rule in _reasons(event))
    return [(key, code, value) for key, code, _colon, value in parts]


_SAYS: Mapping[str, Callable[[], str]] = {
    "call.started": lambda: _("Samtalet går in i flödet."),
    "call.answered": lambda: _("Någon svarar."),
    "message.left": lambda: _("Ett meddelande är lämnat."),
    "call.ended": lambda: _("Samtalet är slut."),
}
