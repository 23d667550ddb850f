"""Reading and drawing the one format the switch plays: WAV, mono, 16 bits, 8 or 16 kHz."""

from __future__ import annotations

import io
import sys
import wave
from array import array
from dataclasses import dataclass
from itertools import pairwise

RATES = (8000, 16000)
BARS = 96
"""How many peaks a drawing has."""
_FULL = 32768


class NotOurWav(Exception):
    """The bytes are no mono 16-bit WAV at a telephone's rate."""


@dataclass(frozen=True)
class Wav:
    """A readable WAV: its bytes, rate in Hz, length, and peaks 0..100 for drawing."""

    content: bytes
    rate: int
    milliseconds: int
    peaks: tuple[int, ...]


def read(content: bytes) -> Wav:
    """Read a WAV.

    :raises NotOurWav: if it is anything but mono, 16 bits, 8 or 16 kHz.
    """
    try:
        with wave.open(io.BytesIO(content)) as file:
            form = file.getnchannels(), file.getsampwidth(), file.getcomptype()
            rate, frames = file.getframerate(), file.readframes(file.getnframes())
    except (wave.Error, EOFError, ValueError) as error:
        raise NotOurWav(str(error)) from error
    if form != (1, 2, "NONE") or rate not in RATES or len(frames) % 2:
        raise NotOurWav(f"{form} at {rate} Hz")
    return Wav(content, rate, len(frames) // 2 * 1000 // rate, peaks_of(_samples(frames)))


def peaks_of(samples: array[int], bars: int = BARS) -> tuple[int, ...]:
    """Return the loudest moment of each of ``bars`` equal parts, 0..100, the loudest of all being what it is."""
    edges = [len(samples) * bar // bars for bar in range(bars + 1)]
    return tuple(_loudest(samples[start:end]) for start, end in pairwise(edges))


def _loudest(part: array[int]) -> int:
    if not part:
        return 0
    top, bottom = max(part), min(part)
    return min(100, round(max(top, -bottom) * 100 / _FULL))


def _samples(frames: bytes) -> array[int]:
    samples = array("h", frames)
    if sys.byteorder == "big":
        samples.byteswap()
    return samples
