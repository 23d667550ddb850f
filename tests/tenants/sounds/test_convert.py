"""What is uploaded becomes what the switch plays, or is refused in words; nothing else of it is looked at."""

from __future__ import annotations

import io
import socket
import struct
import subprocess
import sys
import wave
import zipfile
from array import array
from pathlib import Path

import pytest

from tenants.sounds import sandbox
from tenants.sounds.convert import MAX_BYTES, SoundRefused, convert
from tenants.sounds.sniff import oddity, sniff
from tenants.sounds.wav import NotOurWav, peaks_of, read
from tests.factories.sounds import pcm, wav

FORMATS = {
    "mp3": ["-f", "mp3"],
    "flac": ["-f", "flac"],
    "ogg": ["-c:a", "libvorbis", "-f", "ogg"],
    "opus": ["-c:a", "libopus", "-f", "ogg"],
    "m4a": ["-c:a", "aac", "-f", "ipod"],
    "webm": ["-c:a", "libopus", "-f", "webm"],
    "wav": ["-ac", "2", "-ar", "44100", "-f", "wav"],
}


def encoded(path: Path, *options: str, source: str = "sine=440:d=2") -> bytes:
    """Return a tone in another format, made by the same ffmpeg outside the sandbox."""
    made = [str(sandbox.ffmpeg()), "-y", "-loglevel", "error", "-f", "lavfi", "-i", source, *options, str(path)]
    subprocess.run(made, check=True)
    return path.read_bytes()


@pytest.mark.parametrize("name", FORMATS)
def test_every_common_format_becomes_two_telephone_files(name: str, tmp_path: Path) -> None:
    made = convert(encoded(tmp_path / "tone", *FORMATS[name]))
    assert (made.narrow.rate, made.wide.rate) == (8000, 16000)
    assert made.wide.milliseconds == pytest.approx(2000, abs=60)
    with wave.open(io.BytesIO(made.narrow.content)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)


@pytest.mark.parametrize("level", [0.02, 0.3, 0.9])
def test_all_come_out_equally_loud(level: float) -> None:
    made = convert(wav(2.0, level=level))
    assert max(made.wide.peaks) == pytest.approx(17, abs=2)


def test_a_clipped_recording_is_taken_with_a_warning() -> None:
    square = b"".join(struct.pack("<h", 32767 if i // 20 % 2 else -32768) for i in range(32000))
    assert convert(_wav_of(square)).clipped
    assert not convert(wav(1.0, level=0.5)).clipped


def test_nothing_but_the_sound_survives(tmp_path: Path) -> None:
    tagged = encoded(tmp_path / "tone", "-metadata", "title=Hemligt", "-metadata", "artist=Anna", "-f", "mp3")
    assert b"Hemligt" in tagged or "Hemligt".encode("utf-16-le") in tagged
    made = convert(tagged)
    for content in (made.narrow.content, made.wide.content):
        assert b"Hemligt" not in content
        assert b"LIST" not in content[:200]


def _wav_of(frames: bytes) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16000)
        out.writeframes(frames)
    return file.getvalue()


def _zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("hej.wav", wav(0.1))
    return file.getvalue()


HOSTILE = {
    "nothing": (b"", "empty"),
    "an m3u8 playlist": (b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n", "playlist"),
    "an m3u8 behind a mark": (b"\xef\xbb\xbf\n#EXTM3U\nhttp://127.0.0.1/x\n", "playlist"),
    "a concat script": (b"ffconcat version 1.0\nfile '/etc/passwd'\n", "playlist"),
    "a concat script without head": (b"file '/etc/passwd'\n", "playlist"),
    "a zip": (_zip(), "archive"),
    "a gzip": (b"\x1f\x8b\x08" + bytes(50), "archive"),
    "an svg": (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "playlist"),
    "a page": (b"<!doctype html><script>alert(1)</script>", "not_audio"),
    "a PDF": (b"%PDF-1.7\n", "not_audio"),
    "an AVI": (b"RIFF\x00\x00\x00\x00AVI LIST", "not_audio"),
    "a PNG": (b"\x89PNG\r\n\x1a\n" + bytes(50), "not_audio"),
    "text": ("Hej och välkommen".encode(), "not_audio"),
    "two set bits and noise": (b"\xff\xff\xff\xff" + bytes(100), "not_audio"),
    "a WAV that ends in its head": (wav()[:40], "damaged"),
    "an MP3 mark and nothing": (b"ID3\x04\x00\x00\x00\x00\x00\x00" + bytes(300), "damaged"),
    "an Ogg mark and noise": (b"OggS" + bytes(range(256)) * 8, "damaged"),
    "a Matroska mark and noise": (b"\x1aE\xdf\xa3" + bytes(range(256)) * 8, "damaged"),
    "an MP4 without sound": (b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00M4A mp42" + b"\x00\x00\x00\x08moov", "damaged"),
    "a WAV with a playlist in it": (wav(0.5)[:44] + b"#EXTM3U\nfile:///etc/passwd\n" * 200, None),
    "silence": (wav(1.0, level=0), "silent"),
    "almost silence": (wav(1.0, level=0.001), "silent"),
    "twenty megabytes and one byte": (wav()[:44] + bytes(MAX_BYTES), "too_large"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_prompt_is_refused_in_words(name: str) -> None:
    content, code = HOSTILE[name]
    if code is None:
        assert convert(content).wide.milliseconds > 0
        return
    with pytest.raises(SoundRefused) as refusal:
        convert(content)
    assert refusal.value.code == code
    assert refusal.value.field == "file"
    assert str(refusal.value.message).endswith(".")


@pytest.mark.slow
def test_ten_minutes_are_the_most(tmp_path: Path) -> None:
    long = encoded(tmp_path / "long", "-b:a", "32k", "-ar", "16000", "-f", "mp3", source="sine=300:d=620")
    with pytest.raises(SoundRefused) as refusal:
        convert(long)
    assert refusal.value.code == "too_long"


def test_a_sound_with_pictures_is_its_sound(tmp_path: Path) -> None:
    film = encoded(
        tmp_path / "film", "-f", "lavfi", "-i", "testsrc=d=2:s=64x64:r=5", "-c:a", "libopus", "-c:v", "libvpx",
        "-b:v", "50k", "-f", "webm",
    )  # fmt: skip
    assert convert(film).wide.milliseconds == pytest.approx(2000, abs=100)


def test_the_sandbox_says_how_it_shuts_in_and_lets_nothing_out(tmp_path: Path) -> None:
    assert sandbox.method() in {"bwrap", "unshare", "rlimits"}
    (tmp_path / "secret").write_text("hemligt")
    (tmp_path / "secret").chmod(0o600)
    with pytest.raises(sandbox.Stopped):
        sandbox.run(tmp_path, ["-loglevel", "error", "-protocol_whitelist", "pipe,file", "-i", "http://127.0.0.1:1/x"])
    with pytest.raises(sandbox.Stopped):
        sandbox.run(tmp_path, ["-f", "lavfi", "-i", "sine=440:d=5000", "-f", "s16le", "-ar", "48000", "-y", "file:big"])
    assert (tmp_path / "big").stat().st_size <= 64 * 1024 * 1024


def test_the_jail_has_no_network() -> None:
    if sandbox.method() == "rlimits":
        pytest.skip("this kernel does not let us make networks")
    program = "import socket; socket.create_connection(('127.0.0.1', %d), 2)"
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        jail = Path(sandbox.__file__).with_name("jail.py")
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(jail), "/tmp", sys.executable, "-I", "-S", "-c", program % port],
            capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode != 0


def test_our_own_format_alone_is_read() -> None:
    assert read(wav(0.5, rate=8000)).milliseconds == 500
    for other in (wav(0.5, rate=44100), wav(0.5, channels=2), b"RIFF....WAVEfmt ", b"", wav(0.5)[:30]):
        with pytest.raises(NotOurWav):
            read(other)


def test_peaks_follow_the_sound() -> None:
    loud_at_the_end = array("h", pcm(0.5, level=0.1) + pcm(0.5, level=0.8))
    peaks = peaks_of(loud_at_the_end, bars=10)
    assert peaks[0] == pytest.approx(10, abs=1)
    assert peaks[-1] == pytest.approx(80, abs=1)
    assert peaks_of(array("h"), bars=4) == (0, 0, 0, 0)


def test_names_are_not_believed() -> None:
    assert sniff(wav()[:512]) == "wav"
    assert sniff(b"#EXTM3U\n") is None
    assert oddity(b"PK\x03\x04") == "archive"
