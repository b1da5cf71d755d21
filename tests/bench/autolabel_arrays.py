"""Sounds and pictures in the arrays of an npz file, each looked at before it is believed."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

RATE = 8000  # of sound whose file does not say
CHANNELS = (1, 3, 4)


class Unknown(ValueError):
    """A file in none of the formats; the sentence says why."""


def opened(content: bytes) -> Any:
    """Return the arrays of a file, none of them read yet and none of Python objects."""
    return np.load(io.BytesIO(content), allow_pickle=False)


def read_sounds_or_pictures(arrays: Mapping[str, Any]) -> tuple[str, list[Any], list[str]]:
    """Return the modality, the objects and their labels. Raises Unknown."""
    labels = _labels(_array(arrays, "label"))
    if "audio_delta" in arrays:
        modality, called, items = "audio", "recordings", _sounds(arrays)
    elif "image" in arrays:
        modality, called, items = "image", "pictures", _pictures(_array(arrays, "image"))
    else:
        raise Unknown("it has neither audio_delta nor image")
    if len(items) != len(labels):
        raise Unknown(f"it has {len(items):,} {called} and {len(labels):,} labels")
    return modality, items, labels


def _array(arrays: Mapping[str, Any], name: str) -> np.ndarray:
    if name not in arrays:
        raise Unknown(f"it has no array called {name}")
    try:
        return np.asarray(arrays[name])
    except ValueError as problem:
        raise Unknown(f"its array {name} is of Python objects, or damaged") from problem


def _labels(array: np.ndarray) -> list[str]:
    if array.ndim != 1:
        raise Unknown(f"its array label has the shape {array.shape}; one label an object is needed")
    labels: list[str] = array.astype(str).tolist()
    if empty := [number for number, label in enumerate(labels) if label.strip() in ("", "nan")]:
        raise Unknown(f"object {empty[0]:,} has no label")
    return labels


def _sounds(arrays: Mapping[str, Any]) -> list[Any]:
    delta, offsets = _array(arrays, "audio_delta"), _array(arrays, "offsets")
    rate = _array(arrays, "rate") if "rate" in arrays else np.array(RATE)
    if any(one.dtype.kind not in "iu" for one in (delta, offsets, rate)):
        raise Unknown("its arrays audio_delta, offsets and rate are not all of whole numbers")
    if delta.ndim != 1 or offsets.ndim != 1 or rate.size != 1 or rate.item() < 1:
        raise Unknown("its arrays audio_delta and offsets are not each a row, with one rate above 0")
    steps = offsets.astype(np.int64)
    if len(steps) and (steps[0] < 0 or steps[-1] > len(delta) or (np.diff(steps) < 0).any()):
        raise Unknown(f"its offsets do not rise from 0 to at most {len(delta):,}, where the sound ends")
    sound = np.cumsum(delta, dtype=np.int16)
    return [(sound[a:b], rate.item()) for a, b in zip(steps, steps[1:], strict=False)]


def _pictures(array: np.ndarray) -> list[Any]:
    flat = array[..., 0] if array.ndim == 4 and array.shape[3] == 1 else array
    if flat.ndim not in (3, 4) or (flat.ndim == 4 and flat.shape[3] not in CHANNELS) or not all(flat.shape):
        raise Unknown(f"its array image has the shape {array.shape}; (n, h, w) or (n, h, w, 3) is needed")
    return [Image.fromarray(pixels) for pixels in _bytes(flat)]


def _bytes(pixels: np.ndarray) -> np.ndarray:
    """Return uint8 of pixels in 0..255, or of fractions in 0..1."""
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype.kind not in "iuf":
        raise Unknown(f"its pictures are of {pixels.dtype}; numbers are needed")
    low, high = float(pixels.min()), float(pixels.max())
    if not (low >= 0 and high <= 255):
        raise Unknown(f"its pictures hold values from {low:g} to {high:g}; 0 to 1 or 0 to 255 is needed")
    scale = 255 if pixels.dtype.kind == "f" and high <= 1 else 1
    return np.rint(pixels * scale).astype(np.uint8)
