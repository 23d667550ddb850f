"""Make the demo companies and say how to log in; run again, say it again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from tenants.customers import scope
from tenants.nodes import actions as nodes
from tenants.nodes.models import Node
from tenants.onboarding import demo, norrsken


class Command(BaseCommand):
    """Make Norrsken Bygg AB and a bakery, once. Logins and telephones are written to a file that only we can read."""

    help = "Make the demo companies unless they are there, and print how to log in."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file, and a password for every login."""
        parser.add_argument("--file", type=Path, default=settings.BASE_DIR / ".dev" / "demo.txt")
        parser.add_argument("--password", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make, write down, print."""
        file: Path = options["file"]
        made = demo.make(node(os.environ.get("NODE_NAME", "")), options["password"])
        if made:
            write(file, told(made))
        elif not file.exists():
            write(file, told(demo.Demo(demo.give_logins(options["password"]), ())))
        self.stdout.write(file.read_text())


def node(name: str) -> Node | None:
    """Return the node of a name, known to the portal from now on; None without a name."""
    if not name:
        return None
    with scope.wide("portal_staff"):
        found = Node.objects.filter(name=name).first()
        if found is None:
            nodes.issue_code(name=name)
        return found or Node.objects.get(name=name)


def write(file: Path, text: str) -> None:
    """Write a file that nobody else can read."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.chmod(0o600)
    file.write_text(text)


def told(made: demo.Demo) -> str:
    """Return how to log in to the pages and with the telephones."""
    logins = (
        (demo.ADMIN, "administrator of Norrsken Bygg"),
        (demo.USER, "user there"),
        (demo.OWNER, "administrator of Lilla Bageriet"),
        (demo.STAFF, "our own staff"),
    )
    rows = [f"{email:<22} {name:<13} {what}" for (email, name), what in logins]
    rows += [f"Password of all: {made.password}", ""]
    if made.telephones:
        rows.append(f"Telephones (extension, user name, password) to call {norrsken.MAIN_NUMBER} with")
    else:
        rows.append("Telephones: add one on the page of a person")
    rows += [f"{phone.extension}  {phone.username}  {phone.secret}  {phone.person}" for phone in made.telephones]
    return "\n".join(rows) + "\n"
