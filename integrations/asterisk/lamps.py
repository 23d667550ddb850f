"""The message lamps of telephones (MWI, RFC 3842): on while a mailbox of theirs has messages nobody has heard.

Telephones are told by a NOTIFY of ours, since Asterisk's own counts belong to its own voicemail, which we do not use.
They are told when the number changes, when a mailbox comes, goes or changes hands, when they register, and all who
have any when Asterisk has started anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from integrations.asterisk.ami import Ami, Unreachable
from integrations.asterisk.registers import Registers
from integrations.asterisk.store import Store
from tenants.routing.live import Register
from tenants.routing.objects import Key
from tenants.routing.wire import Push

log = logging.getLogger(__name__)


class Lamps:
    """Knows whose telephones must still be told, and tells them."""

    def __init__(self, store: Store, registers: Registers, ami: Ami) -> None:
        """Count by these registers, tell by this Asterisk."""
        self._store, self._registers, self._ami = store, registers, ami
        self._due: set[tuple[int, Key]] = set()
        self._boot = ""
        registers.heard.append(self.changed)

    def changed(self, customer: int, register: Register) -> None:
        """A register has changed."""
        if register.kind == "unread" and (owner := self._store.owner_of_mailbox(customer, register.subject)):
            self.due(customer, owner)

    @contextmanager
    def activating(self, push: Push) -> Iterator[None]:
        """Have the telephones told that show messages of other mailboxes after a push than before it."""
        unread = self._registers.with_unread(push.customer)
        if push.base is not None:
            unread &= {change.key for change in push.changes}
        before = self._owners(push.customer, unread)
        yield
        for _mailbox, owner in before ^ self._owners(push.customer, unread):
            self.due(push.customer, owner)

    def _owners(self, customer: int, mailboxes: set[Key]) -> set[tuple[Key, Key]]:
        found = ((mailbox, self._store.owner_of_mailbox(customer, mailbox)) for mailbox in mailboxes)
        return {(mailbox, owner) for mailbox, owner in found if owner}

    def due(self, customer: int, person: Key) -> None:
        """A person's telephones must be told."""
        self._due.add((customer, person))

    async def tell(self) -> None:
        """Tell the telephones that must be told; those that could not be are told another time."""
        if not self._ami.connected.is_set():
            return
        if self._boot != self._ami.boot:
            for customer, register in self._registers.all():
                self.changed(customer, register)
            self._boot = self._ami.boot
        while self._due:
            customer, person = self._due.pop()
            try:
                await self._tell(customer, person)
            except Unreachable:
                self.due(customer, person)
                return

    async def _tell(self, customer: int, person: Key) -> None:
        mailboxes, telephones = await asyncio.to_thread(self._store.lamps_of, customer, person)
        count = sum(self._registers.unread(customer, mailbox) for mailbox in mailboxes)
        lines = [f"Messages-Waiting: {'yes' if count else 'no'}", f"Voice-Message: {count}/0 (0/0)"]
        variables = ["Event=message-summary", "Content-type=application/simple-message-summary"]
        variables += [f"Content={line}" for line in lines]
        for telephone in telephones:
            answer = await self._ami.ask("PJSIPNotify", Endpoint=telephone, Variable=variables)
            if answer[0].get("Response") != "Success":
                log.warning("the lamp of %s could not be told: %s", telephone, answer[0].get("Message", ""))
