"""Every page speaks one language: the reader's. What the company itself wrote is left out of the comparison."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urldefrag, urljoin
from zoneinfo import ZoneInfo

import django
import pytest
import rest_framework
from django import forms
from django.db import models, transaction
from django.test import Client
from django.urls import Resolver404, resolve
from django.utils.translation import override
from pytest_django.plugin import DjangoDbBlocker

from portal.stack import build
from tenants.callflow.actions import Spot, lead
from tenants.changes.actions import publish, undo
from tenants.changes.models import Change, Release
from tenants.customers import scope
from tenants.customers.models import Customer, User
from tenants.destinations.models import Destination, Route
from tenants.routing.objects import ExceptionRule, HolidayRule, Opening, Period
from tenants.schedules import date_actions, words
from tests.factories import flow
from tests.factories.cast import Cast, cast
from tests.factories.everything import owned_models
from tests.factories.externals import external
from tests.factories.mailboxes import mailbox, message
from tests.factories.menus import menu
from tests.factories.numbers import number
from tests.house.translations import ENGLISH, SWEDISH, marked_in, stored

OFTEN = 2
"""How many addresses of one view are read: a list of a hundred rows has one page, not a hundred."""
SPOKEN = re.compile(r"aria-label|aria-description|title|placeholder|alt|label|data-")
SILENT = {"script", "style", "template"}
SWEDISH_DAYS = {"tisdag", "torsdag", "fredag", "januari", "februari", "mars", "maj", "juni", "juli", "augusti"}
ENGLISH_DAYS = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "January", "February", "May", "June", "July"}
TOLD = {(Change, "summary"), (Release, "note")}
"""Kept in Swedish beside what is read: nobody here has written a note of their own."""
OWN_NAMES = ["Bredband2 Växel", "Svenska", "English", "Malmö", "Luleå", "Anna Åkesson", "AÅ"]
"""The product, the languages by their own names, places in examples, and somebody on the style guide."""


@pytest.fixture(scope="module")
def people(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cast]:
    """Norrsken with a published flow, a draft on top of it, days to come and a voicemail."""
    build.translations()
    with django_db_blocker.unblock(), transaction.atomic():
        everybody = cast()
        with scope.customer(everybody.norrsken.pk):
            _furnish(everybody)
        yield everybody
        transaction.set_rollback(True)


def _furnish(everybody: Cast) -> None:
    ident, alice = everybody.norrsken.pk, everybody.alice
    story = flow.story(everybody.norrsken)
    publish(customer_id=ident, by=alice)
    menu(ident, "Helgen", keys={"1": story.sales.pk})
    number(ident, "+46406221009")
    external(ident)
    undo(customer_id=ident, change_id=Change.objects.latest("pk").pk, by=alice)
    external(ident, "Jourtelefon")
    message(mailbox(ident, "Kontoret", alice))
    hours = story.switch.schedule
    day = ExceptionRule(id=0, name="Inventering", first=date(2026, 12, 11), last=date(2026, 12, 11))
    date_actions.set_day(schedule=hours, by=alice, version=None, rule=day)
    eve = HolidayRule(day="julafton", openings=(Opening(start=480, end=720),))
    date_actions.set_holidays(schedule=hours, by=alice, version=None, rules={"julafton": eve})
    period = Period(id=0, name="Semestern", first=date(2027, 6, 28), last=date(2027, 8, 1))
    date_actions.add_period(schedule=hours, by=alice, version=None, period=period)


class Spoken(HTMLParser):
    """What a page says: its text, and the attributes that are read out or shown."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.links: set[str] = set()
        self.language = ""
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep labels and addresses."""
        self._silent += tag in SILENT
        for name, value in attrs:
            if tag == "html" and name == "lang":
                self.language = value or ""
            if SPOKEN.match(name) and value:
                self.parts.append(value)
            if name in ("href", "hx-get") and value:
                self.links.add(value)

    def handle_endtag(self, tag: str) -> None:
        """Listen again after a script."""
        self._silent -= tag in SILENT

    def handle_data(self, data: str) -> None:
        """Keep what is shown."""
        if not self._silent and data.strip():
            self.parts.append(" ".join(data.split()))


def crawl(client: Client, *starts: str) -> Iterator[tuple[str, Spoken]]:
    """Yield every page and fragment that links below the first of these lead to, a few of each view."""
    seen: Counter[str] = Counter()
    waiting, known = list(starts), set(starts)
    while waiting:
        address = waiting.pop(0)
        answer = client.get(address)
        if not answer.get("Content-Type", "").startswith("text/html"):
            continue
        page = Spoken()
        page.feed(answer.content.decode())
        yield address, page
        for link in sorted({urldefrag(urljoin(address, link)).url for link in page.links} - known):
            if link.startswith(starts[0]) and seen[_view(link)] < OFTEN:
                seen[_view(link)] += 1
                known.add(link)
                waiting.append(link)


def _view(link: str) -> str:
    try:
        return resolve(link.partition("?")[0]).view_name
    except Resolver404:
        return ""


def written_by_people(customers: list[Customer]) -> list[str]:
    """Return every text in the company's rows and logins, longest first."""
    texts = {*OWN_NAMES, *User.objects.values_list("name", flat=True), *(customer.name for customer in customers)}
    for customer in customers:
        with scope.customer(customer.pk):
            for model in owned_models():
                texts |= set(_texts(model))
    return sorted((text for text in texts if text.strip()), key=len, reverse=True)


def _texts(model: type[models.Model]) -> Iterator[str]:
    fields = [field for field in model._meta.local_fields if isinstance(field, models.CharField | models.TextField)]
    names = [field.name for field in fields if (model, field.name) not in TOLD]
    for row in model._default_manager.values_list(*names) if names else ():
        yield from (str(value) for value in row if value)


def foreign(language: str) -> re.Pattern[str]:
    """Return a pattern of what only the other language says: its words that stand in no sentence of this one."""
    pairs = [(str(m.string), str(m.id)) for m in stored(ENGLISH) if isinstance(m.id, str) and m.id and m.id != m.string]
    ours, theirs = zip(*(pairs if language == "en" else [pair[::-1] for pair in pairs]), strict=True)
    whole = "\n".join(ours)
    days = SWEDISH_DAYS if language == "en" else ENGLISH_DAYS
    told = {text for text in theirs if len(text) > 3 and not re.search(r"[%{]", text)} | days
    words = sorted((re.escape(text) for text in told if text not in whole), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)" + (r"|[åäöÅÄÖ]" if language == "en" else ""))


def faults(page: Spoken, theirs: re.Pattern[str], written: list[str]) -> list[str]:
    """Return what a page says in the other language, but for what people wrote."""
    return [part for part in page.parts if theirs.search(part) and theirs.search(_without(part, written))]


def _without(part: str, written: list[str]) -> str:
    for text in written:
        part = part.replace(text, "·")
    return part


def reader(who: User | None, language: str) -> Client:
    """Return the browser of somebody who has chosen a language."""
    client = Client(headers={"Accept-Language": f"{language},fr;q=0.5"})
    if who:
        client.force_login(who)
    return client


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "sv"])
@pytest.mark.parametrize(
    ("who", "starts"),
    [
        ("alice", ("/c/norrsken-bygg/", "/choose-company/", "/account/password/")),
        ("sam", ("/staff/", "/styleguide/")),
        ("", ("/login/", "/offline/")),
    ],
)
def test_every_page_is_in_the_readers_language(people: Cast, language: str, who: str, starts: tuple[str, ...]) -> None:
    written, theirs = written_by_people([people.norrsken, people.bageri]), foreign(language)
    pages = dict(crawl(reader(getattr(people, who) if who else None, language), *starts))
    assert len(pages) >= {"alice": 50, "sam": 4}.get(who, 2), sorted(pages)
    assert {page.language for page in pages.values()} <= {language, ""}
    wrong = {address: found for address, page in pages.items() if (found := faults(page, theirs, written))}
    assert wrong == {}


def test_the_language_chosen_in_the_menu_wins_over_the_browsers(people: Cast) -> None:
    client = reader(people.alice, "sv")
    client.post("/account/appearance/", {"language": "en", "next": "/c/norrsken-bygg/"})
    page = client.get("/c/norrsken-bygg/")
    assert page.headers["Content-Language"] == "en"
    assert '<html lang="en"' in page.content.decode()
    people.alice.refresh_from_db()
    assert people.alice.language == "en"


@pytest.mark.parametrize(
    ("language", "missing", "title", "detail"),
    [
        ("en-GB,en", "Not found.", "The body is not valid.", "Write times as 08:00, at most 24:00."),
        (
            "sv-SE,sv",
            "Det finns inte.",
            "Det som skickades stämmer inte.",
            "Skriv klockslag som 08:00, högst 24:00.",
        ),
    ],
)
def test_problem_details_are_in_the_language_asked_for(
    people: Cast, language: str, missing: str, title: str, detail: str
) -> None:
    client, address = reader(people.alice, language), "/api/v1/customers/norrsken-bygg/schedules/"
    nothing = client.get(f"{address}4711/")
    assert (nothing.status_code, nothing.json()["title"]) == (404, missing)
    week = [{"weekday": 0, "openings": [{"start": "halv nio", "end": "17:00"}]}]
    refused = client.post(address, {"name": "Lager", "week": week}, content_type="application/json")
    assert refused.json()["title"] == title
    assert detail in [error["detail"] for error in refused.json()["errors"]]


def test_the_history_is_kept_in_swedish_whoever_makes_it(people: Cast) -> None:
    ident, by = people.norrsken.pk, people.alice
    with scope.customer(ident), override("en"):
        support, box = Destination.objects.get(name="Support"), Destination.objects.get(name="Kontoret")
        spot = Spot(support.key, "no_input", seen=Route.objects.get(source=support, slot="no_input").target_id)
        change = lead(customer_id=ident, by=by, spot=spot, target_id=box.pk)
        assert (change.summary, change.told) == ("Ändrade Inget val i Support", "Changed No choice in Support")
        back = undo(customer_id=ident, change_id=change.pk, by=by)
        assert back.summary == "Ångrade: Ändrade Inget val i Support"
        assert back.told == "Undone: Changed No choice in Support"


@pytest.mark.parametrize(
    ("language", "today", "tomorrow", "later"),
    [
        ("sv", "kl. 17:00 i dag", "i morgon kl. 08:00", "måndag 30 november kl. 08:00"),
        ("en", "at 17:00 today", "tomorrow at 08:00", "Monday 30 November at 08:00"),
    ],
)
def test_moments_are_said_as_people_say_them(language: str, today: str, tomorrow: str, later: str) -> None:
    zone = ZoneInfo("Europe/Stockholm")
    now = datetime(2026, 11, 24, 10, 42, tzinfo=zone)
    build.translations()
    with override(language):
        assert words.when(now.replace(hour=17, minute=0), now) == today
        assert words.when(datetime(2026, 11, 25, 8, 0, tzinfo=zone), now) == tomorrow
        assert words.when(datetime(2026, 11, 30, 8, 0, tzinfo=zone), now) == later


class Typed(forms.Form):
    """A field of each common sort."""

    name = forms.CharField()
    seconds = forms.IntegerField(max_value=120)
    day = forms.DateField()
    short = forms.CharField(max_length=3)


def test_forms_refuse_in_our_own_swedish() -> None:
    build.translations()
    with override("sv"):
        said = Typed({"seconds": "300", "day": "i går", "short": "lång"}).errors
        assert {name: list(errors) for name, errors in said.items()} == {
            "name": ["Det här fältet måste fyllas i."],
            "seconds": ["Det får vara högst 120."],
            "day": ["Skriv ett datum som 2026-12-24."],
            "short": ["Skriv högst 3 tecken. Nu är det 4."],
        }


def test_what_is_said_better_in_swedish_is_still_said_by_django() -> None:
    root, rest = Path(django.__file__).parent, Path(rest_framework.__file__).parent
    files = [*(root / "core").glob("*.py"), *(root / "forms").glob("*.py"), *rest.glob("*.py")]
    files += (root / "contrib" / "auth").glob("*.py")
    theirs = {words for file in files for words, _context in marked_in(file)}
    assert {message.id for message in stored(SWEDISH) if message.id} <= theirs
