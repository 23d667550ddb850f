"""Making what somebody uploaded into what the switch plays: 8 and 16 kHz mono WAV, equally loud whoever spoke.

Two passes: the first measures, the second makes new files from the sound alone. Nothing of the upload but its
sound survives: no picture, no text, no metadata.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from tenants.refusals import Refusal
from tenants.sounds import sandbox
from tenants.sounds.sniff import HEAD, Demuxer, Odd, oddity, sniff
from tenants.sounds.wav import Wav, read

MAX_BYTES = 20 * 1024 * 1024
MAX_SECONDS = 600
SILENCE_DB = -50.0
"""A recording whose loudest moment lies below this is a microphone that was off."""
LOUDNESS = -19.0
"""LUFS; speech as loud as a telephone's own voices, with room for a limiter at -1.5 dBFS."""
MOST_GAIN = 30.0
AT_TOP_DB = -0.05
CLIPPED_PEAKS = 20
"""So many samples at the very top of the scale are no chance."""


class SoundRefused(Refusal):
    """What was uploaded can't be a prompt."""

    field = "file"


class TooLarge(SoundRefused):
    """More bytes than any prompt needs."""

    code = "too_large"
    message = _("Filen är för stor. En ljudfil får vara högst 20 MB.")


class TooLong(SoundRefused):
    """Longer than ten minutes."""

    code = "too_long"
    message = _("Inspelningen är längre än 10 minuter. Korta den och försök igen.")


class Silent(SoundRefused):
    """Nothing is heard in it."""

    code = "silent"
    message = _("Det hörs inget ljud i filen. Kontrollera mikrofonen och försök igen.")


class NotAudio(SoundRefused):
    """No sound of a format we take."""

    code = "not_audio"
    message = _("Det här är ingen ljudfil vi kan läsa. Välj en WAV-, MP3-, M4A-, FLAC-, OGG- eller WebM-fil.")


class Damaged(SoundRefused):
    """Looks like sound, but can't be played."""

    code = "damaged"
    message = _("Ljudfilen är skadad och går inte att spela. Spara den på nytt eller spela in igen.")


_ODD: dict[Odd, SoundRefused] = {
    "empty": SoundRefused(_("Filen är tom. Välj en annan fil.")),
    "playlist": SoundRefused(_("Det här är en spellista, inte en ljudfil. Ladda upp själva ljudet.")),
    "archive": SoundRefused(_("Det här är ett arkiv. Packa upp det och ladda upp ljudfilen som ligger i det.")),
    "other": NotAudio(),
}
_CODES: dict[Odd, str] = {"empty": "empty", "playlist": "playlist", "archive": "archive", "other": "not_audio"}


@dataclass(frozen=True)
class Converted:
    """A prompt's two files; ``clipped`` warns that the recording was too loud."""

    narrow: Wav
    wide: Wav
    clipped: bool


@dataclass(frozen=True)
class _Level:
    """What the first pass measured: peak in dBFS, loudness in LUFS, samples at the very top."""

    peak: float
    loudness: float
    at_top: int

    @property
    def gain(self) -> float:
        """Return how many dB make it as loud as it should be; a sound too short to measure goes by its peak."""
        wanted = LOUDNESS - self.loudness if self.loudness > -70 else -3.0 - self.peak
        return max(-MOST_GAIN, min(MOST_GAIN, wanted))


def convert(content: bytes) -> Converted:
    """Make a prompt's files of an upload.

    :raises SoundRefused: in words, if it isn't sound, can't be played, is silent, too long or too large.
    """
    if len(content) > MAX_BYTES:
        raise TooLarge
    demuxer = sniff(content[:HEAD])
    if demuxer is None:
        raise _odd(content[:HEAD])
    with tempfile.TemporaryDirectory(prefix="portal-sound-") as name:
        return _convert(Path(name), demuxer, content)


def _odd(head: bytes) -> SoundRefused:
    kind = oddity(head)
    refusal = _ODD[kind]
    made = type(refusal)(refusal.message)
    made.code = _CODES[kind]
    return made


def _convert(folder: Path, demuxer: Demuxer, content: bytes) -> Converted:
    (folder / "in").write_bytes(content)
    (folder / "in").chmod(0o644)
    try:
        level = _measured(sandbox.run(folder, [*_input(demuxer), *_SOUND, "-af", _MEASURE, "-f", "null", "-"]))
        if level.peak < SILENCE_DB:
            raise Silent
        sandbox.run(folder, [*_input(demuxer), *_output(level, 8000), *_output(level, 16000)])
        narrow, wide = (read((folder / f"{rate}.wav").read_bytes()) for rate in (8000, 16000))
    except (sandbox.Stopped, OSError) as error:
        raise Damaged from error
    if wide.milliseconds > MAX_SECONDS * 1000:
        raise TooLong
    if wide.milliseconds == 0:
        raise Silent
    return Converted(narrow, wide, level.at_top >= CLIPPED_PEAKS)


_SOUND = ["-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1", "-threads", "1"]
_MEASURE = (
    "aresample=16000,aformat=channel_layouts=mono,astats=metadata=0:measure_perchannel=none,ebur128=framelog=verbose"
)


def _input(demuxer: Demuxer) -> list[str]:
    return [
        "-hide_banner", "-nostdin", "-nostats", "-y", "-loglevel", "info", "-threads", "1", "-filter_threads", "1",
        "-protocol_whitelist", "pipe,file", "-f", demuxer, "-t", str(MAX_SECONDS + 1), "-i", "file:in",
    ]  # fmt: skip


def _output(level: _Level, rate: int) -> list[str]:
    """Mono is made before gain, so that two channels don't add up to more than was measured."""
    chain = f"aresample={rate},aformat=channel_layouts=mono,volume={level.gain:.2f}dB,alimiter=limit=0.84:level=false"
    return [
        *_SOUND, "-af", chain, "-ar", str(rate), "-ac", "1", "-c:a", "pcm_s16le", "-fflags", "+bitexact",
        "-flags:a", "+bitexact", "-f", "wav", f"file:{rate}.wav",
    ]  # fmt: skip


def _measured(said: str) -> _Level:
    peak = _figure(said, r"Peak level dB:\s*(-?[\d.]+|-?inf)")
    loudness = _figure(said, r"\bI:\s*(-?[\d.]+|-?inf|nan)\s*LUFS")
    count = _figure(said, r"Peak count:\s*([\d.]+)")
    return _Level(peak, loudness, at_top=int(count) if peak > AT_TOP_DB and count > 0 else 0)


def _figure(said: str, pattern: str) -> float:
    """Return the last figure ffmpeg printed for something; minus infinity where it printed none."""
    found = re.findall(pattern, said)
    return float(found[-1]) if found and found[-1] != "nan" else float("-inf")
