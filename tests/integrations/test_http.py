"""Outgoing HTTP: one deadline for the whole of it, bounded answers, checked addresses, four words."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator

import pytest

from integrations import http
from integrations.errors import NotAuthorised, OutsideError, Rejected, Unreachable, Unsupported
from tests.integrations.switch import nasty
from tests.integrations.switch.nasty import Nasty, answer, says

Serve = Callable[[nasty.Behaviour], Nasty]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server that behaves so."""
    made: list[Nasty] = []

    def start(behaviour: nasty.Behaviour) -> Nasty:
        made.append(Nasty(behaviour))
        return made[-1]

    yield start
    for server in made:
        server.close()


def ask(server: Nasty, **more: object) -> http.Answer:
    """Ask the server something, with little patience."""
    return http.send("GET", server.url, private=True, deadline=0.5, **more)  # type: ignore[arg-type]


def test_an_answer_comes_whole_with_its_headers(serve: Serve) -> None:
    got = ask(serve(says(answer("200 OK", b'{"a": 1}', "X-Thing: yes\r\n"))))
    assert (got.status, got.body, got.headers["x-thing"]) == (200, b'{"a": 1}', "yes")


@pytest.mark.parametrize("behaviour", [nasty.hangs, nasty.drips, nasty.drips_headers])
def test_a_server_that_takes_its_time_holds_nobody_beyond_the_deadline(
    behaviour: nasty.Behaviour, serve: Serve
) -> None:
    began = time.monotonic()
    with pytest.raises(Unreachable, match="in time"):
        ask(serve(behaviour))
    assert time.monotonic() - began < 1.5


def test_a_server_that_does_not_accept_holds_nobody_either() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        crowd = []
        for _ in range(4):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
            crowd.append(one)
        began = time.monotonic()
        with pytest.raises(Unreachable):
            http.send("GET", f"http://127.0.0.1:{port}", private=True, deadline=0.4)
        assert time.monotonic() - began < 1.5
        for one in crowd:
            one.close()


def test_nobody_listening_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unreachable, match="refused"):
        http.send("GET", f"http://127.0.0.1:{port}", private=True)


@pytest.mark.parametrize(
    "behaviour",
    [
        nasty.dies,
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"),
        says(b"SSH-2.0-OpenSSH_9.2\r\n"),
        says(b""),
    ],
    ids=["dies", "cut", "not-http", "silent"],
)
def test_an_answer_that_is_none_is_unreachable(behaviour: nasty.Behaviour, serve: Serve) -> None:
    with pytest.raises(Unreachable):
        ask(serve(behaviour))


def test_a_flood_is_rejected_before_it_fills_the_memory(serve: Serve) -> None:
    with pytest.raises(Rejected, match="more than 1000 bytes"):
        http.send("GET", serve(nasty.floods).url, private=True, deadline=5, largest=1000)


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("301 Moved", Rejected),
        ("400 Bad Request", Rejected),
        ("401 Unauthorized", NotAuthorised),
        ("403 Forbidden", NotAuthorised),
        ("404 Not Found", Unsupported),
        ("405 Method Not Allowed", Unsupported),
        ("429 Too Many Requests", Unreachable),
        ("500 Internal Server Error", Unreachable),
        ("503 Service Unavailable", Unreachable),
    ],
)
def test_each_status_has_its_word(status: str, word: type[OutsideError], serve: Serve) -> None:
    with pytest.raises(OutsideError) as caught:
        ask(serve(says(answer(status, b"because"))))
    assert type(caught.value) is word
    assert caught.value.reason == f"{status[:3]} because"


def test_a_redirect_is_not_followed(serve: Serve) -> None:
    secret = serve(says(answer("200 OK", b"secret")))
    lure = serve(says(answer("302 Found", b"", f"Location: {secret.url}\r\n")))
    with pytest.raises(Rejected):
        ask(lure)
    assert secret.asked == 0


@pytest.mark.parametrize(("said", "wait"), [("7", 7.0), ("99999", 3600.0), ("soon", None), ("-1", None), ("٣", None)])
def test_retry_after_is_heard_within_reason(said: str, wait: float | None, serve: Serve) -> None:
    with pytest.raises(Unreachable) as caught:
        ask(serve(lambda c, _r: c.sendall(answer("503 No", b"", "") if said == "٣" else _retry(said))))
    assert caught.value.retry_after == wait


def _retry(said: str) -> bytes:
    return answer("503 No", b"", f"Retry-After: {said}\r\n")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::ffff:127.0.0.1]", "2130706433"])
def test_addresses_inside_are_refused_unless_allowed_and_nothing_is_sent(host: str, serve: Serve) -> None:
    server = serve(says(answer("200 OK", b"{}")))
    port = server.url.rsplit(":", 1)[1]
    with pytest.raises((Rejected, Unreachable)) as caught:
        http.send("GET", f"http://{host}:{port}", deadline=1)
    assert server.asked == 0
    assert "open internet" in caught.value.reason or "address" in caught.value.reason.lower()


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("10.0.0.1", False),
        ("172.16.9.9", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("127.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("::ffff:10.0.0.1", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),
    ],
)
def test_what_the_open_internet_is(address: str, public: bool) -> None:
    assert http.is_public(address) is public


@pytest.mark.parametrize("url", ["file:///etc/passwd", "gopher://127.0.0.1", "http://", "//x", "http://[::1"])
def test_what_is_no_web_address_is_rejected(url: str) -> None:
    with pytest.raises((Rejected, Unreachable)):
        http.send("GET", url, private=True, deadline=1)


def test_environment_proxies_and_netrc_have_no_say(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = serve(says(answer("200 OK", b"proxy")))
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("http_proxy", proxy.url)
    assert ask(serve(says(answer("200 OK", b"straight")))).body == b"straight"
    assert proxy.asked == 0


def test_tls_has_the_same_deadline() -> None:
    """A server that accepts TCP and never shakes hands."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        began = time.monotonic()
        with pytest.raises(Unreachable):
            http.send("GET", f"https://127.0.0.1:{listener.getsockname()[1]}", private=True, deadline=0.4)
        assert time.monotonic() - began < 1.5
