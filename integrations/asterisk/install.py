"""Installs Asterisk 22 from Debian's packages into a folder, without root and without touching the system.

apt resolves and downloads under a private state (so it believes nothing is installed and fetches the whole
closure, libc included), ``dpkg-deb`` unpacks into a prefix, and Asterisk is run through the prefix's own
ld.so. The mirror is the one the machine already uses; only the suite differs, because Debian's stable
releases carry no Asterisk.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

SUITE = "forky"
PACKAGES = ("asterisk", "asterisk-core-sounds-en-gsm")
SERIES = "22."
CACHE = (Path(__file__).parents[2] / ".cache" / "asterisk").resolve()
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
LEFT_OUT = ("./usr/share/doc/*", "./usr/share/man/*", "./usr/share/locale/*")


class NotInstallable(Exception):
    """Asterisk can't be installed here; the text says why and what would help."""


def libraries(prefix: Path) -> Path:
    """Return the folder of the prefix that holds its ld.so and libraries.

    :raises NotInstallable: if nothing (whole) is unpacked there.
    """
    found = sorted(prefix.glob("usr/lib/*/asterisk/modules"))
    if not found:
        raise NotInstallable(f"there is no Asterisk in {prefix}")
    return found[0].parents[1]


def command(prefix: Path) -> list[str]:
    """Return the argument list that starts the prefix's Asterisk by its own ld.so; options follow it.

    :raises NotInstallable: if nothing is installed there.
    """
    folder = libraries(prefix)
    loaders = sorted(folder.glob("ld-linux-*.so.*"))
    if not loaders:
        raise NotInstallable(f"there is no ld.so in {folder}")
    return [str(loaders[0]), "--library-path", str(folder), "--argv0", "asterisk", str(prefix / "usr/sbin/asterisk")]


def version(prefix: Path) -> str:
    """Return the version of the Asterisk in a prefix, for instance ``22.10.1``.

    :raises NotInstallable: if none runs there or it is of another series than 22.
    """
    answer = subprocess.run([*command(prefix), "-V"], capture_output=True, text=True, timeout=20, check=False)
    match = re.search(r"Asterisk (\d[\w.]*)", answer.stdout)
    if not match:
        raise NotInstallable(f"the Asterisk in {prefix} does not run: {answer.stderr.strip()[-300:]}")
    if not match[1].startswith(SERIES):
        raise NotInstallable(f"{prefix} holds Asterisk {match[1]}, but the node is made for {SERIES}x")
    return match[1]


def install(prefix: Path = CACHE) -> str:
    """Make sure a prefix holds a working Asterisk 22 and return its version. Does nothing if it does.

    :raises NotInstallable: if it can't be done here.
    """
    try:
        return version(prefix)
    except (NotInstallable, OSError):
        pass
    for tool in ("apt-get", "dpkg-deb", "tar"):
        if not shutil.which(tool):
            raise NotInstallable(f"{tool} is missing: Asterisk is installed from Debian's packages, by apt")
    with _alone(prefix.with_name(prefix.name + ".lock")):
        try:
            return version(prefix)  # somebody else installed it while we waited
        except (NotInstallable, OSError):
            return _install(prefix, prefix.with_name(prefix.name + ".apt"))


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Let one process install at a time; tests and the supervisor may start at once."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _install(prefix: Path, state: Path) -> str:
    """Unpack beside the prefix and move it there whole, so that a broken download never looks installed."""
    fresh = prefix.with_name(f"{prefix.name}.{os.getpid()}")
    try:
        environment = _private_state(state, mirror())
        _apt(environment, "update")
        _apt(environment, "-y", "--download-only", "install", *PACKAGES)
        for package in sorted((state / "cache/archives").glob("*.deb")):
            _unpack(package, fresh)
        found = version(fresh)
        shutil.rmtree(prefix, ignore_errors=True)
        fresh.rename(prefix)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(state, ignore_errors=True)
    return found


def mirror(etc: Path = Path("/etc/apt")) -> str:
    """Return the Debian mirror this machine uses: the first source whose suites are Debian's own.

    :raises NotInstallable: if there is none.
    """
    for address, key in _sources(etc):
        if "debian-archive-keyring" in key or re.search(r"/debian/?$", address):
            return address
    raise NotInstallable("no Debian mirror among apt's sources; Asterisk is installed from Debian's packages")


def _sources(etc: Path) -> Iterator[tuple[str, str]]:
    """Yield (address, keyring) of every binary source, from both of apt's formats."""
    for path in sorted(etc.glob("sources.list.d/*.sources")):
        for stanza in re.split(r"\n\s*\n", path.read_text()):
            fields = dict(re.findall(r"^([\w-]+):[ \t]*(.*)$", stanza, re.MULTILINE))
            if "deb" in fields.get("Types", "").split() and fields.get("Enabled", "yes") != "no":
                yield from ((address, fields.get("Signed-By", "")) for address in fields.get("URIs", "").split())
    for path in [etc / "sources.list", *sorted(etc.glob("sources.list.d/*.list"))]:
        if path.is_file():
            found = re.findall(r"^deb\s+(?:\[([^]]*)\]\s+)?(\S+)", path.read_text(), re.MULTILINE)
            yield from ((address, options) for options, address in found)


def _private_state(state: Path, address: str) -> dict[str, str]:
    """Make apt's own world under ``state`` and return the environment in which apt lives in it.

    The suite may be a frozen copy, hence ``check-valid-until=no``; its signature is still verified.
    """
    for part in ("lists/partial", "cache/archives/partial", "preferences.d"):
        (state / part).mkdir(parents=True, exist_ok=True)
    (state / "status").touch()
    signed = f"signed-by={KEYRING} " if KEYRING.is_file() else ""
    (state / "sources.list").write_text(f"deb [{signed}check-valid-until=no] {address} {SUITE} main\n")
    settings = {
        "Dir::State": state,
        "Dir::State::lists": state / "lists",
        "Dir::State::status": state / "status",
        "Dir::Cache": state / "cache",
        "Dir::Etc::sourcelist": state / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": state / "preferences.d",
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
        "Debug::NoLocking": "true",
    }
    (state / "apt.conf").write_text("".join(f'{name} "{value}";\n' for name, value in settings.items()))
    return {**os.environ, "APT_CONFIG": str(state / "apt.conf"), "LC_ALL": "C.UTF-8"}


def _apt(environment: Mapping[str, str], *arguments: str) -> None:
    answer = subprocess.run(
        ["apt-get", "-q", *arguments], env=environment, capture_output=True, text=True, timeout=900, check=False
    )
    if answer.returncode:
        raise NotInstallable(f"apt-get {arguments[0]} failed: {(answer.stderr or answer.stdout).strip()[-600:]}")


def _unpack(package: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    left_out = [f"--exclude={pattern}" for pattern in LEFT_OUT]
    reader = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE)
    try:
        writer = ["tar", "-x", "-C", str(target), "--no-same-owner", *left_out]
        subprocess.run(writer, stdin=reader.stdout, check=True, timeout=300)
    except subprocess.SubprocessError as error:
        raise NotInstallable(f"{package.name} could not be unpacked: {error}") from error
    finally:
        if reader.stdout:
            reader.stdout.close()
        broken = reader.wait()
    if broken:
        raise NotInstallable(f"{package.name} is no whole package")


def main() -> int:
    """Install from the command line: ``python -m integrations.asterisk.install [prefix]``."""
    parser = argparse.ArgumentParser(description="Install Asterisk 22 into a folder, without root.")
    parser.add_argument("prefix", nargs="?", type=Path, default=CACHE)
    prefix = parser.parse_args().prefix.resolve()
    try:
        sys.stdout.write(f"Asterisk {install(prefix)} in {prefix}\n")
    except NotInstallable as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
