"""Messages callers leave: found where Asterisk records them, told, and kept until the portal has them.

All that is needed to deliver a message stands in its file's name
(``customer_mailbox_caller_seconds_channel.wav``), so one recorded while the node was dead is delivered too.
"""

from __future__ import annotations

import re
import struct
import uuid
from pathlib import Path
from typing import NamedTuple

from integrations.asterisk.spool import Data, Spool

BYTES_A_SECOND = 16_000
HEADER = 44
SHORTEST = BYTES_A_SECOND // 2
"""Half a second: less is somebody who hung up at the tone."""
REFUSED = ".refused"
"""What a message's file ends in that the portal would not take."""
_NAME = re.compile(r"(\d+)_(\d+)_(\d*)_(\d+)_(.+)")
_NAMESPACE = uuid.UUID("6f3d2b1e-6c0e-5f8b-9a53-0a1f0c9d7e42")


class Message(NamedTuple):
    """A message, as its file's name tells it. ``at`` is seconds since 1970."""

    path: Path
    customer: int
    mailbox: int
    caller: str
    at: int
    channel: str

    @property
    def id(self) -> str:
        """The message's UUID, the same however often the file is found."""
        return str(uuid.uuid5(_NAMESPACE, self.path.name))

    @property
    def headers(self) -> dict[str, str]:
        """What goes with the upload: who called, when (seconds since 1970) and in which call."""
        return {"X-Caller": self.caller, "X-Recorded-At": str(self.at), "X-Call": self.channel}


def read(path: Path) -> Message | None:
    """Return what a file's name tells, or None for a file that is no message."""
    match = _NAME.fullmatch(path.stem)
    if not match or path.suffix != ".wav":
        return None
    customer, mailbox, caller, at, channel = match.groups()
    return Message(path, int(customer), int(mailbox), f"+{caller}" if len(caller) > 6 else caller, int(at), channel)


def recorded(folder: Path) -> list[Message]:
    """Return the messages in a folder, oldest first."""
    found = [message for path in folder.glob("*.wav") if (message := read(path))]
    return sorted(found, key=lambda message: message.at)


def finish(message: Message, outbox: Path, spool: Spool) -> Message | None:
    """Tell of a message whose channel is gone and move it to the outbox; drop it if nothing was said.

    Told first and moved then: a node killed in between tells it twice, with the same message id, and loses none.
    """
    size = message.path.stat().st_size - HEADER
    if size < SHORTEST:
        message.path.unlink()
        return None
    _mend(message.path, size)
    seconds = round(size / BYTES_A_SECOND, 1)
    data: Data = {"mailbox": message.mailbox, "message": message.id, "caller": message.caller, "seconds": seconds}
    spool.append("message.left", message.customer, message.channel, data)
    return message._replace(path=message.path.rename(outbox / message.path.name))


def set_aside(message: Message) -> None:
    """Keep a message the portal refuses, for somebody to look at."""
    message.path.touch()
    message.path.rename(message.path.with_suffix(REFUSED))


def forget(outbox: Path, customer: int) -> None:
    """Delete what the portal never took of a customer's messages. Those it has not been given yet stay until it has."""
    for path in outbox.glob(f"{customer}_*{REFUSED}"):
        path.unlink(missing_ok=True)


def _mend(path: Path, size: int) -> None:
    """Write the true lengths into the WAV header, which an Asterisk that was killed left at zero."""
    with path.open("r+b") as file:
        file.seek(4)
        file.write(struct.pack("<I", size + HEADER - 8))
        file.seek(HEADER - 4)
        file.write(struct.pack("<I", size))
