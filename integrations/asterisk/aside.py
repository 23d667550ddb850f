"""What was set aside for a person to look at: it holds personal data, so it is dropped when it has lain for a while."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path

from integrations.asterisk import messages, storefile
from integrations.asterisk.settings import Settings
from integrations.asterisk.spool import Spool

log = logging.getLogger(__name__)
KEPT_SECONDS = 30 * 24 * 3600.0
"""From when it was set aside: a file is touched then, an event bears when it happened."""


def drop(settings: Settings, spool: Spool) -> None:
    """Delete the files beyond repair, the messages and the events that were set aside too long ago."""
    before = time.time() - KEPT_SECONDS
    for path in _files(settings):
        if path.stat().st_mtime < before:
            log.warning("%s was set aside 30 days ago and is dropped", path)
            storefile.remove(path)
    spool.drop_aside(before)


def _files(settings: Settings) -> Iterator[Path]:
    yield from storefile.left(settings.store)
    yield from settings.registers.parent.glob(f"{settings.registers.name}{storefile.DAMAGED}")
    yield from settings.outbox.glob(f"*{messages.REFUSED}")
