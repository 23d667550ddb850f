"""One running Asterisk: its tree of files, its start in the foreground, and its end.

``python -m integrations.asterisk.instance`` installs Asterisk if needed, writes the tree and becomes Asterisk,
so that a supervisor's signals reach it directly.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import NoReturn

from integrations.asterisk import install, music, storefile
from integrations.asterisk.settings import Misconfigured, Settings, ami_secret, load, write_private

TEMPLATES = Path(__file__).parent / "etc"
FOLDERS = (
    *("etc", "lib", "run", "cache", "blobs", "events", "messages/recording", "messages/outbox"),
    *("log/cel-custom", "spool/tmp", "spool/outgoing", "spool/monitor", "spool/recording"),
    *("data/sounds", "data/moh", "data/keys", "data/agi-bin", "data/static-http", "lib/keys"),
)
BOOT_SECONDS = 20.0


class NotBooted(Exception):
    """Asterisk did not come up; the text holds the end of its log."""


def write(settings: Settings) -> Path:
    """Write an instance's tree (configuration, folders, an empty store) and return its ``asterisk.conf``.

    :raises NotInstallable: if there is no Asterisk in ``settings.prefix``.
    """
    home, prefix = settings.folder, Path(settings.prefix)
    for folder in FOLDERS:
        (home / folder).mkdir(parents=True, exist_ok=True, mode=0o700)
    storefile.prepare(settings.store)
    shared = prefix / "usr/share/asterisk"
    _link(home / "data/documentation", shared / "documentation")
    _link(home / "data/rest-api", shared / "rest-api")
    _link(home / "data/sounds/en", shared / "sounds/en_US_f_Allison")
    music.write(home / "data/moh/default.wav")
    for template in TEMPLATES.glob("*.conf"):
        write_configuration(settings, template.name)
    return home / "etc/asterisk.conf"


def write_configuration(settings: Settings, name: str) -> None:
    """Write one file of an instance's configuration."""
    text = (TEMPLATES / name).read_text()
    for place, value in _values(settings).items():
        text = text.replace(f"@{place}@", value)
    write_private(settings.folder / "etc" / name, text)


def _values(settings: Settings) -> dict[str, str]:
    values = {name.upper(): str(getattr(settings, name)) for name in settings.__struct_fields__}
    return values | {
        "NODE": settings.name,
        "STORE": str(storefile.current(settings.store)),
        "LIBRARIES": str(install.libraries(Path(settings.prefix))),
        "SOUNDS": str(Path(__file__).parent / "sounds"),
        "AMI_SECRET": ami_secret(settings),
        "TRUNK_MATCH": settings.trunk_match or settings.trunk_host,
    }


def _link(link: Path, target: Path) -> None:
    link.unlink(missing_ok=True)
    link.symlink_to(target)


def command(settings: Settings) -> list[str]:
    """Return the argument list of the instance; ``-f`` runs it in the foreground, ``-rx`` asks a running one."""
    return [*install.command(Path(settings.prefix)), "-C", str(settings.folder / "etc/asterisk.conf")]


def ask(settings: Settings, line: str) -> str:
    """Return what the running instance answers to a line of its command language."""
    answer = subprocess.run(
        [*command(settings), "-rx", line], capture_output=True, text=True, timeout=BOOT_SECONDS, check=False
    )
    return answer.stdout


def start(settings: Settings) -> subprocess.Popen[bytes]:
    """Start the instance, wait until it has fully booted, and return its process.

    :raises NotBooted: if it ends or is not up after 20 s.
    """
    write(settings)
    with (settings.folder / "log/console").open("ab") as console:
        process = subprocess.Popen([*command(settings), "-f", "-q"], stdout=console, stderr=console)
    deadline = time.monotonic() + BOOT_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if _booted(settings):
            return process
        time.sleep(0.05)
    stop(process)
    raise NotBooted((settings.folder / "log/console").read_text(errors="replace")[-1500:])


def _booted(settings: Settings) -> bool:
    if not (settings.folder / "run/asterisk.ctl").exists():
        return False
    return "fully booted" in ask(settings, "core waitfullybooted")


def stop(process: subprocess.Popen[bytes], seconds: float = 6.0) -> None:
    """End an instance, gently first."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def main() -> NoReturn:
    """Become the Asterisk of the node that the environment describes."""
    try:
        settings = load()
        install.install(Path(settings.prefix))
    except (Misconfigured, install.NotInstallable) as error:
        raise SystemExit(str(error)) from error
    write(settings)
    line = [*command(settings), "-f", "-q"]
    os.execv(line[0], line)  # noqa: S606 - no shell is wanted: this process becomes Asterisk


if __name__ == "__main__":
    main()
