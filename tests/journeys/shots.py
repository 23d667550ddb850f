"""Pictures of every page with the demo company in it: `python -m tests.journeys.shots [FOLDER]`, .dev/shots by default.

Each page that the menus lead to, and the first things that each list leads to, at 1440×900 and 390×844, light and dark.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterable, Iterator
from itertools import product as combinations
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

import tests.conftest  # noqa: F401  (it configures Django, which the browser's harness needs; it must be the first)
from tests.journeys.browsing import Person, toast
from tests.journeys.product import ROOT, Product, until
from tests.portal.browser.harness import DESKTOP, FLAGS, PHONE, Theme, executable

SLUG = "norrsken-bygg"
HOME = f"/c/{SLUG}/"
LOOKS: tuple[tuple[str, Theme], ...] = tuple(combinations(("desktop", "phone"), ("light", "dark")))
WINDOWS = {"desktop": DESKTOP, "phone": PHONE}
README = ROOT / "docs" / "img" / "opening-hours.png"
MENU = "nav a[href^='/c/'], nav a[href^='/staff/']"
FIRST = (
    "main th a[href], main .rows a.row-title[href^='/'], main a.flow-link[href], main a[href*='/try/'],"
    "main h2 a[href], main h3 a[href]"
)
MORE = (f"{HOME}publishing/review/", f"{HOME}opening-hours/", "/staff/customers/new/", "/choose-company/")


def addresses(person: Person, start: str) -> list[str]:
    """Return where the menu leads, and the first two places each of those pages leads to."""
    person.go(start)
    found = list(dict.fromkeys([start, *_links(person, MENU)]))
    for address in list(found):
        person.go(address)
        found += _links(person, FIRST)[:2]
    return list(dict.fromkeys(found))


def _links(person: Person, selector: str) -> list[str]:
    """Return the addresses of what a selector finds, under the portal's own origin and without a fragment."""
    script = "links => links.map(link => link.pathname + link.search)"
    return [str(address) for address in person.page.locator(selector).evaluate_all(script)]


def name_of(address: str) -> str:
    """Return a file's name for an address: /c/norrsken-bygg/menus/7/ is menus-7."""
    return re.sub(r"[^a-z0-9]+", "-", address.removeprefix(HOME).removeprefix("/c/")).strip("-") or "overview"


def visitors(chromium: Browser, product: Product, look: tuple[str, Theme]) -> Iterator[tuple[Person, str]]:
    """Yield each kind of reader in a look, logged in, with where they start; nobody first."""
    size, theme = look
    demo = product.demo()
    for email, start in (("", "/login/"), (demo["admin"], HOME), (demo["staff"], "/staff/")):
        person = Person(chromium, product.site, size=WINDOWS[size], theme=theme)
        if email:
            person.log_in(email, demo["password"])
        yield person, start
        person.close()


def take(chromium: Browser, product: Product, folder: Path) -> int:
    """Take all pictures; return how many."""
    known: dict[str, list[str]] = {}
    taken = 0
    for look in LOOKS:
        for person, start in visitors(chromium, product, look):
            if start not in known:
                seen = addresses(person, start)
                known[start] = seen + [more for more in MORE if more.startswith(start) and more not in seen]
            taken += sum(1 for _ in _shoot(person, known[start], folder, "-".join(look)))
    return taken


def _shoot(person: Person, paths: Iterable[str], folder: Path, look: str) -> Iterator[Path]:
    for path in paths:
        person.go(path)
        target = folder / f"{name_of(path)}-{look}.png"
        person.page.screenshot(path=target, full_page=True)
        yield target


def for_readme(chromium: Browser, product: Product) -> Path:
    """Save Friday till 15:00 as the story does, and picture the page with the switch's own receipt."""
    person, demo = Person(chromium, product.site), product.demo()
    page = person.log_in(demo["admin"], demo["password"])
    person.go(f"{HOME}opening-hours/")
    page.get_by_label("Fredag, till").fill("15")
    page.get_by_label("Fredag, till").press("Enter")
    toast(page, "Sparat")
    expect(page.locator("#hours .receipt")).to_contain_text("Gäller i växeln efter", timeout=15_000)
    README.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=README)
    person.close()
    return README


def main() -> int:
    """Start the product, take the pictures, end it."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / ".dev" / "shots"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="portal-shots-") as state, sync_playwright() as playwright:
        product = Product(Path(state) / "state")
        try:
            until(product.node_answers, what="the node")
            customer = product.ask("lived_in", slug=SLUG)["customer"]
            until(lambda: product.ask("in_step", customer=customer), what="the switch's receipt")
            chromium = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
            print(f"{for_readme(chromium, product)} for README.md")
            print(f"{take(chromium, product, folder)} pictures in {folder}")
            chromium.close()
        finally:
            product.end()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
