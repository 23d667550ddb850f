"""Pictures of every page with the demo company in it: `python -m tests.journeys.shots [FOLDER] [LOOK …]`.

FOLDER is .dev/shots by default. Each page that links lead to, three of a sort, and every sheet and dialog its buttons
open. The looks are ``desktop-light``, ``desktop-dark``, ``phone-light``, ``phone-dark``; the first and the third in
English (``-en``), with text of twice the size (``-large``), and in forced colours (``-forced``). All of them, if none
is named. What can be pictured only by changing something, as a password that is shown once, comes last.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Error, Locator, expect, sync_playwright

import tests.conftest  # noqa: F401  (it configures Django, which the browser's harness needs; it must be the first)
from tests.journeys.browsing import Person, toast
from tests.journeys.product import ROOT, Product, until
from tests.portal.browser.harness import DESKTOP, FLAGS, PHONE, Theme, executable

SLUG = "norrsken-bygg"
HOME = f"/c/{SLUG}/"
EXTRAS = ("en", "large", "forced")
NAMES = [f"{size}-{theme}" for size in ("desktop", "phone") for theme in ("light", "dark")]
NAMES += [f"{size}-light-{extra}" for extra in EXTRAS for size in ("desktop", "phone")]
WINDOWS = {"desktop": DESKTOP, "phone": PHONE}
README = ROOT / "docs" / "img"
LINKS = "nav a[href], main a[href]:not([href^='#'])"
OPENERS = "[data-opens]:visible, main a[hx-target='#sheet']:visible, [popovertarget]:visible"
MENUS = ("menu", "account-menu", "companies")
OPEN = "dialog[open], [popover]:popover-open"
STRANGER = ("/login/", "/finns-inte/")
"""What everybody may see; the second is nothing."""
MORE = {
    HOME: (f"{HOME}publishing/review/", f"{HOME}test-calls/", "/choose-company/", "/account/password/"),
    "/staff/": (f"{HOME}numbers/", f"{HOME}numbers/2/"),
}
"""What no link leads to, or what looks different to our staff."""
ALIKE = 3
"""How many addresses of a sort are enough: a list and two of its things; of those that ask a question one is."""


@dataclass(frozen=True)
class Look:
    """A window, its colours and words."""

    name: str

    @property
    def size(self) -> str:
        """Return ``desktop`` or ``phone``."""
        return self.name.split("-")[0]

    @property
    def theme(self) -> Theme:
        """Return the device's theme."""
        return "dark" if "dark" in self.name else "light"

    def open(self, chromium: Browser, site: str) -> Person:
        """Open a window that looks so."""
        person = Person(chromium, site, size=WINDOWS[self.size], theme=self.theme)
        if self.name.endswith("-forced"):
            person.page.emulate_media(forced_colors="active")
        return person

    def dress(self, person: Person) -> None:
        """Do to a window what stays: the language."""
        language = "en" if self.name.endswith("-en") else "sv"
        person.page.context.add_cookies([{"name": "django_language", "value": language, "url": person.origin}])

    def go(self, person: Person, address: str) -> None:
        """Open an address, with the text as large as the look has it."""
        person.go(address)
        if self.name.endswith("-large"):
            person.page.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")


@dataclass
class Album:
    """The pictures of one look."""

    folder: Path
    look: Look
    taken: int = 0
    opened: set[str] = field(default_factory=set)

    def page(self, person: Person, name: str) -> None:
        """Picture a whole page. A phone's window is made as high as the page, so that its tab bar lies at the end."""
        shown = person.page.viewport_size
        assert shown is not None
        if self.look.size == "phone":
            height = person.page.evaluate("() => document.documentElement.scrollHeight")
            person.page.set_viewport_size({**shown, "height": max(shown["height"], min(height, 9000))})
        self._save(person, name, full=True)
        person.page.set_viewport_size(shown)

    def sheets(self, person: Person, name: str, address: str) -> None:
        """Picture what the buttons of a page open, one of a sort; a menu that every page has, once."""
        openers = person.page.locator(OPENERS)
        sorts: dict[str, int] = {}
        for place, opener in enumerate(openers.all()):
            sorts.setdefault(_sort(opener), place)
        for sort, place in sorts.items():
            known = sort if sort in MENUS else f"{_shape(address)} {sort}"
            if known in self.opened:
                continue
            self.opened.add(known)
            with suppress(Error):
                openers.nth(place).click(timeout=3000)
                expect(person.page.locator(OPEN).first).to_be_visible(timeout=3000)
                self._save(person, f"{name}--{sort}", full=False)
            self.look.go(person, address)

    def _save(self, person: Person, name: str, *, full: bool) -> None:
        person.page.screenshot(path=self.folder / f"{name}-{self.look.name}.png", full_page=full)
        self.taken += 1


def _sort(opener: Locator) -> str:
    """Return what an opener opens, without its number."""
    script = "e => e.dataset.opens || e.getAttribute('popovertarget') || e.getAttribute('href')"
    return re.sub(r"[^a-z]+", "-", str(opener.evaluate(script)).removeprefix(HOME)).strip("-")


def addresses(person: Person, start: str) -> list[str]:
    """Return where links lead from a start, and on from there as long as it is under the start; two of a sort."""
    found, sorts = [start], Counter([_shape(start)])
    for address in found:
        if not address.startswith(start):
            continue
        person.go(address)
        for link in _links(person):
            if sorts[_shape(link)] < (1 if "?" in link else ALIKE) and link not in found:
                sorts[_shape(link)] += 1
                found.append(link)
    return found


def _shape(address: str) -> str:
    """Return an address without what tells one thing from another of its sort."""
    return re.sub(r"\d+(?:/|%2F)?|(?<=when=).*|(?<=(?:slot|seen)=)[^&]*|(?<=add=)[^&]*", "", address)


def _links(person: Person) -> list[str]:
    """Return the addresses that a page leads to, under the portal's own origin and without a fragment."""
    script = "links => links.filter(l => l.origin === location.origin).map(l => l.pathname + l.search)"
    return [str(address) for address in person.page.locator(LINKS).evaluate_all(script)]


def name_of(address: str) -> str:
    """Return a file's name for an address: /c/norrsken-bygg/menus/7/ is menus-7."""
    return re.sub(r"[^a-z0-9]+", "-", address.removeprefix(HOME).removeprefix("/c/")).strip("-") or "overview"


def visitors(chromium: Browser, product: Product, look: Look) -> Iterator[tuple[Person, str]]:
    """Yield our customer's administrator and our staff in a look, logged in, with where each starts."""
    demo = product.demo()
    for email, start in ((demo["admin"], HOME), (demo["staff"], "/staff/")):
        person = look.open(chromium, product.site)
        person.log_in(email, demo["password"])
        look.dress(person)
        yield person, start
        person.close()


def take(chromium: Browser, product: Product, folder: Path, looks: list[Look]) -> int:
    """Take all pictures; return how many."""
    known: dict[str, list[str]] = {}
    albums = [Album(folder, look) for look in looks]
    for album in albums:
        _as_stranger(chromium, product, album)
        for person, start in visitors(chromium, product, album.look):
            known[start] = known.get(start) or list(dict.fromkeys([*addresses(person, start), *MORE[start]]))
            prefix = "as-staff-" if start == "/staff/" else ""
            for address in known[start]:
                name = name_of(address) if address.startswith("/staff/") else prefix + name_of(address)
                album.look.go(person, address)
                album.page(person, name)
                if not album.look.name.endswith(("-large", "-forced")):
                    album.sheets(person, name, address)
            if start == HOME:
                _offline(person, album)
    for place, album in enumerate(albums):
        _answers(chromium, product, album, place)
    return sum(album.taken for album in albums)


def _as_stranger(chromium: Browser, product: Product, album: Album) -> None:
    """Picture what needs no login."""
    person = album.look.open(chromium, product.site)
    album.look.dress(person)
    for address in STRANGER:
        album.look.go(person, address)
        album.page(person, name_of(address))
    person.close()


def _offline(person: Person, album: Album) -> None:
    """Picture what is shown without a network."""
    person.go(HOME)
    person.page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    person.go(HOME)
    person.page.context.set_offline(True)
    album.look.go(person, HOME)
    album.page(person, "offline")
    person.page.context.set_offline(False)


@dataclass(frozen=True)
class Form:
    """A form whose answer can be pictured only by sending it."""

    name: str
    address: str
    fields: dict[str, str]
    opener: str = ""
    link: str = ""
    """Where from the address the form is, as a selector of a link; nothing for there."""


def _forms(start: str, place: int) -> tuple[Form, ...]:
    """Return the forms that somebody who starts there sends. ``place`` keeps what the looks make apart."""
    company = {"name": f"Fjällglas {place} AB", "organisation_number": "556703-7485", "slug": f"fjallglas-{place}"}
    admin = {"admin_name": "Frida Fjäll", "admin_email": f"frida{place}@fjallglas.test"}
    invited = {"name": "Ines Inbjuden", "email": f"ines{place}@norrsken.test"}
    return {
        "": (Form("login-refused", "/login/", {"username": "nobody@norrsken.test", "password": "wrong"}),),
        HOME: (
            Form("people-password-once", f"{HOME}people/", {"device-name": f"Trådlös {place}"}, link="tbody th a"),
            Form("people-new-refused", f"{HOME}people/", {"name": "Gun Ask", "extension": "101"}, "new-person"),
            Form("admins-link-once", f"{HOME}settings/admins/", invited, "invite"),
        ),
        "/staff/": (
            Form("staff-customers-refused", "/staff/customers/new/", {"name": "X", "main_number": "1"}),
            Form("staff-customers-made", "/staff/customers/new/", {
                **company, "main_number": f"040-622 11 {place:02d}", **admin}),
        ),
    }[start]  # fmt: skip


def _send(person: Person, album: Album, form: Form) -> None:
    """Fill in a form, send it and picture the answer."""
    album.look.go(person, form.address)
    if form.link:
        person.page.locator(form.link).first.click()
    if form.opener:
        person.page.locator(f"[data-opens='{form.opener}']").first.click()
    for name, value in form.fields.items():
        person.page.locator(f"form[method=post] [name='{name}']:visible").fill(value)
    person.page.evaluate("() => { document.activeElement.form.noValidate = true; }")
    with person.page.expect_navigation():
        person.page.keyboard.press("Enter")
    album.page(person, form.name)


def _answers(chromium: Browser, product: Product, album: Album, place: int) -> None:
    """Picture what a sent form answers: a password or a link for its only time, and refusals."""
    stranger = album.look.open(chromium, product.site)
    album.look.dress(stranger)
    _send(stranger, album, _forms("", place)[0])
    for person, start in visitors(chromium, product, album.look):
        for form in _forms(start, place):
            _send(person, album, form)
            link = person.page.locator(".link-box code")
            if link.count():
                stranger.page.goto(link.inner_text())
                album.page(stranger, "set-password")
    stranger.close()


def for_readme(chromium: Browser, product: Product) -> Path:
    """Picture the flow; save Friday till 15:00 as the story does, and picture that with the switch's own receipt."""
    person, demo = Person(chromium, product.site), product.demo()
    page = person.log_in(demo["admin"], demo["password"])
    README.mkdir(parents=True, exist_ok=True)
    person.go(f"{HOME}call-flow/")
    page.screenshot(path=README / "call-flow.png")
    person.go(f"{HOME}opening-hours/")
    page.get_by_label("Fredag, till").fill("15")
    page.get_by_label("Fredag, till").press("Enter")
    toast(page, "Sparat")
    expect(page.locator("#hours .receipt")).to_contain_text("Gäller i växeln efter", timeout=15_000)
    page.screenshot(path=README / "opening-hours.png")
    person.close()
    return README


def main() -> int:
    """Start the product, take the pictures, end it."""
    named = [name for name in sys.argv[1:] if name in NAMES]
    folders = [Path(name) for name in sys.argv[1:] if name not in NAMES]
    folder = folders[0] if folders else ROOT / ".dev" / "shots"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="portal-shots-") as state, sync_playwright() as playwright:
        product = Product(Path(state) / "state")
        try:
            until(product.node_answers, what="the node")
            customer = product.ask("lived_in", slug=SLUG)["customer"]
            until(lambda: product.ask("in_step", customer=customer), what="the switch's receipt")
            chromium = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
            if not named:
                print(f"{for_readme(chromium, product)} for README.md")
            print(f"{take(chromium, product, folder, [Look(name) for name in named or NAMES])} pictures in {folder}")
            chromium.close()
        finally:
            product.end()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
