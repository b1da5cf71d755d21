"""From an object's bytes to what encoders take: text, a picture or a sound. What cannot be opened is None."""

from __future__ import annotations

import wave
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from labeling.autolabel.features import Wave

RATES = range(1_000, 192_001)  # samples a second
MOST_SECONDS = 60  # of a sound that are listened to


def open_item(kind: str, content: bytes | None) -> Any:
    """Return what the encoders of a kind of sets take; None for what they cannot read."""
    if content is None:
        return None
    if kind == "text":
        return content.decode(errors="replace")
    return open_sound(content) if kind == "audio" else open_picture(content)


def open_picture(content: bytes) -> Image.Image | None:
    """Return a JPEG's or PNG's pixels as they are stored."""
    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG")) as picture:
            return picture.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def open_sound(content: bytes) -> Wave | None:
    """Return the beginning of an uncompressed WAV of 8 or 16 bits, its channels as one: int16 samples, and the rate."""
    try:
        with wave.open(BytesIO(content)) as sound:
            form, rate = sound.getparams(), sound.getframerate()
            data = sound.readframes(MOST_SECONDS * rate) if rate in RATES else b""
    except (wave.Error, EOFError, ValueError):
        return None
    if form.sampwidth not in (1, 2):
        return None
    whole = len(data) // (form.sampwidth * form.nchannels) * form.nchannels  # a file that was cut off
    samples = np.frombuffer(data, dtype="<i2" if form.sampwidth == 2 else np.uint8, count=whole)
    if form.sampwidth == 1:
        samples = (samples.astype(np.int16) - 128) * 256
    channels = samples.reshape(-1, form.nchannels)
    return (channels.mean(axis=1).astype(np.int16), rate) if len(channels) else None
