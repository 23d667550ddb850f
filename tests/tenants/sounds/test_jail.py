"""What an upload could do that had taken over ffmpeg: read our secrets, reach our services. In the sandbox it can't.

ffmpeg itself is told to do it, with all its protocols allowed; outside the sandbox the same words do it.
"""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tenants.sounds import sandbox

METHODS = ["bwrap", "unshare"]
SECRET = "SECRET_KEY=hemligt-och-langt"
RAW = ["-f", "u8", "-ar", "8000", "-ac", "1"]
ANY = ["-nostdin", "-y", "-loglevel", "error", "-protocol_whitelist", "file,pipe,tcp,udp,http,unix"]


@pytest.fixture(params=METHODS)
def method(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A machine that has bwrap, and one that hasn't."""
    sandbox.ffmpeg()
    sandbox.method.cache_clear()
    if request.param != "bwrap":
        monkeypatch.setenv("PATH", "/var/empty")
    if sandbox.method() != request.param:
        sandbox.method.cache_clear()
        pytest.skip(f"this machine does not let us shut in by {request.param}")
    yield request.param
    sandbox.method.cache_clear()


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """The folder that a conversion gets."""
    folder = tmp_path / "job"
    folder.mkdir()
    tmp_path.chmod(0o755)
    return folder


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """A file as `make run` keeps its secrets in and systemd its environments."""
    path = tmp_path / "secrets.env"
    path.write_text(SECRET)
    path.chmod(0o600)
    return path


def outside(folder: Path, arguments: list[str]) -> None:
    """Run ffmpeg as a program that nothing shuts in."""
    subprocess.run([sandbox.ffmpeg(), *arguments], cwd=folder, check=True, capture_output=True, timeout=30)


def copying(path: str) -> list[str]:
    """Return how ffmpeg copies a file byte by byte to where its answer is read."""
    return [*ANY, *RAW, "-i", f"file:{path}", *RAW, "file:out"]


def test_our_secrets_cannot_be_read(method: str, job: Path, secrets: Path) -> None:
    if method != "bwrap" and os.geteuid() != 0:
        pytest.skip("without bwrap it is nobody's account that keeps files from it, and only root can become nobody")
    outside(job, copying(str(secrets)))
    assert (job / "out").read_text() == SECRET
    (job / "out").unlink()
    with pytest.raises(sandbox.Stopped, match=r"Permission denied|No such file"):
        sandbox.run(job, copying(str(secrets)))
    assert not (job / "out").exists()


def test_our_environment_cannot_be_read(method: str, job: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither its own, in which nothing of ours is, nor that of the process that started it."""
    monkeypatch.setenv("SECRET_KEY", SECRET)
    sandbox.run(job, copying("/proc/self/environ"))
    assert b"LANG=C" in (job / "out").read_bytes()
    assert SECRET.encode() not in (job / "out").read_bytes()
    (job / "out").unlink()
    if method != "bwrap" and os.geteuid() != 0:
        pytest.skip(
            "without bwrap it is nobody's account that keeps processes from it, and only root can become nobody"
        )
    outside(job, copying(f"/proc/{os.getpid()}/environ"))
    assert (job / "out").stat().st_size > 0
    (job / "out").unlink()
    with pytest.raises(sandbox.Stopped, match=r"Permission denied|No such file"):
        sandbox.run(job, copying(f"/proc/{os.getpid()}/environ"))


def test_nobody_can_be_reached(method: str, job: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(2)
        calling = [*ANY, "-f", "lavfi", "-i", "sine=440:d=1", "-f", "u8", f"tcp://127.0.0.1:{server.getsockname()[1]}"]
        outside(job, calling)
        server.accept()[0].close()
        with pytest.raises(sandbox.Stopped, match=r"Network is unreachable|Connection refused"):
            sandbox.run(job, calling)
        server.settimeout(0.3)
        with pytest.raises(TimeoutError):
            server.accept()
