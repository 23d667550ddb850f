"""A company moves between two real switches while its callers call: nobody is cut off, and nobody is unserved."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from integrations.asterisk import install
from tests.journeys.beside import Beside
from tests.journeys.furniture import WELCOME
from tests.journeys.lines import ANNA, BO, CALLER, FROM, Lines, talks
from tests.journeys.product import Product, until
from tests.journeys.test_calls import office
from tests.phones.phone import Phone

pytestmark = [pytest.mark.asterisk, pytest.mark.listens, pytest.mark.slow]
UNDERSTOOD = 1400
FIRST, SECOND = "vaxel-1", "vaxel-2"


@dataclass
class City:
    """A product of its own with two switches, and a company on the first."""

    product: Product
    company: dict[str, Any]
    second: Beside
    lines: Lines
    outside: Phone
    """The outside, behind the second one's trunk."""
    phones: list[Phone] = field(default_factory=list)

    def roles(self) -> dict[str, str]:
        """Return the company's switches by role."""
        found: dict[str, str] = self.product.ask("roles", customer=self.company["customer"])
        return found

    def on_second(self, person: int, tone: int) -> Phone:
        """Return a person's telephone, registered at the second switch."""
        username, password = self.company["phones"][person]
        phone = Phone(self.second.sip, username, password, bind=("127.0.0.1", 0), tone=tone)
        self.phones.append(phone)
        assert phone.register() == 200
        return phone


@pytest.fixture
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Everything running. The product is not the other journeys', who take its one switch for granted."""
    install.install(install.CACHE)
    own = Product(tmp_path_factory.mktemp("city") / "state")
    second = None
    try:
        until(own.node_answers, what="the node with its Asterisk")
        company = office(own, "flyttar", "1301")
        second = Beside(own, tmp_path_factory.mktemp("beside") / "node", SECOND)
        found = City(own, company, second, Lines(own), second.outside(CALLER))
        yield found
        for phone in (*found.phones, found.outside):
            phone.close()
        found.lines.close()
    finally:
        if second is not None:
            second.end()
        own.end()


class Callers(threading.Thread):
    """Somebody calls again and again, at the switch that serves, as a SIP edge would lead them, and listens."""

    def __init__(self, city: City) -> None:
        """Call at the first switch until told otherwise."""
        super().__init__(daemon=True)
        self.serving, self.over = FIRST, threading.Event()
        self._outside = {FIRST: city.lines.outside, SECOND: city.outside}
        self._number = city.company["number"]
        self.welcomed: list[str] = []
        self.unserved: list[tuple[str, int]] = []

    def run(self) -> None:
        """Call until it is over; one call at a time, each as soon as the one before was greeted."""
        while not self.over.is_set():
            where = self.serving
            call = self._outside[where].call(self._number, caller=FROM)
            if call.answered.wait(5) and call.sound.hears(WELCOME, timeout=4):
                self.welcomed.append(where)
            else:
                self.unserved.append((where, call.status))
            call.hang_up()

    def enough(self, where: str, more: int) -> None:
        """Wait until so many more have been greeted there."""
        wanted = self.welcomed.count(where) + more
        until(lambda: self.welcomed.count(where) >= wanted or self.unserved, 40, f"{more} calls at {where}")


def test_a_company_moves_while_its_callers_call(city: City) -> None:
    anna = city.lines.own(city.company["phones"][0], ANNA)
    talking = city.lines.ring(city.company["number"])
    assert talking.sound.hears(WELCOME)
    talking.sound.press("1")
    taken = anna.wait_taken()
    talks(talking, taken, ANNA)
    out = anna.call("#28#")
    assert out.answered.wait(5)
    assert out.sound.hears(UNDERSTOOD, seconds=0.2), "Anna has logged out of the group"
    callers = Callers(city)
    callers.start()
    callers.enough(FIRST, 2)
    began = time.monotonic()
    city.product.ask("begin_move", customer=city.company["customer"], name=SECOND)
    until(lambda: city.roles().get("active") == SECOND, 20, "the second switch, serving")
    moved = time.monotonic() - began
    callers.serving = SECOND
    callers.enough(SECOND, 3)
    assert city.roles() == {"active": SECOND, "leaving": FIRST}
    talks(talking, taken, ANNA)

    first_there, bo_there = city.on_second(0, ANNA), city.on_second(1, BO)
    call = city.outside.call(city.company["number"], caller=FROM)
    assert call.answered.wait(5)
    assert call.sound.hears(WELCOME)
    call.sound.press("1")
    talks(call, bo_there.wait_taken(), BO)
    assert not first_there.taken, "who had logged out on the first switch was rung by the second"

    city.product.ask("drained", customer=city.company["customer"])
    until(lambda: city.roles() == {"active": SECOND}, 30, "the first switch, left")
    callers.enough(SECOND, 2)
    callers.over.set()
    callers.join(15)
    assert callers.unserved == [], f"of {len(callers.welcomed)} calls; the move took {moved:.1f} s"
    talks(talking, taken, ANNA)
    assert not talking.ended.is_set()
    gone = city.lines.outside.call(city.company["number"], caller=FROM)
    assert gone.ended.wait(5), "the first switch has nothing of the company any more"
    assert gone.status >= 400
