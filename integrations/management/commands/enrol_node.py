"""Let a switch node in."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from tenants.customers import scope
from tenants.nodes import actions


class Command(BaseCommand):
    """Print a one-time code with which a node enrols under a name. It is valid for a day and shown only now."""

    help = "Print a one-time code with which a switch node enrols under NAME, new or known."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the node's name."""
        parser.add_argument("name", metavar="NAME")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the code and nothing else."""
        with scope.wide("portal_staff"):
            code = actions.issue_code(name=options["name"])
        self.stdout.write(code)
