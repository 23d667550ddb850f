"""A file that is too large is stopped before it is read, and the rest of the form is kept."""

from __future__ import annotations

import io
from typing import Any

from django.test import RequestFactory

from tenants.sounds.convert import MAX_BYTES
from tenants.sounds.uploads import is_too_large

BOUNDARY = "gräns".encode().hex()
HEAD = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="name"\r\n\r\nVälkommen\r\n'
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="x.wav"\r\n\r\n'
).encode()


class Endless(io.RawIOBase):
    """A body of two gigabytes that counts how much of it is read."""

    def __init__(self, head: bytes) -> None:
        self.head, self.taken = io.BytesIO(head), 0

    def read(self, size: int = -1) -> bytes:
        """Return the head, then zeros for as long as anybody asks."""
        got = self.head.read(size) or bytes(size)
        self.taken += len(got)
        return got


def request_of(length: int, body: Any) -> Any:
    """Return a request that declares a length, whatever its body is."""
    return RequestFactory().generic(
        "POST", "/",
        **{
            "CONTENT_TYPE": f"multipart/form-data; boundary={BOUNDARY}",
            "CONTENT_LENGTH": str(length),
            "wsgi.input": body,
        },
    )  # fmt: skip


def test_two_gigabytes_are_refused_by_their_declared_length() -> None:
    body = Endless(HEAD)
    request = request_of(2 * 1024**3, body)
    assert request.POST["name"] == "Välkommen"
    assert not request.FILES
    assert is_too_large(request)
    assert body.taken < 1024 * 1024


def test_a_file_of_reasonable_size_comes_through() -> None:
    content = HEAD + b"RIFF" + f"\r\n--{BOUNDARY}--\r\n".encode()
    request = request_of(len(content), io.BytesIO(content))
    assert request.FILES["file"].read() == b"RIFF"
    assert not is_too_large(request)


def test_a_file_just_over_the_cap_is_stopped_while_it_comes() -> None:
    content = HEAD + bytes(MAX_BYTES + 10) + f"\r\n--{BOUNDARY}--\r\n".encode()
    request = request_of(len(content), io.BytesIO(content))
    assert request.POST["name"] == "Välkommen"
    assert is_too_large(request)
