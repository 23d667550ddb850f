"""The proxy hurts as it says; without that, a green run through it proves nothing."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.conftest import Databases
from tests.faults.proxy import WELL, Fault, Frontend, Proxy, at_random
from tests.integrations.switch.nasty import Nasty, answer, says

SAID = answer("200 OK", b'{"all":"well"}')


@pytest.fixture
def server() -> Iterator[Nasty]:
    """A server that answers properly."""
    made = Nasty(says(SAID))
    yield made
    made.close()


def asked(proxy: Proxy, seconds: float = 5.0) -> bytes:
    """Ask through the proxy and return what comes back."""
    with closing(socket.create_connection(("127.0.0.1", proxy.port), timeout=seconds)) as link:
        link.sendall(b"GET / HTTP/1.1\r\n\r\n")
        found = b""
        while data := link.recv(1000):
            found += data
        return found


def through(server: Nasty, fault: Fault) -> Proxy:
    """Return a proxy to a server that does one thing to every connection."""
    host, _colon, port = server.url.removeprefix("http://").partition(":")
    return Proxy((host, int(port)), lambda _: fault)


def test_what_is_not_hurt_comes_whole(server: Nasty) -> None:
    assert asked(through(server, WELL)) == SAID
    assert asked(through(server, Fault("latency", seconds=0.01))) == SAID


def test_an_answer_is_cut_after_so_many_bytes(server: Nasty) -> None:
    with pytest.raises(ConnectionResetError):
        asked(through(server, Fault("cut", bytes=20)))
    assert server.asked == 1


@pytest.mark.parametrize("kind", ["refuse", "reset"])
def test_a_connection_is_broken_before_the_server_hears_of_it(server: Nasty, kind: str) -> None:
    with pytest.raises((ConnectionResetError, BrokenPipeError)):
        asked(through(server, Fault(kind)))  # type: ignore[arg-type]
    assert server.asked == 0


def test_a_black_hole_says_nothing(server: Nasty) -> None:
    with pytest.raises(TimeoutError):
        asked(through(server, Fault("blackhole")), 0.2)
    assert server.asked == 0


def test_the_same_seed_hurts_the_same_connections() -> None:
    one, same, other = at_random(7, 0.3), at_random(7, 0.3), at_random(8, 0.3)
    said = [one(number) for number in range(300)]
    assert said == [same(number) for number in range(300)]
    assert said != [other(number) for number in range(300)]
    assert 50 < sum(fault != WELL for fault in said) < 130


@pytest.fixture
def postgres(django_db_setup: Databases) -> Iterator[tuple[Proxy, str]]:
    """A proxy before PostgreSQL, and how the owner connects through it."""
    found = conninfo_to_dict(django_db_setup.owner)
    host, port = str(found.get("host", "")), int(found.get("port") or 5432)
    proxy = Proxy(Path(host) / f".s.PGSQL.{port}" if host.startswith("/") else (host, port), postgres=True)
    plain = f"host=127.0.0.1 port={proxy.port} user={found['user']} dbname={found['dbname']}"
    yield proxy, f"{plain} password={found.get('password', 'none')} sslmode=disable gssencmode=disable"
    proxy.close()


def test_a_commit_whose_answer_is_cut_has_happened(postgres: tuple[Proxy, str]) -> None:
    proxy, url = postgres
    with psycopg.connect(url, autocommit=True) as link:
        link.execute("DROP TABLE IF EXISTS cut_commits")
        link.execute("CREATE TABLE cut_commits (number int)")
    proxy.cut_commit = lambda number: number % 2 == 1
    for number in range(6):
        try:
            with psycopg.connect(url) as link:
                link.execute("INSERT INTO cut_commits VALUES (%s)", [number])
                link.commit()
            assert number % 2 == 1
        except psycopg.OperationalError:
            assert number % 2 == 0
    proxy.cut_commit = lambda _: False
    with psycopg.connect(url, autocommit=True) as link:
        found = link.execute("SELECT number FROM cut_commits ORDER BY number").fetchall()
        link.execute("DROP TABLE cut_commits")
    assert [row[0] for row in found] == list(range(6))
    assert (proxy.cut, proxy.commits >= 6) == (3, True)


def message(letter: bytes, body: bytes) -> bytes:
    """Return a message of PostgreSQL's frontend."""
    return letter + (len(body) + 4).to_bytes(4, "big") + body


@pytest.mark.parametrize(
    ("said", "commits"),
    [
        (message(b"Q", b"COMMIT\0"), True),
        (message(b"P", b"name\0COMMIT\0\0\0"), True),
        (message(b"P", b"\0commit\0\0\0") + message(b"S", b""), True),
        (message(b"Q", b"SELECT 'COMMIT'\0"), False),
        (message(b"P", b"COMMIT\0SELECT 1\0\0\0"), False),
        (message(b"B", b"COMMIT\0"), False),
        (message(b"Q", b"COMMITTEE\0"), False),
    ],
)
def test_a_commit_is_seen_in_whatever_pieces_it_comes(said: bytes, commits: bool) -> None:
    start = b"\x00\x00\x00\x08\x04\xd2\x16\x2f" + b"\x00\x00\x00\x0e\x00\x03\x00\x00user\0\0"
    for size in (1, 3, 1000):
        reader, data = Frontend(), start + said
        seen = [reader.sees_commit(data[at : at + size]) for at in range(0, len(data), size)]
        assert any(seen) is commits
