"""Measure how true the confidence of parts and of whole objects is, before and after some objects were audited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from labeling.consolidation.calibration import Calibration, expected_calibration_error
from labeling.consolidation.parts_calibration import Judged, calibrate_figures, fit_to_verdicts

DRAWS = 20  # of the audited objects


class Whole(NamedTuple):
    """A settled object. sure: the confidence of each part, or the one that nothing is there; hits: which are right.

    right: all parts are, and none is missing.
    """

    sure: Sequence[float]
    hits: Sequence[bool]
    right: bool
    is_empty: bool

    def judged(self) -> Judged:
        """Return what an audit tells of it."""
        return Judged([max(round(chance, 2), 0.01) for chance in self.sure], self.is_empty, self.right)


def measure_wholes(objects: Sequence[Whole], audited: int | None) -> dict[str, float]:
    """ECE of parts and of objects; with `audited`, of the others after so many: mean over DRAWS seeded draws."""
    figures = _errors(objects, None, "")
    if audited is None or len(objects) <= audited:
        return figures
    found = []
    for seed in range(DRAWS):
        drawn = np.random.default_rng(seed).permutation(len(objects)).tolist()
        taught = fit_to_verdicts([objects[place].judged() for place in drawn[:audited]])
        found.append(_errors([objects[place] for place in drawn[audited:]], taught, "_audited"))
    return figures | {name: float(np.mean([one[name] for one in found])) for name in found[0]}


def _errors(objects: Sequence[Whole], taught: Calibration | None, suffix: str) -> dict[str, float]:
    calibrated = [
        one.sure if taught is None else calibrate_figures(taught, one.judged().chances, is_whole=one.is_empty)
        for one in objects
    ]
    parts = [chance for one, sure in zip(objects, calibrated, strict=True) if not one.is_empty for chance in sure]
    hits = [float(hit) for one in objects if not one.is_empty for hit in one.hits]
    wholes, right = [float(np.prod(sure)) for sure in calibrated], [float(one.right) for one in objects]
    return {
        f"ece{suffix}": expected_calibration_error(np.array(parts), np.array(hits)),
        f"whole_ece{suffix}": expected_calibration_error(np.array(wholes), np.array(right)),
    }


def write_errors(figures: dict[str, float]) -> list[str]:
    """Return the columns of a table's row, empty where nothing was audited."""
    names = ("ece", "ece_audited", "whole_ece", "whole_ece_audited")
    return [f"{figures[name]:.4f}" if name in figures else "" for name in names]
