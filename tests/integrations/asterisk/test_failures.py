"""A node that is dead, hung, mad or started again while people call. Nobody meets silence."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from tenants.routing.objects import Announcement, Choice, External, Menu
from tests.integrations.asterisk.exchange import Exchange, until
from tests.integrations.asterisk.flows import (
    ANNA,
    BO,
    CALLER,
    CLOSED,
    GREETING,
    KEY,
    WELCOME,
    main_menu,
    menu,
    number,
)
from tests.integrations.switch.company import Company
from tests.phones import tones

pytestmark = [pytest.mark.asterisk, pytest.mark.listens]


@contextmanager
def dead(exchange: Exchange) -> Iterator[None]:
    """Kill the node for as long as the block lasts."""
    exchange.send(signal.SIGKILL)
    try:
        yield
    finally:
        exchange.start()


@contextmanager
def hung(exchange: Exchange) -> Iterator[None]:
    """Stop the node in its tracks; its ports still take connections."""
    exchange.send(signal.SIGSTOP)
    try:
        yield
    finally:
        exchange.send(signal.SIGCONT)


@contextmanager
def mad(exchange: Exchange, answer: bytes) -> Iterator[None]:
    """Put something else on the node's port, that answers every ask with these bytes."""
    exchange.send(signal.SIGKILL)
    with closing(socket.create_server(("127.0.0.1", exchange.settings.ask_port), reuse_port=False)) as server:
        threading.Thread(target=_answer_all, args=(server, answer), daemon=True).start()
        try:
            yield
        finally:
            server.shutdown(socket.SHUT_RDWR)
    exchange.start()


def _answer_all(server: socket.socket, answer: bytes) -> None:
    while True:
        try:
            line, _ = server.accept()
        except OSError:
            return
        with closing(line):
            asked = line.recv(65536)
            nonce = asked.partition(b"nonce=")[2].partition(b"&")[0]
            line.sendall(answer.replace(b"NONCE", nonce))


def page(body: bytes, status: bytes = b"200 OK") -> bytes:
    """Return an HTTP answer."""
    return b"HTTP/1.1 " + status + b"\r\nConnection: close\r\n\r\n" + body


NONSENSE = {
    "nothing": b"",
    "no http": b"SSH-2.0-OpenSSH_9.2\r\n",
    "an empty page": page(b""),
    "html": page(b'<html><body class="x">It works, ${SHELL(id)} | a | b</body></html>'),
    "an error": page(b"Internal Server Error", b"500 Internal Server Error"),
    "another nonce": page(b"1.2.3|hangup|16||||1.2.3"),
    "half an answer": page(b"NONCE|hangup|16|"),
    "an action nobody knows": page(b"NONCE|explode|16||||NONCE"),
    "quotes and brackets": page(b'NONCE"]?lost|${EXTEN}|"|))|$[|NONCE'),
    "much": page(b"x" * 200_000),
}


@pytest.mark.parametrize("state", ["dead", "hung"])
def test_a_new_call_goes_to_the_last_resort(exchange: Exchange, company: Company, state: str) -> None:
    called = main_menu(company, 0)
    company.publish()
    with dead(exchange) if state == "dead" else hung(exchange):
        begun = time.monotonic()
        call = exchange.outside.call(called, caller="+46701234567")
        assert call.answered.wait(4)
        assert call.sound.hears(GREETING)
        assert time.monotonic() - begun < 4
        time.sleep(2)
        call.hang_up()
    left = until(lambda: exchange.events("message.left", company.customer))
    assert left[0]["data"]["caller"] == "+46701234567"
    path = until(lambda: list(exchange.settings.outbox.glob(f"{company.customer}_*.wav")))[0]
    assert tones.has(tones.read_wav(path), CALLER, 1.0)
    until(lambda: exchange.events("call.ended", company.customer))
    lost = [event["data"]["rule"] for event in exchange.events("call.step", company.customer)]
    assert "lost" in lost


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_is_no_answer(exchange: Exchange, company: Company, name: str) -> None:
    company.put(Announcement(id=1, name="Reserv", prompt=company.prompt(1, CLOSED)))
    company.put(Menu(id=1, name="Meny", no_input="announcement/1", invalid="announcement/1"))
    called = number(company, "menu/1")
    company.publish()
    with mad(exchange, NONSENSE[name]):
        call = exchange.outside.call(called)
        assert call.answered.wait(4)
        assert call.sound.hears(CLOSED)


def test_a_slow_node_is_not_waited_for(exchange: Exchange, company: Company) -> None:
    company.put(Announcement(id=1, name="Reserv", prompt=company.prompt(1, CLOSED)))
    called = number(company, "announcement/1")
    company.publish()
    exchange.send(signal.SIGKILL)
    with closing(socket.create_server(("127.0.0.1", exchange.settings.ask_port))):
        begun = time.monotonic()
        call = exchange.outside.call(called)
        assert call.answered.wait(4)
        assert 0.9 < time.monotonic() - begun < 2.5
        assert call.sound.hears(CLOSED)
    exchange.start()


def test_a_last_resort_may_lie_outside(exchange: Exchange, company: Company) -> None:
    company.put(External(id=1, name="Jour", e164="+46701112233"))
    called = number(company, "external/1")
    company.publish()
    with dead(exchange):
        call = exchange.outside.call(called)
        assert call.answered.wait(4)
        assert exchange.outside.wait_taken().dialled == "+46701112233"


def test_a_number_without_any_end_sounds_a_tone(exchange: Exchange, company: Company) -> None:
    company.put(Menu(id=1, name="Tom"))
    called = number(company, "menu/1")
    company.publish()
    with dead(exchange):
        call = exchange.outside.call(called)
        assert call.ended.wait(10)
        assert call.status >= 400


def test_extensions_still_ring_while_the_node_is_dead(exchange: Exchange, company: Company) -> None:
    main_menu(company, 0, 1)
    company.publish()
    anna, bo = exchange.phone(company, 1, ANNA), exchange.phone(company, 2, BO)
    with dead(exchange):
        call = anna.call("1002")
        assert call.answered.wait(5)
        assert call.sound.hears(BO)
        assert bo.register() == 200
        refused = anna.call("0701234567")
        assert refused.ended.wait(10)
        assert not exchange.outside.taken


def test_a_node_started_again_in_mid_call_is_not_noticed(exchange: Exchange, company: Company) -> None:
    called = main_menu(company, 0, 1)
    company.publish()
    anna, bo = exchange.phone(company, 1, ANNA), exchange.phone(company, 2, BO)
    anna.habit = "ignore"
    call = exchange.outside.call(called, caller="+46701234567")
    assert call.sound.hears(WELCOME)
    exchange.send(signal.SIGKILL)
    exchange.start()
    call.sound.press("1")
    anna.wait_taken()
    exchange.send(signal.SIGKILL)
    exchange.start()
    taken = bo.wait_taken()
    assert taken.answered.wait(3)
    assert call.sound.hears(BO)
    exchange.send(signal.SIGKILL)
    assert taken.sound.hears(CALLER)
    call.hang_up()
    assert taken.ended.wait(3)
    exchange.start()
    ended = until(lambda: exchange.events("call.ended", company.customer))
    assert len(ended) == len(exchange.events("call.started", company.customer)) == 1
    assert [event["data"]["rule"] for event in exchange.events("call.step", company.customer)] == [
        "listen",
        "rank:0",
        "rank:1",
    ]


def test_a_node_killed_in_mid_call_sends_the_caller_to_the_last_resort(exchange: Exchange, company: Company) -> None:
    called = main_menu(company, 0)
    company.publish()
    call = exchange.outside.call(called)
    assert call.sound.hears(WELCOME)
    with dead(exchange):
        call.sound.press("1")
        assert call.sound.hears(GREETING)


def test_a_call_follows_the_release_that_is_active_at_each_step(exchange: Exchange, company: Company) -> None:
    company.put(Announcement(id=21, name="Ny", prompt=company.prompt(21, KEY)))
    called = number(company, menu(company, 1, company.prompt(1, WELCOME), Choice(digit="1", target="mailbox/1")))
    company.publish()
    call = exchange.outside.call(called)
    assert call.sound.hears(WELCOME)
    menu(company, 1, "prompt/1", Choice(digit="1", target="announcement/21"))
    company.publish()
    call.sound.press("1")
    assert call.sound.hears(KEY)
    steps = until(lambda: exchange.events("call.step", company.customer)[1:])
    assert steps[0]["data"]["generation"] == 2


def test_asterisk_killed_in_mid_call_ends_the_call_in_the_books(exchange: Exchange, company: Company) -> None:
    called = main_menu(company, 0)
    company.publish()
    call = exchange.outside.call(called)
    assert call.sound.hears(WELCOME)
    until(lambda: exchange.events("call.started", company.customer))
    with exchange.asterisk_away():
        until(lambda: exchange.wire.http.get("/v1/health").json()["switch"] == "asterisk unreachable")
    ended = until(lambda: exchange.events("call.ended", company.customer))
    assert ended[0]["data"]["lost"] is True
    again = exchange.outside.call(called)
    assert again.answered.wait(5)
    assert again.sound.hears(WELCOME)
