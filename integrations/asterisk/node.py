"""The node put together: what it does with a push, a test call, and what goes on beside them."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path

from integrations.asterisk import identity, messages, upstream
from integrations.asterisk.ami import Ami, Message, Unreachable
from integrations.asterisk.ask import Asking
from integrations.asterisk.blobs import Blobs
from integrations.asterisk.cel import CelFile
from integrations.asterisk.settings import Settings, ami_secret
from integrations.asterisk.spool import Data, Spool
from integrations.asterisk.store import Store
from tenants.routing import intake
from tenants.routing.calls import pack
from tenants.routing.decide import arrive
from tenants.routing.dialling import E164, check
from tenants.routing.intake import Refused
from tenants.routing.wire import Conflict, Enrolled, Health, Push, Receipt, TestCall, TestCallPlaced

log = logging.getLogger(__name__)
POLL_SECONDS = 0.2
SCRUB_SECONDS = 3600.0
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
        self.asking = Asking(self.store, self.spool)
        self.cel = CelFile(settings.cel, self.spool)
        self.ami = Ami(settings.ami_port, ami_secret(settings), self._hear)
        self.enrolled: Enrolled | None = identity.load(self._identity)
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
        return self.store.activate(push, staged, secrets, self.enrolled.portal, arrived)

    async def push(self, push: Push, arrived: float) -> Receipt | Conflict:
        """Make a push active and end the registrations it takes away.

        :raises Refused: if it can never be accepted.
        """
        answer = await asyncio.to_thread(self.receive, push, arrived)
        if isinstance(answer, Receipt):
            await self._drop_contacts()
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

    # --- test calls -------------------------------------------------------------------------------------------

    async def place(self, wanted: TestCall) -> TestCallPlaced:
        """Ring somebody and lead the call into a number's flow, as of a moment.

        :raises Refused: if the number or the telephone is not this customer's, or the gate is closed.
        :raises SwitchDown: if Asterisk can't be asked.
        """
        if self.store.owner_of_number(wanted.number) != wanted.customer:
            raise Refused("unknown_number", detail=wanted.number)
        now = int(time.time())
        offset = wanted.moment - now if wanted.moment is not None else 0
        with self.store.reading(wanted.customer) as (config, _):
            call = arrive(config, wanted.number, wanted.caller, wanted.customer, now, offset)
        id_ = uuid.uuid4().hex
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
        work = [self.ami.run(), self._every(POLL_SECONDS, self._watch), self._every(SCRUB_SECONDS, self._scrub)]
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
        """Take in AMI's events: telephones that register and go."""
        if message.get("Event") != "ContactStatus":
            return
        owner = self.store.owner_of_telephone(message.get("AOR", ""))
        if owner:
            status = _REGISTERED.get(message.get("ContactStatus", ""), "registered")
            data: Data = {"device": message["AOR"], "person": owner[1], "status": status}
            self.spool.append("registration", owner[0], "", data)

    async def _watch(self) -> None:
        """Tell what Asterisk's event file says, and finish the messages whose callers are gone."""
        self.cel.poll()
        await self._end_lost()
        await self._drop_contacts()
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
                messages.finish(message, self.settings.outbox, self.spool)

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

    async def _scrub(self) -> None:
        """Compute everything anew, one customer after the other, and sweep what nobody needs."""
        for root in self.store.roots():
            if not await asyncio.to_thread(self.store.scrub, root.customer):
                log.warning("customer %s had drifted", root.customer)
        await asyncio.to_thread(self.blobs.sweep, self.store.wanted_sounds())
