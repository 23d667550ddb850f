"""How a menu decides. A turn is one hearing of the menu: no key, a wrong key and a right key are three things."""

from __future__ import annotations

from tenants.routing.calls import Gather, Play, Reason
from tenants.routing.objects import Choice, Key, Menu, key_of
from tenants.routing.slots import DIGITS
from tenants.routing.turns import Ask, Do, Go, Turn

MAX_KEYS = 60
"""Keys one call may press in all its menus; after that a menu takes any key for a wrong one and lets the call out,
so that no robot stays for ever going to and fro."""

_KEYS = frozenset(DIGITS)
_LISTENING = 1
_SCOLDED = 2
_CHOSEN = 3
"""The stage is this plus the place of the pressed key in ``DIGITS`` while a choice's own prompt is heard."""


def menu(ask: Ask, place: Menu) -> Turn:
    """Play and listen, judge the key, or go on after a prompt that followed one."""
    stage = ask.call.stage
    if stage >= _CHOSEN:
        return _go_by(place, _choice(place, DIGITS[(stage - _CHOSEN) % len(DIGITS)]))
    if stage == _LISTENING:
        return _judge(ask, place)
    if stage == _SCOLDED:
        return _again(ask, place, ask.call.tries, "invalid")
    return _listen(ask, place, 0, ())


def _listen(ask: Ask, place: Menu, tries: int, reasons: tuple[Reason, ...]) -> Do:
    action = Gather(prompt=ask.sound(place.prompt), seconds=place.wait_seconds)
    return Do(action, (*reasons, Reason(key=key_of(place), rule="listen")), stage=_LISTENING, tries=tries)


def _judge(ask: Ask, place: Menu) -> Turn:
    tries = ask.call.tries + 1
    if ask.inputs.result != "digit":
        return _again(ask, place, tries, "no_input")
    choice = _choice(place, ask.inputs.digit) if ask.call.keys <= MAX_KEYS else None
    if choice is None:
        return _scold(ask, place, tries)
    sound = ask.sound(choice.prompt)
    if sound is None:
        return _go_by(place, choice)
    stage = _CHOSEN + DIGITS.index(choice.digit)
    return Do(Play(prompt=sound), (_reason(place, f"key:{choice.digit}"),), stage=stage)


def _scold(ask: Ask, place: Menu, tries: int) -> Turn:
    """Answer a wrong key: say so if there is a prompt for it, then listen again or give up."""
    sound = ask.sound(place.invalid_prompt)
    if sound is None:
        return _again(ask, place, tries, "invalid")
    return Do(Play(prompt=sound), (_reason(place, "invalid"),), stage=_SCOLDED, tries=tries)


def _again(ask: Ask, place: Menu, tries: int, slot: str) -> Turn:
    """Listen once more, or leave by the slot of the last mistake when all turns are taken."""
    if tries < place.tries and ask.call.keys <= MAX_KEYS:
        return _listen(ask, place, tries, (_reason(place, slot),))
    target: Key | None = getattr(place, slot)
    return Go(target, (_reason(place, f"slot:{slot}"),), "normal" if target else "failed")


def _go_by(place: Menu, choice: Choice | None) -> Go:
    if choice is None:
        return Go(None, (_reason(place, "missing"),), "failed")
    return Go(choice.target, (_reason(place, f"key:{choice.digit}"),), pressed=True)


def _choice(place: Menu, digit: str) -> Choice | None:
    return next((choice for choice in place.choices if choice.digit == digit and digit in _KEYS), None)


def _reason(place: Menu, rule: str) -> Reason:
    return Reason(key=key_of(place), rule=rule)
