"""Drawn scenes: red discs and blue squares on grey noise, with the masks and boxes that people would give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

SIDE = 56  # pixels
KINDS = ("disc", "square")
COLOURS = np.array([[200, 40, 40], [40, 60, 200]])


@dataclass(frozen=True)
class Scene:
    """A picture, the number of each pixel's category from 1, and (category, left, top, right, bottom) in pixels."""

    picture: Image.Image
    ids: np.ndarray
    boxes: tuple[tuple[int, int, int, int, int], ...]


def draw_scene(number: int, *, faint: float = 0.0) -> Scene:
    """Draw one to three things that do not touch; in a share of the scenes they can hardly be seen."""
    rng = np.random.default_rng(number)
    pixels = rng.normal(128, 25, (SIDE, SIDE, 3))
    ids, boxes = np.zeros((SIDE, SIDE), dtype=np.uint8), []
    strength = 0.08 if rng.random() < faint else 1.0
    for quarter in rng.permutation(4)[: rng.integers(1, 4)].tolist():
        kind, size = int(rng.integers(2)), int(rng.integers(12, 24))
        left, top = (int(rng.integers(0, SIDE // 2 - size)) + SIDE // 2 * half for half in divmod(quarter, 2))
        inside = _shape(kind, size)
        spot = np.s_[top : top + size, left : left + size]
        ids[spot][inside] = kind + 1
        pixels[spot][inside] += strength * (COLOURS[kind] - 128)
        boxes.append((kind, left, top, left + size, top + size))
    return Scene(Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)), ids, tuple(boxes))


def _shape(kind: int, size: int) -> np.ndarray:
    if KINDS[kind] == "square":
        return np.ones((size, size), dtype=bool)
    at = np.arange(size) - (size - 1) / 2
    return np.asarray(at[:, None] ** 2 + at[None] ** 2 <= (size / 2) ** 2)
