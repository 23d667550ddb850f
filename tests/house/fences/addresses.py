"""Every address of the portal, filled in with rows that are there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

NAMED = {
    "opening-hours": "schedule",
    "schedules": "schedule",
    "menus": "menu",
    "groups": "group",
    "timeswitches": "timeswitch",
    "announcements": "announcement",
    "people": "person",
    "devices": "device",
    "mailboxes": "mailbox",
    "messages": "message",
    "prompts": "prompt",
    "takes": "take",
    "numbers": "number",
    "externals": "externalnumber",
    "changes": "change",
    "saves": "change",
    "admins": "membership",
    "logins": "membership",
    "sites": "site",
    "webhooks": "endpoint",
    "periods": "period",
    "exceptions": "exceptionrule",
    "test-calls": "testcall",
    "nodes": "node",
    "releases": "release",
    "events": "event",
    "customers": "customer",
}
"""What a parameter stands for, by the word before it in the address; a release is named by its generation."""

GIVEN = {"day": "2026-12-24", "user": "MQ", "token": "1" * 8, "sha256": "1" * 64}
"""Parameters that name no row."""

SENT = {
    "c/<customer>/opening-hours/<ident>/lunch/": {"weekday": "0"},
    "c/<customer>/call-flow/<number>/save/": {"step": "number/{number}"},
    "c/<customer>/call-flow/<number>/remove/": {"step": "menu/{menu}"},
    "c/<customer>/call-flow/<number>/add/": {"add": "number/{number}"},
}
"""What a form must name besides its address to be of anything that is there."""

Rows = dict[str, models.Model]


@dataclass(frozen=True)
class Route:
    """An address with the names of its parameters."""

    address: str
    parameters: tuple[tuple[str, type], ...]

    def at(self, slug: str, rows: Rows) -> str:
        """Return the address filled in.

        :raises KeyError: if there is no row for one of its parameters; then `NAMED` lacks a word.
        """
        words = self.address.split("/")
        for place, word in enumerate(words):
            if word.startswith("<"):
                words[place] = slug if word == "<customer>" else self._value(word[1:-1], words[place - 1], rows)
        return "/" + "/".join(words)

    def _value(self, name: str, before: str, rows: Rows) -> str:
        if name in GIVEN:
            return GIVEN[name]
        row = rows[NAMED.get(before, name)]
        uuid = type(dict(self.parameters)[name]).__name__ == "UUIDConverter"
        return str(getattr(row, "generation" if name == "generation" else "uuid" if uuid else "pk"))

    def sent(self, rows: Rows) -> dict[str, str]:
        """Return what is posted."""
        idents = {name: row.pk for name, row in rows.items()}
        return {name: value.format(**idents) for name, value in SENT.get(self.address, {}).items()}


def walk(resolver: URLResolver, before: str = "", given: tuple[tuple[str, type], ...] = ()) -> Iterator[Route]:
    """Yield every address of a URLconf."""
    for part in resolver.url_patterns:
        assert isinstance(part.pattern, RoutePattern) or str(part.pattern) == "", f"an address by regex: {part.pattern}"
        text, here = _plain(part.pattern), (*given, *part.pattern.converters.items())
        if isinstance(part, URLPattern):
            yield Route(before + text, here)
        else:
            yield from walk(part, before + text, here)


def _plain(pattern: object) -> str:
    text = str(pattern)
    for name in getattr(pattern, "converters", {}):
        for prefix in ("slug", "int", "str", "uuid", "path", "iso-date", ""):
            text = text.replace(f"<{prefix}:{name}>" if prefix else f"<{name}>", f"<{name}>")
    return text


ROUTES = [route for route in walk(get_resolver()) if route.address != "api/v1/"]
CUSTOMERS = [route for route in ROUTES if "<customer>" in route.address]
STAFF = [
    route
    for route in ROUTES
    if route.address.startswith(("staff/", "styleguide/")) or route.address == "api/v1/customers/"
]
