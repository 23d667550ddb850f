"""Which processes make up the product on one machine, with which environment each, and how each shows it is ready."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from portal.stack import postgres, valkey
from portal.stack.state import State
from portal.stack.supervisor import Part

ROOT = Path(__file__).resolve().parents[2]
Ready = Callable[[Path], bool]
NODE_NAME = "vaxel-1"
GIVEN = ("DATABASE_URL", "DATABASE_URL_OWNER", "DATABASE_URL_WORKER")


class Incomplete(Exception):
    """The environment names a server but not all that is needed to use it."""


def listens(port: int) -> Ready:
    """Ready once something accepts on this port."""

    def ready(_log: Path) -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return False
        return True

    return ready


def answers(port: int, path: str) -> Ready:
    """Ready once an HTTP server answers this path, be it with a redirect or a 404 (but not with a fault)."""

    def ready(_log: Path) -> bool:
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            link.request("GET", path, headers={"Host": "localhost"})
            return link.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False
        finally:
            link.close()

    return ready


def says(text: str) -> Ready:
    """Ready once the log, which is empty at the start, holds this text."""
    return lambda log: text in log.read_text(errors="replace")


@dataclass(frozen=True, slots=True)
class Plan:
    """One machine's stack: where its state lies, its ports and its secrets."""

    state: State
    ports: dict[str, int]
    secrets: dict[str, str]
    host: str
    port: int

    @classmethod
    def load(cls, folder: Path) -> Plan:
        """Read (and at the first start make) what a folder remembers. HOST and PORT say where people reach us.

        :raises Incomplete: if DATABASE_URL is given without the owner's and the worker's.
        """
        missing = [name for name in GIVEN if not os.environ.get(name)]
        if 0 < len(missing) < len(GIVEN):
            raise Incomplete(
                f"{', '.join(missing)} must be given too: migrations run as the owner, Celery as the worker"
            )
        state = State(folder)
        host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))
        return cls(state, state.ports(), state.secrets(), host, port)

    @property
    def own_database(self) -> bool:
        """Tell whether PostgreSQL is ours to start."""
        return not os.environ.get("DATABASE_URL")

    @property
    def own_broker(self) -> bool:
        """Tell whether the broker is ours to start."""
        return not os.environ.get("BROKER_URL")

    @property
    def site(self) -> str:
        """Return the address that people open."""
        return f"http://{'localhost' if self.host == '127.0.0.1' else self.host}:{self.port}"

    def database_url(self, role: str, cluster: postgres.Cluster | None) -> str:
        """Return the URL of a role (`OWNER`, `APP` or `WORKER`) to the given database or to our own."""
        if cluster is None:
            return os.environ["DATABASE_URL" if role == "APP" else f"DATABASE_URL_{role}"]
        return cluster.url(f"portal_{role.lower()}", "portal", self.secrets[f"{role}_PASSWORD"])

    def environment(self, role: str, cluster: postgres.Cluster | None) -> dict[str, str]:
        """Return what a process of the portal gets: one database login and no other's."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_URL")}
        ours = {name: self.secrets[name] for name in ("SECRET_KEY", "FIELD_KEYS", "PORTAL_INSTANCE")}
        hosts = f"localhost,127.0.0.1,[::1],{socket.gethostname()}"
        return {
            "DEBUG": "0",
            "HTTPS": "0",
            "ALLOWED_HOSTS": hosts if self.host == "127.0.0.1" else "*",
            "BROKER_URL": f"redis://127.0.0.1:{self.ports['PORT_BROKER']}/0",
            "STATIC_ROOT": str(self.state.folder / "static"),
            "SIP_SERVER": f"127.0.0.1:{self.ports['NODE_SIP_PORT']}",
            **ours,
            **kept,
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "PYTHONUNBUFFERED": "1",
            "DATABASE_URL": self.database_url(role, cluster),
        }

    # The parts, in the order of their start.

    def postgres(self, cluster: postgres.Cluster) -> Part:
        """PostgreSQL; SIGINT is its fast, clean shutdown."""
        url = cluster.url("postgres", "postgres", self.secrets["SUPERUSER_PASSWORD"])

        def ready(_log: Path) -> bool:
            return postgres.accepts(url)

        who = f", as {cluster.account.name}" if cluster.account else ""
        says = f"PostgreSQL {cluster.binaries.major} in {cluster.data}{who}"
        return Part(
            "postgres",
            cluster.command(),
            ready=ready,
            says=says,
            stop=signal.SIGINT,
            account=cluster.account,
            cwd=cluster.data,
        )

    def broker(self) -> Part:
        """Valkey, which keeps its queue over a restart."""
        port = self.ports["PORT_BROKER"]
        command = valkey.command(self.state.folder / "valkey", port, keep=True)
        return Part("valkey", command, ready=lambda _log: valkey.answers(port), says=f"Valkey on port {port}")

    def web(self, env: dict[str, str]) -> Part:
        """gunicorn: pages and API."""
        port = self.ports["PORT_PAGES"]
        workers = str(max(2, min(4, os.cpu_count() or 2)))
        command = [sys.executable, "-m", "gunicorn", "--config", "python:portal.gunicorn", "portal.wsgi"]
        command += ["--bind", f"127.0.0.1:{port}"]
        command += ["--workers", workers, "--graceful-timeout", "4", "--timeout", "60", "--no-control-socket"]
        if env["DEBUG"] == "1":
            command.append("--reload")
        return Part("web", command, env, answers(port, "/health/ready"), f"gunicorn, {workers} workers", cwd=ROOT)

    def streams(self, env: dict[str, str]) -> Part:
        """uvicorn: event streams."""
        port = self.ports["PORT_STREAMS"]
        command = [sys.executable, "-m", "uvicorn", "portal.asgi:application", "--port", str(port)]
        command += ["--timeout-graceful-shutdown", "2", "--no-access-log"]
        return Part("streams", command, env, listens(port), "uvicorn, event streams", cwd=ROOT)

    def door(self) -> Part:
        """The one port in front of both."""
        command = [sys.executable, "-m", "portal.stack.door", "--listen", f"{self.host}:{self.port}"]
        for name in ("pages", "streams"):
            command += [f"--{name}", f"127.0.0.1:{self.ports[f'PORT_{name.upper()}']}"]
        return Part("door", command, None, listens(self.port), self.site, cwd=ROOT)

    def worker(self, env: dict[str, str], name: str, queues: str, processes: int, *more: str) -> Part:
        """A Celery worker of some lanes, so that bulk work never stands before a save."""
        command = [sys.executable, "-m", "celery", "-A", "portal", "worker", "-Q", queues, "-c", str(processes), *more]
        command += ["-n", f"{name}@%h", "--without-gossip", "--without-mingle", "-l", "INFO"]
        return Part(name, command, env, says(" ready."), f"Celery, {queues}", cwd=ROOT)

    def beat(self, env: dict[str, str]) -> Part:
        """Celery's clock; its schedule is code, its file only remembers the last run."""
        command = [sys.executable, "-m", "celery", "-A", "portal", "beat", "-l", "INFO", "--pidfile="]
        command += ["-s", str(self.state.folder / "beat")]
        return Part("beat", command, env, says("beat: Starting"), "Celery's clock", cwd=ROOT)

    def node_environment(self, code: str = "") -> dict[str, str]:
        """Return what the switch node gets: nothing of the portal's but its address and, once, a code."""
        ports = {name: str(port) for name, port in self.ports.items() if name.startswith("NODE_")}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_URL")}
        return {
            **ports,
            "NODE_HOME": str(self.state.folder / "node"),
            "NODE_NAME": NODE_NAME,
            "NODE_PORTAL": self.site,
            "PYTHONUNBUFFERED": "1",
            **({"NODE_CODE": code} if code else {}),
            **kept,
        }

    def node_is_enrolled(self) -> bool:
        """Tell whether the node has an identity; if not, it needs a one-time code."""
        return (self.state.folder / "node" / "identity.json").exists()

    def node(self, code: str) -> Part:
        """The switch node beside Asterisk; ready when the portal knows it."""
        port = self.ports["NODE_PORT"]
        listening = listens(port)
        command = [sys.executable, "-m", "integrations.asterisk"]

        def ready(log: Path) -> bool:
            return listening(log) and self.node_is_enrolled()

        return Part("node", command, self.node_environment(code), ready, f"switch node on port {port}", cwd=ROOT)

    def asterisk(self) -> Part:
        """Asterisk itself."""
        command = [sys.executable, "-m", "integrations.asterisk.instance"]
        ready = listens(self.ports["NODE_AMI_PORT"])
        says = f"Asterisk, SIP on 127.0.0.1:{self.ports['NODE_SIP_PORT']}"
        return Part("asterisk", command, self.node_environment(), ready, says, seconds=60, cwd=ROOT, optional=True)

    def memory_node(self, code: str) -> Part:
        """A node without telephones, where Asterisk can't be installed."""
        port = self.ports["NODE_PORT"]
        command = [sys.executable, "-m", "integrations.switch.memory_node"]
        says = f"in-memory node on port {port}: no telephones here, everything else works"
        return Part("node", command, self.node_environment(code), listens(port), says, cwd=ROOT, optional=True)

    def asterisk_is_possible(self) -> bool:
        """Tell whether Asterisk is installed in the cache, or could be from Debian's packages."""
        return (ROOT / ".cache" / "asterisk").exists() or bool(shutil.which("apt-get") and shutil.which("dpkg-deb"))
