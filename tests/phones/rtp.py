"""The sound of a call: sends a tone, keeps what it hears, presses keys as RFC 4733 events."""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import threading
import time

from tests.phones import tones

PCMA, EVENTS = 8, 101
KEYS = "0123456789*#"
_SILENCE = bytes([0xD5]) * tones.FRAME


class Sound:
    """One RTP stream both ways, sending its tone from ``start`` until ``stop``."""

    def __init__(self, host: str, tone: int) -> None:
        """Bind to any port of a host; ``tone`` in Hz, 0 for silence."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self._socket.settimeout(0.1)
        self.port: int = self._socket.getsockname()[1]
        self._frames, self._there = tones.frames(tone), ("", 0)
        self._sequence, self._stamp, self._source = random.randrange(1000), 0, random.getrandbits(31)
        self._lock, self._over = threading.Lock(), threading.Event()
        self._heard = bytearray()
        self._threads: list[threading.Thread] = []

    def start(self, there: tuple[str, int]) -> None:
        """Begin, or go on towards another address."""
        self._there = there
        if not self._threads:
            self._threads = [threading.Thread(target=job, daemon=True) for job in (self._talk, self._listen)]
            for thread in self._threads:
                thread.start()

    def stop(self) -> None:
        """End."""
        self._over.set()
        for thread in self._threads:
            thread.join(2)
        self._socket.close()

    def heard(self, last: float | None = None) -> list[int]:
        """Return the samples heard so far, or in the last so many seconds."""
        coded = bytes(self._heard)
        return tones.decode(coded if last is None else coded[-round(last * tones.RATE) :])

    def hears(self, frequency: int, timeout: float = 6.0, seconds: float = 0.3) -> bool:
        """Wait until a tone has been heard for so long from now on."""
        begun, deadline = max(0, len(self._heard) - tones.RATE // 10), time.monotonic() + timeout
        while time.monotonic() < deadline:
            if tones.has(tones.decode(bytes(self._heard[begun:])), frequency, seconds):
                return True
            time.sleep(0.1)
        return False

    def press(self, key: str) -> None:
        """Press a key for 100 ms."""
        event, begun = KEYS.index(key), self._stamp
        for number in range(8):
            end = 0x80 if number >= 5 else 0
            duration = min(number + 1, 5) * tones.FRAME
            self._send(EVENTS, struct.pack(">BBH", event, end | 10, duration), begun, marker=number == 0)
            time.sleep(0.02)

    def _talk(self) -> None:
        number, due = 0, time.monotonic()
        while not self._over.is_set():
            self._stamp += tones.FRAME
            self._send(PCMA, self._frames[number % 50], self._stamp)
            number, due = number + 1, due + 0.02
            self._over.wait(max(0.0, due - time.monotonic()))

    def _send(self, payload: int, body: bytes, stamp: int, *, marker: bool = False) -> None:
        with self._lock, contextlib.suppress(OSError):
            self._sequence = (self._sequence + 1) & 0xFFFF
            head = struct.pack(">BBHII", 0x80, payload | (0x80 if marker else 0), self._sequence, stamp, self._source)
            self._socket.sendto(head + body, self._there)

    def _listen(self) -> None:
        while not self._over.is_set():
            try:
                packet = self._socket.recv(2048)
            except OSError:
                continue
            if len(packet) > 12 and packet[1] & 0x7F == PCMA:
                self._heard += packet[12:]
