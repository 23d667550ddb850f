"""One id from the click to the node: W3C Trace Context (https://www.w3.org/TR/trace-context/), without own spans.

A request that brings a ``traceparent`` keeps its trace id, any other gets one. Every log line bears it as ``trace``.
Whoever asks somebody else sends it on, with a parent id of its own. Portal and node both read this; no Django here.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable

TRACEPARENT = "traceparent"
ALSO = "Portal-Traces"
"""Our own header beside it: the other requests that the same push serves, newest first, with commas between."""
MOST = 20
"""How many traces one push names; older ones are found by the customer's generation."""

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_ID = re.compile(r"[0-9a-f]{32}")


def read(header: str) -> str:
    """Return the trace id of a ``traceparent``; nothing if it is none.

    By the recommendation: version ff and zeros are invalid, and what a later version adds at the end is passed over.
    """
    found = _TRACEPARENT.fullmatch(header.strip()[:200])
    if not found or found[1] == "ff" or (found[1] == "00" and found[5]) or not int(found[3], 16):
        return ""
    return found[2] if int(found[2], 16) else ""


def begin() -> str:
    """Return a new trace id."""
    return secrets.token_hex(16)


def header(trace: str) -> str:
    """Return the ``traceparent`` under which a trace goes on; its parent is this very hop."""
    return f"00-{trace}-{secrets.token_hex(8)}-01"


def others(text: str) -> list[str]:
    """Return the ids in ``Portal-Traces``; what is no id is left out."""
    return [part for part in (word.strip() for word in text.split(",")[:MOST]) if _ID.fullmatch(part)]


def headers(trace: str, also: Iterable[str] = ()) -> dict[str, str]:
    """Return what a request to another process bears; nothing without a trace."""
    rest = ",".join(also)
    if not trace:
        return {}
    return {TRACEPARENT: header(trace), **({ALSO: rest} if rest else {})}
