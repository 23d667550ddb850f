"""Logging in and out, choosing a company, theme and language; the menu."""

from __future__ import annotations

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.test import Client, override_settings

from portal import rooms
from tenants.customers.models import Role
from tests.factories.cast import PASSWORD, Cast, cast, let_in

pytestmark = pytest.mark.django_db
OVERVIEW = "/c/norrsken-bygg/"


@pytest.fixture
def people() -> Cast:
    """Everybody."""
    return cast()


def _log_in(client: Client, email: str = "alice@norrsken.test", password: str = PASSWORD, **more: str):  # type: ignore[no-untyped-def]
    return client.post("/login/", {"username": email, "password": password, **more})


def test_login_goes_where_one_was_going(client: Client, people: Cast) -> None:
    assert _log_in(client, next=OVERVIEW)["Location"] == OVERVIEW


def test_address_is_read_without_regard_to_case(client: Client, people: Cast) -> None:
    assert _log_in(client, " Alice@Norrsken.TEST ").status_code == 302


@pytest.mark.parametrize("elsewhere", ["https://elsewhere.test/", "//elsewhere.test/", "javascript:alert(1)", "abc"])
def test_login_never_leads_elsewhere(client: Client, people: Cast, elsewhere: str) -> None:
    assert _log_in(client, next=elsewhere)["Location"] == "/choose-company/"


@pytest.mark.parametrize(
    ("email", "password"), [("alice@norrsken.test", "fel"), ("nobody@norrsken.test", PASSWORD), ("", "")]
)
def test_refused_login_says_the_same_whatever_was_wrong(
    client: Client, people: Cast, email: str, password: str
) -> None:
    answer = _log_in(client, email, password)
    assert answer.status_code == 422
    assert "sessionid" not in client.cookies
    assert password not in answer.content.decode() or not password
    if email:
        assert "stämmer inte ihop" in answer.content.decode()


@pytest.mark.slow
def test_behind_a_proxy_tries_are_counted_by_the_address_it_tells(
    client: Client, people: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "HTTPS", True)
    wrong, away = {"username": "alice@norrsken.test", "password": "fel"}, {"X-Forwarded-For": "192.0.2.1, 198.51.100.7"}
    tries = [client.post("/login/", wrong, headers=away).status_code for _ in range(settings.AXES_FAILURE_LIMIT)]
    assert tries[-1] == 429
    home = {"X-Forwarded-For": "198.51.100.7, 203.0.113.9"}
    right = {"username": "alice@norrsken.test", "password": PASSWORD}
    assert Client().post("/login/", right, headers=home).status_code == 302


@pytest.mark.slow
def test_too_many_tries_are_stopped(client: Client, people: Cast) -> None:
    answers = [_log_in(client, password="fel").status_code for _ in range(settings.AXES_FAILURE_LIMIT)]
    assert answers[-1] == 429
    assert _log_in(client).status_code == 429
    assert _log_in(Client(), "charlie@bageriet.test").status_code == 302


def test_login_speaks_the_persons_language(client: Client, people: Cast) -> None:
    client.force_login(people.alice)
    client.post("/account/appearance/", {"language": "en"})
    client.post("/logout/")
    assert _log_in(Client(HTTP_ACCEPT_LANGUAGE="sv")).cookies[settings.LANGUAGE_COOKIE_NAME].value == "en"


def test_logout_needs_a_post_and_ends_the_session(client: Client, people: Cast) -> None:
    client.force_login(people.alice)
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/")["Location"] == "/login/"
    assert client.get(OVERVIEW)["Location"].startswith("/login/")


def test_one_company_is_entered_at_once(client: Client, people: Cast) -> None:
    client.force_login(people.alice)
    assert client.get("/choose-company/")["Location"] == OVERVIEW


def test_several_companies_are_listed_and_no_others(client: Client, people: Cast) -> None:
    let_in(people.bageri, people.alice)
    client.force_login(people.alice)
    page = client.get("/choose-company/").content.decode()
    assert "Norrsken Bygg AB" in page
    assert "Lilla Bageriet" in page
    client.force_login(people.charlie)
    assert "Norrsken" not in client.get("/choose-company/", headers={"HX-Request": "true"}).content.decode()


NEW = "havtorn cykel nitton"
PASSWORD_PAGE = "/account/password/"


def _change(client: Client, old: str = PASSWORD, new: str = NEW, again: str | None = None, **more: str):  # type: ignore[no-untyped-def]
    typed = {"password": old, "new_password1": new, "new_password2": new if again is None else again}
    return client.post(PASSWORD_PAGE, typed | more)


def test_a_password_is_changed_by_who_knows_it(client: Client, people: Cast) -> None:
    elsewhere = Client()
    for browser in (client, elsewhere):
        assert _log_in(browser).status_code == 302
    before = client.session.session_key
    assert _change(client, next=OVERVIEW)["Location"] == OVERVIEW
    assert "Lösenordet är bytt" in client.get(OVERVIEW).content.decode()
    assert client.session.session_key != before
    assert elsewhere.get(OVERVIEW)["Location"].startswith("/login/")
    assert _log_in(Client()).status_code == 422
    assert _log_in(Client(), password=NEW).status_code == 302
    people.alice.refresh_from_db()
    assert people.alice.password.startswith("argon2")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "again", "told"),
    [
        ("fel", NEW, NEW, "Det är inte lösenordet du har nu"),
        ("", NEW, NEW, "fältet måste fyllas i"),
        (PASSWORD, NEW, "något annat", "inte lika"),
        (PASSWORD, "kort", "kort", "för kort"),
        (PASSWORD, "password1", "password1", "för vanligt"),
        (PASSWORD, "alice@norrsken", "alice@norrsken", "liknar"),
        (PASSWORD, "Alice Ek 1", "Alice Ek 1", "liknar"),
        (PASSWORD, "", "", "fältet måste fyllas i"),
    ],
)
def test_a_refused_change_says_why_and_changes_nothing(
    client: Client, people: Cast, old: str, new: str, again: str, told: str
) -> None:
    client.force_login(people.alice)
    answer = _change(client, old, new, again)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not new or f'value="{new}"' not in answer.content.decode()
    assert _log_in(Client()).status_code == 302


@pytest.mark.slow
def test_guessing_at_ones_password_is_stopped_as_at_login(client: Client, people: Cast) -> None:
    client.force_login(people.alice)
    answers = [_change(client, "fel").status_code for _ in range(settings.AXES_FAILURE_LIMIT)]
    assert answers[0] == 422
    assert answers[-1] == 429
    assert _change(client).status_code == 429
    assert _log_in(Client()).status_code == 429
    people.alice.refresh_from_db()
    assert people.alice.check_password(PASSWORD)


@pytest.mark.parametrize(
    ("came", "back"), [("/c/norrsken-bygg/", "/c/norrsken-bygg/"), ("https://x.test/", "/choose-company/")]
)
@override_settings(AXES_FAILURE_LIMIT=1)
def test_who_is_stopped_while_logged_in_is_led_back(client: Client, people: Cast, came: str, back: str) -> None:
    client.force_login(people.alice)
    answer = _change(client, "fel", next=came)
    page = answer.content.decode()
    assert (answer.status_code, f'href="{back}"' in page) == (429, True)
    assert "Du är kvar som inloggad" in page
    assert "Till inloggningen" not in page
    assert client.get("/c/norrsken-bygg/").status_code == 200
    stranger = _log_in(Client(), password="fel")
    assert "Till inloggningen" in stranger.content.decode()


def test_a_failed_change_keeps_no_password(client: Client, people: Cast) -> None:
    client.force_login(people.alice)
    assert _change(client, "gissning ett").status_code == 422
    kept = " ".join(AccessAttempt.objects.values_list("post_data", flat=True))
    assert kept
    assert NEW not in kept
    assert "gissning" not in kept


def test_the_password_page_is_for_those_logged_in_and_kept_by_nobody(client: Client, people: Cast) -> None:
    assert client.get(PASSWORD_PAGE)["Location"].startswith("/login/")
    assert _change(client)["Location"].startswith("/login/")
    for who in (people.alice, people.bob, people.sam):
        client.force_login(who)
        assert "no-store" in client.get(PASSWORD_PAGE)["Cache-Control"]
    assert client.put(PASSWORD_PAGE).status_code == 405


@pytest.mark.parametrize("elsewhere", ["https://elsewhere.test/", "//elsewhere.test/", "javascript:alert(1)"])
def test_changing_a_password_never_leads_elsewhere(client: Client, people: Cast, elsewhere: str) -> None:
    client.force_login(people.alice)
    assert elsewhere not in client.get(PASSWORD_PAGE, {"next": elsewhere}).content.decode()
    assert _change(client, next=elsewhere)["Location"] == "/choose-company/"


def test_the_menu_leads_to_the_password_and_back(client: Client, people: Cast) -> None:
    client.force_login(people.bob)
    assert f'href="{PASSWORD_PAGE}?next=%2Fc%2Fnorrsken-bygg%2F"' in client.get(OVERVIEW).content.decode()
    assert f'href="{OVERVIEW}"' in client.get(PASSWORD_PAGE, {"next": OVERVIEW}).content.decode()


def test_appearance_is_saved_and_nonsense_is_not(client: Client, people: Cast) -> None:
    client.force_login(people.alice)
    client.post("/account/appearance/", {"theme": "dark", "language": "en"})
    client.post("/account/appearance/", {"theme": "pink", "language": "xx"})
    people.alice.refresh_from_db()
    assert (people.alice.theme, people.alice.language) == ("dark", "en")
    assert 'data-theme="dark"' in client.get(OVERVIEW).content.decode()


def test_appearance_is_for_those_logged_in(client: Client) -> None:
    assert client.post("/account/appearance/", {"theme": "dark"})["Location"].startswith("/login/")


def test_style_guide_is_for_staff(client: Client, people: Cast) -> None:
    assert client.get("/styleguide/").status_code == 404
    client.force_login(people.alice)
    assert client.get("/styleguide/").status_code == 404
    client.force_login(people.sam)
    assert client.get("/styleguide/").status_code == 200


def test_pages_allow_nothing_inline_and_no_frame(client: Client) -> None:
    policy = client.get("/login/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_pill_is_the_customers_own(client: Client, people: Cast) -> None:
    client.force_login(people.charlie)
    assert client.get("/c/norrsken-bygg/publish-state/").status_code == 404
    client.force_login(people.bob)
    assert "Inget publicerat än" in client.get("/c/norrsken-bygg/publish-state/").content.decode()


ENTRIES = (
    rooms.Entry("Översikt", "house", "overview:index", Role.USER, exact=True),
    rooms.Entry("Ramen", "x", "frame:index"),
    rooms.Entry("Finns inte", "x", "nowhere:index"),
)


@pytest.mark.urls("tests.portal.browser.pages")
def test_menu_leaves_out_what_has_no_address_and_marks_the_deepest() -> None:
    menu = rooms.links(ENTRIES, "a", path="/c/a/frame/save/")
    assert [(str(link.label), link.current) for link in menu] == [("Översikt", False), ("Ramen", True)]
    assert [str(link.label) for link in rooms.links(ENTRIES, "a", admin=False)] == ["Översikt"]
    assert [link.current for link in rooms.links(ENTRIES, "a", path="/c/a/")] == [True, False]
    assert [link.current for link in rooms.links(ENTRIES, "a", path="/c/a/elsewhere/")] == [False, False]
