"""How long places keep a caller who presses no key, at their longest: one function a kind, in one table.

A new kind of waiting is a function here and its line in ``_MEASURES``; a way out that is taken without any waiting is
a word in ``AT_ONCE``. All is in whole seconds, rounded up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tenants.routing.objects import (
    Announcement,
    AnyObject,
    External,
    Group,
    Key,
    Mailbox,
    Menu,
    Person,
    PersonFlow,
    Prompt,
    Schedule,
    TimeSwitch,
)
from tenants.routing.slots import Edge, flow_key

AT_ONCE = frozenset({"slot:busy", "slot:unreachable", "slot:nobody", "slot:full"})
"""Ways out that a call takes before anybody has waited."""
PARTS = frozenset({"prompt", "schedule"})
"""Kinds that no call goes to, but that places are the longer for naming."""


class Waits:
    """How long places keep a caller, in a configuration or in as much of it as they name."""

    def __init__(self, objects: Mapping[Key, AnyObject]) -> None:
        """Take the objects the places name."""
        self.objects = objects

    def before(self, edge: Edge) -> int:
        """Return the longest wait at an edge's source before the edge is taken."""
        return 0 if edge.rule in AT_ONCE else self.at(edge.source)

    def before_in_line(self, edge: Edge) -> int:
        """Return the longest time in line at an edge's source before the edge is taken."""
        return 0 if edge.rule in AT_ONCE else self.in_line_at(edge.source)

    def in_line_at(self, key: Key) -> int:
        """Return how long a place may keep a caller in line."""
        group = self.objects.get(key)
        return group.waiting.max_wait_seconds if isinstance(group, Group) and group.waiting else 0

    def lead(self, edge: Edge) -> int:
        """Return how long a caller who has pressed a key hears its prompt before the call goes on."""
        menu = self.objects.get(edge.source)
        choices = menu.choices if isinstance(menu, Menu) else ()
        heard = (self.of_prompt(choice.prompt) for choice in choices if edge.rule == f"key:{choice.digit}")
        return max(heard, default=0)

    def at(self, key: Key) -> int:
        """Return the longest wait at a place."""
        obj = self.objects.get(key)
        measure = _MEASURES.get(type(obj))
        return measure(self, obj) if measure else 0

    def of_part(self, key: Key) -> int:
        """Return what a prompt or a schedule adds to the wait at a place that names it."""
        return self.of_prompt(key) if key.startswith("prompt/") else self.of_schedule(key)

    def of_prompt(self, key: Key | None) -> int:
        """Return the length of a prompt."""
        prompt = self.objects.get(key) if key else None
        return -(-prompt.milliseconds // 1000) if isinstance(prompt, Prompt) else 0

    def of_schedule(self, key: Key) -> int:
        """Return the length of the longest prompt that one of a schedule's days plays."""
        schedule = self.objects.get(key)
        if not isinstance(schedule, Schedule):
            return 0
        prompts = {rule.prompt for rule in schedule.holidays} | {rule.prompt for rule in schedule.exceptions}
        return max((self.of_prompt(prompt) for prompt in prompts), default=0)

    def _menu(self, menu: Menu) -> int:
        turn = self.of_prompt(menu.prompt) + menu.wait_seconds + self.of_prompt(menu.invalid_prompt)
        return menu.tries * turn

    def _group(self, group: Group) -> int:
        """Return the ringing of all ranks. A line is left out: the caller hears music and messages there, and may be
        kept for longer than in silence (``in_line_at``)."""
        if group.waiting:
            return 0
        return group.ring_seconds * len({member.rank for member in group.members})

    def _person(self, person: Person) -> int:
        flow = self.objects.get(flow_key(f"person/{person.id}"))
        return flow.ring_seconds if isinstance(flow, PersonFlow) else PersonFlow(id=person.id).ring_seconds

    def _external(self, external: External) -> int:
        return external.ring_seconds

    def _mailbox(self, mailbox: Mailbox) -> int:
        return self.of_prompt(mailbox.greeting)

    def _announcement(self, announcement: Announcement) -> int:
        return self.of_prompt(announcement.prompt)

    def _timeswitch(self, timeswitch: TimeSwitch) -> int:
        return self.of_schedule(timeswitch.schedule)


_MEASURES: Mapping[type, Callable[..., int]] = {
    Menu: Waits._menu,
    Group: Waits._group,
    Person: Waits._person,
    External: Waits._external,
    Mailbox: Waits._mailbox,
    Announcement: Waits._announcement,
    TimeSwitch: Waits._timeswitch,
}
