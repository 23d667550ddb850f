"""A whole portal for one measurement: PostgreSQL with its safety on, Valkey, Celery and a node's real store."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from portal.stack import postgres, valkey

if TYPE_CHECKING:
    from tenants.routing.wire import Enrolled

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Parts:
    """Where the parts are: database URLs by login, and the ports of the node and of the bare server."""

    superuser: str
    node: int
    durable: int


Workers = tuple[tuple[str, int, str], ...]
"""Celery's workers: the queues of each, how many tasks at once, and in what."""

ONE: Workers = (("interactive", 1, "prefork"),)
AS_DEPLOYED: Workers = (("emergency,interactive", 24, "threads"), ("sync,bulk", 2, "prefork"))
"""As in docs/deploy/systemd."""


def size(name: str, usual: int) -> int:
    """Return how large a measurement is to be: ``BENCH_<NAME>`` of the environment, or as usual."""
    return int(os.environ.get(f"BENCH_{name}", usual))


@contextmanager
def database(prefix: str = "bench-") -> Iterator[str]:
    """Start PostgreSQL alone, migrated; set this process up as the web, with no broker. Yield the superuser's URL."""
    with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o711)
        url = _postgres(stack, folder)
        _settle(url, "redis://127.0.0.1:1/0", folder)
        yield url("postgres")


def analyse(superuser: str) -> None:
    """Let the planner know the tables, as autovacuum would soon."""
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


@contextmanager
def counting() -> Iterator[list[str]]:
    """Note each statement of this process's connection, in the list that is yielded."""
    from django.db import connection

    seen: list[str] = []

    def counted(execute: Callable[..., object], sql: str, *rest: object) -> object:
        seen.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(counted):
        yield seen


@contextmanager
def running(folder: Path, workers: Workers = ONE, *, beat: bool = False) -> Iterator[Parts]:
    """Start everything below ``folder``; set this process's environment so that Django logs in as the web does."""
    with ExitStack() as stack:
        url = _postgres(stack, folder)
        broker = _valkey(stack, folder)
        _settle(url, broker, folder)
        ports = {name: valkey.free_port() for name in ("node", "ask", "durable")}
        home = folder / "node"
        home.mkdir()
        node = {"NODE_HOME": str(home), "NODE_PORT": str(ports["node"]), "NODE_ASK_PORT": str(ports["ask"])}
        _enrol(home, ports["node"])
        _child(stack, folder, ["-m", "integrations.asterisk"], node, ports["node"])
        _child(stack, folder, ["-m", "bench._durable", str(folder), str(ports["durable"])], {}, ports["durable"])
        for number, (queues, many, pool) in enumerate(workers):
            line = [
                "-m",
                "celery",
                "-A",
                "portal",
                "worker",
                "-Q",
                queues,
                "-c",
                str(many),
                "-P",
                pool,
                "-n",
                f"w{number}@bench",
            ]
            line += ["-l", "WARNING", "--without-gossip", "--without-mingle"]
            _child(stack, folder, line, {"DATABASE_URL": url("portal_worker")})
        if beat:
            clock = ["-m", "celery", "-A", "portal", "beat", "-l", "WARNING", "--pidfile=", "-s", str(folder / "beat")]
            _child(stack, folder, clock, {"DATABASE_URL": url("portal_worker")})
        _ready(folder, len(workers))
        yield Parts(url("postgres"), ports["node"], ports["durable"])


def _postgres(stack: ExitStack, folder: Path) -> Callable[[str], str]:
    cluster = postgres.cluster_at(folder)
    cluster.initialise()
    log = stack.enter_context((folder / "postgres.log").open("wb"))
    process = cluster.serve(log)
    stack.callback(_end, process, 2)
    postgres.wait_ready(cluster.url("postgres", "postgres"), process)
    postgres.make_roles(cluster.url("postgres", "postgres"))
    postgres.make_database(cluster.url("postgres", "postgres"), "portal")
    return lambda login: cluster.url(login, "portal")


def _valkey(stack: ExitStack, folder: Path) -> str:
    port = valkey.free_port()
    log = stack.enter_context((folder / "valkey.log").open("wb"))
    process = valkey.serve(folder / "valkey", port, log, keep=True)
    stack.callback(_end, process, 15)
    valkey.wait_ready(port, process)
    return f"redis://127.0.0.1:{port}/0"


def _end(process: subprocess.Popen[bytes], number: int) -> None:
    process.send_signal(number)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()


def _settle(url: Callable[[str], str], broker: str, folder: Path) -> None:
    """Migrate as the owner, then be the web."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "portal.settings", "DEBUG": "0", "SECRET_KEY": "only for a measurement " * 3,
        "FIELD_KEYS": "bench:" + base64.b64encode(os.urandom(32)).decode(), "PORTAL_INSTANCE": "bench",
        "STATIC_HASHED": "0", "BROKER_URL": broker, "CELERY_SKIP_CHECKS": "1", "LOG_LEVEL": "WARNING",
        "DATABASE_URL": url("portal_app"),
    }  # fmt: skip
    with (folder / "migrate.log").open("wb") as log:
        command = [sys.executable, "manage.py", "migrate", "-v", "0", "--skip-checks"]
        subprocess.run(
            command,
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": url("portal_owner")},
            stdout=log,
            stderr=log,
            check=True,
        )
    import django

    django.setup()


def _enrol(home: Path, port: int, name: str = "bench") -> None:
    """Let the node in, and write what it is told where it keeps it."""
    import msgspec

    (home / "identity.json").write_bytes(msgspec.json.encode(let_in(name, port)))


def let_in(name: str, port: int) -> Enrolled:
    """Let a node in by a code, and return what it is told."""
    from tenants.customers import scope
    from tenants.nodes import actions
    from tenants.routing.wire import Enrolled

    with scope.wide("portal_staff"):
        code = actions.issue_code(name=name)
    with scope.wide("portal_node"):
        made = actions.enrol(code=code, url=f"http://127.0.0.1:{port}", boot="bench")
    return Enrolled(
        node=made.node.pk, portal="bench", token_of_node=made.token_of_node,
        token_of_portal=made.token_of_portal, sealing_key=made.sealing_key,
    )  # fmt: skip


def _child(stack: ExitStack, folder: Path, arguments: list[str], env: dict[str, str], port: int | None = None) -> None:
    """Start one of our own programs; with a port, wait until it listens."""
    log = stack.enter_context((folder / f"{arguments[1]}.log").open("ab"))
    process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=os.environ | env, stdout=log, stderr=log)
    stack.callback(_end, process, 15)
    until = time.monotonic() + 60
    while port is not None and not _listens(port):
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError((folder / f"{arguments[1]}.log").read_text()[-2000:])
        time.sleep(0.02)


def _listens(port: int) -> bool:
    import socket

    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _ready(folder: Path, workers: int) -> None:
    """Wait until every worker answers a ping."""
    from celery import current_app

    until = time.monotonic() + 60
    while len(current_app.control.ping(timeout=0.5) or ()) < workers:
        if time.monotonic() > until:
            raise RuntimeError((folder / "celery.log").read_text()[-2000:])
