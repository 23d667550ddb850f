"""Tones: made, coded as G.711 A-law, and found again in what was heard."""

from __future__ import annotations

import io
import math
import struct
import wave
from collections.abc import Sequence
from pathlib import Path

RATE = 8000
FRAME = 160
"""Samples in 20 ms."""


def samples(frequency: int, seconds: float = 1.0, level: float = 0.4) -> list[int]:
    """Return 16-bit samples of a tone at 8 kHz."""
    step = 2 * math.pi * frequency / RATE
    return [round(32767 * level * math.sin(step * n)) for n in range(round(RATE * seconds))]


def wav(frequency: int, seconds: float = 1.0, rate: int = RATE) -> bytes:
    """Return a mono 16-bit WAV of a tone."""
    step, count = 2 * math.pi * frequency / rate, round(rate * seconds)
    data = struct.pack(f"<{count}h", *(round(13000 * math.sin(step * n)) for n in range(count)))
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(data)
    return file.getvalue()


def read_wav(source: Path | bytes) -> list[int]:
    """Return the samples of a mono 16-bit WAV."""
    with wave.open(io.BytesIO(source) if isinstance(source, bytes) else str(source), "rb") as file:
        data = file.readframes(file.getnframes())
    return list(struct.unpack(f"<{len(data) // 2}h", data))


def _decode_alaw(byte: int) -> int:
    byte ^= 0x55
    exponent, mantissa = (byte >> 4) & 7, byte & 15
    value = (mantissa << 4) + 8 if exponent == 0 else ((mantissa << 4) + 264) << (exponent - 1)
    return value if byte & 0x80 else -value


DECODED = [_decode_alaw(byte) for byte in range(256)]
_NEAREST = sorted((value, byte) for byte, value in enumerate(DECODED))


def _encode_alaw(value: int) -> int:
    low, high = 0, len(_NEAREST) - 1
    while low < high:
        middle = (low + high) // 2
        if _NEAREST[middle][0] < value:
            low = middle + 1
        else:
            high = middle
    return _NEAREST[low][1]


def frames(frequency: int) -> list[bytes]:
    """Return one second of a tone as 50 A-law frames; played round and round it has no seam. 0 Hz is silence."""
    coded = bytes(_encode_alaw(value) for value in samples(frequency)) if frequency else bytes([0xD5]) * RATE
    return [coded[start : start + FRAME] for start in range(0, RATE, FRAME)]


def decode(coded: bytes) -> list[int]:
    """Return the samples of A-law bytes."""
    return [DECODED[byte] for byte in coded]


def share(heard: Sequence[int], frequency: int) -> float:
    """Return which share of the energy heard lies at a frequency (Goertzel), 0..1."""
    energy = sum(value * value for value in heard)
    if not energy:
        return 0.0
    factor = 2 * math.cos(2 * math.pi * frequency / RATE)
    before = last = 0.0
    for value in heard:
        before, last = last, value + factor * last - before
    power = last * last + before * before - factor * last * before
    return 2 * power / (len(heard) * energy)


def has(heard: Sequence[int], frequency: int, seconds: float = 0.3) -> bool:
    """Tell whether a tone is in what was heard for so long, in stretches of 100 ms that it dominates."""
    size = RATE // 10
    blocks = (heard[start : start + size] for start in range(0, len(heard) - size + 1, size))
    found = sum(1 for block in blocks if max(map(abs, block)) > 500 and share(block, frequency) > 0.7)
    return found >= round(seconds * 10)
