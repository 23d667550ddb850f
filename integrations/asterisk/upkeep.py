"""What the node does to stay whole: it looks for what rotted, puts right what it can, and asks for the rest.

What was found is told as ``drift`` events. A customer's rows and digests follow from the objects and are written anew
here; objects, secrets and sound files come from the portal, as does everything after a file beyond repair.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from integrations.asterisk import aside, forgetting, instance, metrics, storefile
from integrations.asterisk.ami import Unreachable

if TYPE_CHECKING:
    from integrations.asterisk.node import Node

log = logging.getLogger(__name__)
SCRUB_SECONDS = 3600.0
SWEEP_SECONDS = 1.0
_CONFIG = "res_config_sqlite3.conf"


class Upkeep:
    """One node's upkeep."""

    def __init__(self, node: Node) -> None:
        """Look after this node."""
        self._node, self._store, self._blobs = node, node.store, node.blobs
        self.wanted = asyncio.Event()
        """Set while something must be asked of the portal."""
        self.begun_anew = False
        """Whether a file was left since the portal was last asked, so that what it sends now was lost."""
        left = None if self._store.roots() else storefile.previous(self._store.path)
        self._known, self._reopen = left or self._store.path, True

    def _tell(self, customer: int, **found: int) -> None:
        log.warning("customer %s had drifted: %s", customer, found)
        self._node.spool.append("drift", customer, "", found)

    # --- often ------------------------------------------------------------------------------------------------------

    async def sweep(self) -> None:
        """Delete rows no call follows, scrub customers of whom something rotten was read, mind a new file."""
        if self._store.path != self._known:
            await self._move(self._known)
        if self._reopen:
            await self._have_reopened()
        for customer in sorted(self._store.doubted):
            await self._scrub(customer)
        await asyncio.to_thread(self._store.sweep)

    async def _move(self, left: Path) -> None:
        """Bring over from a file that was left who can still be read whole, and only then have Asterisk change."""
        new, saved = self._store.path, await asyncio.to_thread(self._store.salvage, left)
        for customer in saved:
            self._tell(customer, file=1, healed=1)
        self._known, self._reopen, self.begun_anew = new, True, True
        self.wanted.set()

    async def _have_reopened(self) -> None:
        """Have Asterisk read the file in use. It keeps its handle until its configuration names another."""
        config = self._node.settings.folder / "etc" / _CONFIG
        if config.exists() and str(self._known) not in config.read_text():
            await asyncio.to_thread(instance.write_configuration, self._node.settings, _CONFIG)
            try:
                await self._node.ami.ask("ModuleLoad", Module="res_config_sqlite3.so", LoadType="reload")
            except Unreachable:
                log.warning("Asterisk is away; it reads the new file when it starts")
        self._reopen = False

    # --- every hour -------------------------------------------------------------------------------------------------

    async def scrub(self) -> None:
        """Compute everything anew, one customer after the other, hash the sounds, and drop what nobody needs."""
        await asyncio.to_thread(self._store.check)
        for root in self._store.roots():
            await self._scrub(root.customer)
        sounds = self._store.sounds()
        if await asyncio.to_thread(self._blobs.wrong, sounds):
            self.wanted.set()
        await asyncio.to_thread(self._blobs.sweep, frozenset(sounds))
        await asyncio.to_thread(aside.drop, self._node.settings, self._node.spool)
        await forgetting.orphans(self._node)

    async def _scrub(self, customer: int) -> None:
        drift = await asyncio.to_thread(self._store.scrub, customer)
        metrics.scrubbed(clean=not drift)
        if drift:
            healed = int(self._store.held(customer).root != "")
            self._tell(customer, **{name: count for name, count in drift._asdict().items() if count}, healed=healed)
            if not healed:
                self.wanted.set()

    # --- with the portal's help ---------------------------------------------------------------------------------------

    def received(self, customer: int) -> None:
        """A customer was caught up with; tell it if that is because a file was lost."""
        if self.begun_anew:
            self._tell(customer, file=1, healed=1)

    async def wrong_sounds(self) -> dict[str, int]:
        """Return the sounds that are missing or rotten, and for each a customer whose prompts name it."""
        sounds = self._store.sounds()
        wrong = await asyncio.to_thread(self._blobs.wrong, sounds)
        return {name: sounds[name] for name in wrong}

    async def mend_sound(self, name: str, customer: int, body: bytes) -> None:
        """Put a sound file in the place of one that was missing or rotten."""
        if await asyncio.to_thread(self._blobs.put, name, body):
            self._tell(customer, sounds=1, healed=1)
        else:
            log.error("the portal's sound %s has another hash", name)
