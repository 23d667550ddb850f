"""One digest for a customer's whole configuration, kept in 256 buckets so that an edit costs one bucket.

A key's bucket is the first byte of the SHA-256 of the key. A bucket's digest is the SHA-256 over its
``key NUL hash LF`` lines in key order, and of nothing at all (32 zero bytes) when it is empty. The root
is the SHA-256 over the 256 bucket digests. Portal and node keep both and compare roots.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

BUCKETS = 256
_WIDTH = 32
EMPTY = bytes(BUCKETS * _WIDTH)


def bucket_of(key: str) -> int:
    """Return the number, 0..255, of the bucket a key lies in."""
    return hashlib.sha256(key.encode()).digest()[0]


def bucket_digest(hashes: Mapping[str, str]) -> bytes:
    """Return the digest, 32 bytes, of one bucket given all its keys and their objects' hashes."""
    if not hashes:
        return bytes(_WIDTH)
    lines = (f"{key}\0{hashes[key]}\n".encode() for key in sorted(hashes))
    return hashlib.sha256(b"".join(lines)).digest()


def put_bucket(buckets: bytes, number: int, value: bytes) -> bytes:
    """Return the 256 digests with one of them replaced."""
    return buckets[: number * _WIDTH] + value + buckets[(number + 1) * _WIDTH :]


def root_of(buckets: bytes) -> str:
    """Return the root, 64 hex digits, over the 256 bucket digests."""
    return hashlib.sha256(buckets).hexdigest()


def buckets_of(hashes: Iterable[tuple[str, str]]) -> bytes:
    """Return the 256 digests over (key, hash) pairs, computed from nothing."""
    parts: list[dict[str, str]] = [{} for _ in range(BUCKETS)]
    for key, value in hashes:
        parts[bucket_of(key)][key] = value
    return b"".join(bucket_digest(part) for part in parts)
