"""Sounds made by arithmetic: real WAVs, no files."""

from __future__ import annotations

import io
import math
import wave
from array import array


def pcm(seconds: float = 1.0, *, rate: int = 16000, level: float = 0.3, hertz: float = 440.0) -> bytes:
    """Return a tone as 16-bit samples; ``level`` 0 is silence and 1 full scale."""
    step = 2 * math.pi * hertz / rate
    return array("h", (int(32767 * level * math.sin(step * i)) for i in range(int(seconds * rate)))).tobytes()


def wav(
    seconds: float = 1.0, *, rate: int = 16000, level: float = 0.3, channels: int = 1, hertz: float = 440.0
) -> bytes:
    """Return a tone as a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(pcm(seconds * channels, rate=rate, level=level, hertz=hertz))
    return file.getvalue()
