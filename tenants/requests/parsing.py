"""Reading a JSON body: what nothing here can hold is refused before anybody looks at it, with its place."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Mapping
from functools import reduce
from typing import Any, Final

from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ParseError, ValidationError
from rest_framework.parsers import JSONParser, MultiPartParser

Place = tuple[str | int, ...]
DEEPEST: Final = 32
"""Levels; what the API takes has six at most. Python's own readers and writers of JSON end at about a thousand."""


class Json(JSONParser):
    """JSON that rows, logs and answers can hold: real characters, finite numbers, a few levels."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        """Return what a body says.

        :raises ParseError: if it is no JSON, or nested beyond reason.
        :raises ValidationError: at the first text or number that is none.
        """
        try:
            body = super().parse(*args, **kwargs)
        except ParseError as error:
            raise ParseError(_("Det som skickades är inte JSON som går att läsa.")) from error
        except RecursionError as error:
            raise _too_deep() from error
        for place, value in _parts(body):
            if fault := _fault(value):
                raise ValidationError(_at(place, fault))
        return body


class Form(MultiPartParser):
    """A form with files."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        """Return what a form holds.

        :raises ParseError: if it is none.
        """
        try:
            return super().parse(*args, **kwargs)
        except (ParseError, LookupError) as error:
            raise ParseError(_("Det som skickades är inget formulär som går att läsa.")) from error


def _too_deep() -> ParseError:
    return ParseError(_("Det som skickades är nästlat i för många nivåer."))


def _parts(body: Any) -> Iterator[tuple[Place, Any]]:
    """Yield every value and key with its place, a key at what holds it. No recursion: it may be deep."""
    waiting: deque[tuple[Place, Any]] = deque([((), body)])
    while waiting:
        place, value = waiting.popleft()
        if len(place) > DEEPEST:
            raise _too_deep()
        yield place, value
        if isinstance(value, Mapping):
            yield from ((place, name) for name in value)
        if isinstance(value, (Mapping, list)):
            inner = value.items() if isinstance(value, Mapping) else enumerate(value)
            waiting += [((*place, name), part) for name, part in inner]


def _fault(value: Any) -> ErrorDetail | None:
    """Return what is wrong with a text or number: half a surrogate pair (RFC 8259 8.2), or more than a float holds."""
    if isinstance(value, str) and not value.isascii() and any("\ud800" <= sign <= "\udfff" for sign in value):
        return ErrorDetail(_("Texten har ett halvt tecken i sig."), code="no_text")
    if isinstance(value, float) and not math.isfinite(value):
        return ErrorDetail(_("Talet är för stort."), code="no_number")
    return None


def _at(place: Place, fault: ErrorDetail) -> Any:
    """Return a fault nested as DRF nests those of serializers."""
    found: Any = reduce(lambda inner, name: {name: inner}, reversed(place), [fault])  # type: ignore[arg-type, return-value]
    return found
