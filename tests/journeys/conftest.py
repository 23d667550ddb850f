"""One running product for all journeys of a session, and what walks in it."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from typing import Any

import pytest

from integrations.asterisk import install
from tests.journeys.lines import Lines, lines_of
from tests.journeys.product import Product, until


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The product, up. Where Asterisk can't be installed the journeys are skipped, or fail under CI."""
    try:
        install.install(install.CACHE)
    except install.NotInstallable as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no Asterisk: {error}")
    product = Product(tmp_path_factory.mktemp("product") / "state")
    try:
        until(product.node_answers, what="the node with its Asterisk")
        yield product
    finally:
        product.end()


@pytest.fixture
def lines(product: Product) -> Iterator[Lines]:
    """The telephones of a test."""
    with lines_of(product) as lines:
        yield lines


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the product's processes said when a journey fails."""
    report = yield
    product: Any = getattr(item, "funcargs", {}).get("product")
    if report.failed and product is not None:
        report.sections.append(("The product's logs", product.logs()))
    return report
