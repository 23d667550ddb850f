"""The sample receiver against the real sender, and against forgers."""

from __future__ import annotations

import importlib.util
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings as django_settings

from integrations.webhooks import actions, signing
from integrations.webhooks.models import Status
from integrations.webhooks.types import EVERY
from tenants.customers import scope
from tests.integrations.webhooks.conftest import Hooks, hooks

__all__ = ["hooks"]
DOCS = Path(django_settings.BASE_DIR) / "docs"


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("webhook_receiver", DOCS / "samples" / "webhook_receiver.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


sample = _load()
SECRET = signing.new_secret()
BODY = b'{"type":"test"}'


@dataclass
class Received:
    """A running sample and what it was given."""

    url: str
    messages: list[tuple[str, Any]] = field(default_factory=list)


def run(secret: str, messages: list[tuple[str, Any]]) -> Any:
    """Run the sample with a secret."""
    server = sample.serve(0, secret, lambda ident, message: messages.append((ident, message)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.mark.django_db(transaction=True)
def test_it_takes_what_the_sender_sends_also_while_the_secret_rotates(hooks: Hooks) -> None:
    endpoint, secret = hooks.endpoint("http://127.0.0.1:1/")
    messages: list[tuple[str, Any]] = []
    server = run(secret, messages)
    url = f"http://127.0.0.1:{server.server_address[1]}/"
    try:
        with scope.customer(hooks.cast.norrsken.pk):
            actions.change(endpoint=endpoint, url=url, types=["call.ended"])
        hooks.tell("åäö")
        assert hooks.send() == 1
        with scope.customer(hooks.cast.norrsken.pk):
            actions.rotate(endpoint=endpoint)
            actions.send_again(delivery=hooks.row())
        assert hooks.send() == 1
        assert hooks.row().status == Status.DELIVERED
        assert [(ident, message["data"]) for ident, message in messages] == [(hooks.row().message, {"n": "åäö"})]
        with scope.customer(hooks.cast.norrsken.pk):
            actions.rotate(endpoint=endpoint)
            actions.send_again(delivery=hooks.row())
        hooks.send()
        assert hooks.row().last_code == 401, "two rotations later it must know the new secret"
    finally:
        server.shutdown()
        server.server_close()


def signed(secret: str = SECRET, at: int | None = None, body: bytes = BODY) -> dict[str, str]:
    made = signing.headers([secret], "msg_1", int(time.time()) if at is None else at, body)
    return {name.lower(): value for name, value in made.items()}


def test_it_takes_what_is_signed() -> None:
    assert sample.verify(SECRET, signed(), BODY) == {"type": "test"}


def forgeries() -> Iterator[tuple[dict[str, str], bytes]]:
    """Yield messages that are not genuine."""
    yield signed(signing.new_secret()), BODY
    yield signed(), BODY + b" "
    yield {**signed(), "webhook-id": "msg_2"}, BODY
    yield {**signed(), "webhook-timestamp": str(int(time.time()) - 1)}, BODY
    yield signed(at=int(time.time()) - 301), BODY
    yield signed(at=int(time.time()) + 310), BODY
    yield {**signed(), "webhook-signature": "v1,"}, BODY
    yield {**signed(), "webhook-signature": "v2" + signed()["webhook-signature"][2:]}, BODY
    yield {**signed(), "webhook-timestamp": "nonsense"}, BODY
    yield {}, BODY


@pytest.mark.parametrize("number", range(10))
def test_it_takes_nothing_else(number: int) -> None:
    headers, body = list(forgeries())[number]
    with pytest.raises(sample.NotGenuine):
        sample.verify(SECRET, headers, body)


def test_every_changed_byte_is_noticed() -> None:
    for place in range(len(BODY)):
        changed = bytes([*BODY[:place], BODY[place] ^ 1, *BODY[place + 1 :]])
        with pytest.raises(sample.NotGenuine):
            sample.verify(SECRET, signed(), changed)


def test_signatures_are_as_the_standard_says() -> None:
    """The example of the standard's own libraries."""
    secret, message, at = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
    expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signing.signature(secret, message, at, b'{"test": 2432232314}') == expected


def test_every_type_is_documented() -> None:
    text = (DOCS / "webhooks.md").read_text()
    assert [name for name in EVERY if f"`{name}`" not in text] == []
