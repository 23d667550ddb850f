"""Shut this process in, then become the program given: ``python -I jail.py <folder> <program> <argument>…``.

A file of its own that imports nothing of ours: it starts in milliseconds and nothing of the portal is in the
memory of what it becomes. Limits come first, then a network of its own (with nothing in it) where the kernel
lets us, then nobody's account where we are root. It prints nothing; what it may not do, it leaves out.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import resource
import sys

NEW_USER, NEW_NET, NEW_IPC = 0x10000000, 0x40000000, 0x08000000
NO_NEW_PRIVILEGES = 38
MEMORY = 512 * 1024 * 1024
FILE = 64 * 1024 * 1024
CPU_SECONDS = 20


def limit() -> None:
    """Cap time, memory, file size, open files and core dumps."""
    limits = {
        resource.RLIMIT_CPU: CPU_SECONDS,
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_FSIZE: FILE,
        resource.RLIMIT_NOFILE: 64,
        resource.RLIMIT_CORE: 0,
    }
    for kind, value in limits.items():
        resource.setrlimit(kind, (value, value))


def leave_the_network() -> bool:
    """Move into an empty network; tell whether the kernel let us."""
    flags = NEW_NET | NEW_IPC
    unshare = ctypes.CDLL(None, use_errno=True).unshare
    return bool(unshare(flags) == 0 or unshare(flags | NEW_USER) == 0)


def become_nobody() -> None:
    """Give up root, if we have it."""
    if os.geteuid() != 0:
        return
    try:
        nobody = pwd.getpwnam("nobody")
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)
    except (KeyError, OSError):
        return


def main(folder: str, program: str, *arguments: str) -> None:
    """Shut in and become the program."""
    os.chdir(folder)
    inside = os.open(program, os.O_RDONLY)  # nobody may be unable to walk the path to it, under /root for instance
    leave_the_network()
    become_nobody()
    ctypes.CDLL(None).prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    limit()
    os.execve(inside, [program, *arguments], {"PATH": "/usr/bin:/bin", "LANG": "C", "MALLOC_ARENA_MAX": "1"})  # noqa: S606


if __name__ == "__main__":
    if sys.argv[1:] == ["--network"]:
        sys.exit(0 if leave_the_network() else 1)
    main(*sys.argv[1:])
