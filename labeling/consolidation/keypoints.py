"""Keypoints: closeness falls with the distance, as a share of the picture's size."""

from __future__ import annotations

import numpy as np

from labeling.consolidation.boxes import median_points
from labeling.consolidation.shapes import Drawn, Geometry
from labeling.consolidation.votes import FloatArray, IntArray

FAR = 0.05  # of the picture's diagonal: points that far apart have nothing in common


def compare_points(drawn: Drawn, pairs: IntArray) -> FloatArray:
    """Closeness of pairs of keypoints: (P,)."""
    places = np.concatenate(drawn.points) if drawn.points else np.empty((0, 2))
    apart = np.linalg.norm(places[pairs[:, 0]] - places[pairs[:, 1]], axis=1)
    return np.asarray(np.maximum(1 - apart / max(FAR * drawn.diagonal, 1e-9), 0.0))


KEYPOINTS = Geometry(compare_points, median_points, least=0.3, margin=FAR)
