"""Make confidence say how often a label is right.

EM takes answers to be independent given the truth. They are not: some objects mislead everybody, so its
posteriors are overconfident nearly everywhere. Without audited objects the honest remedy is a guess:
mix in the share of the answers. With audited objects, fit a temperature.
"""

import numpy as np

from labeling.consolidation.votes import FloatArray, IntArray

VOTE_WEIGHT = 0.38  # of the share of the answers in an unaudited confidence; .35 to .4 did alike
TRUST = 2.0  # audited objects that a temperature of 1 weighs, so that a few lucky audits decide little


def soften_with_vote(probs: FloatArray, counts: FloatArray) -> FloatArray:
    """Draw posteriors (N, K) to the shares of the answers. Uncalibrated: no truth is used.

    counts: (N, K), answers by category. The share of n answers weighs 1 - 1/n of VOTE_WEIGHT, as a lone
    answer cannot show disagreement and answers that err together matter more the more there are.
    """
    answered = np.maximum(counts.sum(axis=1, keepdims=True), 1.0)
    weight = VOTE_WEIGHT * (1 - 1 / answered)
    return np.asarray((1 - weight) * probs + weight * counts / answered)


def apply_temperature(probs: FloatArray, temperature: float) -> FloatArray:
    """Flatten (above 1) or sharpen (below 1) probs (N, K); the order within a row stays."""
    logs = np.log(np.maximum(probs, 1e-12)) / temperature
    weights = np.exp(logs - logs.max(axis=1, keepdims=True)) if logs.size else logs
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def fit_temperature(probs: FloatArray, truth: IntArray) -> float:
    """The temperature, .05 to 20, under which the true categories of audited objects are likeliest.

    probs: (N, K) of the audited objects; truth: (N,). Without any, 1. Source: Guo et al. 2017,
    arXiv:1706.04599, section 4.2; the weak prior on log T is ours.
    """
    if not len(truth):
        return 1.0
    from scipy.optimize import minimize_scalar  # loads for a second, and most processes never fit one

    def cost(log_temperature: float) -> float:
        softened = apply_temperature(probs, float(np.exp(log_temperature)))
        chances = softened[np.arange(len(truth)), truth]
        return float(-np.log(np.maximum(chances, 1e-12)).sum() + TRUST * log_temperature**2 / 2)

    found = minimize_scalar(cost, bounds=(np.log(0.05), np.log(20.0)), method="bounded")
    return float(np.exp(found.x))


def expected_calibration_error(confidence: FloatArray, right: FloatArray, bins: int = 10) -> float:
    """Mean gap between confidence and accuracy over equal bins, weighted by size: 0 is best.

    Source: Naeini et al. 2015, doi:10.1609/aaai.v29i1.9602. confidence, right: (N,) in [0, 1].
    """
    if not len(confidence):
        return 0.0
    place = np.clip((confidence * bins).astype(np.int64), 0, bins - 1)
    gap = np.bincount(place, weights=confidence - right, minlength=bins)
    return float(np.abs(gap).sum() / len(confidence))
