"""Somebody's office and a number's, looked at on a desk and on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tenants.customers import scope
from tenants.people.sites import actions as sites
from tests.factories.cast import cast
from tests.factories.numbers import number
from tests.factories.people import person
from tests.portal.browser.harness import LOOKS, SIZES, Theme, Visitor, axe, overflow, shoot

pytestmark = pytest.mark.browser


@pytest.mark.slow
@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_an_office_is_chosen_where_people_and_numbers_are(visit: Visitor, size: str, theme: Theme) -> None:
    everybody = cast()
    with scope.customer(everybody.norrsken.pk):
        site = sites.make(customer_id=everybody.norrsken.pk, name="Malmö", area_code="040")
        anna = person(everybody.norrsken.pk, site_id=site.pk)
        row = number(everybody.norrsken.pk)
    tab = visit(everybody.alice, size=SIZES[size], theme=theme)
    for name, path in {"person": f"people/{anna.pk}/", "number": f"numbers/{row.pk}/", "people": "people/"}.items():
        tab.go(f"/c/norrsken-bygg/{path}")
        if name != "people":
            expect(tab.page.get_by_label("Kontor", exact=False).first).to_be_visible()
        shoot(tab.page, f"office-{name}-{size}-{theme}")
        assert axe(tab.page) == []
        assert not overflow(tab.page)
