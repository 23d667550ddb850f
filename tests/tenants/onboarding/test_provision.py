"""A new customer can be called from the first minute, or is not there at all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import call_command

from tenants.changes import queries as changes
from tenants.customers import scope
from tenants.customers.models import Customer, Membership, Site, User
from tenants.groups.models import Group
from tenants.mailboxes.queries import heard_by
from tenants.menus.models import Menu
from tenants.numbers import actions as numbers
from tenants.numbers.models import Number
from tenants.onboarding import actions, demo, norrsken
from tenants.onboarding.registers import is_organisation_number, shown
from tenants.people.models import Device, Person
from tenants.refusals import Refusal
from tenants.routing.proof import prove_all
from tenants.schedules.models import Schedule
from tenants.sealing import unseal
from tests.factories.cast import Cast, cast

pytestmark = pytest.mark.django_db


def wish(everybody: Cast, **other: str) -> actions.Wish:
    """Return a customer that can be made."""
    typed = {
        "name": "Kustens Rör AB", "organisation_number": "5560160680", "slug": "kustens-ror", "admin_name": "Rut Ror",
        "admin_email": "Rut@Kusten.test", "main_number": "040-622 20 00",
    }  # fmt: skip
    return actions.Wish(**(typed | other), node=everybody.node)


def test_a_new_customer_has_a_proven_published_flow() -> None:
    everybody = cast()
    customer, admin = actions.provision(by=everybody.sam, wish=wish(everybody))
    assert customer.organisation_number == "556016-0680"
    with scope.customer(customer.pk):
        active = changes.active()
        assert prove_all(active) == []
        assert changes.waiting() == []
        number = Number.objects.get()
        assert (number.e164, number.is_main) == ("+46406222000", True)
        kinds = {key.partition("/")[0] for key in active}
        assert kinds == {
            "number", "number-flow", "person", "person-flow", "prompt", "schedule", "mailbox", "timeswitch",
            "announcement", "menu", "group",
        }  # fmt: skip
        assert heard_by(Membership.objects.get(pk=admin.pk)).count() == 1
    assert not admin.user.has_usable_password()
    assert admin.user.email == "rut@kusten.test"


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"organisation_number": "556016-0681"}, "no_organisation"),
        ({"slug": "norrsken-bygg"}, "slug_taken"),
        ({"main_number": "hej"}, "no_number"),
        ({"main_number": "040-622 10 00"}, "number_held"),
    ],
)
def test_a_refused_customer_leaves_nothing(other: dict[str, str], code: str) -> None:
    everybody = cast()
    with scope.customer(everybody.bageri.pk):
        numbers.assign(customer_id=everybody.bageri.pk, by=None, typed="040-622 10 00")
    before = Customer.objects.count(), User.objects.count()
    with pytest.raises(Refusal) as refusal:
        actions.provision(by=everybody.sam, wish=wish(everybody, **other))
    assert refusal.value.code == code
    assert (Customer.objects.count(), User.objects.count()) == before


@pytest.mark.parametrize("typed", ["556016-0680", "5560160680", "16556016-0680", " 556703-7485 ", "212000-0142"])
def test_organisation_numbers_are_known_by_their_check_digit(typed: str) -> None:
    assert is_organisation_number(typed)
    assert not is_organisation_number(typed.strip()[:-1] + str((int(typed.strip()[-1]) + 1) % 10))
    assert len(shown(typed)) == 11


@pytest.mark.parametrize("typed", ["", "556016", "556016-068x", "５５６０１６０６８０", "99556016-0680"])
def test_what_is_no_organisation_number_is_refused(typed: str) -> None:
    assert not is_organisation_number(typed)


@pytest.mark.slow
def test_the_demo_is_made_once_and_its_telephones_can_be_logged_in(tmp_path: Path, capsys, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("NODE_NAME", "vaxel-1")
    file = tmp_path / "state" / "demo.txt"
    call_command("demo", file=file)
    first = capsys.readouterr().out
    call_command("demo", file=file)
    assert capsys.readouterr().out == first
    assert file.stat().st_mode & 0o077 == 0
    phones = re.findall(r"(\d{3})  (d[0-9a-f]{16})  (\S+)", first)
    assert [phone[0] for phone in phones] == list(norrsken.WITH_TELEPHONES)
    customer = Customer.objects.get(slug=demo.SLUG)
    with scope.customer(customer.pk):
        for _extension, username, secret in phones:
            device = Device.objects.get(username=username)
            assert unseal(device.secret, f"device/{device.pk}/secret").decode() == secret
        assert prove_all(changes.active()) == []
        assert {obj.key.partition("/")[0] for obj in changes.waiting()} == {"menu", "group"}
        counted = [model.objects.count() for model in (Person, Site, Number, Menu, Group, Schedule)]
        assert counted == [30, 3, 6, 3, 6, 2]
    with scope.customer(Customer.objects.get(slug=demo.BAKERY).pk):
        assert Person.objects.count() == 3
    password = re.search(r"Password of all: (\S+)", first)[1]  # type: ignore[index]
    assert User.objects.get(email="alice@norrsken.test").check_password(password)
    assert User.objects.get(email="sam@vaxel.test").is_staff
