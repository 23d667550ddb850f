"""What speaks against publishing, as sentences: what is wrong, how a call comes there, what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.changes.words import Names, kind_name, slot_name
from tenants.routing.decide import MAX_HOPS
from tenants.routing.objects import Key
from tenants.routing.proof import MAX_IN_LINE, MAX_WAIT, Problem


@dataclass(frozen=True)
class Told:
    """A problem in words. ``place`` is the key to open to mend it; ``path`` the shortest way a call comes there."""

    place: Key
    title: str
    sentence: str
    path: tuple[str, ...]


def tell(problem: Problem, names: Names) -> Told:
    """Return a problem in words."""
    place = problem.key.replace("-flow/", "/")
    title = names.get(place) or kind_name(place)
    return Told(place=place, title=title, sentence=_SENTENCES[problem.code](problem, names), path=path(problem, names))


def path(problem: Problem, names: Names) -> tuple[str, ...]:
    """Return the way a call comes to a problem, place by place; a way out stands before the place it leads to."""
    if not problem.path:
        return ()
    start = problem.path[0].source
    steps = [names.get(start, start)]
    for edge in problem.path:
        way = slot_name(edge.rule)
        name = names.get(edge.target, edge.target)
        steps.append(name if edge.rule == "slot:entry" else f"{way}: {name}")
    return tuple(steps)


_REQUIRED: Mapping[str, Any] = {
    "slot:no_input": gettext_lazy("Välj vart samtalet går om den som ringer inte trycker på någon knapp."),
    "slot:invalid": gettext_lazy("Välj vart samtalet går om den som ringer trycker fel för många gånger."),
    "slot:no_answer": gettext_lazy("Välj vart samtalet går om ingen svarar."),
    "state:open": gettext_lazy("Välj vart samtalet går när det är öppet."),
    "state:closed": gettext_lazy("Välj vart samtalet går när det är stängt."),
    "prompt": gettext_lazy("Välj vad den som ringer ska få höra."),
    "choices": gettext_lazy("Lägg till minst en knapp."),
    "members": gettext_lazy("Lägg till minst en person som svarar."),
}


def _required(problem: Problem, _names: Names) -> str:
    return str(_REQUIRED.get(problem.slot) or _("Något saknas: %s.") % slot_name(problem.slot))


def _dangling(problem: Problem, names: Names) -> str:
    if problem.target.startswith("prompt/"):
        return _("Röstprompten ”%s” har ingen inspelning än.") % names.get(problem.target, problem.target)
    words = {"slot": slot_name(problem.slot), "target": names.get(problem.target, kind_name(problem.target))}
    return _("%(slot)s leder till %(target)s, som inte finns i växeln.") % words


def _wrong_kind(problem: Problem, names: Names) -> str:
    words = {"slot": slot_name(problem.slot), "target": names.get(problem.target, problem.target)}
    return _("%(slot)s kan inte leda till %(target)s.") % words


def _range(problem: Problem, _names: Names) -> str:
    return _("%(what)s är %(value)s, vilket växeln inte tar emot.") % {
        "what": slot_name(problem.slot),
        "value": problem.detail,
    }


def _ring(_problem: Problem, _names: Names) -> str:
    return _("Samtalet går runt utan att någon trycker på en knapp. Bryt kretsen på ett ställe.")


def _places(problem: Problem, _names: Names) -> str:
    words = {"count": problem.detail, "most": MAX_HOPS}
    return _("Samtalet kan passera %(count)s steg utan att någon trycker på en knapp. Högst %(most)s går bra.") % words


def _wait(problem: Problem, _names: Names) -> str:
    words = {"minutes": -(-int(problem.detail) // 60), "most": MAX_WAIT // 60}
    return (
        _("Den som ringer kan få vänta %(minutes)s minuter. Högst %(most)s minuter går bra. Korta ringtider.") % words
    )


def _in_line(problem: Problem, _names: Names) -> str:
    words = {"minutes": -(-int(problem.detail) // 60), "most": MAX_IN_LINE // 3600}
    return (
        _("Den som ringer kan få stå i kö i %(minutes)s minuter. Högst %(most)s timmar går bra. Korta kötiderna.")
        % words
    )


def _says(text: Any) -> Callable[[Problem, Names], str]:
    return lambda _problem, _names: str(text)


SHORT_EXTENSION = gettext_lazy(
    "Det är ett nationellt kortnummer, som 112, 114 14 och 1177. Det måste gå att ringa: välj en annan anknytning."
)
"""The form says it with the same words."""
_SENTENCES: Mapping[str, Callable[[Problem, Names], str]] = {
    "required": _required,
    "dangling": _dangling,
    "wrong_kind": _wrong_kind,
    "out_of_range": _range,
    "digit_unknown": _says(gettext_lazy("En knapp finns inte på telefoner. Välj 0–9, * eller #.")),
    "digit_twice": _says(gettext_lazy("Samma knapp används två gånger.")),
    "member_twice": _says(gettext_lazy("Samma person är med två gånger.")),
    "number_refused": _says(gettext_lazy("Det externa numret får inte ringas. Välj ett annat.")),
    "number_malformed": _says(gettext_lazy("Numret är inte ett telefonnummer.")),
    "number_twice": _says(gettext_lazy("Numret finns två gånger.")),
    "extension_malformed": _says(gettext_lazy("Anknytningen måste vara två till sex siffror.")),
    "extension_short_number": _says(SHORT_EXTENSION),
    "extension_twice": _says(gettext_lazy("Två användare har samma anknytning.")),
    "schedule": _says(gettext_lazy("Öppettiderna har tider som inte går ihop.")),
    "ring": _ring,
    "too_many_places": _places,
    "too_long_wait": _wait,
    "too_long_in_line": _in_line,
}
CODES = frozenset(_SENTENCES)
"""Every code there is a sentence for."""
