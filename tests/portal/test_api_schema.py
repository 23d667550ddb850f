"""The API against its own document: whatever is sent, no server error and no answer the document does not know."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance, unsupported_method

from tests.factories.cast import cast

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "25"))
CSRF = "c" * 32
NOT_OURS = [
    unsupported_method,  # PATCH and the like are answered 405 by the framework, undocumented
    positive_data_acceptance,  # a body may be well formed and still refused: the name is taken, nothing waits
]


def operations() -> list[Any]:
    """Return every operation of the API's document."""
    schema = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))  # type: ignore[no-untyped-call]
    schema.app = get_wsgi_application()
    found: Iterable[Any] = schema.get_all_operations()
    return [operation.ok() for operation in found]


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Keep the test's connection open between requests, as Django's own test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.django_db
@pytest.mark.usefixtures("one_connection")
@pytest.mark.parametrize("operation", operations(), ids=lambda operation: operation.label)
def test_every_answer_is_as_the_document_says(operation: Any) -> None:
    client = Client()
    client.force_login(cast().alice)
    cookies = {"sessionid": client.cookies["sessionid"].value, "csrftoken": CSRF}

    @given(case=operation.as_strategy())
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def check(case: Any) -> None:
        if case.path_parameters and "customer" in case.path_parameters:
            case.path_parameters["customer"] = "norrsken-bygg"
        case.call_and_validate(
            headers={"X-CSRFToken": CSRF, "Accept": "application/json"},
            cookies=cookies,
            excluded_checks=NOT_OURS,
        )

    check()
