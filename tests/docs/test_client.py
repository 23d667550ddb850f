"""The sample client against the real portal over HTTP."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import requests
from django.conf import settings as django_settings

from tenants.apikeys import actions
from tenants.apikeys.scopes import SCOPES
from tenants.customers import scope
from tenants.people.models import Person
from tests.factories.cast import Cast, cast
from tests.factories.flow import story
from tests.factories.mailboxes import mailbox, message

SAMPLE = Path(django_settings.BASE_DIR) / "docs" / "samples" / "client.py"


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sample_client", SAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["sample_client"] = module
    spec.loader.exec_module(module)
    return module


client = _load()


@pytest.fixture
def everybody(transactional_db: None) -> Cast:
    return cast()


@pytest.fixture
def secret(everybody: Cast) -> str:
    """A key that may do everything, ticked for one mailbox."""
    ident = everybody.norrsken.pk
    with scope.customer(ident):
        key, secret = actions.make(customer_id=ident, by=everybody.alice, name="Prov", scopes=SCOPES)
        story(everybody.norrsken)
        message(mailbox(ident, "Jourens", key.user))
    return secret


@pytest.fixture
def api(secret: str, live_server: Any) -> Iterator[Any]:
    with client.Api(live_server.url, secret, "norrsken-bygg") as made:
        yield made


def test_it_says_who_it_is(api: Any) -> None:
    assert api.me()["customers"] == ["norrsken-bygg"]
    assert api.key not in repr(api)


def test_one_is_made_changed_and_deleted(api: Any) -> None:
    eva = api.make("people", {"name": "Eva Lind", "extension": "1042"})
    changed = api.replace(eva, name="Eva Lindgren")
    assert changed.body["name"] == "Eva Lindgren"
    with pytest.raises(client.Changed) as told:
        api.replace(eva, name="Eva Ek")
    assert told.value.code == "changed_since"
    assert [person.name for person in api.people("lindgren")] == ["Eva Lindgren"]
    api.delete(api.get(f"people/{eva.body['id']}"))
    assert list(api.people("lindgren")) == []


def test_a_refusal_says_where(api: Any) -> None:
    with pytest.raises(client.Problem) as told:
        api.make("people", {"name": "Eva Lind", "extension": "101"})
    assert (told.value.status, told.value.code) == (422, "extension_taken")
    assert told.value.errors[0]["pointer"] == "/extension"


def test_many_are_added_and_a_long_list_is_read_whole(api: Any, everybody: Cast) -> None:
    wanted = [client.NewPerson(f"Person {n}", str(2000 + n)) for n in range(250)]
    told = list(api.add_people([*wanted, client.NewPerson("Person 3", "3000")]))
    assert [line.code for line in told if line.id is None] == ["name_taken"]
    assert len(list(api.people("person "))) == 250
    with scope.customer(everybody.norrsken.pk):
        assert Person.objects.filter(extension__startswith="2").count() == 250


def test_a_draft_is_published_and_its_receipt_asked_for(api: Any) -> None:
    receipt = api.publish(note="Första")
    assert receipt.state == "waiting"
    assert api.effective(receipt, within=0.6).generation == receipt.generation


def test_a_message_is_fetched(api: Any) -> None:
    box = next(line for line in api.every("mailboxes") if line["name"] == "Jourens")
    (said,) = api.every(f"mailboxes/{box['id']}/messages")
    assert api.sound(f"mailboxes/{box['id']}/messages/{said['id']}/audio")[:4] == b"RIFF"


class Cut(requests.adapters.HTTPAdapter):
    """Sends a request, has it done, and loses the answer: the first two times."""

    left = 2

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        """Send, and lose the answer."""
        answer = super().send(*args, **kwargs)
        if self.left:
            self.left -= 1
            answer.close()
            raise requests.ConnectionError("the answer was cut")
        return answer


def test_an_answer_that_is_cut_makes_no_second_effect(api: Any, everybody: Cast) -> None:
    api.session.mount("http://", Cut())
    made = api.make("people", {"name": "Eva Lind", "extension": "1042"})
    with scope.customer(everybody.norrsken.pk):
        assert list(Person.objects.filter(extension="1042").values_list("pk", flat=True)) == [made.body["id"]]


@pytest.mark.slow
def test_it_is_typed() -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--config-file=", str(SAMPLE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
