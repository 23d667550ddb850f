"""Whether a recording is what was heard: speech is known by its envelope, the loudness of each 20 ms."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from tests.phones.call import Call
from tests.phones.tones import FRAME

ALIKE = 0.9
"""Correlation of envelopes. A-law and timing cost some hundredths; another prompt comes to 0.6 at most."""
PART = 100
"""Frames compared, two seconds: callers may press a key before the end."""
STEP = 50
"""Frames between the parts that are looked for: a machine that stumbles spoils one second, not the whole prompt."""


def envelope(samples: Sequence[int]) -> list[float]:
    """Return the loudness of each 20 ms at 8 kHz."""
    return [
        math.sqrt(sum(value * value for value in samples[start : start + FRAME]) / FRAME)
        for start in range(0, len(samples) - FRAME + 1, FRAME)
    ]


def likeness(heard: Sequence[float], recording: Sequence[float]) -> float:
    """Return the best correlation of two seconds of the recording with any stretch of what was heard, -1 to 1."""
    starts = range(0, max(len(recording) - PART, 0) + 1, STEP)
    return max((_best(heard, recording[start : start + PART]) for start in starts), default=-1.0)


def _best(heard: Sequence[float], part: Sequence[float]) -> float:
    places = range(len(heard) - len(part) + 1)
    return max((_correlation(heard[place : place + len(part)], part) for place in places), default=-1.0)


def _correlation(one: Sequence[float], other: Sequence[float]) -> float:
    mean, mean_other = sum(one) / len(one), sum(other) / len(other)
    pairs = [(a - mean, b - mean_other) for a, b in zip(one, other, strict=True)]
    spread = math.sqrt(sum(a * a for a, _ in pairs) * sum(b * b for _, b in pairs))
    return sum(a * b for a, b in pairs) / spread if spread else 0.0


def hears_recording(call: Call, samples: Sequence[int], timeout: float = 12.0) -> bool:
    """Wait until a caller has heard two seconds of a recording (8 kHz)."""
    recording, deadline = envelope(samples), time.monotonic() + timeout
    while time.monotonic() < deadline:
        if likeness(envelope(call.sound.heard()), recording) > ALIKE:
            return True
        time.sleep(0.3)
    return False
