"""Trying a route as each of the cast."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

from tenants.customers.models import User


def client(who: User) -> Client:
    """Return a browser in which a user is logged in."""
    browser = Client()
    browser.force_login(who, "django.contrib.auth.backends.ModelBackend")
    return browser


def statuses(path: str, *people: User) -> dict[str, tuple[int, int]]:
    """Return by first name what GET and POST of a path answer."""

    def tried(who: User) -> tuple[int, int]:
        browser = client(who)
        return browser.get(path).status_code, browser.post(path).status_code

    return {who.name.split()[0]: tried(who) for who in people}


def text(response: Any) -> str:
    """Return a page as text."""
    return str(response.content.decode())


def versions_in(page: str) -> list[str]:
    """Return what the forms of a page post as version, in their order."""
    return re.findall(r'name="version"[^>]*? value="([^"]*)"', page)
