"""Keeping sounds."""

from __future__ import annotations

import hashlib

from django.db.models import RestrictedError

from tenants.sounds.models import Sound
from tenants.sounds.wav import Wav


def keep(*, customer_id: int, wav: Wav) -> Sound:
    """Store a WAV, once whatever it is used for, and return it."""
    sha256 = hashlib.sha256(wav.content).hexdigest()
    sound, _made = Sound.objects.get_or_create(
        sha256=sha256,
        defaults={
            "customer_id": customer_id,
            "wav": wav.content,
            "rate": wav.rate,
            "milliseconds": wav.milliseconds,
            "peaks": list(wav.peaks),
        },
    )
    return sound


def forget(*, sound_id: int) -> None:
    """Delete a sound unless something still uses it."""
    try:
        Sound.objects.filter(pk=sound_id).delete()
    except RestrictedError:
        return
