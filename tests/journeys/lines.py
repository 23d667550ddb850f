"""The telephones of the journeys: a company's own, and the outside behind the trunk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.journeys.product import Product
from tests.phones.call import Call
from tests.phones.phone import Phone

CALLER, ANNA, BO, CARL = 440, 700, 1000, 1300
"""What telephones sound, in Hz."""
TONES = (ANNA, BO, CARL)
FROM = "+46701234567"


class Lines:
    """Every telephone of one test."""

    def __init__(self, product: Product) -> None:
        """Plug the outside in; ``close`` ends all calls and unplugs everything."""
        self._product = product
        self.outside = Phone(product.sip, "outside", bind=product.trunk, tone=CALLER)
        self._phones = [self.outside]

    def own(self, known: list[str], tone: int) -> Phone:
        """Return a company's telephone, registered; ``known`` is its user name and password."""
        username, password = known
        phone = Phone(self._product.sip, username, password, bind=("127.0.0.1", 0), tone=tone)
        self._phones.append(phone)
        assert phone.register() == 200
        return phone

    def all_of(self, office: dict[str, Any]) -> list[Phone]:
        """Return every telephone of a company, registered, each with a tone of its own."""
        return [self.own(known, tone) for known, tone in zip(office["phones"], TONES, strict=False)]

    def ring(self, number: str, caller: str = FROM) -> Call:
        """Call a number from outside and be answered."""
        call = self.outside.call(number, caller=caller)
        assert call.answered.wait(8), f"{number} answered {call.status}"
        return call

    def close(self) -> None:
        """End all calls and take the telephones away."""
        for phone in self._phones:
            phone.close()


@contextmanager
def lines_of(product: Product) -> Iterator[Lines]:
    """Lend telephones for the length of a block."""
    lines = Lines(product)
    try:
        yield lines
    finally:
        lines.close()


def talks(call: Call, taken: Call, tone: int) -> None:
    """Prove that a caller and the telephone that took the call hear each other."""
    assert taken.answered.wait(5)
    assert call.sound.hears(tone), "the caller hears nobody"
    assert taken.sound.hears(CALLER), "the caller is not heard"
