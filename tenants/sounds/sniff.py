"""What a file is, by its first bytes. Neither its name nor what the browser calls it is believed."""

from __future__ import annotations

from typing import Final, Literal

Demuxer = Literal["wav", "mp3", "flac", "ogg", "mov", "matroska"]
"""ffmpeg's names for the formats we take; forced, so that no other parser ever sees the file."""
Odd = Literal["empty", "playlist", "archive", "other"]

HEAD: Final = 512
"""How many bytes ``sniff`` needs."""
_PLAYLISTS = (b"#extm3u", b"ffconcat", b"[playlist]", b"<?xml", b"<smil", b"<asx", b"<svg", b"file '", b'file "')
_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")
_MPEG_AUDIO_SYNC = 0xE0


def sniff(head: bytes) -> Demuxer | None:
    """Return the format of a file from its first bytes, or None if we don't take it."""
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return "wav"
    if head[4:8] == b"ftyp":
        return "mov"
    starts: dict[bytes, Demuxer] = {b"fLaC": "flac", b"OggS": "ogg", b"\x1aE\xdf\xa3": "matroska", b"ID3": "mp3"}
    for magic, demuxer in starts.items():
        if head.startswith(magic):
            return demuxer
    return "mp3" if _is_mpeg_frame(head) else None


def oddity(head: bytes) -> Odd:
    """Return what a file that we don't take looks like, to say it in words."""
    if not head:
        return "empty"
    if head.startswith(_ARCHIVES):
        return "archive"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return "playlist" if text.startswith(_PLAYLISTS) else "other"


def _is_mpeg_frame(head: bytes) -> bool:
    """Eleven set bits, then a version, layer (III is 01), bit rate and sample rate that exist."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & _MPEG_AUDIO_SYNC != _MPEG_AUDIO_SYNC:
        return False
    layer, bit_rate, sample_rate = head[1] & 0x06, head[2] >> 4, head[2] & 0x0C
    return layer == 0x02 and bit_rate not in (0x0, 0xF) and sample_rate != 0x0C
