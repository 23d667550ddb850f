"""Start parts in order, wait for each, restart what dies, end all in reverse."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from portal.stack.children import end, signal_group, spawn
from portal.stack.places import Account
from portal.stack.state import State

BACK_OFF = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
STEADY_SECONDS = 60.0
"""A part that ran this long has earned its first, short back-off again."""


class NotStarted(Exception):
    """A part did not come up; the text says which, why, and where its log is."""


class Stopped(Exception):
    """Somebody asked us to stop while we were starting."""


@dataclass(frozen=True, slots=True)
class Part:
    """A process that shall run: how it starts, how it shows that it is ready, and which signal ends it cleanly."""

    name: str
    command: Iterable[str | Path]
    env: Mapping[str, str] | None = None
    ready: Callable[[Path], bool] = lambda _log: True
    says: str = ""
    seconds: float = 30.0
    stop: int = signal.SIGTERM
    patience: float = 6.0
    account: Account | None = None
    cwd: Path | None = None
    optional: bool = False


@dataclass(slots=True)
class Running:
    """A part that was started, and when it may be started again."""

    part: Part
    process: subprocess.Popen[bytes]
    since: float
    failures: int = 0
    again_at: float = 0.0


@dataclass(slots=True)
class Supervisor:
    """The parts that run, in layers, in the order they were started."""

    state: State
    say: Callable[[str, str], None]
    layers: list[list[Running]] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def listen_for_the_end(self) -> None:
        """Ctrl-C, SIGTERM and a closed terminal all mean the same."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self.stopping.set())

    def end_leftovers(self) -> None:
        """End what a killed supervisor left behind."""
        for name, identity in self.state.leftovers().items():
            end(identity, first=signal.SIGINT if name == "postgres" else signal.SIGTERM, patience=4.0)
            self.state.forget(name)
            self.say(name, "was left over from last time; ended")

    def start(self, *parts: Part) -> None:
        """Start parts that don't need each other, and wait until each is ready. Together they are one layer.

        :raises NotStarted: if one ends or isn't ready in time. :raises Stopped: if asked to stop meanwhile.
        """
        layer = [Running(part, self._spawn(part), time.monotonic()) for part in parts]
        self.layers.append(layer)
        for one in layer:
            try:
                self._wait(one)
            except NotStarted as error:
                if not one.part.optional:
                    raise NotStarted(f"{one.part.name} {error}") from error
                self.say(one.part.name, f"{error}\n{'':11}Going on without it.")
                continue
            self.say(one.part.name, f"{one.part.says or 'runs'} ({time.monotonic() - one.since:.1f} s)")

    def _spawn(self, part: Part) -> subprocess.Popen[bytes]:
        with self.state.log(part.name).open("wb") as log:
            process = spawn(
                list(part.command), log=log, env=part.env, cwd=part.cwd, account=part.account, death=part.stop
            )
        self.state.remember(part.name, process.pid)
        return process

    def _wait(self, one: Running) -> None:
        log = self.state.log(one.part.name)
        until = time.monotonic() + one.part.seconds
        while not one.part.ready(log):
            if one.process.poll() is not None:
                raise NotStarted(f"ended with code {one.process.returncode} while starting. {tail(log)}")
            if time.monotonic() > until:
                raise NotStarted(f"is not ready after {one.part.seconds:.0f} s. {tail(log)}")
            if self.stopping.wait(0.05):
                raise Stopped

    def run(self, name: str, command: Iterable[str | Path], env: Mapping[str, str], cwd: Path) -> str:
        """Run a command to its end, and return what it printed.

        :raises NotStarted: if it fails. :raises Stopped: if asked to stop meanwhile.
        """
        began = time.monotonic()
        part = Part(name, command, env=env, cwd=cwd)
        one = Running(part, self._spawn(part), began)
        try:
            while one.process.poll() is None:
                if self.stopping.wait(0.05):
                    raise Stopped
        finally:
            self._end([one])
        log = self.state.log(name)
        if one.process.returncode:
            raise NotStarted(f"{name} failed with code {one.process.returncode}. {tail(log)}")
        self.say(name, f"done ({time.monotonic() - began:.1f} s)")
        return log.read_text(errors="replace")

    def watch(self) -> None:
        """Restart what dies, until asked to stop."""
        while not self.stopping.wait(0.2):
            for one in self._running():
                self._look_after(one)

    def _running(self) -> list[Running]:
        return [one for layer in self.layers for one in layer]

    def _look_after(self, one: Running) -> None:
        now = time.monotonic()
        code = one.process.poll()
        if code is None:
            if one.failures and now - one.since > STEADY_SECONDS:
                one.failures = 0
            return
        if not one.again_at:
            signal_group(one.process.pid, signal.SIGKILL)
            wait = BACK_OFF[min(one.failures, len(BACK_OFF) - 1)]
            one.failures, one.again_at = one.failures + 1, now + wait
            self.say(one.part.name, f"ended with code {code}; starts again in {wait:g} s. {tail(self._log(one))}")
        elif now >= one.again_at:
            one.process, one.since, one.again_at = self._spawn(one.part), now, 0.0
            self.say(one.part.name, "started again")

    def _log(self, one: Running) -> Path:
        return self.state.log(one.part.name)

    def stop(self) -> None:
        """End all parts, the last layer first."""
        began = time.monotonic()
        for layer in reversed(self.layers):
            self._end(layer)
        if self.layers:
            self.say("stack", f"ended ({time.monotonic() - began:.1f} s)")
        self.layers.clear()

    def _end(self, layer: list[Running]) -> None:
        """Ask each with its own signal, wait for each, then kill what is left of its session."""
        began = time.monotonic()
        for one in layer:
            if one.process.poll() is None:
                one.process.send_signal(one.part.stop)
        for one in layer:
            try:
                one.process.wait(max(0.0, began + one.part.patience - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.say(one.part.name, f"did not end within {one.part.patience:g} s; killed")
            signal_group(one.process.pid, signal.SIGKILL)
            one.process.wait()
            self.state.forget(one.part.name)


def tail(log: Path, lines: int = 3) -> str:
    """Return the last lines of a log and where the rest is."""
    try:
        last = log.read_text(errors="replace").strip().splitlines()[-lines:]
    except OSError:
        last = []
    return "\n    ".join(["", *last, f"(all of it in {log})"])


def printer(out: IO[str] = sys.stdout) -> Callable[[str, str], None]:
    """Return a `say` that prints one aligned line."""

    def say(name: str, text: str) -> None:
        out.write(f"{name:>9}  {text}\n")
        out.flush()

    return say
