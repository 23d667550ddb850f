"""Real Celery workers, and other processes of the worker's login, for tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from kombu import pools

from tenants.changes import bell
from tests.conftest import Databases

ROOT = Path(__file__).resolve().parents[3]
QUEUES = "emergency,interactive,sync,bulk"


def until(true: Callable[[], bool], seconds: float = 20.0, what: str = "") -> float:
    """Wait until something is so; return the seconds it took."""
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > seconds:
            raise AssertionError(f"not within {seconds} s: {what or true}")
        time.sleep(0.01)
    return time.monotonic() - began


def environment(databases: Databases, broker: str) -> dict[str, str]:
    """Return the environment of a process that logs in as the worker."""
    extra = {"PYTHONUNBUFFERED": "1", "CELERY_SKIP_CHECKS": "1"}
    return os.environ | {"DATABASE_URL": databases.worker, "BROKER_URL": broker} | extra


@contextmanager
def worker(databases: Databases, broker: str, folder: Path, *more: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a Celery worker of all queues; yield once it is ready."""
    command = [sys.executable, "-m", "celery", "-A", "portal", "worker", "-Q", QUEUES, "-c", "2", "-l", "INFO"]
    command += ["--without-gossip", "--without-mingle", "-n", f"w{os.getpid()}-{time.monotonic_ns()}@h", *more]
    log = folder / "worker.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, env=environment(databases, broker), cwd=ROOT, stdout=out, stderr=out, start_new_session=True
        )
    try:
        until(lambda: b" ready." in log.read_bytes() or process.poll() is not None, 30, "the worker")
        assert process.poll() is None, log.read_text()
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and all of its session; nothing of it gets to clean up."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def bells_reach(broker: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let what this process rings reach a broker."""
    app: Any = current_app
    was = app.conf.broker_url

    def use(url: str) -> None:
        app.conf.update(broker_url=url, broker_write_url=url, broker_read_url=url)
        pools.reset()
        app._pool = app.amqp._producer_pool = None

    monkeypatch.setattr(bell, "_silent_until", 0.0)
    use(broker)
    yield
    use(was)
