"""One connection a process that hears what the database tells, for as long as the process lives.

After a break everybody is told everything, since what was told meanwhile is lost. A connection that can't hear is
found by a beat of our own that must come back: a server that is gone without a word, or a pooler in between that lends
a connection for one transaction only (docs/scaling.md).
"""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Mapping
from typing import Any

import psycopg
import structlog
from django.conf import settings
from django.db import connections

from portal.streams.hub import Hub
from tenants.customers.news import CHANNEL, TOPICS

log = structlog.get_logger(__name__)
BEAT_SECONDS = 30.0
FIRST_WAIT, LONGEST_WAIT = 0.2, 10.0


class Deaf(Exception):
    """The connection stands and nothing comes by it."""


async def follow(hub: Hub) -> None:
    """Listen until cancelled; connect again, ever more slowly, whenever the connection breaks.

    A break that the first new connection mends ends no stream. One that lasts ends them all, so that pages know that
    they are late.
    """
    wait = FIRST_WAIT
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(**_address(), autocommit=True) as link:
                await link.execute(f"LISTEN {CHANNEL}")
                wait = FIRST_WAIT
                hub.hears.set()
                hub.tell_everybody()
                await _hear(link, hub)
        except (psycopg.Error, OSError, Deaf) as error:
            log.warning("streams.deaf", why=f"{type(error).__name__}: {error}"[:200])
        if wait > FIRST_WAIT:
            hub.end_all("deaf")
        await asyncio.sleep(wait * random.uniform(0.5, 1))  # noqa: S311 - no secret
        wait = min(wait * 2, LONGEST_WAIT)


def _address() -> dict[str, Any]:
    """Return where to listen, as psycopg's parameters: ``DATABASE_URL_LISTEN``, or as everything else."""
    given: Mapping[str, Any] = settings.LISTEN_DATABASE or connections.settings["default"]
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    return {name: given[key] for name, key in names.items() if given[key]} | dict(given["OPTIONS"])


async def _hear(link: psycopg.AsyncConnection[Any], hub: Hub) -> None:
    """Pass on what is told.

    :raises Deaf: if our own beat does not come back.
    """
    while True:
        beat = f"beat {uuid.uuid4()}"
        await link.execute("SELECT pg_notify(%s, %s)", [CHANNEL, beat])
        heard = False
        async for note in link.notifies(timeout=BEAT_SECONDS):
            heard = heard or note.payload == beat
            _pass_on(note.payload, hub)
        if not heard:
            raise Deaf


def _pass_on(payload: str, hub: Hub) -> None:
    customer, _space, topic = payload.partition(" ")
    if topic in TOPICS and customer.isdecimal():
        hub.tell(int(customer), (topic,))
