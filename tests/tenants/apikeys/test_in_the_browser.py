"""API keys and the API's reference in Chromium: no flaw in any size or theme, and a key is made and used."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import requests
from playwright.sync_api import expect

from tenants.apikeys import actions
from tenants.customers import scope
from tests.factories.cast import Cast, cast
from tests.factories.people import person
from tests.portal.browser.harness import LOOKS, NARROW, SIZES, Theme, Visitor, axe, overflow, shoot, small_targets

pytestmark = pytest.mark.browser
PAGE = "/c/norrsken-bygg/settings/api-keys/"


@dataclass(frozen=True)
class Keys:
    """The cast, with two keys at Norrsken."""

    cast: Cast


@pytest.fixture
def keys(live_portal: str) -> Keys:
    """Two keys that differ."""
    everybody = cast()
    ident = everybody.norrsken.pk
    with scope.customer(ident):
        actions.make(
            customer_id=ident, by=everybody.alice, name="Lönesystemet", scopes=["write:people", "read:numbers"]
        )
        actions.make(customer_id=ident, by=everybody.alice, name="Väggtavlan", scopes=["read:schedules"])
    return Keys(everybody)


@pytest.mark.slow
@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_no_page_has_a_flaw(keys: Keys, visit: Visitor, size: str, theme: Theme) -> None:
    tab, found = visit(keys.cast.alice, size=SIZES[size], theme=theme), dict[str, list[str]]()
    for name, path in {"api-keys": PAGE, "api-docs": "/api/docs/"}.items():
        tab.go(path)
        if name == "api-docs":
            tab.page.locator("#people-create summary").click()
        found[name] = [*axe(tab.page), *small_targets(tab.page), *(["too wide"] if overflow(tab.page) else [])]
        shoot(tab.page, f"{name}-{size}-{theme}", full=name != "api-docs")
    assert {name: flaws for name, flaws in found.items() if flaws} == {}


@pytest.mark.slow
@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_ones_own_keys_have_no_flaw(keys: Keys, visit: Visitor, size: str, theme: Theme) -> None:
    ident, bob = keys.cast.norrsken.pk, keys.cast.bob
    with scope.customer(ident):
        person(ident, user_id=bob.pk)
        actions.make_own(customer_id=ident, by=bob, name="Klockan vid dörren")
    tab, found = visit(bob, size=SIZES[size], theme=theme), dict[str, list[str]]()
    for name in ("me/", "me/keys/"):
        tab.go(f"/c/norrsken-bygg/{name}")
        found[name] = [*axe(tab.page), *small_targets(tab.page), *(["too wide"] if overflow(tab.page) else [])]
        shoot(tab.page, f"own-{name.strip('/').replace('/', '-')}-{size}-{theme}")
    assert {name: flaws for name, flaws in found.items() if flaws} == {}


@pytest.mark.slow
def test_both_fit_320_pixels(keys: Keys, visit: Visitor) -> None:
    tab = visit(keys.cast.alice, size=NARROW)
    assert [path for path in (PAGE, "/api/docs/") if tab.go(path) and overflow(tab.page)] == []


@pytest.mark.slow
def test_a_key_is_made_and_opens_what_was_chosen(keys: Keys, visit: Visitor, live_portal: str) -> None:
    tab = visit(keys.cast.alice)
    page = tab.page
    tab.go(PAGE)
    page.get_by_role("button", name="Skapa nyckel").first.click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_label("Namn").fill("Min nyckel")
    drawer.get_by_label("Användare och telefoner").select_option("read")
    shoot(page, "new-api-key-desktop-light", full=False)
    assert axe(page) == []
    drawer.get_by_role("button", name="Skapa nyckeln").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nyckeln till Min nyckel")
    shoot(page, "api-key-made-desktop-light")
    assert axe(page) == []
    secret = page.locator(".link-box code").first.inner_text()
    headers = {"Authorization": f"Bearer {secret}"}
    people = requests.get(f"{live_portal}/api/v1/customers/norrsken-bygg/people/", headers=headers, timeout=10)
    assert people.status_code == 200
    page.get_by_role("link", name="Klart").click()
    page.get_by_role("button", name="Ta bort nyckeln Min nyckel").click()
    page.get_by_role("dialog").get_by_role("button", name="Ta bort nyckeln").click()
    expect(page.get_by_text("Nyckeln Min nyckel gäller inte längre")).to_be_visible()
    assert requests.get(f"{live_portal}/api/v1/me/", headers=headers, timeout=10).status_code == 401
