"""Every outgoing HTTP request of the portal: one deadline for the whole of it, no redirects, bounded answers,
checked addresses, and four words for what can go wrong (``integrations.errors``).

``requests`` bounds each read, so a server that sends one byte a second holds a worker for ever. Here each wait on
the socket ends at the request's own deadline. The address is checked where the connection is made, after the name
was resolved, so a name that resolves differently the second time gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NameResolutionError, NewConnectionError
from urllib3.util.ssl_ import create_urllib3_context

from integrations.errors import NotAuthorised, Rejected, Unreachable, Unsupported

DEADLINE = 5.0
"""Seconds for a request and its whole answer."""
LARGEST_ANSWER = 4_000_000
_CHUNK = 65_536

_ends_at: ContextVar[float] = ContextVar("ends_at")


class Cut(int):
    """A bound on an answer; what lies beyond it is left unread."""


class Forbidden(OSError):
    """A name resolves to an address that this kind of request may not reach."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a status the caller asked for, the whole body, headers by lower-case name."""

    status: int
    body: bytes
    headers: Mapping[str, str]


def _left() -> float:
    """Return the seconds that are left, at least a moment; raise if none are."""
    left = _ends_at.get() - time.monotonic()
    if left <= 0:
        raise TimeoutError("the deadline has passed")
    return left


class _Socket(socket.socket):
    """A socket on which no wait outlasts the deadline."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """Read, until the deadline at most."""
        self.settimeout(_left())
        return super().recv_into(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        """Send it all, until the deadline at most."""
        self.settimeout(_left())
        super().sendall(*args, **kwargs)


class _TlsSocket(ssl.SSLSocket):
    """The same over TLS."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """Read, until the deadline at most."""
        self.settimeout(_left())
        return super().recv_into(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        """Send it all, until the deadline at most."""
        self.settimeout(_left())
        super().sendall(*args, **kwargs)


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the open internet's: not ours, not the machine's, not a cloud's own.

    An address that wraps another one (mapped, 6to4) is what it wraps.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None) or ip
    if getattr(ip, "is_site_local", False) or getattr(ip, "teredo", None):
        return False
    return inner.is_global and not inner.is_multicast and not inner.is_reserved


def _connect(host: str, port: int, *, private: bool) -> socket.socket:
    """Return a socket connected to the first permitted address of a host.

    :raises Forbidden: if none of its addresses is permitted. :raises OSError: if none answers.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    allowed = [info for info in found if private or is_public(str(info[4][0]))]
    if not allowed:
        raise Forbidden(f"{host} is not on the open internet")
    for number, (family, kind, protocol, _name, address) in enumerate(allowed, 1):
        made = _Socket(family, kind, protocol)
        try:
            made.settimeout(_left())
            made.connect(address)
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            made.close()
            if number == len(allowed):
                raise
        else:
            return made
    raise AssertionError("unreachable")


class _Plain(HTTPConnection):
    private = False

    def _new_conn(self) -> socket.socket:
        return _opened(self, self._dns_host, self.port or 80, private=self.private)


class _Tls(HTTPSConnection):
    private = False

    def _new_conn(self) -> socket.socket:
        return _opened(self, self._dns_host, self.port or 443, private=self.private)


def _opened(connection: HTTPConnection, host: str, port: int, *, private: bool) -> socket.socket:
    """Connect, and say what went wrong in urllib3's words."""
    try:
        return _connect(host, port, private=private)
    except socket.gaierror as error:
        raise NameResolutionError(host, connection, error) from error
    except TimeoutError as error:
        raise ConnectTimeoutError(connection, f"no connection to {host} in time") from error
    except OSError as error:
        raise NewConnectionError(connection, str(error)) from error


class _PrivatePlain(_Plain):
    private = True


class _PrivateTls(_Tls):
    private = True


def _pools(plain: type[HTTPConnection], tls: type[HTTPSConnection]) -> dict[str, type[HTTPConnectionPool]]:
    return {
        "http": type("Pool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("TlsPool", (HTTPSConnectionPool,), {"ConnectionCls": tls}),
    }


_OPEN = _pools(_Plain, _Tls)
_ANYWHERE = _pools(_PrivatePlain, _PrivateTls)


class _Adapter(HTTPAdapter):
    """Requests' own adapter, on our connections."""

    def __init__(self, pools: dict[str, type[HTTPConnectionPool]]) -> None:
        self._pools = pools
        super().__init__(pool_connections=64, pool_maxsize=4, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools."""
        context = create_urllib3_context()
        context.sslsocket_class = _TlsSocket
        super().init_poolmanager(*args, ssl_context=context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools


_own = threading.local()


def _session(*, private: bool) -> requests.Session:
    """Return this thread's session for a kind of address; connections are kept between requests."""
    name = "anywhere" if private else "open"
    if not hasattr(_own, name):
        session = requests.Session()
        session.trust_env = False
        session.mount("http://", _Adapter(_ANYWHERE if private else _OPEN))
        session.mount("https://", _Adapter(_ANYWHERE if private else _OPEN))
        setattr(_own, name, session)
    made: requests.Session = getattr(_own, name)
    return made


@contextmanager
def _until(deadline: float) -> Iterator[None]:
    token = _ends_at.set(time.monotonic() + deadline)
    try:
        yield
    finally:
        _ends_at.reset(token)


def send(
    method: str,
    url: str,
    *,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    expect: Collection[int] = (200,),
    private: bool = False,
    deadline: float = DEADLINE,
    largest: int = LARGEST_ANSWER,
) -> Answer:
    """Send a request and return its whole answer, if its status is one of ``expect``.

    ``private`` allows addresses that are not on the open internet: switch nodes', which staff have given.
    ``deadline`` is seconds for everything but the look-up of the name, which the resolver bounds itself.
    ``largest`` as ``Cut`` reads so much of an answer instead of rejecting a larger one.

    :raises Unreachable: no connection, no whole answer in time, 408, 425, 429 or 5xx.
    :raises Rejected: a redirect, an answer above ``largest`` bytes, an address not allowed, another 4xx.
    :raises NotAuthorised: 401 or 403. :raises Unsupported: 404, 405 or 501.
    """
    _refuse_other_schemes(url)
    with _until(deadline):
        answer = _exchange(_session(private=private), method, url, body, headers or {}, largest)
    if answer.status in expect:
        return answer
    raise _word(answer)


def _refuse_other_schemes(url: str) -> None:
    try:
        scheme = urlsplit(url).scheme
    except ValueError as error:
        raise Rejected(f"the address is no address: {error}") from error
    if scheme not in {"http", "https"}:
        raise Rejected("the address is neither http nor https")


def _exchange(
    session: requests.Session, method: str, url: str, body: bytes, headers: Mapping[str, str], largest: int
) -> Answer:
    sent = {"Accept-Encoding": "identity", "User-Agent": "portal", **headers}
    try:
        with session.request(
            method, url, data=body, headers=sent, stream=True, allow_redirects=False, timeout=_left()
        ) as response:
            content = _read(response, largest)
            return Answer(response.status_code, content, {k.lower(): v for k, v in response.headers.items()})
    except (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema) as error:
        raise Rejected(f"the address is no address: {error}") from error
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        raise _no_answer(error) from error


def _read(response: requests.Response, largest: int) -> bytes:
    """Return the body; a server that declares a length and sends less has been cut off."""
    parts: list[bytes] = []
    size = 0
    while part := response.raw.read(min(_CHUNK, largest + 1), decode_content=False):
        size += len(part)
        if size > largest and isinstance(largest, Cut):
            return b"".join([*parts, part])[:largest]
        if size > largest:
            raise Rejected(f"an answer of more than {largest} bytes")
        parts.append(part)
    return b"".join(parts)


def _no_answer(error: Exception) -> Unreachable | Rejected:
    """Return our word for an exception somewhere in the chain."""
    chain: list[object] = [error]
    while (inner := getattr(chain[-1], "__cause__", None) or getattr(chain[-1], "__context__", None)) is not None:
        chain.append(inner)
    for link in chain:
        if isinstance(link, Forbidden):
            return Rejected(str(link))
        if isinstance(link, TimeoutError):
            return Unreachable("no whole answer in time")
    last = chain[-1]
    return Unreachable(f"{type(last).__name__}: {last}")


def _word(answer: Answer) -> Unreachable | Rejected | NotAuthorised | Unsupported:
    status = answer.status
    said = answer.body[:120].decode(errors="replace")
    if status in {401, 403}:
        return NotAuthorised(f"{status} {said}")
    if status in {404, 405, 501}:
        return Unsupported(f"{status} {said}")
    if status in {408, 425, 429} or status >= 500:
        return Unreachable(f"{status} {said}", seconds(answer.headers.get("retry-after", "")))
    return Rejected(f"{status} {said}")


def seconds(text: str) -> float | None:
    """Return a Retry-After in seconds, at most an hour; a date or nonsense counts as not said."""
    return min(float(text), 3600.0) if text.isascii() and text.isdigit() and len(text) < 9 else None
