"""Running ffmpeg where it can do no harm: bwrap where it works, else limits, no network and nobody's account.

What somebody uploads is parsed by a large C program. It sees one folder, has no network, and ends by itself.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Literal

Method = Literal["bwrap", "unshare", "rlimits"]

SECONDS = 30
_JAIL = Path(__file__).with_name("jail.py")


class NoFfmpeg(Exception):
    """There is no ffmpeg, neither on the path nor as the wheel imageio-ffmpeg."""


class Stopped(Exception):
    """The program took too long or too much, or did not like what it was given. ``said`` is its last words."""

    def __init__(self, said: str) -> None:
        self.said = said
        super().__init__(said)


@cache
def ffmpeg() -> Path:
    """Return the ffmpeg to use: the path's, else the wheel's.

    :raises NoFfmpeg: if there is none.
    """
    found = shutil.which("ffmpeg")
    if found:
        return Path(found).resolve()
    try:
        import imageio_ffmpeg

        return Path(imageio_ffmpeg.get_ffmpeg_exe()).resolve()
    except (ImportError, RuntimeError) as error:
        raise NoFfmpeg("install ffmpeg, or pip install imageio-ffmpeg") from error


@cache
def method() -> Method:
    """Return how programs are shut in on this machine; tried once, by doing it."""
    if shutil.which("bwrap") and _works(_bwrap(Path("/tmp"), ffmpeg(), ["-version"])):  # noqa: S108
        return "bwrap"
    return "unshare" if _works([sys.executable, "-I", "-S", str(_JAIL), "--network"]) else "rlimits"


def run(folder: Path, arguments: Sequence[str]) -> str:
    """Run ffmpeg in a folder that it alone may write to, and return what it said.

    :raises Stopped: if it failed, or ran past its limits.
    """
    folder.chmod(0o777)
    command = _bwrap if method() == "bwrap" else _jail
    try:
        done = subprocess.run(
            command(folder, ffmpeg(), arguments), capture_output=True, timeout=SECONDS, stdin=subprocess.DEVNULL,
            check=False, env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LANG": "C"},
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise Stopped("timeout") from error
    said = done.stderr.decode(errors="replace")
    if done.returncode:
        raise Stopped(said[-2000:])
    return said


def _works(command: Sequence[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=10, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _jail(folder: Path, program: Path, arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-I", "-S", str(_JAIL), str(folder), str(program), *arguments]


def _bwrap(folder: Path, program: Path, arguments: Sequence[str]) -> list[str]:
    """Build an empty machine of system folders, Python, the program and one folder; jail.py sets limits in it."""
    seen = ["/usr", "/bin", "/lib", "/lib64", "/etc/alternatives", "/etc/ld.so.cache", "/etc/passwd"]
    seen += [sys.base_prefix, sys.prefix, str(program), str(_JAIL)]
    binds = [word for path in seen if Path(path).exists() for word in ("--ro-bind", path, path)]
    return [
        "bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", *binds,
        "--proc", "/proc", "--dev", "/dev", "--bind", str(folder), "/job", "--chdir", "/job",
        *_jail(Path("/job"), program, arguments),
    ]  # fmt: skip
