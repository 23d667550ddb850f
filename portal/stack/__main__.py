"""`python -m portal.stack [run | build | manage … | roles URL]`; `make run` is the first."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from portal.stack import build, postgres, run
from portal.stack.plan import GIVEN, ROOT, Incomplete, Plan
from portal.stack.state import AlreadyRunning

OWNER_COMMANDS = {"migrate", "makemigrations", "sqlmigrate", "dbshell"}


def manage(folder: Path, arguments: list[str]) -> None:
    """Become `manage.py` with the environment of the running stack; schema commands log in as the owner."""
    plan = Plan.load(folder)
    cluster = postgres.cluster_at(folder) if plan.own_database else None
    role = "OWNER" if OWNER_COMMANDS & set(arguments[:1]) else "APP"
    os.chdir(ROOT)
    command = [sys.executable, "manage.py", *arguments]
    os.execve(sys.executable, command, plan.environment(role, cluster))  # noqa: S606  (no shell is wanted)


def roles(url: str) -> None:
    """Make the roles and the database on a server of yours; print the URLs to keep."""
    passwords = {name: postgres.new_password() for name in postgres.LOGINS}
    postgres.make_roles(url, passwords)
    postgres.make_database(url)
    host = url.rpartition("@")[2].partition("/")[0]
    for name, login in zip(GIVEN, ("portal_app", "portal_owner", "portal_worker"), strict=True):
        print(f"{name}=postgresql://{login}:{passwords[login]}@{host}/portal")


def main() -> int:
    """Read the command line and do it."""
    parser = argparse.ArgumentParser(prog="python -m portal.stack", description=__doc__)
    parser.add_argument("--state", type=Path, default=ROOT / ".dev", help="where state lies (default: .dev)")
    what = parser.add_subparsers(dest="what")
    everything = what.add_parser("run", help="start everything and look after it (the default)")
    everything.add_argument("--without", choices=["demo", "node", "asterisk"], action="append", default=[])
    what.add_parser("build", help="bundle the front end, compile translations")
    what.add_parser("forget", help="remove all local state")
    what.add_parser("manage", help="a management command in the stack's environment").add_argument(
        "arguments", nargs=argparse.REMAINDER
    )
    what.add_parser("roles", help="make roles and database on your own server").add_argument("url")
    given = parser.parse_args()
    folder = given.state.resolve()
    try:
        return act(given, folder)
    except (Incomplete, AlreadyRunning, RuntimeError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 1


def act(given: argparse.Namespace, folder: Path) -> int:
    """Do what the command line asks for."""
    match given.what:
        case "build":
            build.front_end()
            build.translations()
        case "forget":
            run.forget(folder)
        case "manage":
            manage(folder, given.arguments)
        case "roles":
            roles(given.url)
        case _:
            return run.run(folder, frozenset(getattr(given, "without", ())))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
