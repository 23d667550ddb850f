"""What callers in line hear when their company has chosen no music: sixteen quiet seconds, made here.

Four chords, each note plucked and left to fade. The loop's end fits its beginning.
"""

from __future__ import annotations

import math
import struct
import wave
from itertools import cycle, islice
from pathlib import Path

RATE = 8000
_NOTE_SECONDS = 0.5
_CHORDS = ((60, 64, 67, 72), (57, 60, 64, 69), (53, 57, 60, 65), (55, 59, 62, 67))
"""C, A minor, F and G, as MIDI notes."""
_PARTIALS = ((1, 1.0), (2, 0.35), (3, 0.12))
_LOUDEST = 2600
"""Of 32767: below a speaking voice."""


def write(path: Path) -> None:
    """Write the music as a mono 16-bit WAV at 8 kHz, unless it is there."""
    if path.exists():
        return
    samples = [0.0] * (RATE * 16)
    for number, note in enumerate(_notes()):
        _pluck(samples, round(number * _NOTE_SECONDS * RATE), 440 * 2 ** ((note - 69) / 12))
    peak = max(map(abs, samples))
    data = struct.pack(f"<{len(samples)}h", *(round(value / peak * _LOUDEST) for value in samples))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(data)


def _notes() -> list[int]:
    return [note for chord in _CHORDS for note in islice(cycle(chord), 8)]


def _pluck(samples: list[float], start: int, frequency: float) -> None:
    """Add a note that fades for two seconds, past the end into the beginning."""
    for at in range(2 * RATE):
        seconds = at / RATE
        swing = 2 * math.pi * frequency * seconds
        value = sum(weight * math.sin(swing * partial) for partial, weight in _PARTIALS)
        samples[(start + at) % len(samples)] += value * min(1.0, seconds / 0.01) * math.exp(-2.5 * seconds)
