"""Receive webhooks from Bredband2 Växel. Python's standard library only; copy what you need.

    WEBHOOK_SECRET=whsec_… python webhook_receiver.py 8080

Put it behind HTTPS. It answers 204 to what is signed by the secret and not too old, and prints it once: a message may
come twice, with the same ``webhook-id``.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOLERANCE = 5 * 60
"""Seconds that a timestamp may differ from our clock, so that nobody can send a message they once overheard."""
LARGEST = 1_000_000


class NotGenuine(Exception):
    """The message was not sent by the portal, or too long ago."""


def verify(secret: str, headers: Mapping[str, str], body: bytes) -> Any:
    """Return the message. ``body`` is what was received, byte for byte; header names are in small letters.

    :raises NotGenuine: if none of its signatures is made with the secret, or it is too old.
    """
    message, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not timestamp.isascii() or not timestamp.isdigit() or abs(time.time() - int(timestamp)) > TOLERANCE:
        raise NotGenuine("the timestamp is missing, or not of now")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message}.{timestamp}.".encode() + body
    ours = b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    theirs = headers.get("webhook-signature", "").encode().split(b" ")
    if not any(hmac.compare_digest(ours, one) for one in theirs):
        raise NotGenuine("no signature of ours")
    return json.loads(body)


def serve(port: int, secret: str, received: Callable[[str, Any], None]) -> ThreadingHTTPServer:
    """Return a server that gives each genuine message to ``received(webhook_id, message)``, once."""
    seen: set[str] = set()  # a real receiver keeps these in its database, in the transaction of what it does

    class Receiver(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(min(length, LARGEST))
            headers = {name.lower(): value for name, value in self.headers.items()}
            try:
                message = verify(secret, headers, body)
            except NotGenuine:
                self._answer(401)
                return
            if headers["webhook-id"] not in seen:
                received(headers["webhook-id"], message)
                seen.add(headers["webhook-id"])
            self._answer(204)

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    return ThreadingHTTPServer(("127.0.0.1", port), Receiver)


if __name__ == "__main__":
    serve(int(sys.argv[1]), os.environ["WEBHOOK_SECRET"], print).serve_forever()
