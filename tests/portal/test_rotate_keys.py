"""New keys for secrets at rest: all opens before, meanwhile and after; killed half-way, nothing is lost."""

from __future__ import annotations

import base64
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from pytest_django.fixtures import Settings

from integrations.webhooks import actions as webhooks
from integrations.webhooks.models import Endpoint
from integrations.webhooks.queries import secrets_of
from portal.keys import actions
from portal.keys.columns import COLUMNS, SEALERS
from tenants.customers import scope
from tenants.customers.models import Customer
from tenants.nodes import actions as nodes
from tenants.nodes.models import Node
from tenants.nodes.queries import portal_token, sealing_key
from tenants.people.devices import actions as devices
from tenants.people.models import Device
from tenants.requests import actions as requests
from tenants.requests.models import Answer
from tenants.sealing import Unopenable, is_newest, unseal
from tests.conftest import Databases
from tests.factories.cast import Cast, cast
from tests.factories.people import person
from tests.house import tree

OLD = "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
NEW = "2027:" + base64.b64encode(b"n" * 32).decode()


@dataclass
class World:
    """Secrets of two customers, one node and one kept answer, with what they say."""

    cast: Cast
    token: str
    key: str
    secrets: dict[int, tuple[Customer, str]]

    def all_open(self) -> bool:
        """Tell whether every secret is what it was."""
        with scope.wide("portal_staff"):
            node = Node.objects.get()
        ok = (portal_token(node), sealing_key(node)) == (self.token, self.key)
        for ident, (customer, secret) in self.secrets.items():
            with scope.customer(customer.pk):
                device = Device.objects.get(pk=ident)
                ok = ok and unseal(device.secret, devices.place_of(device)).decode() == secret
        with scope.customer(self.cast.norrsken.pk):
            ok = ok and all(one.startswith("whsec_") for one in secrets_of(Endpoint.objects.get()))
            return ok and requests.opened(Answer.objects.get(key="k1")) == {"secret": "visa en gång"}


def telephones(customer: Customer, count: int) -> Iterator[tuple[int, tuple[Customer, str]]]:
    """Make a person with telephones; yield each with its secret."""
    with scope.customer(customer.pk):
        row = person(customer.pk)
        for number in range(count):
            device, secret = devices.add(person=row, by=None, name=f"Telefon {number}")
            yield device.pk, (customer, secret)


def build() -> World:
    """Make a world under the ring of the moment."""
    people = cast()
    with scope.wide("portal_staff"):
        code = nodes.issue_code(name=people.node.name)
    with scope.wide("portal_node"):
        made = nodes.enrol(code=code, url="http://127.0.0.1:1", boot="b")
    secrets = dict([*telephones(people.norrsken, 5), *telephones(people.bageri, 2)])
    with scope.customer(people.norrsken.pk):
        sealed = requests.closed({"secret": "visa en gång"}, "k1")
        Answer.objects.create(
            customer=people.norrsken, user=people.alice, key="k1", fingerprint="f", status=201, body=sealed
        )
        Answer.objects.create(
            customer=people.norrsken, user=people.alice, key="k2", fingerprint="f", status=200, body={"id": 7}
        )
        endpoint, _first = webhooks.make(
            customer_id=people.norrsken.pk, by=people.alice, url="https://system.example/", types=["call.ended"]
        )
        webhooks.rotate(endpoint=endpoint)
    return World(people, made.token_of_portal, made.sealing_key, secrets)


@pytest.fixture
def world(db: None) -> World:
    return build()


def rotate(*arguments: str) -> str:
    """Run the command and return what it says."""
    out = io.StringIO()
    call_command("rotate_keys", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def test_everything_is_sealed_anew_and_the_old_key_can_go(world: World, settings: Settings) -> None:
    settings.FIELD_KEYS = f"{NEW},{OLD}"
    assert actions.waiting() == {
        "node.portal_token": 1, "node.sealing_key": 1, "device.secret": 7, "answer.body": 1,
        "endpoint.secret": 1, "endpoint.old_secret": 1,
    }  # fmt: skip
    assert world.all_open()
    assert "12 secrets sealed under 2027" in rotate("--chunk", "2")
    settings.FIELD_KEYS = NEW
    assert world.all_open()
    assert rotate("--check").count(": 0 under") == 6


def test_a_second_round_changes_nothing(world: World, settings: Settings) -> None:
    settings.FIELD_KEYS = f"{NEW},{OLD}"
    rotate()
    with scope.customer(world.cast.norrsken.pk):
        before = list(Device.objects.order_by("pk").values_list("secret", "version"))
    assert "0 secrets sealed" in rotate()
    with scope.customer(world.cast.norrsken.pk):
        assert list(Device.objects.order_by("pk").values_list("secret", "version")) == before


def test_the_switch_hears_nothing_of_it(world: World, settings: Settings) -> None:
    """The secret is the same, so its version is; a raised one would make every telephone register anew."""
    settings.FIELD_KEYS = f"{NEW},{OLD}"
    rotate()
    with scope.customer(world.cast.norrsken.pk):
        assert set(Device.objects.values_list("version", flat=True)) == {1}


def test_check_fails_while_an_old_key_is_needed(world: World, settings: Settings) -> None:
    settings.FIELD_KEYS = f"{NEW},{OLD}"
    with pytest.raises(CommandError, match="still needed"):
        rotate("--check")


def test_what_no_key_opens_is_named_and_holds_up_nothing(world: World, settings: Settings) -> None:
    ident = min(world.secrets)
    with scope.customer(world.cast.norrsken.pk):
        Device.objects.filter(pk=ident).update(secret="lost.AAAA")
    settings.FIELD_KEYS = f"{NEW},{OLD}"
    with pytest.raises(CommandError, match="1 secrets were left"):
        rotate("--chunk", "1")
    with scope.customer(world.cast.norrsken.pk):
        assert [is_newest(row.secret) for row in Device.objects.order_by("pk")] == [False, True, True, True, True]
        row = Device.objects.get(pk=ident)
        with pytest.raises(Unopenable):
            unseal(row.secret, devices.place_of(row))


def test_a_new_key_is_one_the_ring_takes(world: World, settings: Settings) -> None:
    settings.FIELD_KEYS = f"{rotate('--new', '2028').strip()},{OLD}"
    rotate()
    assert world.all_open()
    with pytest.raises(CommandError, match="small letters"):
        rotate("--new", "a:b,c")


def test_every_sealed_value_of_the_database_is_in_the_list(world: World) -> None:
    """Whatever looks sealed, in any text or JSON of any table, lies in a column that is rotated."""
    with connection.cursor() as cursor, scope.customer(world.cast.norrsken.pk):
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
            "AND data_type IN ('text', 'character varying', 'jsonb') AND table_name ~ '^(tenants|integrations)_'"
        )
        found = set()
        for table, column in cursor.fetchall():
            cursor.execute("SELECT has_table_privilege(%s, 'SELECT')", [table])
            if cursor.fetchone() == (True,):
                query = f'SELECT 1 FROM {table} WHERE "{column}"::text ~ %s LIMIT 1'
                cursor.execute(query, [r"(^|\")test\.[A-Za-z0-9_-]{30,}"])
                found |= {(table, column)} if cursor.fetchone() else set()
    assert found == {(column.model._meta.db_table, column.name) for column in COLUMNS}


def test_whoever_seals_is_known() -> None:
    """A new sealed column must be added to the list, or it would be lost with the old key."""
    sealing = {
        tree.name(path)
        for path in tree.below("tenants", "portal", "integrations")
        if tree.name(path) != "tenants/sealing.py"
        and any(tree.called(call) == "seal" for call in tree.calls(tree.parse(path)))
    }
    assert sealing == SEALERS


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_killed_half_way_it_is_finished_by_the_next(django_db_setup: Databases, settings: Settings) -> None:
    world = build()
    with scope.customer(world.cast.norrsken.pk):
        row = person(world.cast.norrsken.pk, "Bo Ek", "102")
        for number in range(400):
            device, secret = devices.add(person=row, by=None, name=f"T{number}")
            world.secrets[device.pk] = (world.cast.norrsken, secret)
    settings.FIELD_KEYS = f"{NEW},{OLD}"
    environment = os.environ | {"FIELD_KEYS": f"{NEW},{OLD}", "DATABASE_URL": django_db_setup.app}
    command = [sys.executable, "manage.py", "rotate_keys", "--chunk", "1"]
    process = subprocess.Popen(command, env=environment, cwd=tree.ROOT, stderr=subprocess.DEVNULL)
    total = sum(actions.waiting().values())
    until = time.monotonic() + 60
    while sum(actions.waiting().values()) > total - 30 and time.monotonic() < until:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    left = sum(actions.waiting().values())
    assert 0 < left < total, json.dumps(actions.waiting())
    assert world.all_open()
    assert f"{left} secrets sealed" in rotate()
    settings.FIELD_KEYS = NEW
    assert world.all_open()
