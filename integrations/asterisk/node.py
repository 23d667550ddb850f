"""The node put together: what it does with a push, a test call, and what goes on beside them."""

from __future__ import annotations

import asyncio
import logging
import re
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import msgspec

from integrations import node_logs
from integrations.asterisk import forgetting, identity, messages, upkeep, upstream
from integrations.asterisk.ami import Ami, Message, Unreachable
from integrations.asterisk.ask import Asking
from integrations.asterisk.blobs import Blobs
from integrations.asterisk.cel import CelFile
from integrations.asterisk.lamps import Lamps
from integrations.asterisk.queues import Queues
from integrations.asterisk.registers import Registers
from integrations.asterisk.rests import Rests
from integrations.asterisk.settings import Settings, ami_secret
from integrations.asterisk.spool import Data, Spool
from integrations.asterisk.store import Store
from tenants.routing import intake
from tenants.routing.calls import pack
from tenants.routing.decide import arrive
from tenants.routing.dialling import E164, check
from tenants.routing.intake import Refused
from tenants.routing.live import Register
from tenants.routing.wire import Command, Conflict, Enrolled, Health, Push, Receipt, TestCall, TestCallPlaced

log = logging.getLogger(__name__)
POLL_SECONDS = 0.2
_REGISTERED = {"Removed": "gone", "Unreachable": "unreachable"}
"""Any other status of a contact means that it is registered."""


class SwitchDown(Exception):
    """Asterisk can't be asked to do something now."""


class Node:
    """One node: its store, its spool, its Asterisk and its portal."""

    def __init__(self, settings: Settings) -> None:
        """Open everything that lies under the settings' home."""
        self.settings = settings
        for folder in (settings.recordings, settings.outbox):
            folder.mkdir(parents=True, exist_ok=True)
        self.store, self.blobs, self.spool = Store(settings.store), Blobs(settings.blobs), Spool(settings.spool)
        self.registers = Registers(settings.registers, self.spool)
        self.asking = Asking(self.store, self.spool, self.registers)
        self.cel = CelFile(settings.cel, self.spool)
        self.ami = Ami(settings.ami_port, ami_secret(settings), self._hear)
        self.lamps = Lamps(self.store, self.registers, self.ami)
        self.queues = Queues(self.store, self.registers, self.ami, Rests(settings.rests))
        self.enrolled: Enrolled | None = identity.load(self._identity)
        self.upkeep = upkeep.Upkeep(self)
        self._asked_boot = ""
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def _identity(self) -> Path:
        return self.settings.folder / "identity.json"

    def enrol(self, enrolled: Enrolled) -> None:
        """Be this node from now on."""
        identity.save(self._identity, enrolled)
        self.enrolled = enrolled

    # --- pushes -----------------------------------------------------------------------------------------------

    def receive(self, push: Push, arrived: float) -> Receipt | Conflict:
        """Make a push active, or say why not now. Blocks; call it from a thread.

        :raises Refused: if it can never be accepted.
        """
        assert self.enrolled is not None
        held = self.store.held(push.customer)
        verdict = intake.in_order(held, self.enrolled.portal, push)
        if isinstance(verdict, Conflict):
            return verdict
        staged = intake.stage(push)
        if missing := self.blobs.missing(intake.wanted_blobs(staged)):
            return intake.conflict("missing_blobs", push.customer, held, missing)
        secrets = identity.open_secrets(self.enrolled, push)
        with self.lamps.activating(push):
            return self.store.activate(push, staged, secrets, self.enrolled.portal, arrived)

    async def push(self, push: Push, arrived: float) -> Receipt | Conflict:
        """Make a push active and end the registrations it takes away.

        :raises Refused: if it can never be accepted.
        """
        answer = await asyncio.to_thread(self.receive, push, arrived)
        node_logs.pushed(push, answer)
        if isinstance(answer, Receipt):
            self.queues.changed()
            await self._drop_contacts()
            await forgetting.noted(self)
        return answer

    async def _drop_contacts(self) -> None:
        """Take away the registrations of telephones that are gone or have a new secret.

        Asterisk keeps the contacts of a deleted endpoint and goes on sending to them. They lie in its own
        database, one entry each, ``registrar/contact/<telephone>;@<hash>``. Noted in the store until done.
        """
        names = self.store.dropped()
        if not names:
            return
        try:
            for entry in await self.ami.ask("DBGetTree", Family="registrar", Key="contact"):
                key = entry.get("Key", "").removeprefix("/registrar/contact/")
                if ";@" in key and key.partition(";@")[0] in names:
                    await self.ami.ask("DBDel", Family="registrar/contact", Key=key)
        except Unreachable:
            return
        await asyncio.to_thread(self.store.forget_dropped, names)

    # --- live state -------------------------------------------------------------------------------------------

    def obey(self, customer: int, command: Command) -> Register:
        """Set a register. Blocks; call it from a thread.

        :raises Refused: if the command means nothing, or nothing here.
        """
        with self.store.reading(customer) as (config, _):
            return self.registers.obey(customer, command, lambda key: config.get(key) is not None)

    def seed(self, customer: int, theirs: Iterable[Register]) -> list[Register]:
        """Take the portal's registers where they hold, and return all there are then. Blocks; call it from a thread.

        Of a customer who has nothing here any more none are kept.
        """
        return [] if forgetting.is_emptied(self, customer) else self.registers.seed(customer, theirs)

    # --- test calls -------------------------------------------------------------------------------------------

    async def place(self, wanted: TestCall) -> TestCallPlaced:
        """Ring somebody and lead the call into a number's flow, as of a moment.

        :raises Refused: if the number or the telephone is not this customer's, or the gate is closed.
        :raises SwitchDown: if Asterisk can't be asked.
        """
        if wanted.id and not re.fullmatch("[0-9a-f]{32}", wanted.id):
            raise Refused("bad_body", detail="the id is not 32 hex digits")
        if self.store.owner_of_number(wanted.number) != wanted.customer:
            raise Refused("unknown_number", detail=wanted.number)
        now = int(time.time())
        offset = wanted.moment - now if wanted.moment is not None else 0
        draft = self._draft(wanted)
        with self.store.reading(wanted.customer) as (config, _):
            call = arrive(config, wanted.number, wanted.caller, wanted.customer, now, offset)
        call = msgspec.structs.replace(call, draft=draft)
        id_ = wanted.id or uuid.uuid4().hex
        fields = {"Channel": self._rung(wanted), "Context": "test", "Exten": "start", "Priority": "1", "Async": "true"}
        fields |= {"Timeout": "30000", "CallerID": f"<{wanted.number}>", "Account": str(wanted.customer)}
        variables = [f"CALL={pack(call)}", f"NUMBER={wanted.number}"]
        try:
            answer = await self.ami.ask("Originate", ChannelId=id_, Variable=variables, **fields)
        except Unreachable as error:
            raise SwitchDown(str(error)) from error
        if answer[0].get("Response") != "Success":
            raise SwitchDown(answer[0].get("Message", ""))
        return TestCallPlaced(call=id_)

    def _draft(self, wanted: TestCall) -> str:
        staged = intake.stage(wanted)
        if missing := self.blobs.missing(intake.wanted_blobs(staged)):
            raise Refused("missing_blobs", detail=" ".join(missing))
        return self.asking.drafts.keep(wanted.customer, {key: part and part.obj for key, part in staged.items()})

    def _rung(self, wanted: TestCall) -> str:
        owner = self.store.owner_of_telephone(wanted.to)
        if owner and owner[0] == wanted.customer:
            return f"PJSIP/{wanted.to}"
        if not E164.fullmatch(wanted.to):
            raise Refused("unknown_telephone", detail=wanted.to)
        if refused := check(wanted.to, "call"):
            raise Refused("gate", detail=refused.code)
        return f"Local/{wanted.to}@test-outside"

    def health(self) -> Health:
        """Tell how the node is."""
        version = f"asterisk {self.ami.version}" if self.ami.connected.is_set() else "asterisk unreachable"
        customers = len(self.store.roots())
        name, boot = self.settings.name, self.spool.boot
        return Health(node=name, boot=boot, switch=version, customers=customers, spooled=self.spool.waiting)

    # --- what goes on beside ----------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to watch Asterisk and to talk to the portal."""
        work = [
            self.ami.run(),
            self.queues.run(),
            self._every(POLL_SECONDS, self._watch),
            self._every(upkeep.SWEEP_SECONDS, self.upkeep.sweep),
            self._every(upkeep.SCRUB_SECONDS, self.upkeep.scrub),
        ]
        if self.settings.portal:
            work.append(upstream.run(self))
        self._tasks = [asyncio.create_task(job) for job in work]

    async def stop(self) -> None:
        """End what ``start`` began and bring the spool onto the disk."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.spool.close()

    async def _every(self, seconds: float, job: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await job()
            except Exception:
                log.exception("a round of the node's own work failed; the next one follows")
            await asyncio.sleep(seconds)

    def _hear(self, message: Message) -> None:
        """Take in AMI's events: telephones that register and go, and what lines must know."""
        self.queues.hear(message)
        if message.get("Event") != "ContactStatus":
            return
        owner = self.store.owner_of_telephone(message.get("AOR", ""))
        if owner:
            status = _REGISTERED.get(message.get("ContactStatus", ""), "registered")
            data: Data = {"device": message["AOR"], "person": owner[1], "status": status}
            self.spool.append("registration", owner[0], "", data)
            self.queues.registered(message["AOR"], there=status == "registered")
            if status == "registered":
                self.lamps.due(*owner)

    async def _watch(self) -> None:
        """Tell what Asterisk's event file says, and finish the messages whose callers are gone."""
        self.cel.poll()
        await self._end_lost()
        await self._drop_contacts()
        await forgetting.noted(self)
        await self.lamps.tell()
        found = messages.recorded(self.settings.recordings)
        if not found:
            return
        try:
            live = await self.ami.ask("CoreShowChannels")
        except Unreachable:
            return
        channels = {channel.get("Uniqueid") for channel in live}
        for message in found:
            if message.channel not in channels:
                self._finish(message)

    def _finish(self, message: messages.Message) -> None:
        told = messages.finish(message, self.settings.outbox, self.spool)
        if told and not forgetting.is_emptied(self, message.customer):
            self.registers.message(message.customer, message.mailbox, message.id)

    async def _end_lost(self) -> None:
        """After Asterisk was away, end the calls it took with it and told nothing of."""
        if self._asked_boot == self.ami.boot:
            return
        try:
            live = await self.ami.ask("CoreShowChannels")
        except Unreachable:
            return
        self.cel.poll()
        self.cel.told.end_all_but(frozenset(channel.get("Linkedid", "") for channel in live))
        self._asked_boot = self.ami.boot
