"""A person at the product's own address, in Chromium: logs in by the form, and nothing may go wrong unseen."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.portal.browser.harness import DESKTOP, Theme, Visit

RECEIPT_MS = r"Gäller i växeln efter ([\d\s]+) ms"


class Person(Visit):
    """Somebody's browser."""

    def __init__(
        self, chromium: Browser, origin: str, *, size: dict[str, Any] = DESKTOP, theme: Theme = "light"
    ) -> None:
        """Open a window; ``close`` closes it."""
        context = chromium.new_context(
            **size, color_scheme=theme, locale="sv-SE", reduced_motion="reduce", timezone_id="Europe/Stockholm"
        )
        super().__init__(context.new_page(), origin)
        self.page.on("console", self.heard)
        self.page.on("response", self.answered)
        self.page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))

    def log_in(self, email: str, password: str) -> Page:
        """Log in as people do."""
        self.go("/login/")
        self.page.get_by_label("E-post").fill(email)
        self.page.get_by_label("Lösenord").fill(password)
        self.page.get_by_role("button", name="Logga in").click()
        self.page.wait_for_url(lambda url: "/login/" not in url)
        return self.page

    def calm(self) -> None:
        """Fail if the browser complained of anything since the last time."""
        problems, self.problems[:] = list(self.problems), []
        assert not problems, "\n".join(problems)

    def close(self) -> None:
        """Close the window."""
        self.page.context.close()


def toast(page: Page, words: str) -> None:
    """Wait for a toast that says something."""
    expect(page.locator(".toast")).to_contain_text(words)
