"""A small client of Asterisk's manager interface (AMI): ask, be answered, hear events, come back after a loss.

Our own since the protocol is lines of ``Name: value``, and the libraries for it bring more than they save
(panoramisk has its own reconnection, queues and call manager; what a node needs is these lines).
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import re
from collections.abc import Callable

log = logging.getLogger(__name__)
Message = dict[str, str]
TIMEOUT = 3.0
_SAFE = re.compile(r"[^\r\n]*")


class Unreachable(Exception):
    """Asterisk can't be asked now."""


class Ami:
    """One connection to Asterisk, made again whenever it is lost."""

    def __init__(self, port: int, secret: str, hear: Callable[[Message], None]) -> None:
        """Connect to this port of loopback; ``hear`` is called with each event."""
        self._port, self._secret, self._hear = port, secret, hear
        self._ids, self._waiting = itertools.count(1), dict[str, tuple[list[Message], asyncio.Future[list[Message]]]]()
        self._writer: asyncio.StreamWriter | None = None
        self.connected = asyncio.Event()
        self.version = self.boot = ""
        """Asterisk's version, and when it was started."""

    async def run(self) -> None:
        """Stay connected until cancelled."""
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, Unreachable):
                await self._once()
            await asyncio.sleep(0.3)

    async def _once(self) -> None:
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        listening = asyncio.create_task(self._listen(reader))
        try:
            await self._log_in()
            self.connected.set()
            await listening
        finally:
            self._lost()
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _log_in(self) -> None:
        answer = await self.ask("Login", Username="node", Secret=self._secret)
        if answer[0].get("Response") != "Success":
            log.warning("Asterisk does not let the node in: %s", answer[0].get("Message", ""))
            raise Unreachable("not let in")
        self.version = (await self.ask("CoreSettings"))[0].get("AsteriskVersion", "")
        status = (await self.ask("CoreStatus"))[0]
        self.boot = f"{status.get('CoreStartupDate')} {status.get('CoreStartupTime')}"

    def _lost(self) -> None:
        self.connected.clear()
        if self._writer:
            self._writer.close()
        self._writer = None
        for _, future in self._waiting.values():
            if not future.done():
                future.set_exception(Unreachable("the connection to Asterisk was lost"))
        self._waiting.clear()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        await reader.readline()  # the greeting
        while block := await reader.readuntil(b"\r\n\r\n"):
            lines = (line.partition(": ") for line in block.decode(errors="replace").splitlines() if ": " in line)
            self._take({name: value for name, _, value in lines})

    def _take(self, message: Message) -> None:
        """Give a message to the ask it answers (a list ends with ``EventList: Complete``), else to ``hear``."""
        waiting = self._waiting.get(message.get("ActionID", ""))
        if waiting is None:
            if "Event" in message:
                self._hear(message)
            return
        found, future = waiting
        found.append(message)
        begun = message.get("EventList") == "start"
        inside = "Event" in message and message.get("EventList") != "Complete"
        if not begun and not inside and not future.done():
            future.set_result(found)

    async def ask(self, action: str, **fields: str | list[str]) -> list[Message]:
        """Do an action and return Asterisk's answer: one message, or a list's start, items and end.

        :raises Unreachable: if there is no connection or no answer after 3 s.
        """
        if self._writer is None:
            raise Unreachable("there is no connection to Asterisk")
        id_ = str(next(self._ids))
        future: asyncio.Future[list[Message]] = asyncio.get_running_loop().create_future()
        self._waiting[id_] = ([], future)
        self._writer.write(encode({"Action": action, "ActionID": id_, **fields}))
        try:
            return await asyncio.wait_for(future, TIMEOUT)
        except TimeoutError as error:
            raise Unreachable(f"Asterisk did not answer {action}") from error
        finally:
            self._waiting.pop(id_, None)


def encode(fields: dict[str, str | list[str]]) -> bytes:
    """Return the action as bytes; a value with a line break could carry an action of its own, so there is none."""
    pairs = [(name, part) for name, value in fields.items() for part in ([value] if isinstance(value, str) else value)]
    if any(not _SAFE.fullmatch(value) for _, value in pairs):
        raise ValueError("a line break in a field for Asterisk")
    return ("".join(f"{name}: {value}\r\n" for name, value in pairs) + "\r\n").encode()
