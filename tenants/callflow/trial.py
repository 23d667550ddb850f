"""What would happen if somebody called: the draft decided step by step, by the very function the switch uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tenants.callflow.words import Choice, choice_of, did, inputs_of, sentence
from tenants.changes.words import Names
from tenants.routing.decide import arrive
from tenants.routing.explain import explain, is_over, outcomes, simulate
from tenants.routing.live import Live
from tenants.routing.objects import AnyObject, Group, Key, Number, Person


@dataclass(frozen=True)
class Draft:
    """The draft as ``decide`` reads a configuration."""

    objects: Mapping[Key, AnyObject]

    def get(self, key: Key) -> AnyObject | None:
        """Return the object with this key, or None."""
        return self.objects.get(key)

    def number(self, e164: str) -> Key | None:
        """Return the key of a number of the draft, or None."""
        return next((k for k, obj in self.objects.items() if isinstance(obj, Number) and obj.e164 == e164), None)

    def extension(self, digits: str) -> Key | None:
        """Return the key of who has an extension, or None."""
        return next((k for k, obj in self.objects.items() if isinstance(obj, Person) and obj.extension == digits), None)

    def groups(self, person: Key) -> Sequence[Key]:
        """Return the keys of the groups a person is a member of."""
        groups = ((key, obj) for key, obj in self.objects.items() if isinstance(obj, Group))
        return [key for key, group in groups if any(member.person == person for member in group.members)]


@dataclass(frozen=True)
class Line:
    """One step of a tried call: why, what was done, and what was chosen then."""

    reasons: tuple[str, ...]
    did: str
    came: str = ""


@dataclass(frozen=True)
class Trial:
    """A tried call so far, and what can come of its last step."""

    lines: tuple[Line, ...]
    choices: tuple[Choice, ...]
    done: tuple[str, ...]
    over: bool


def trial(
    objects: Mapping[Key, AnyObject],
    names: Names,
    e164: str,
    moment: datetime,
    done: Sequence[str],
    live: Live | None = None,
) -> Trial:
    """Return a call to a number at a moment in which ``done`` came of its steps; what cannot come is cut away.

    ``live`` is what people have set by hand, None for nobody: it is known only of now.
    """
    config = Draft(objects)
    call = arrive(config, e164, "", 0, int(moment.timestamp()))
    given = [inputs for value in done[:60] if (inputs := inputs_of(value))]
    steps = simulate(config, live or Live(), call, moment, given)
    came = [choice_of(inputs) for inputs in given[: len(steps) - 1]]
    lines = tuple(
        Line(
            reasons=tuple(sentence(fact, names) for fact in explain(step).facts),
            did=did(explain(step)),
            came=came[index].label if index < len(came) else "",
        )
        for index, step in enumerate(steps)
    )
    over = is_over(steps[-1])
    choices = () if over else tuple(choice_of(inputs) for inputs in outcomes(config, steps[-1]))
    return Trial(lines, choices, tuple(choice.value for choice in came), over)
