"""A whole portal to be hurt: PostgreSQL, Valkey, gunicorn, Celery's workers and beat, a node, and proxies between them.

All of it is real and in processes of its own; the node runs without its Asterisk. PostgreSQL keeps its promises
(commits are synchronous), but does not wait for the disk: processes die here, the machine does not.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import msgspec
import redis

from portal.stack import postgres, valkey
from portal.stack.children import spawn
from tests.faults.proxy import Kind, Proxy, at_random

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "portal.settings", "DEBUG": "0", "HTTPS": "0", "STATIC_HASHED": "0",
    "LOG_LEVEL": "WARNING",
    "SECRET_KEY": "only for chaos, and longer than fifty characters so that no check complains",
    "FIELD_KEYS": "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "PORTAL_INSTANCE": "tests",
    "ALLOWED_HOSTS": "localhost,127.0.0.1", "API_KEY_PER_MINUTE": "1000000", "CELERY_SKIP_CHECKS": "1",
}  # fmt: skip
SAFE = ("fsync=off", "full_page_writes=off", "synchronous_commit=on", "max_connections=100")
HELD = "push.sent=sleep:0.03,push.confirmed=sleep:0.02,fold.applied=sleep:0.03,live.answered=sleep:0.03"
"""Where workers linger, so that kills fall there too: moments of microseconds are never hit at random."""
QUEUES = "emergency,interactive,sync,bulk"
BY_HTTP: tuple[Kind, ...] = ("reset", "latency", "blackhole", "cut")
BY_SQL: tuple[Kind, ...] = ("reset", "latency", "cut")


def until(true: Callable[[], bool], seconds: float, what: str) -> float:
    """Wait until something is so; return the seconds it took.

    :raises TimeoutError: if it takes too long.
    """
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > seconds:
            raise TimeoutError(f"not within {seconds} s: {what}")
        time.sleep(0.1)
    return time.monotonic() - began


def deployed(unit: str) -> list[str]:
    """Return which queues a unit's worker takes, and how: the words between ``worker`` and ``-n`` of its line."""
    text = (ROOT / f"docs/deploy/systemd/{unit}.service").read_text()
    words = text.partition("-A portal worker ")[2].partition(" -n ")[0].split()
    assert words[0] == "-Q", text
    return words


class Rig:
    """Everything that runs, under one folder. ``share`` of all connections are hurt once ``hurt`` is called."""

    def __init__(self, folder: Path, seed: int, workers: int) -> None:
        """Start PostgreSQL and the broker, and settle this process's environment as the web's."""
        self.folder, self.seed, self.dice, self._ends = folder, seed, random.Random(f"{seed}/rig"), ExitStack()
        self.cluster = postgres.cluster_at(folder)
        self.cluster.initialise()
        self.database = self._serve_database()
        postgres.make_roles(self.cluster.url("postgres", "postgres"))
        postgres.make_database(self.cluster.url("postgres", "postgres"))
        self.broker = f"redis://127.0.0.1:{self._valkey()}/0"
        self.sql = Proxy(self.cluster.sockets / postgres.SOCKET, postgres=True)
        os.environ |= SETTINGS | {"DATABASE_URL": self.url("portal_app"), "BROKER_URL": self.broker}
        self._manage("migrate", "-v", "0", "--skip-checks")
        self.web_port, self.node_port = valkey.free_port(), valkey.free_port()
        self.to_portal, self.to_node = Proxy(("127.0.0.1", self.web_port)), Proxy(("127.0.0.1", self.node_port))
        self.workers: list[subprocess.Popen[bytes]] = []
        self._wanted_workers = workers
        self.node: subprocess.Popen[bytes] | None = None

    # --- parts --------------------------------------------------------------------------------------------------------

    def url(self, login: str) -> str:
        """Return a login's URL straight to PostgreSQL."""
        return self.cluster.url(login, "portal")

    def _hurtable(self, login: str) -> str:
        return f"postgresql://{login}@127.0.0.1:{self.sql.port}/portal?sslmode=disable&gssencmode=disable"

    def _manage(self, *arguments: str) -> None:
        line = [sys.executable, "manage.py", *arguments]
        subprocess.run(line, cwd=ROOT, env=os.environ | {"DATABASE_URL": self.url("portal_owner")}, check=True)

    def _serve_database(self) -> subprocess.Popen[bytes]:
        with (self.folder / "postgres.log").open("ab") as log:
            process = self.cluster.serve(log, SAFE)
        postgres.wait_ready(self.cluster.url("postgres", "postgres"), process, 60)
        return process

    def _valkey(self) -> int:
        port = valkey.free_port()
        with (self.folder / "valkey.log").open("ab") as log:
            process = valkey.serve(self.folder / "valkey", port, log, keep=False)
        self._ends.callback(_kill, process)
        valkey.wait_ready(port, process)
        return port

    def _run(self, name: str, line: list[str], **more: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            return spawn([sys.executable, "-m", *line], log=log, cwd=ROOT, env=os.environ | more, death=signal.SIGKILL)

    def start(self, code: str) -> None:
        """Start the portal, its workers and the node, which enrols by a code."""
        line = ["gunicorn", "--config", "python:portal.gunicorn", "portal.wsgi", "--bind", f"127.0.0.1:{self.web_port}"]
        line += ["--workers", "2", "--threads", "4", "--worker-class", "gthread", "--no-control-socket"]
        web = self._run("web", line, DATABASE_URL=self._hurtable("portal_app"))
        self._ends.callback(_kill, web)
        self.workers = [self._worker(number) for number in range(self._wanted_workers)]
        beat = ["celery", "-A", "portal", "beat", "-s", str(self.folder / "beat"), "-l", "WARNING"]
        self._ends.callback(_kill, self._run("beat", beat, DATABASE_URL=self._hurtable("portal_worker")))
        until(self._web_answers, 90, "the portal")
        self.home = self.folder / "node"
        self.home.mkdir()
        self._code = code
        self.start_node()
        until(lambda: (self.home / "identity.json").exists() and self.health() is not None, 60, "the node")

    def _web_answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.web_port}/health/live", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def _worker(self, number: int) -> subprocess.Popen[bytes]:
        """Start a worker: the first as in a deployment, in threads; the others hear all queues, each in one process."""
        kind = deployed("portal-worker") if number == 0 else ["-Q", QUEUES, "-c", "1"]
        line = ["celery", "-A", "portal", "worker", *kind, "-l", "WARNING", "-n", f"w{number}@chaos"]
        line += ["--without-gossip", "--without-mingle"]
        return self._run(f"worker-{number}", line, DATABASE_URL=self._hurtable("portal_worker"), FAILPOINTS=HELD)

    def start_node(self) -> None:
        """Start the node's process; it reaches the portal, and the portal it, by the proxies."""
        values = {
            "HOME": str(self.home), "PORT": str(self.node_port), "URL": self.to_node.url, "CODE": self._code,
            "PORTAL": self.to_portal.url, "ASK_PORT": str(valkey.free_port()), "AMI_PORT": str(valkey.free_port()),
        }  # fmt: skip
        node = {f"NODE_{name}": value for name, value in values.items()}
        self.node = self._run("node", ["integrations.asterisk"], **node, NODE_LOG_LEVEL="WARNING")

    def ask_node(self, path: str) -> bytes | None:
        """Return what the node answers to its portal, None if it does not."""
        token = msgspec.json.decode((self.home / "identity.json").read_bytes())["token_of_portal"]
        with suppress(httpx.HTTPError):
            answer = httpx.get(
                f"http://127.0.0.1:{self.node_port}/v1/{path}", headers={"Authorization": f"Bearer {token}"}, timeout=20
            )
            return answer.content if answer.status_code == 200 else None
        return None

    def health(self) -> bytes | None:
        """Return how the node is, None if it does not answer."""
        return self.ask_node("health")

    # --- harm ---------------------------------------------------------------------------------------------------------

    def hurt(self, share: float, commits: float) -> None:
        """Hurt a share of all new connections from now on, and lose the answers to a share of all commits."""
        lost = random.Random(f"{self.seed}/commits")
        self.sql.choose = at_random(self.seed, share / 4, BY_SQL)
        self.sql.cut_commit = lambda _: lost.random() < commits
        for number, proxy in enumerate((self.to_portal, self.to_node)):
            proxy.choose = at_random(self.seed + number, share, BY_HTTP)

    def kill_pusher(self) -> None:
        """Kill what pushes: mostly the process that does the work, sometimes its whole worker, which is begun anew."""
        number = self.dice.randrange(len(self.workers))
        worker = self.workers[number]
        if self.dice.random() < 0.9 and (children := _children(worker.pid)):
            with suppress(ProcessLookupError):
                os.kill(self.dice.choice(children), signal.SIGKILL)
            return
        _kill(worker)
        self.workers[number] = self._worker(number)

    def stop_database(self) -> None:
        """Stop PostgreSQL as ``pg_ctl stop -m immediate`` does, which is a crash, and start it again."""
        self.database.send_signal(signal.SIGQUIT)
        self.database.wait(30)
        self.database = self._serve_database()

    def kill_node(self) -> None:
        """Kill the node's process and start it again."""
        assert self.node is not None
        _kill(self.node)
        self.start_node()

    def wipe_broker(self) -> None:
        """Take everything out of the broker."""
        with redis.Redis.from_url(self.broker) as client:
            client.flushall()

    def heal(self) -> None:
        """Hurt nothing more."""
        for proxy in (self.sql, self.to_portal, self.to_node):
            proxy.choose = at_random(0, 0.0)
            proxy.break_all()
        self.sql.cut_commit = lambda _: False

    def close(self) -> None:
        """End everything."""
        for process in [*self.workers, *([self.node] if self.node else [])]:
            _kill(process)
        self._ends.close()
        self.database.send_signal(signal.SIGQUIT)
        self.database.wait(30)


def _children(pid: int) -> list[int]:
    """Return the processes a worker has forked."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process of ours and its session."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
