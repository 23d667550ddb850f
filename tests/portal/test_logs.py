"""Log lines: one JSON object an event, and no secret in any of them."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import re
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.db import IntegrityError, transaction
from django.test import Client

from integrations import node_logs
from portal import logs
from tenants.customers import scope
from tenants.customers.models import User
from tenants.people.devices import actions as devices
from tests.factories.cast import PASSWORD
from tests.factories.people import person
from tests.integrations.switch.conftest import World, world

__all__ = ["world"]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Everything the portal writes at the most talkative level, as JSON, and the node in this process too."""
    out = io.StringIO()
    configuration = logs.configuration("DEBUG", as_json=True)
    handler = logging.StreamHandler(out)
    formatter = dict(configuration["formatters"]["event"])
    handler.setFormatter(formatter.pop("()")(**formatter))
    root, before = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel("DEBUG")
    for name in ("django.request", "axes"):
        monkeypatch.setattr(logging.getLogger(name), "level", logging.DEBUG)
    yield out
    root.removeHandler(handler)
    root.setLevel(before)


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_line_is_an_object_with_what_one_reads_first(written: io.StringIO) -> None:
    structlog.get_logger("tests.logs").info("thing.was.done", customer=7, name="Åsa")
    (line,) = lines(written)
    assert list(line)[:3] == ["timestamp", "level", "event"]
    assert (line["event"], line["customer"], line["name"], line["logger"]) == ("thing.was.done", 7, "Åsa", "tests.logs")


def test_a_library_s_line_is_one_too(written: io.StringIO) -> None:
    logging.getLogger("some.library").warning("%s of %s", 3, {"a": "b\nc"})
    assert lines(written)[0]["event"] == "3 of {'a': 'b\\nc'}"


def test_an_exception_is_in_its_line(written: io.StringIO) -> None:
    try:
        int("no number")
    except ValueError:
        structlog.get_logger("tests.logs").exception("it.broke")
    (line,) = lines(written)
    assert line["exception"].endswith("ValueError: invalid literal for int() with base 10: 'no number'")


@pytest.mark.parametrize(
    "values",
    [
        {"password": "KANARIE"},
        {"new_password": "KANARIE"},
        {"pin": "KANARIE"},
        {"pin_code": "KANARIE"},
        {"headers": {"Authorization": "KANARIE", "Host": "x"}},
        {"rows": [{"secret": "KANARIE"}]},
        {"why": "401 for Bearer KANARIEKANARIE"},
        {"path": "/invite/12/KANARIE/"},
        {"address": "postgresql://portal_app:KANARIE@db/portal"},
        {"error": "duplicate key value\nDETAIL:  Key (secret)=(KANARIE) already exists."},
    ],
    ids=str,
)
def test_what_is_called_or_looks_secret_is_blanked(written: io.StringIO, values: dict[str, Any]) -> None:
    structlog.get_logger("tests.logs").warning("careless.line", **values)
    logging.getLogger("some.library").error("careless: %s", values.get("why") or values.get("path") or "")
    assert "KANARIE" not in written.getvalue()
    assert "careless.line" in written.getvalue()


@pytest.mark.parametrize("name", ["mapping", "shipping_days", "opinion", "customer", "spinner"])
def test_what_only_sounds_like_a_secret_is_shown(name: str) -> None:
    assert not logs.is_secret(name)


def test_a_node_blanks_too() -> None:
    record = logging.makeLogRecord({"msg": "careless", "token": "KANARIE", "levelname": "INFO", "customer": 7})
    for form in ("json", "text"):
        assert "KANARIE" not in node_logs.Lines(form).format(record)
    assert json.loads(node_logs.Lines().format(record))["customer"] == 7


@pytest.mark.django_db(transaction=True)
def test_no_secret_of_the_whole_thread_stands_in_a_line(world: World, written: io.StringIO) -> None:
    """Logging in, an invitation, a telephone's secret, a push, every page of a person: at the most talkative level."""
    customer, alice = world.cast.norrsken, world.cast.alice
    client = Client(raise_request_exception=False)
    client.post("/login/", {"username": alice.email, "password": PASSWORD + "KANARIE"})
    client.post("/login/", {"username": alice.email, "password": PASSWORD})
    with scope.customer(customer.pk):
        row = person(customer.pk)
        device, first = devices.add(person=row, by=alice, name="Bordet")
        second = devices.renew_secret(device=device, by=alice)
    assert world.push()[-1] == "effective"
    client.get(f"/c/{customer.slug}/people/{row.pk}/")
    client.get("/invite/MQ/KANARIE-token/")
    client.post("/invite/MQ/KANARIE-token/", {"new_password1": "KANARIE"})
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email=alice.email, password="KANARIE", name="x")
    who = world.memory.enrolled
    assert who
    text = written.getvalue()
    secrets = {first, second, PASSWORD, "KANARIE", who.token_of_node, who.token_of_portal, who.sealing_key}
    secrets |= {client.cookies["sessionid"].value} if "sessionid" in client.cookies else set()
    found = [line for line in text.splitlines() if any(secret in line for secret in secrets)]
    assert found == []
    assert {"http.request", "switch.push.done", "node.push.done"} <= {line["event"] for line in lines(written)}
    assert not re.search(r"invite/\w+/\w", text)
