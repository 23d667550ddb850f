"""Seal every secret in the database under the newest key."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.keys import actions
from tenants.sealing import new_key, newest


class Command(BaseCommand):
    """Bring all sealed values under the first key of FIELD_KEYS. May run while the product does, and again."""

    help = "Seal every secret under the first key of FIELD_KEYS; --new ID prints a fresh key, --check only counts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to do instead of rotating, and how many rows at a time."""
        parser.add_argument("--new", metavar="ID", help="print a fresh key with this id, to be put first in FIELD_KEYS")
        parser.add_argument("--check", action="store_true", help="count what lies under older keys; fail if any does")
        parser.add_argument("--chunk", type=int, default=actions.CHUNK, help="rows in one transaction")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it and say how many; fail if something could not be opened."""
        if options["new"]:
            self._print_new(options["new"])
        elif options["check"]:
            self._check()
        else:
            self._rotate(options["chunk"])

    def _print_new(self, ident: str) -> None:
        try:
            self.stdout.write(new_key(ident))
        except ValueError as error:
            raise CommandError(str(error)) from error

    def _check(self) -> None:
        found = actions.waiting()
        for column, count in found.items():
            self.stdout.write(f"{column}: {count} under an older key than {newest()}")
        if any(found.values()):
            raise CommandError("older keys are still needed: run rotate_keys")

    def _rotate(self, chunk: int) -> None:
        if chunk < 1:
            raise CommandError("--chunk must be at least 1")
        tally = actions.rotate(chunk=chunk)
        self.stdout.write(f"{sum(tally.done.values())} secrets sealed under {newest()}")
        for place in tally.unopenable:
            self.stderr.write(f"can't be opened by any key of FIELD_KEYS: {place}")
        if tally.unopenable:
            raise CommandError(f"{len(tally.unopenable)} secrets were left as they are: keep the old keys")
