"""SIP messages: read, written, and authorised by digest."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import NamedTuple


class Message(NamedTuple):
    """A request (``method`` set) or an answer (``status`` set). Header names are lower case."""

    method: str
    status: int
    headers: list[tuple[str, str]]
    body: str

    def get(self, name: str) -> str:
        """Return the first header of a name, or nothing."""
        return next((value for header, value in self.headers if header == name), "")

    def all(self, name: str) -> list[str]:
        """Return all headers of a name."""
        return [value for header, value in self.headers if header == name]

    @property
    def number(self) -> int:
        """The CSeq number."""
        return int(self.get("cseq").split()[0])

    @property
    def answers(self) -> str:
        """The method of the request this belongs to."""
        return self.get("cseq").split()[-1]


_SHORT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length", "r": "refer-to"}


def read(packet: bytes) -> Message | None:
    """Read a packet; None for a keep-alive."""
    head, _, body = packet.decode(errors="replace").partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    if len(first.split()) < 3:
        return None
    pairs = [line.partition(":")[::2] for line in lines if ":" in line]
    headers = [(_SHORT.get(name.strip().lower(), name.strip().lower()), value.strip()) for name, value in pairs]
    if first.startswith("SIP/2.0"):
        return Message("", int(first.split()[1]), headers, body)
    return Message(first.split()[0], 0, headers, body)


def write(first: str, headers: list[tuple[str, str]], body: str = "") -> bytes:
    """Return the bytes of a message."""
    lines = [first, *(f"{name}: {value}" for name, value in headers)]
    lines.append(f"Content-Length: {len(body.encode())}")
    if body:
        lines.insert(1, "Content-Type: application/sdp")
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def tag_of(header: str) -> str:
    """Return the tag of a From or To header."""
    match = re.search(r";tag=([^;>\s]+)", header)
    return match[1] if match else ""


def uri_of(header: str) -> str:
    """Return the address between the angle brackets of a header."""
    match = re.search(r"<([^>]+)>", header)
    return match[1] if match else header.split(";")[0].strip()


def user_of(header: str) -> str:
    """Return the user part of a header's address."""
    match = re.search(r"sips?:([^@>;]+)@", header)
    return match[1] if match else ""


def authorisation(challenge: str, method: str, uri: str, username: str, password: str) -> str:
    """Return the Authorization header that answers a challenge."""
    parts = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge))
    count, own = "00000001", secrets.token_hex(8)

    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    secret = md5(f"{username}:{parts['realm']}:{password}")
    proof = md5(f"{secret}:{parts['nonce']}:{count}:{own}:auth:{md5(f'{method}:{uri}')}")
    said = f'Digest username="{username}", realm="{parts["realm"]}", nonce="{parts["nonce"]}", uri="{uri}"'
    more = f', response="{proof}", algorithm=MD5, qop=auth, nc={count}, cnonce="{own}"'
    opaque = f', opaque="{parts["opaque"]}"' if "opaque" in parts else ""
    return said + more + opaque


def offer(host: str, port: int) -> str:
    """Return the SDP of A-law and key events at an address."""
    return (
        f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio {port} RTP/AVP 8 101\r\n"
        "a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n"
    )


def address_in(body: str) -> tuple[str, int] | None:
    """Return where SDP wants the sound, or None."""
    host, port = re.search(r"c=IN IP4 (\S+)", body), re.search(r"m=audio (\d+)", body)
    return (host[1], int(port[1])) if host and port else None
