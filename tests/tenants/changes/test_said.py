"""What was changed is read in the reader's language, whoever changed it."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client
from django.utils.translation import override

from portal.stack import build
from tenants.announcements import actions as announcements
from tenants.callflow.actions import Spot, lead
from tenants.changes import actions, queries
from tenants.changes.models import Change, ChangeItem, Object, Publication, Release
from tenants.changes.said import LONGEST, Said, read, said, undone, written
from tenants.customers import scope
from tenants.customers.models import User
from tenants.destinations.models import Route
from tenants.externals.models import ExternalNumber
from tenants.people.devices import actions as devices
from tests.factories import flow
from tests.factories.cast import Cast, cast
from tests.factories.doors import text
from tests.factories.externals import external

BASE = "/c/norrsken-bygg/"
PUBLISHING = f"{BASE}publishing/"
CHANGED = said("Ändrade %(name)s", name="Bo")
OLD = "La till det externa numret 100 % {x} %(name)s"
NASTY = "<b>50 %</b> {0} %(name)s %s &amp;"


@pytest.fixture(autouse=True)
def translations() -> None:
    """Compile what is translated; a test alone has nobody else to do it."""
    build.translations()


@pytest.fixture
def people(db: None) -> Cast:
    """Everybody."""
    return cast()


def reader(who: User, language: str) -> Client:
    """Return the browser of somebody who reads a language."""
    browser = Client(headers={"Accept-Language": language})
    browser.force_login(who, "django.contrib.auth.backends.ModelBackend")
    return browser


def newest(customer_id: int) -> Change:
    """Return the newest change."""
    with scope.customer(customer_id):
        return Change.objects.latest("pk")


def before_sentences(row: ExternalNumber, text: str) -> Change:
    """Return the change and the release that made an external number, as they were kept before there were sentences."""
    owned = {"customer_id": row.customer_id, "generation": queries.publication().generation + 1}
    Publication.objects.update(generation=owned["generation"])
    Release.objects.create(**owned, root="0" * 64, origin=Release.Origin.SAVE, note=text)
    change = Change.objects.create(**owned, summary=text)
    key, sha256 = Object.objects.values_list("key", "draft").get(key=f"external/{row.pk}")
    ChangeItem.objects.create(customer_id=row.customer_id, change=change, key=key, after=sha256)
    return change


@pytest.mark.parametrize(
    ("sentence", "swedish", "english"),
    [
        (said("La till %(name)s", name="Eva"), "La till Eva", "Added Eva"),
        (said("La till %(name)s och %(more)s till", name="Bo", more=3), "La till Bo och 3 till", "Added Bo and 3 more"),
        (said("Ångrade: %(what)s", what=CHANGED), "Ångrade: Ändrade Bo", "Undone: Changed Bo"),
        (said("Ändrade %(name)s", name=said("avvikande dag")), "Ändrade avvikande dag", "Changed an exceptional day"),
        (said("La till %(name)s", name=NASTY), f"La till {NASTY}", f"Added {NASTY}"),
        (written("100 % klart, %(name)s"), "100 % klart, %(name)s", "100 % klart, %(name)s"),
        (written("La till"), "La till", "La till"),
        (said("Sa annat förr om %(name)s", name="Eva"), "Sa annat förr om Eva", "Sa annat förr om Eva"),
    ],
)  # fmt: skip
def test_a_sentence_is_told_in_the_readers_language(sentence: Said, swedish: str, english: str) -> None:
    assert read(sentence.kept) == sentence
    with override("en"):
        assert sentence.told == english
        assert sentence.in_swedish == swedish
    with override("sv"):
        assert sentence.told == swedish


def test_undos_of_undos_end_where_the_line_is_full() -> None:
    sentence = CHANGED
    for _turn in range(2_000):
        sentence = undone(sentence)
    assert len(sentence.in_swedish) == LONGEST
    with override("en"):
        assert sentence.told.startswith("Undone: Undone: ")
        assert sentence.told.endswith("Changed Bo")


@pytest.mark.parametrize(
    ("language", "added", "undone_", "latest"),
    [
        ("en", "Added the external number Jouren", "Undone: Added the external number Jouren", "Latest: "),
        ("sv", "La till det externa numret Jouren", "Ångrade: La till det externa numret Jouren", "Senast: "),
    ],
)
def test_pages_say_what_was_changed_in_the_readers_language(
    people: Cast, language: str, added: str, undone_: str, latest: str
) -> None:
    ident, browser = people.norrsken.pk, reader(people.alice, language)
    with scope.customer(ident), override({"en": "sv", "sv": "en"}[language]):
        external(ident)
    change = newest(ident)
    assert change.summary == "La till det externa numret Jouren"
    for address in (BASE, PUBLISHING, f"{PUBLISHING}releases/{change.generation}/"):
        assert added in text(browser.get(address)), address
    assert f"{latest}{added}" in text(browser.get(f"{BASE}externals/"))
    page = text(browser.post(f"{PUBLISHING}changes/{change.pk}/undo/", follow=True))
    assert ("Undone: " if language == "en" else "Ångrat: ") + added in page
    assert undone_ in page
    assert undone_ in text(browser.get(BASE))
    api = browser.get("/api/v1/customers/norrsken-bygg/changes/").json()["results"]
    assert [one["summary"] for one in api][-2:] == [added, undone_]


def test_a_reader_of_english_meets_no_swedish_of_the_flow(people: Cast) -> None:
    ident = people.norrsken.pk
    with scope.customer(ident):
        story = flow.story(people.norrsken)
        actions.publish(customer_id=ident, by=people.alice)
        devices.add(person=story.people[0], by=people.alice, name="Bordstelefon")
        seen = Route.objects.get(source=story.support.destination, slot="no_input").target_id
        spot = Spot(story.support.destination.key, "no_input", seen=seen)
        lead(customer_id=ident, by=people.alice, spot=spot, target_id=story.box.pk)
    page = text(reader(people.alice, "en").get(BASE))
    assert "Changed No choice in Support" in page
    assert f"Added the phone Bordstelefon for {story.people[0].name}" in page
    assert "Published the call flow" in page


def test_a_note_is_shown_as_it_was_written(people: Cast) -> None:
    ident, note = people.norrsken.pk, "La till <i>50 %</i> {mer} %(name)s"
    with scope.customer(ident):
        flow.story(people.norrsken)
        change = actions.publish(customer_id=ident, by=people.alice, note=note)
        assert Release.objects.latest("generation").note == change.summary == note
    for language in ("en", "sv"):
        browser = reader(people.alice, language)
        for address in (PUBLISHING, f"{PUBLISHING}releases/{change.generation}/", BASE):
            page = text(browser.get(address))
            assert note in unescape(page)
            assert "<i>50" not in page


def test_going_back_is_told_in_the_readers_language(people: Cast) -> None:
    ident = people.norrsken.pk
    with scope.customer(ident):
        generation = queries.publication().generation
        external(ident)
        actions.rollback(customer_id=ident, generation=generation, by=people.alice)
        assert Release.objects.latest("generation").note == ""
    assert f"Restored release {generation}" in text(reader(people.alice, "en").get(PUBLISHING))
    assert f"Återställde publicering {generation}" in text(reader(people.alice, "sv").get(PUBLISHING))


def test_what_was_changed_before_there_were_sentences_is_shown_as_it_is(people: Cast) -> None:
    ident = people.norrsken.pk
    with scope.customer(ident):
        change = before_sentences(external(ident), OLD)
    browser = reader(people.alice, "en")
    for address in (BASE, PUBLISHING, f"{PUBLISHING}releases/{change.generation}/", f"{BASE}externals/"):
        assert OLD in text(browser.get(address)), address
    assert f"Undone: {OLD}" in text(browser.post(f"{PUBLISHING}changes/{change.pk}/undo/", follow=True))
    assert newest(ident).summary == f"Ångrade: {OLD}"


@pytest.mark.parametrize("language", ["en", "sv"])
def test_a_nasty_name_is_shown_as_it_is(people: Cast, language: str) -> None:
    ident, browser = people.norrsken.pk, reader(people.alice, language)
    with scope.customer(ident):
        external(ident, NASTY)
        row = ExternalNumber.objects.get()
    change = newest(ident)
    added = ("Added the external number " if language == "en" else "La till det externa numret ") + NASTY
    own = f"{BASE}externals/{row.pk}/"
    for address in (BASE, PUBLISHING, own, f"{PUBLISHING}releases/{change.generation}/"):
        page = text(browser.get(address))
        assert added in unescape(page), address
        assert "<b>50" not in page
    page = text(browser.post(f"{PUBLISHING}changes/{change.pk}/undo/", follow=True))
    assert added in unescape(page)
    assert "<b>50" not in page


def test_a_long_sentence_is_kept_whole_and_shown_as_one_line(people: Cast) -> None:
    ident = people.norrsken.pk
    with scope.customer(ident):
        story = flow.story(people.norrsken)
        wish = announcements.Wish(name="m" * 80, prompt_id=story.main.prompt_id or 0)
        announcements.make(customer_id=ident, by=people.alice, wish=wish)
    assert re.search("Added the announcement m{80}<", text(reader(people.alice, "en").get(BASE)))
