"""A destination in an API's body: what is no key is a fault of the body, whatever it is."""

from __future__ import annotations

import pytest

from tests.factories.cast import cast
from tests.factories.doors import client


@pytest.mark.django_db
@pytest.mark.parametrize(
    "given", ["menu/abc", "menu/", "menu", "menu/0", f"menu/{'9' * 40}", "menu/1\n", "/1", 7, [], {}]
)
def test_what_is_no_key_is_refused_with_its_place(given: object) -> None:
    body = {"name": "Ny", "keys": {}, "no_input": given}
    answer = client(cast().alice).post("/api/v1/customers/norrsken-bygg/menus/", body, content_type="application/json")
    assert answer.status_code == 400
    assert "/no_input" in {fault["pointer"] for fault in answer.json()["errors"]}
