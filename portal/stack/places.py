"""Where a server may keep its files, and as whom it may run."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

SOCKET_PATH_LIMIT = 107  # bytes in sockaddr_un, less the closing zero


@dataclass(frozen=True, slots=True)
class Account:
    """An operating system account to run a child as."""

    name: str
    uid: int
    gid: int


def unprivileged() -> Account | None:
    """Return whom PostgreSQL runs as when we are root (it refuses root), or None when we are a plain user."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise RuntimeError("running as root needs an account named postgres or nobody to drop to")


def may(account: Account | None, flag: str, path: Path) -> bool:
    """Tell whether the account passes test(1) ``-x``, ``-r`` or ``-w`` on a path, all its parents included."""
    command = ["test", f"-{flag}", str(path)]
    if account is None:
        return subprocess.run(command, check=False).returncode == 0
    found = subprocess.run(command, check=False, user=account.uid, group=account.gid, extra_groups=[])
    return found.returncode == 0


def own(path: Path, account: Account | None) -> Path:
    """Make a private folder that belongs to the account; its parents are left as they are."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if account is not None:
        os.chown(path, account.uid, account.gid)
    return path


def reachable_folder(wanted: Path, account: Account | None) -> Path:
    """Return ``wanted``, made and owned by the account, or a folder elsewhere if the account can't get there.

    A checkout under ``/root`` (mode 0700) is the usual case: its twin under ``/var/tmp`` is named after the path, so
    the next start finds the same one.
    """
    own(wanted, account)
    if may(account, "w", wanted) and may(account, "x", wanted):
        return wanted
    wanted.rmdir() if not any(wanted.iterdir()) else None
    return own(outside(wanted), account)


def outside(wanted: Path) -> Path:
    """Return the folder under ``/var/tmp`` that stands in for one that others can't reach.

    :raises PermissionError: if somebody else made it before us, or others may write in it.
    """
    digest = hashlib.sha256(str(wanted.resolve()).encode()).hexdigest()[:12]
    root = Path("/var/tmp") / f"portal-{os.geteuid()}-{digest}"  # noqa: S108  (its owner and mode are checked below)
    root.mkdir(mode=0o711, exist_ok=True)
    about = root.lstat()
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.geteuid() or about.st_mode & 0o022:
        raise PermissionError(f"{root} belongs to somebody else")
    return root / wanted.name


def stand_in(path: Path) -> Path | None:
    """Return the folder under ``/var/tmp`` that a path of ours lies in, or None if it lies elsewhere."""
    prefix = f"/var/tmp/portal-{os.geteuid()}-"  # noqa: S108  (nothing is made here)
    return next(
        (parent for parent in path.parents if str(parent).startswith(prefix) and parent.parent.name == "tmp"), None
    )


def reachable_copy(tree: Path, probe: Path, account: Account | None) -> Path:
    """Return ``tree``, or a copy of it that the account can read; ``probe`` is an executable in it, relative."""
    if may(account, "x", tree / probe):
        return tree
    copy = outside(tree)
    if not may(account, "x", copy / probe):
        copy.parent.chmod(0o711)
        shutil.copytree(tree, copy, symlinks=True, dirs_exist_ok=True)
        copy.chmod(0o755)
    return copy


def socket_folder(wanted: Path, socket_name: str, account: Account | None) -> Path:
    """Return a folder whose socket path fits in the kernel's 107 bytes: ``wanted``, or a fresh one under /tmp."""
    if len(os.fsencode(wanted / socket_name)) <= SOCKET_PATH_LIMIT:
        return own(wanted, account)
    return own(Path(tempfile.mkdtemp(prefix="portal-", dir="/tmp")), account)
