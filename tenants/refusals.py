"""How the house says no."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refusal(Exception):
    """The house says no, in words the person may read.

    ``code`` is stable, for machines. ``field`` names the input at fault, where there is one; ``pointer``
    is the same for the API, a JSON pointer (RFC 6901), which a door may make more exact.
    """

    code = "refused"
    message: str | Promise = ""
    field: str | None = None

    def __init__(self, message: str | Promise | None = None, *, field: str | None = None) -> None:
        self.message = message if message is not None else self.message
        self.field = field if field is not None else self.field
        self.pointer = f"/{self.field}" if self.field else None
        super().__init__(str(self.message))


class Conflict(Refusal):
    """Somebody else changed the same thing first."""

    code = "conflict"
    message = _("Någon annan har ändrat det här under tiden. Ladda om sidan för att se vad som gäller nu.")


def refuse_stale(now: int, seen: int) -> None:
    """Refuse to write over what somebody else saved since the version that was seen.

    :raises Conflict: if the versions differ.
    """
    if now != seen:
        raise Conflict


@contextmanager
def constraints(known: Mapping[str, Callable[[], Refusal]]) -> Iterator[None]:
    """Turn the database's own refusals into ours, by constraint name, inside a savepoint.

    The database alone decides what is unique and what is still pointed at; asking first would race.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        make = known.get(getattr(diagnosis, "constraint_name", None) or "")
        if make is None:
            raise
        raise make() from error
