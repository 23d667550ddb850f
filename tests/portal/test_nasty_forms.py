"""A crawl that types nonsense into every field and parameter of every page. A refusal is fine, a broken page is not.

What a page offers is read from the page itself, so a new form is tried without anybody thinking of it.
"""

from __future__ import annotations

import re
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urldefrag, urlencode, urlsplit

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import Resolver404, resolve
from pytest_django.plugin import DjangoDbBlocker

from tenants.customers import scope
from tests.factories.cast import Cast, cast
from tests.factories.doors import client
from tests.factories.everything import fill
from tests.factories.flow import story
from tests.house.fences.addresses import ROUTES, Rows
from tests.house.fences.test_routes import join
from tests.portal.forms import Field, Form, Page

NASTY: Mapping[str, str] = {
    "nul": "a\0b",
    "a digit that is no number": "²",
    "more than any id": "1" + "0" * 30,
    "the last day": "9999-12-31",
    "nothing": "",
    "half a character": "\ud800",
    "less than any id": "-1",
    "the first day": "0001-01-01",
    "no time of day": "25:00",
    "long": "å" * 50_000,
    "odd": "<script>👩🏽‍🚒 %s {0} %(a)s",
    "nobody's id": "999999",
}
"""What is typed. ``long`` is a hundred kilobytes."""

WORST = 4
"""So many of them, the first, are sent as all parameters of an address at once."""

AGAIN = 2
"""So many, the first, are typed into a field once more in another form of the same view."""

OFTEN = 3
"""How many addresses are opened of a view with the same parameters."""

NOT_PAGES = ("api/", "health/", "metrics", "worker.js", "logout/")
HOME = "/c/norrsken-bygg/"
Sort = tuple[str, ...]


@dataclass
class Crawl:
    """What has been found and tried so far, over all readers."""

    cast: Cast
    rows: Rows
    others: str
    """An id of another customer's."""

    tried: set[Sort] = field(default_factory=set)
    parameters: set[str] = field(default_factory=set)
    requests: int = 0
    broken: dict[str, str] = field(default_factory=dict)

    def pages(self, browser: Client) -> Iterator[Page]:
        """Yield every page that an address or a link leads a reader to, a few of each view."""
        waiting = [route.at("norrsken-bygg", self.rows) for route in ROUTES if not route.address.startswith(NOT_PAGES)]
        seen, known = Counter[Sort](), set(waiting)
        for address in waiting:
            answer = self.ask(browser, Form("get", address, ()))
            if answer.status_code == 200 and answer.get("Content-Type", "").startswith("text/html"):
                page = Page(address, answer.content.decode())
                yield page
                waiting += self._further(page, seen, known)

    def _further(self, page: Page, seen: Counter[Sort], known: set[str]) -> Iterator[str]:
        for link in sorted({urldefrag(link).url for link in page.links} - known):
            seen[_sort(link)] += 1
            if link.startswith((HOME, "/staff/")) and seen[_sort(link)] <= OFTEN:
                known.add(link)
                yield link

    def type_into(self, browser: Client, form: Form) -> None:
        """Type each nasty value into each field of a form, the others as they were."""
        names = sorted({_shape(name) for name, _value in form.fields})
        for place, (name, _value) in enumerate(form.fields):
            here = (_sort(form.action)[0], form.method, _shape(name))
            among = here if form.method == "get" else (*here, *names)
            if among in self.tried or name == "csrfmiddlewaretoken":
                continue
            values = {**NASTY, "another's id": self.others}
            for value in list(values.values())[: AGAIN if here in self.tried else None]:
                fields = (*form.fields[:place], (name, value), *form.fields[place + 1 :])
                self.ask(browser, Form(form.method, form.action, fields, form.files), name)
            self.tried |= {here, among}

    def look_up(self, browser: Client, address: str) -> None:
        """Ask for an address with each nasty value in each of its parameters."""
        parts = urlsplit(address)
        given = tuple(parse_qsl(parts.query, keep_blank_values=True))
        self.parameters |= {name for name, _value in given}
        self.type_into(browser, Form("get", parts.path, given))

    def all_at_once(self, browser: Client, address: str) -> None:
        """Ask for an address with every parameter there is anywhere: it may read one that no link shows."""
        path = address.partition("?")[0]
        sort = ("at once", *_sort(path))
        if sort not in self.tried:
            self.tried.add(sort)
            for value in list(NASTY.values())[:WORST]:
                self.ask(browser, Form("get", path, tuple((name, value) for name in sorted(self.parameters))), "all")

    def ask(self, browser: Client, form: Form, what: str = "") -> Any:
        """Send a form; note an answer that says the portal broke. What it did is undone."""
        self.requests += 1
        place = transaction.savepoint()
        try:
            answer = send(browser, form)
        finally:
            transaction.savepoint_rollback(place)
        if answer.status_code >= 500:
            said = f"{form.method} {form.action} with {what}={dict(form.fields).get(what, '')[:40]!r}"
            self.broken.setdefault(_place_of(answer.exc_info), said)
        return answer


def send(browser: Client, form: Form) -> Any:
    """Send a form as a browser would, in the bytes of an address or a body."""
    query = urlencode(form.fields, errors="surrogatepass")
    if form.method == "get":
        return browser.get(form.action, QUERY_STRING=query) if query else browser.get(form.action)
    if not form.files:
        return browser.post(form.action, query, content_type="application/x-www-form-urlencoded")
    typed: dict[str, Any] = {name: value.encode(errors="replace") for name, value in form.fields}
    return browser.post(form.action, typed | {name: SimpleUploadedFile("a.wav", b"RIFF\0") for name in form.files})


def _place_of(error: Any) -> str:
    frames = traceback.extract_tb(error[2])
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(settings.BASE_DIR)]
    ours = [frame for frame in ours if ".venv" not in frame.filename]
    last = (ours or frames)[-1]
    return f"{last.filename}:{last.lineno} {error[0].__name__}: {str(error[1])[:100]}"


def _shape(name: str) -> str:
    return re.sub(r"\d+|(?<=^day-).*", "#", name)


def _sort(address: str) -> Sort:
    parts = urlsplit(address)
    try:
        view = resolve(parts.path).view_name
    except Resolver404:
        view = ""
    return view, *sorted({name for name, _value in parse_qsl(parts.query, keep_blank_values=True)})


@pytest.fixture(scope="module")
def crawl(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Crawl]:
    """Fill two customers, once."""
    with django_db_blocker.unblock(), transaction.atomic():
        everybody = cast()
        with scope.customer(everybody.bageri.pk):
            others = str(fill(everybody.bageri, everybody.charlie, everybody.node)["menu"].pk)
        with scope.customer(everybody.norrsken.pk):
            rows = fill(everybody.norrsken, everybody.alice, everybody.node)
            join(rows, everybody)
            story(everybody.norrsken)
        yield Crawl(everybody, rows, others)
        transaction.set_rollback(True)


def reader(everybody: Cast, who: str) -> Client:
    """Return the browser of one of the cast, which is shown a broken page as people are."""
    browser = client(getattr(everybody, who))
    browser.raise_request_exception = False
    return browser


@pytest.mark.slow
def test_no_page_breaks_on_nonsense(crawl: Crawl) -> None:
    """As a user, an administrator and staff; a form that one of them has tried is not tried again."""
    found = {who: list(crawl.pages(reader(crawl.cast, who))) for who in ("bob", "alice", "sam")}
    for who, pages in found.items():
        browser = reader(crawl.cast, who)
        for page in pages:
            crawl.look_up(browser, page.address)
            for form in page.forms:
                crawl.type_into(browser, form)
    for who, pages in found.items():
        for page in pages:
            crawl.all_at_once(reader(crawl.cast, who), page.address)
    assert not crawl.broken, "\n".join(f"{said}\n    {where}" for where, said in crawl.broken.items())
    assert crawl.requests > 2000
    assert {"q", "step", "add", "when", "until"} <= crawl.parameters | {sort[2] for sort in crawl.tried if sort[2:]}


BROKE: list[tuple[str, str, dict[str, str] | None]] = [
    ("alice", "publishing/review/", {"keys": "menu/1", "note": "a\0b"}),
    ("sam", "/staff/?q=a%00b", None),
    ("alice", "people/{person}/divert/", {"reason": "lunch", "day": "9999-12-31"}),
    ("sam", "/staff/events/?until=9999-12-31", None),
    ("sam", "/staff/events/?since=0001-01-01", None),
    ("alice", "test-calls/", {"number": "{number}", "to": "0701740605", "draft": "live", "day": "0001-01-01"}),
    ("alice", "call-flow/{number}/remove/", {"step": "menu/{menu}", "instead": "²"}),
    ("alice", "call-flow/?add=menu/²&slot=key:1", None),
    ("alice", "call-flow/?add=menu/{menu}&slot=key:1&seen=menu/²", None),
    ("alice", "call-flow/?step=menu/²", None),
    ("alice", "menus/{menu}/remove/", {"instead": "²"}),
    ("alice", "groups/{group}/", {"name": "Kö", "members": "²"}),
    ("sam", "/staff/moves/?customer=a%00b", None),
    ("sam", "/staff/events/?after=9999999999999999999,%00", None),
    ("alice", "publishing/?before=²&after=%00", None),
    ("alice", "numbers/?after=a%00b", None),
]
"""What once broke a page, or would have by the same fault: by whom, where, and what was posted."""


@pytest.mark.parametrize(("who", "path", "typed"), BROKE, ids=[path for _who, path, _typed in BROKE])
def test_what_once_broke_a_page_is_refused(crawl: Crawl, who: str, path: str, typed: dict[str, str] | None) -> None:
    ids = {name: row.pk for name, row in crawl.rows.items()}
    action = (path if path.startswith("/") else HOME + path).format_map(ids)
    fields: tuple[Field, ...] = tuple((name, value.format_map(ids)) for name, value in (typed or {}).items())
    answer = crawl.ask(reader(crawl.cast, who), Form("get" if typed is None else "post", action, fields))
    assert answer.status_code in {200, 302, 404, 409, 422}


@pytest.mark.parametrize("day", ["0001-01-01", "1999-12-31", "2100-01-01", "9999-12-31"])
def test_days_at_the_ends_of_the_calendar_are_refused_in_words(crawl: Crawl, day: str) -> None:
    path = f"{HOME}people/{crawl.rows['person'].pk}/divert/"
    page = crawl.ask(reader(crawl.cast, "alice"), Form("post", path, (("reason", "lunch"), ("day", day))))
    assert page.status_code == 422
    assert ("från och med år 2000" if day < "2000" else "före år 2100") in page.content.decode()
