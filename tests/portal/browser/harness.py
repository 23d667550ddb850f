"""Chromium for tests of pages: visits that fail on any console message, and the three questions asked of each page.

Its fixtures are known everywhere by the root's conftest. There can be one browser a process: import them nowhere else.
Under our policy the browser refuses ``page.wait_for_function("…")``: wait with ``expect`` and locators.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, expect, sync_playwright

from tenants.customers.models import User
from tests.portal.browser.front import Front, serving

ROOT = Path(settings.BASE_DIR)
SHOTS = ROOT / ".dev" / "shots"
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
expect.set_options(timeout=15_000)
"""What comes late on a busy machine still comes; what never comes is found a little later."""
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
DESKTOP: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
NARROW: dict[str, Any] = {"viewport": {"width": 320, "height": 700}}
Theme = Literal["light", "dark"]
SIZES = {"desktop": DESKTOP, "phone": PHONE}
LOOKS = [
    pytest.param("desktop", "light"),
    pytest.param("phone", "dark", marks=pytest.mark.slow),
    pytest.param("desktop", "dark", marks=pytest.mark.slow),
    pytest.param("phone", "light", marks=pytest.mark.slow),
]
"""Every window with every theme. One of them sees each page in ``make test``, all of them in ``make test-all``."""


@dataclass
class Visit:
    """One browser tab, and everything that went wrong in it."""

    page: Page
    origin: str
    problems: list[str] = field(default_factory=list)
    allowed: set[int] = field(default_factory=set)

    def allow(self, *statuses: int) -> None:
        """Say which answers of 400 and above this test asks for."""
        self.allowed.update(statuses)

    def go(self, path: str) -> Response | None:
        """Open a page of the portal and wait until it and its type are there."""
        response = self.page.goto(self.origin + path)
        self.page.evaluate("() => document.fonts.ready.then(() => true)")
        return response

    def heard(self, message: ConsoleMessage) -> None:
        """Note a console message; those about an allowed answer are the browser's own."""
        status = re.search(r"status of (\d{3})", message.text)
        if message.type in {"error", "warning"} and not (status and int(status[1]) in self.allowed):
            self.problems.append(f"console {message.type}: {message.text}")

    def answered(self, response: Response) -> None:
        """Note an answer that says something is missing or broken."""
        if response.status >= 400 and response.status not in self.allowed:
            self.problems.append(f"{response.status} {response.url}")


def executable() -> str:
    """Return the Chromium of this machine. Without one: a failure in CI, a skip elsewhere."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found:
        return found
    reason = "Chromium is not installed (apt-get install chromium)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser a session; each visit has a context of its own."""
    # Playwright keeps an event loop in this thread, and Django would refuse the ORM beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def bundle() -> None:
    """The built stylesheet and script."""
    from portal.stack import build

    build.front_end()


@pytest.fixture(scope="session")
def front(live_server: Any) -> Iterator[Front]:
    """Pages and event streams behind one port, as in the product."""
    with serving((live_server.thread.host, live_server.thread.port)) as made:
        yield made


@pytest.fixture
def live_portal(bundle: None, transactional_db: None, front: Front) -> Iterator[str]:
    """The portal's own address, served to the browser. Streams hear of changes from the first visit on.

    Not before: ``plant`` can't copy a database that somebody is connected to.
    """
    yield front.url
    front.end()


Visitor = Callable[..., Visit]


@pytest.fixture
def visit(chromium: Browser, live_portal: str, front: Front) -> Iterator[Visitor]:
    """Make visits: ``visit(user, size=PHONE, theme="dark", language="en")``. A problem in any is a failure."""
    visits: list[Visit] = []

    def make(
        user: User | None = None, *, size: dict[str, Any] = DESKTOP, theme: Theme = "light", language: str = "sv"
    ) -> Visit:
        front.begin()
        locale = {"sv": "sv-SE", "en": "en-GB"}[language]
        context = chromium.new_context(
            **size, color_scheme=theme, locale=locale, reduced_motion="reduce", timezone_id="Europe/Stockholm"
        )
        if user is not None:
            _log_in(context, live_portal, user, language)
        visits.append(_watched(context.new_page(), live_portal))
        return visits[-1]

    yield make
    problems = [problem for made in visits for problem in made.problems]
    for made in visits:
        with suppress(Exception):
            made.page.context.close()
    assert not problems, "\n".join(problems)


def _watched(page: Page, origin: str) -> Visit:
    made = Visit(page, origin)
    page.on("console", made.heard)
    page.on("response", made.answered)
    page.on("pageerror", lambda error: made.problems.append(f"script: {error}"))
    return made


def _log_in(context: BrowserContext, origin: str, user: User, language: str) -> None:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    cookies = {
        settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value,
        settings.LANGUAGE_COOKIE_NAME: language,
    }
    context.add_cookies([{"name": name, "value": value, "url": origin} for name, value in cookies.items()])


def axe(page: Page) -> list[str]:
    """Return what axe finds against WCAG 2.2 AA and its own best practice, one line a place; empty is good.

    What is found is looked for once more: on a busy machine the browser may not have styled all of the page yet.
    """
    page.evaluate(AXE.read_text())
    if not (found := _found(page)):
        return found
    page.wait_for_timeout(1000)
    return _found(page)


def _found(page: Page) -> list[str]:
    found = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})"
        ".then(r => r.violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.target} – ${n.failureSummary}`)))",
        TAGS,
    )
    return [str(line) for line in found]


def overflow(page: Page) -> int:
    """Return how many pixels the page is wider than its window; 0 is good."""
    return int(page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def small_targets(page: Page, least: int = 24) -> list[str]:
    """Return the buttons, links and controls smaller than ``least`` pixels, words inside a sentence aside.

    A link whose ``::after`` lies over its whole card is as large as the card.
    """
    script = """least => [...document.querySelectorAll('button, a[href], input:not([type=hidden]), select, summary')]
      .filter(e => getComputedStyle(e, '::after').position !== 'absolute')
      .filter(e => e.checkVisibility() && getComputedStyle(e).display !== 'inline' && !e.closest('label'))
      .map(e => [e, e.getBoundingClientRect()])
      .filter(([e, b]) => b.width > 1 && (b.width < least || b.height < least))
      .map(([e, b]) => `${e.outerHTML.slice(0, 90)} ${Math.round(b.width)}×${Math.round(b.height)}`)"""
    return [str(line) for line in page.evaluate(script, least)]


def shoot(page: Page, name: str, *, full: bool = True) -> None:
    """Save a picture of the page in the git-ignored ``.dev/shots/`` for a person to look at, if SHOTS=1 asks for it.

    A long page in a phone's resolution takes longer to draw than all questions asked of it.
    """
    if os.environ.get("SHOTS") == "1":
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SHOTS / f"{name}.png", full_page=full)
