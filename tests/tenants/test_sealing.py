"""Secrets at rest."""

from __future__ import annotations

import base64

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django.fixtures import Settings

from tenants.sealing import Unopenable, seal, unseal

OLD, NEW = ("old:" + base64.b64encode(b"o" * 32).decode(), "new:" + base64.b64encode(b"n" * 32).decode())


def test_what_is_sealed_opens_in_its_place() -> None:
    assert unseal(seal(b"hemlig", "device/7/secret"), "device/7/secret") == b"hemlig"


def test_it_opens_nowhere_else() -> None:
    with pytest.raises(Unopenable):
        unseal(seal(b"hemlig", "device/7/secret"), "device/8/secret")


def test_equal_secrets_look_different() -> None:
    assert seal(b"hemlig", "device/7/secret") != seal(b"hemlig", "device/7/secret")


@pytest.mark.parametrize("damage", ["", "test.", "test.AAAA", "nobody.AAAA", "test.åäö"])
def test_damage_is_said_and_not_a_crash(damage: str) -> None:
    with pytest.raises(Unopenable):
        unseal(damage, "device/7/secret")


def test_after_a_new_key_is_put_first_the_old_still_opens(settings: Settings) -> None:
    settings.FIELD_KEYS = OLD
    sealed = seal(b"hemlig", "p")
    settings.FIELD_KEYS = f"{NEW},{OLD}"
    assert unseal(sealed, "p") == b"hemlig"
    assert seal(b"hemlig", "p").startswith("new.")
    settings.FIELD_KEYS = NEW
    with pytest.raises(Unopenable):
        unseal(sealed, "p")


def test_a_senseless_ring_is_refused(settings: Settings) -> None:
    settings.FIELD_KEYS = "only-a-word"
    with pytest.raises(ImproperlyConfigured):
        seal(b"x", "p")
