"""How much less one mean is than another, and how surely."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

SURE = 0.95


@dataclass(frozen=True)
class Difference:
    """What is spared: a mean's excess over another, and the bounds within which it lies with 95 %."""

    spared: float
    low: float
    high: float


def compare_means(usual: np.ndarray, changed: np.ndarray) -> Difference:
    """Return by how much `usual` exceeds `changed` in the mean; each: float [>= 2], independent.

    Welch 1947, "The generalization of 'Student's' problem when several different population variances are involved",
    doi:10.1093/biomet/34.1-2.28: the two need not vary alike.
    """
    spared = float(usual.mean() - changed.mean())
    errors = np.array([part.var(ddof=1) / len(part) for part in (usual, changed)])
    if not errors.any():
        return Difference(spared, spared, spared)
    freedom = errors.sum() ** 2 / (errors[0] ** 2 / (len(usual) - 1) + errors[1] ** 2 / (len(changed) - 1))
    reach = float(stdtrit(freedom, (1 + SURE) / 2) * np.sqrt(errors.sum()))
    return Difference(spared, spared - reach, spared + reach)
