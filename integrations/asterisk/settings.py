"""How one node is set up: where it keeps its files and which addresses and ports it uses.

Read from the environment (``NODE_HOME``, ``NODE_PORTAL`` …) or from the TOML file named by ``NODE_CONFIG``
(the same names in lower case without the prefix); the environment wins.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from integrations.asterisk.install import CACHE


class Misconfigured(Exception):
    """A setting can't be used; the text names it."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One node's settings. Ports are numbers, 1..65535; addresses are what the socket binds to."""

    home: str
    """Everything the node and its Asterisk write lies under this folder."""
    prefix: str = str(CACHE)
    """Where Asterisk is installed."""
    name: str = "node"
    host: str = "127.0.0.1"
    port: int = 8100
    """The wire towards the portal."""
    url: str = ""
    """How the portal reaches ``host`` and ``port``, if not as ``http://host:port``."""
    ask_port: int = 8101
    """Where the dialplan asks, on loopback only."""
    ami_port: int = 5038
    sip_host: str = "127.0.0.1"
    sip_port: int = 5060
    rtp_first: int = 20000
    rtp_last: int = 20999
    trunk_host: str = "127.0.0.2"
    trunk_port: int = 5060
    """Where calls to the outside go."""
    trunk_match: str = ""
    """The address calls from the outside come from, if not ``trunk_host``."""
    portal: str = ""
    """The portal's address, ``https://portal.example``; empty for a node that is only pushed to."""
    code: str = ""
    """The one-time code for the first start."""

    @property
    def folder(self) -> Path:
        """The home as a path."""
        return Path(self.home)

    @property
    def store(self) -> Path:
        """The one SQLite file, which Asterisk reads too."""
        return self.folder / "rows.sqlite3"

    @property
    def blobs(self) -> Path:
        """Sound files by hash."""
        return self.folder / "blobs"

    @property
    def recordings(self) -> Path:
        """Where Asterisk writes messages while callers speak."""
        return self.folder / "messages" / "recording"

    @property
    def outbox(self) -> Path:
        """Finished messages the portal has not confirmed yet."""
        return self.folder / "messages" / "outbox"

    @property
    def registers(self) -> Path:
        """Live state: what people set for the moment."""
        return self.folder / "live.sqlite3"

    @property
    def rests(self) -> Path:
        """Time after calls that members have or will have."""
        return self.folder / "rests.json"

    @property
    def spool(self) -> Path:
        """Events the portal has not confirmed yet."""
        return self.folder / "events"

    @property
    def cel(self) -> Path:
        """The file in which Asterisk tells what happened in calls."""
        return self.folder / "log" / "cel-custom" / "events.csv"

    @property
    def address(self) -> str:
        """How the portal reaches this node."""
        return self.url or f"http://{self.host}:{self.port}"


def load(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings.

    :raises Misconfigured: if a setting is unknown, missing or of the wrong type.
    """
    values: dict[str, object] = {}
    if path := environment.get("NODE_CONFIG"):
        try:
            values.update(tomllib.loads(Path(path).read_text()))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise Misconfigured(f"NODE_CONFIG: {error}") from error
    known = {name: f"NODE_{name.upper()}" for name in Settings.__struct_fields__}
    values.update({name: environment[variable] for name, variable in known.items() if environment.get(variable)})
    try:
        return msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise Misconfigured(f"the node's settings: {error}") from error


def ami_secret(settings: Settings) -> str:
    """Return the password between node and Asterisk, made once and kept in a file only its owner reads.

    Both ask for it as they start, perhaps at once; whoever comes first makes it.
    """
    path, own = settings.folder / "ami.secret", secrets.token_urlsafe(24)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"ami.secret.{own}")
        write_private(fresh, own)
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(fresh)
        fresh.unlink()
    return path.read_text()


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
