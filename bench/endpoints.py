"""Registering and ringing on one Asterisk with ten telephones, and on one with ten thousand.

Two whole reference nodes run at once and take turns, so that both see the same machine: each is given a company by a
push, and its telephones are registered, of the large one a thousand. Measured are a REGISTER with its challenge, and a
call between two telephones from the first INVITE until the caller hears that it rings: challenge, the node's decision,
the other telephone. ``BENCH_ENDPOINTS`` is how many the large one has, ``BENCH_REGISTERED`` how many register, and
``BENCH_ROUNDS`` how often each is measured.
"""

from __future__ import annotations

import secrets
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench import _portal
from tests.phones import sip

if TYPE_CHECKING:
    from tests.integrations.asterisk.exchange import Exchange
    from tests.integrations.switch.company import Company
    from tests.phones.phone import Phone

Figure = tuple[str, float, str]
SMALL = 10
CALLS = 30
FIRST = 100_000


class Registrar:
    """One socket that registers any of a company's telephones."""

    def __init__(self, server: tuple[str, int], company: Company) -> None:
        """Speak to this Asterisk."""
        self._server, self._company = server, company
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(5)
        self._uri = f"sip:{server[0]}:{server[1]}"

    def register(self, person: int) -> float:
        """Register a person's telephone, and return the milliseconds from the first packet to the last.

        :raises RuntimeError: if it is refused. :raises TimeoutError: if it is not answered.
        """
        name, password = self._company.username(person), self._company.passwords[person * 10, 1]
        call, began = secrets.token_hex(8), time.perf_counter()
        answer = self._ask(name, call, 1)
        proof = sip.authorisation(answer.get("www-authenticate"), "REGISTER", self._uri, name, password)
        status = self._ask(name, call, 2, proof).status
        if status != 200:
            raise RuntimeError(f"{name} was answered {status}")
        return (time.perf_counter() - began) * 1000

    def _ask(self, name: str, call: str, number: int, proof: str = "") -> sip.Message:
        host, port = self._socket.getsockname()
        own = f"<sip:{name}@{self._server[0]}>"
        headers = [
            ("Via", f"SIP/2.0/UDP {host}:{port};branch=z9hG4bK{secrets.token_hex(8)};rport"), ("Max-Forwards", "70"),
            ("From", f"{own};tag={call}"), ("To", own), ("Call-ID", call), ("CSeq", f"{number} REGISTER"),
            ("Contact", f"<sip:{name}@{host}:{port}>"), ("Expires", "3000"),
            *([("Authorization", proof)] if proof else []),
        ]  # fmt: skip
        self._socket.sendto(sip.write(f"REGISTER {self._uri} SIP/2.0", headers), self._server)
        while True:
            answer = sip.read(self._socket.recv(65535))
            if answer is None or answer.get("call-id") != call or answer.number != number:
                continue
            if answer.status >= 200:
                return answer


class Side:
    """An exchange with so many telephones."""

    def __init__(self, exchange: Exchange, size: int) -> None:
        """Push the company and register its first telephones."""
        self._exchange, self._company = exchange, exchange.company()
        for person in range(1, size + 1):
            self._company.person(person, str(FIRST + person))
        began = time.perf_counter()
        self._company.publish()
        self.pushed = time.perf_counter() - began
        self._registrar = Registrar(exchange.sip, self._company)
        began = time.perf_counter()
        self._registered = min(size - 2, _portal.size("REGISTERED", 1000))
        for person in range(3, 3 + self._registered):
            self._registrar.register(person)
        self.rate = self._registered / (time.perf_counter() - began)
        self._pair = [self._phone(person) for person in (1, 2)]

    def _phone(self, person: int) -> Phone:
        phone = self._exchange.phone(self._company, person, 440)
        phone.habit = "ignore"
        return phone

    def register(self, number: int) -> float:
        """Register one of them anew; the milliseconds it took."""
        return self._registrar.register(3 + number * 7919 % self._registered)

    def ring(self) -> float:
        """Let one of two call the other; the milliseconds until it rang.

        :raises TimeoutError: if it does not ring.
        """
        caller, _called = self._pair
        began = time.perf_counter()
        call = caller.call(str(FIRST + 2))
        if not call.ringing.wait(10):
            raise TimeoutError(f"it did not ring: {call.status}")
        took = (time.perf_counter() - began) * 1000
        call.hang_up()
        call.ended.wait(5)
        return took


def figures() -> list[Figure]:
    """Return milliseconds of registering and of ringing by size, p50 and p95, and the ratios of the medians."""
    sizes, rounds = (SMALL, _portal.size("ENDPOINTS", 10_000)), _portal.size("ROUNDS", 300)
    with ExitStack() as stack:
        sides = [Side(stack.enter_context(_exchange()), size) for size in sizes]
        registered = [[side.register(number) for side in sides] for number in range(rounds)]
        rung = [[side.ring() for side in sides] for _ in range(CALLS)]
    rows = [*_rows("register", sizes, registered), *_rows("invite_to_ringing", sizes, rung)]
    rows.append((f"register_{sizes[1]}_one_after_the_other", round(sides[1].rate), "REGISTER/s"))
    return [*rows, (f"push_of_{sizes[1]}_telephones", round(sides[1].pushed, 2), "s")]


def _rows(name: str, sizes: tuple[int, ...], taken: list[list[float]]) -> list[Figure]:
    rows: list[Figure] = []
    medians = []
    for size, values in zip(sizes, zip(*taken, strict=True), strict=True):
        medians.append(statistics.median(values))
        rows.append((f"{name}_{size}_p50", round(medians[-1], 2), "ms"))
        rows.append((f"{name}_{size}_p95", round(statistics.quantiles(values, n=20)[18], 2), "ms"))
    return [*rows, (f"{name}_ratio", round(medians[1] / medians[0], 2), "x")]


@contextmanager
def _exchange() -> Iterator[Exchange]:
    """Run an Asterisk and its node.

    :raises integrations.asterisk.install.NotInstallable: if Asterisk can't be had here.
    """
    from integrations.asterisk import install
    from tests.integrations.asterisk.exchange import Exchange

    install.install(install.CACHE)
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as name:
        exchange = Exchange(Path(name), install.CACHE)
        try:
            yield exchange
        finally:
            exchange.close()
