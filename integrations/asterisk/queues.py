"""The members of lines, as Asterisk's queues see them: who takes part now, and who is free.

A member is a person with telephones and perhaps a mobile. Asterisk knows one state of each, ``Custom:<leg>``, and
this is where it is set: busy while any of them is in a call or the person has time after one, ringing while any rings,
there while any is registered. Who is logged out or on a break by live state stands in the store's ``absences``.

Asterisk keeps the states, but not through every crash, and tells nothing to whom it can't reach: so all are worked out
and set anew whenever it is reached again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from integrations.asterisk.ami import Ami, Message, Unreachable
from integrations.asterisk.registers import Registers
from integrations.asterisk.rests import Rests
from integrations.asterisk.store import Store
from tenants.routing.live import Live
from tenants.routing.objects import Key
from tenants.routing.waiting import is_in

log = logging.getLogger(__name__)
PASSES_SECONDS = 1.0
"""How often breaks and diversions that end by themselves are looked for."""
_IN_CALL = frozenset({"INUSE", "BUSY", "RINGINUSE", "ONHOLD"})
State = str
"""A device state of Asterisk's: ``NOT_INUSE``, ``INUSE``, ``RINGING``, ``UNAVAILABLE`` …"""


class Member(NamedTuple):
    """A person in one group's line, as the store has it."""

    customer: int
    group: Key
    person: Key
    queue: str
    leg: str
    telephones: str
    mobile: str
    wrap_up_seconds: int


class Absence(NamedTuple):
    """A member who takes no calls from a line now; ``paused`` is there, but on a break."""

    queue: str
    leg: str
    paused: int


class Queues:
    """Keeps what Asterisk knows of members up to date."""

    def __init__(self, store: Store, registers: Registers, ami: Ami, rests: Rests) -> None:
        """Read members from this store, live state from these registers, and tell this Asterisk."""
        self._store, self._registers, self._ami, self.rests = store, registers, ami, rests
        self._members: list[Member] = []
        self._devices: dict[str, frozenset[str]] = {}
        self._mobile: frozenset[str] = frozenset()
        self._states: dict[str, State] = {}
        self._there: set[str] = set()
        self._told: dict[str, State] = {}
        self._absent: frozenset[Absence] | None = None
        self._bell, self._stale, self._lost = asyncio.Event(), True, True
        self._loop: asyncio.AbstractEventLoop | None = None
        registers.heard.append(lambda _customer, _register: self.ring())

    # --- what it hears ------------------------------------------------------------------------------------------------

    def changed(self) -> None:
        """What is active for some customer has changed."""
        self._stale = True
        self.ring()

    def ring(self) -> None:
        """Something has changed; any thread may say so."""
        if self._loop:
            self._loop.call_soon_threadsafe(self._bell.set)

    def registered(self, telephone: str, *, there: bool) -> None:
        """A telephone has come or gone."""
        (self._there.add if there else self._there.discard)(telephone)
        self.ring()

    def hear(self, message: Message) -> None:
        """Take in an event: a device's state, or a member who has answered a caller in line."""
        if message.get("Event") == "DeviceStateChange":
            self._states[message.get("Device", "")] = message.get("State", "")
            self.ring()
        elif message.get("Event") == "AgentConnect":
            rest = self._rest_of(message.get("Queue", ""), message.get("MemberName", ""))
            if rest:
                self.rests.owe(message["MemberName"], rest)

    def _rest_of(self, queue: str, leg: str) -> int:
        return max((one.wrap_up_seconds for one in self._members if (one.queue, one.leg) == (queue, leg)), default=0)

    # --- what it does -------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Work until cancelled."""
        self._loop = asyncio.get_running_loop()
        while True:
            try:
                await self._once()
            except Unreachable:
                self._lost = True
            except Exception:
                log.exception("lines could not be kept up to date; they are tried again")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._bell.wait(), PASSES_SECONDS)

    async def _once(self) -> None:
        self._bell.clear()
        if self._stale:
            self._stale = False
            self._know(await asyncio.to_thread(self._store.line_members))
        await self._write_absences()
        await asyncio.to_thread(self.rests.keep)
        if not self._ami.connected.is_set():
            self._lost = True
            return
        if self._lost:
            await self._catch_up()
        await self._tell()

    def _know(self, members: Iterable[tuple[object, ...]]) -> None:
        self._members = [Member(*row) for row in members]  # type: ignore[arg-type]  # the columns of its query
        self._devices = {one.leg: _devices(one.telephones) for one in self._members}
        self._mobile = frozenset(one.leg for one in self._members if one.mobile)

    async def _write_absences(self) -> None:
        now = datetime.now(UTC)
        absent = frozenset(found for one in self._members if (found := absence(self._live(one), one, now)))
        if absent != self._absent:
            await asyncio.to_thread(self._store.set_absences, absent)
            self._absent = absent

    def _live(self, member: Member) -> Live:
        return self._registers.live(member.customer)

    async def _catch_up(self) -> None:
        """Learn everything anew: events were missed, and Asterisk may have forgotten what it was told."""
        found = await self._ami.ask("DeviceStateList")
        self._states = {one.get("Device", ""): one.get("State", "") for one in found if one.get("Device")}
        entries = await self._ami.ask("DBGetTree", Family="registrar", Key="contact")
        keys = (entry.get("Key", "").removeprefix("/registrar/contact/") for entry in entries)
        self._there = {key.partition(";@")[0] for key in keys if ";@" in key}
        self._told, self._lost = {}, False

    async def _tell(self) -> None:
        for leg in self._devices:
            state = self._state_of(leg)
            if self._told.get(leg) != state:
                await self._ami.ask("Setvar", Variable=f"DEVICE_STATE(Custom:{leg})", Value=state)
                self._told[leg] = state

    def _state_of(self, leg: str) -> State:
        devices = self._devices[leg]
        states = {self._states.get(device, "") for device in devices}
        if states & _IN_CALL:
            return "INUSE"
        if self.rests.has(leg, time.time(), free="RINGING" not in states):
            return "INUSE"
        if "RINGING" in states:
            return "RINGING"
        there = leg in self._mobile or any(device.removeprefix("PJSIP/") in self._there for device in devices)
        return "NOT_INUSE" if there else "UNAVAILABLE"


def _devices(telephones: str) -> frozenset[str]:
    """Return the devices of what ``Dial`` takes; a mobile's is its Local channel, in use while the mobile talks."""
    return frozenset(part.removesuffix("/n") for part in telephones.split("&") if part)


def absence(live: Live, member: Member, moment: datetime) -> Absence | None:
    """Return how a member is away from a line at a moment, None if not at all."""
    if not is_in(live, member.group, member.person, moment):
        return Absence(member.queue, member.leg, 0)
    if not live.takes_part(member.group, member.person, moment):
        return Absence(member.queue, member.leg, 1)
    return None
