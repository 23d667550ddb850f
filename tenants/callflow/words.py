"""A call step by step in sentences: why it went there, and what the switch did then.

One sentence for every word in ``explain.RULES`` and every action there is; a test holds them together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.changes.words import Names, kind_name, national, slot_name
from tenants.routing.calls import Inputs
from tenants.routing.explain import LINES, Explanation, Fact
from tenants.routing.slots import kind_in

_Says = Callable[[Fact, str], str]


def sentence(fact: Fact, names: Names) -> str:
    """Return why a call went on, in words."""
    return RULES[fact.code](fact, names.get(fact.key) or kind_name_of(fact))


def kind_name_of(fact: Fact) -> str:
    """Return what sort of thing a fact is about, when it has no name."""
    return kind_name(fact.key) if kind_in(fact.key) != "end" else ""


def _slot(fact: Fact, name: str) -> str:
    if fact.value == "entry":
        return _("Någon ringer %s.") % name
    return _("%(place)s: %(slot)s.") % {"place": name, "slot": slot_name(f"slot:{fact.value}").lower()}


RULES: Mapping[str, _Says] = {
    "slot": _slot,
    "key": lambda fact, name: _("Den som ringer trycker %(value)s i %(name)s.") % {"value": fact.value, "name": name},
    "state": lambda fact, name: _("%(name)s: %(state)s.") % {
        "name": name, "state": slot_name(f"state:{fact.value}").lower()},
    "override": lambda _fact, name: _("%s är ändrade för hand just då.") % name,
    "exception": lambda _fact, name: _("%s har en avvikande dag.") % name,
    "holiday": lambda fact, name: _("%(name)s: det är %(day)s.") % {"name": name, "day": fact.value},
    "period": lambda _fact, name: _("%s följer en period.") % name,
    "week": lambda _fact, name: _("%s följer den vanliga veckan.") % name,
    "closed": lambda _fact, name: _("%s säger inget om dagen, alltså stängt.") % name,
    "rank": lambda _fact, name: _("Det ringer hos %s.") % name,
    "ring": lambda _fact, name: _("Det ringer hos %s.") % name,
    "dial": lambda _fact, name: _("Samtalet kopplas till %s.") % name,
    "dialled": lambda _fact, name: _("%s ringer ut.") % name,
    "gate": lambda _fact, name: _("Numret till %s får inte ringas.") % name,
    "result": lambda fact, name: _("%(name)s: %(result)s.") % {"name": name, "result": RESULTS.get(fact.value, "")},
    "measured": lambda _fact, name: _("Växeln ser efter hur kön till %s står.") % name,
    "waits": lambda _fact, name: _("Den som ringer väntar i kön till %s.") % name,
    "waited": lambda _fact, name: _("Väntetiden i kön till %s är slut.") % name,
    "failed": lambda _fact, name: _("Växeln kunde inte ställa samtalet i kö till %s.") % name,
    "listen": lambda _fact, name: _("%s spelas upp.") % name,
    "no_input": lambda _fact, name: _("Ingen knapp, %s spelas igen.") % name,
    "invalid": lambda _fact, name: _("Knappen finns inte i %s.") % name,
    "played": lambda _fact, name: _("%s spelas upp.") % name,
    "ended": lambda _fact, name: _("Efter %s är samtalet slut.") % name,
    "record": lambda _fact, name: _("Den som ringer kan lämna ett meddelande i %s.") % name,
    "recorded": lambda _fact, name: _("Meddelandet ligger i %s.") % name,
    "answered": lambda _fact, name: _("%s svarar.") % name,
    "unused": lambda _fact, name: _("%s används inte.") % name,
    "diversion": lambda fact, name: _("%(name)s är hänvisad: %(reason)s.") % {
        "name": name, "reason": AWAY.get(fact.value, fact.value)},
    "code": lambda _fact, name: _("%s slår en tjänstekod.") % name,
    "missing": lambda _fact, name: _("%s finns inte i växeln.") % name,
    "hops": lambda _fact, _name: _("Samtalet har gått genom för många steg och avslutas."),
}  # fmt: skip

AWAY: Mapping[str, Any] = {
    "away": gettext_lazy("ej på plats"),
    "lunch": gettext_lazy("lunch"),
    "meeting": gettext_lazy("möte"),
    "trip": gettext_lazy("tjänsteresa"),
    "sick": gettext_lazy("sjuk"),
    "holiday": gettext_lazy("semester"),
    "gone_home": gettext_lazy("gått för dagen"),
}

RESULTS: Mapping[str, Any] = {
    "answered": gettext_lazy("någon svarar"),
    "no_answer": gettext_lazy("ingen svarar"),
    "busy": gettext_lazy("upptaget"),
    "unreachable": gettext_lazy("går inte att nå"),
    "failed": gettext_lazy("gick inte fram"),
}


def did(explanation: Explanation) -> str:
    """Return what the switch did in a step, in words; empty where the reason says it all."""
    params = explanation.params
    match explanation.action:
        case "gather":
            return str(_("Väntar %s sekunder på en knapp.") % params["seconds"])
        case "ring":
            return str(_("Ringer i %s sekunder.") % params["seconds"])
        case "dial":
            return _("Ringer %(number)s i %(seconds)s sekunder.") % {
                "number": national(params["e164"]),
                "seconds": params["seconds"],
            }
        case "enqueue":
            return str(_("Väntar i kö i högst %s sekunder.") % params["seconds"])
        case "record":
            return str(_("Spelar in högst %s sekunder.") % params["seconds"])
        case "hangup":
            return _("Samtalet är slut.")
        case _:
            return ""


@dataclass(frozen=True)
class Choice:
    """One thing that can come of a step: the word in the address, and the one on its button."""

    value: str
    label: str


def choice_of(inputs: Inputs) -> Choice:
    """Return what can come of a step, as a button."""
    if inputs.result == "digit":
        return Choice(f"digit:{inputs.digit}", _("Tryck %s") % inputs.digit)
    for word, standing in LINES.items():
        if inputs == standing:
            return Choice(f"line:{word}", str(STANDINGS[word]))
    return Choice(inputs.result, str(CHOICES[inputs.result]()))


def inputs_of(value: str) -> Inputs | None:
    """Read what came of a step from an address, None if it is nothing that can."""
    result, _colon, digit = value.partition(":")
    if result == "line":
        return LINES.get(digit)
    known = result in CHOICES or (result == "digit" and len(digit) == 1)
    return Inputs(result=result, digit=digit) if known else None  # type: ignore[arg-type]


STANDINGS: Mapping[str, Any] = {
    "free": gettext_lazy("Någon är ledig"),
    "busy": gettext_lazy("Alla är upptagna"),
    "full": gettext_lazy("Kön är full"),
    "nobody": gettext_lazy("Ingen är på plats"),
}
"""How a line can stand, by the word in ``explain.LINES``."""

CHOICES: Mapping[str, Callable[[], str]] = {
    "timeout": lambda: _("Tiden går"),
    "empty": lambda: _("Den sista loggar ut"),
    "full": lambda: _("Kön hinner bli full"),
    "done": lambda: _("Fortsätt"),
    "silence": lambda: _("Tryck inget"),
    "answered": lambda: _("Någon svarar"),
    "no_answer": lambda: _("Ingen svarar"),
    "busy": lambda: _("Upptaget"),
    "unreachable": lambda: _("Går inte att nå"),
}
