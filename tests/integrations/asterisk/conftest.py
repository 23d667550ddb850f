"""One Asterisk and one node for all tests here. Each test is a customer of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from integrations.asterisk import install
from tests.integrations.asterisk.exchange import Exchange
from tests.integrations.switch.company import Company


@pytest.fixture(scope="session")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    """The session's exchange; where Asterisk can't be installed, tests are skipped, or fail under CI."""
    try:
        install.install(install.CACHE)
    except install.NotInstallable as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no Asterisk: {error}")
    exchange = Exchange(tmp_path_factory.mktemp("exchange"), install.CACHE)
    yield exchange
    exchange.close()


@pytest.fixture
def company(exchange: Exchange) -> Iterator[Company]:
    """A customer with a main number, 040-622 and the customer's own four digits."""
    company = exchange.company()
    yield company
    exchange.clear()
