"""Whom and what the tests of the portal's API are about."""

from __future__ import annotations

import pytest
from django.test import Client

from tenants.customers import scope
from tests.factories.cast import Cast, cast
from tests.factories.doors import client
from tests.factories.office import Office, office


@pytest.fixture
def everybody() -> Cast:
    """Two customers and those who belong to them."""
    return cast()


@pytest.fixture
def alice(everybody: Cast) -> Client:
    """Norrsken's administrator, logged in."""
    return client(everybody.alice)


@pytest.fixture
def rows(everybody: Cast) -> Office:
    """Something in every room."""
    with scope.customer(everybody.norrsken.pk):
        return office(everybody)
