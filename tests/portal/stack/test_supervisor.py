"""The supervisor with small real children: order, readiness, restarts, and an end that leaves nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal.stack.children import Identity, wait_gone
from portal.stack.state import State
from portal.stack.supervisor import NotStarted, Part, Stopped, Supervisor

SLEEPER = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
FAMILY = (
    "import subprocess, sys, time; child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
    "print('child', child.pid, flush=True); time.sleep(600)"
)


def up(log: Path) -> bool:
    return "up" in log.read_text() or "child" in log.read_text()


def part(name: str, program: str, **more: object) -> Part:
    return Part(name, [sys.executable, "-c", program], ready=up, **more)  # type: ignore[arg-type]


def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Iterator[Supervisor]:
    one = Supervisor(State(tmp_path), lambda name, text: said.append(f"{name}: {text}"))
    yield one
    one.stopping.set()
    one.stop()


def identity(supervisor: Supervisor, layer: int = 0, place: int = 0) -> Identity:
    found = Identity.of(supervisor.layers[layer][place].process.pid)
    assert found is not None
    return found


def test_layers_start_in_order_and_end_in_reverse(supervisor: Supervisor, tmp_path: Path) -> None:
    tell = (
        "import signal, sys, time; from pathlib import Path\n"
        "def gone(*_):\n    open('ended', 'a').write(sys.argv[1]); sys.exit()\n"
        "signal.signal(15, gone); print('up', flush=True); time.sleep(600)"
    )
    for name in "abc":
        supervisor.start(Part(name, [sys.executable, "-c", tell, name], ready=up, cwd=tmp_path))
    assert [one.part.name for layer in supervisor.layers for one in layer] == ["a", "b", "c"]
    supervisor.stop()
    assert (tmp_path / "ended").read_text() == "cba"


def test_a_part_that_ends_while_starting_is_reported_with_its_last_words(supervisor: Supervisor) -> None:
    with pytest.raises(NotStarted, match=r"(?s)web ended with code 3 .*no such table"):
        supervisor.start(part("web", "import sys; print('no such table'); sys.exit(3)"))


def test_a_part_that_is_never_ready_is_reported(supervisor: Supervisor) -> None:
    with pytest.raises(NotStarted, match="is not ready after 0 s"):
        supervisor.start(part("web", "import time; time.sleep(600)", seconds=0.3))


def test_an_optional_part_may_fail(supervisor: Supervisor, said: list[str]) -> None:
    supervisor.start(part("asterisk", "import sys; sys.exit(1)", optional=True))
    assert "Going on without it" in said[-1]


def test_stopping_while_starting_does_not_wait(supervisor: Supervisor) -> None:
    threading.Timer(0.2, supervisor.stopping.set).start()
    began = time.monotonic()
    with pytest.raises(Stopped):
        supervisor.start(part("web", "import time; time.sleep(600)"))
    assert time.monotonic() - began < 3


def test_a_part_that_dies_is_started_again_and_that_is_said(supervisor: Supervisor, said: list[str]) -> None:
    supervisor.start(part("web", SLEEPER))
    first = identity(supervisor)
    watcher = threading.Thread(target=supervisor.watch)
    os.kill(first.pid, signal.SIGKILL)
    watcher.start()
    until(lambda: any("started again" in line for line in said))
    second = identity(supervisor)  # before the thread ends: a child dies with the thread that started it
    supervisor.stopping.set()
    watcher.join()
    assert any("web: ended with code -9; starts again in 0.5 s" in line for line in said)
    assert second != first


def test_restarts_back_off(supervisor: Supervisor, said: list[str]) -> None:
    supervisor.start(part("web", "import time; print('up', flush=True); time.sleep(0.2)"))
    watcher = threading.Thread(target=supervisor.watch)
    watcher.start()
    until(lambda: any("again in 1 s" in line for line in said))
    supervisor.stopping.set()
    watcher.join()
    waits = [line.split("again in ")[1].split(" s")[0] for line in said if "again in" in line]
    assert waits[:2] == ["0.5", "1"]


def test_a_stubborn_part_is_killed_and_that_is_said(supervisor: Supervisor, said: list[str]) -> None:
    supervisor.start(part("web", STUBBORN, patience=0.3))
    one = identity(supervisor)
    supervisor.stop()
    assert not one.alive()
    assert any("did not end within 0.3 s; killed" in line for line in said)


def test_the_children_of_a_part_end_with_it(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(part("web", FAMILY))
    grandchild = Identity.of(int((tmp_path / "logs" / "web.log").read_text().split()[1]))
    assert grandchild is not None
    supervisor.stop()
    assert wait_gone(grandchild, 2)


def test_the_next_start_ends_what_a_killed_one_left(tmp_path: Path, said: list[str]) -> None:
    """The child's end signal from the kernel is turned off here: what is left is the note with its start time."""
    child = subprocess.Popen([sys.executable, "-c", SLEEPER], start_new_session=True, stdout=subprocess.DEVNULL)
    state = State(tmp_path)
    state.remember("web", child.pid)
    stranger = subprocess.Popen([sys.executable, "-c", SLEEPER], start_new_session=True, stdout=subprocess.DEVNULL)
    Identity(stranger.pid, "another start").write(tmp_path / "pids" / "old.pid")
    threading.Thread(target=child.wait).start()
    Supervisor(state, lambda name, text: said.append(f"{name}: {text}")).end_leftovers()
    assert Identity.of(child.pid) is None
    assert stranger.poll() is None, "a pid that went to another process must be left alone"
    assert said == ["web: was left over from last time; ended"]
    assert list((tmp_path / "pids").iterdir()) == []
    stranger.kill()
    stranger.wait()


def test_a_killed_supervisor_takes_its_children_along(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from portal.stack.state import State\n"
        "from portal.stack.supervisor import Part, Supervisor\n"
        f"one = Supervisor(State(Path({str(tmp_path)!r})), print)\n"
        f"one.start(Part('web', [sys.executable, '-c', {SLEEPER!r}], ready=lambda log: 'up' in log.read_text()))\n"
        "print('pid', one.layers[0][0].process.pid, flush=True); time.sleep(600)"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = next(line for line in process.stdout if line.startswith("pid"))
    child = Identity.of(int(line.split()[1]))
    assert child is not None
    process.kill()
    process.wait()
    process.stdout.close()
    assert wait_gone(child, 5)
