"""Make confidence say how often a label is right.

EM takes answers to be independent given the truth. They are not: some objects mislead everybody, so its
posteriors are overconfident nearly everywhere. Without audited objects the honest remedy is a guess:
mix in the share of the answers. With audited objects, fit how far to believe the two.
"""

import json
from dataclasses import asdict, dataclass

import numpy as np

from labeling.consolidation.votes import FloatArray, IntArray

VOTE_WEIGHT = 0.38  # of the share of the answers in an unaudited confidence; .35 to .4 did alike
GUESS_WEIGHT = 50.0  # audits that the unaudited confidences of the whole job count for; 40 to 65 did alike
GUESS_SPREAD = 0.6  # how far they are taken to differ from their mean, as unaudited ones differ too much
SLOPE, SLOPE_WEIGHT = 0.2, 1.0  # a weak normal prior, for jobs where nothing else bounds the two
OFFSET, OFFSET_WEIGHT = 1.0, 0.05
STEPS = 30


def soften_with_vote(probs: FloatArray, counts: FloatArray) -> FloatArray:
    """Draw posteriors (N, K) to the shares of the answers. Uncalibrated: no truth is used.

    counts: (N, K), answers by category. The share of n answers weighs 1 - 1/n of VOTE_WEIGHT, as a lone
    answer cannot show disagreement and answers that err together matter more the more there are.
    """
    answered = np.maximum(counts.sum(axis=1, keepdims=True), 1.0)
    weight = VOTE_WEIGHT * (1 - 1 / answered)
    return np.asarray((1 - weight) * probs + weight * counts / answered)


@dataclass(frozen=True)
class Calibration:
    """From evidence to confidence: 1 / (1 + exp(-(slope * evidence + offset))); more evidence is never less sure."""

    slope: float
    offset: float

    def apply(self, raw: FloatArray, soft: FloatArray) -> FloatArray:
        """Confidence (N,) of labels whose model's own chance is `raw` (N,) and whose unaudited one is `soft` (N,)."""
        return np.asarray(1 / (1 + np.exp(-(self.slope * weigh_evidence(raw, soft) + self.offset))))

    def to_json(self) -> str:
        """Write as JSON; `from_json` gives an equal one back."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Calibration":
        """Read what `to_json` wrote; raises KeyError, TypeError or ValueError on anything else."""
        content = json.loads(text)
        return cls(float(content["slope"]), float(content["offset"]))


def weigh_evidence(raw: FloatArray, soft: FloatArray) -> FloatArray:
    """Mean of the log odds of two confidences (N,), of which the model's own is cut at 1 in 10,000: it is too sure."""
    first, second = np.clip(raw, 1e-4, 1 - 1e-4), np.clip(soft, 1e-6, 1 - 1e-6)
    return np.asarray((np.log(first / (1 - first)) + np.log(second / (1 - second))) / 2)


def fit_calibration(raw: FloatArray, soft: FloatArray, *, audited: IntArray, right: FloatArray) -> Calibration:
    """Learn from audited objects, a random part of the job, how sure its labels are.

    raw, soft: (N,), of all the job's labels, see `Calibration.apply`; audited: (A,), rows of them; right: (A,), 1.0
    where the label was right, else 0.0. Logistic regression on the evidence (Platt 1999, Advances in Large Margin
    Classifiers, 61-74), where the unaudited confidences count as GUESS_WEIGHT more audits spread over the whole job,
    so that no audit is needed, and a lucky run of few does not make certain. The order of rows changes nothing but
    the last digits. Without any label, the prior.
    """
    evidence = weigh_evidence(raw, soft)
    guess = soft.mean() + GUESS_SPREAD * (soft - soft.mean()) if len(soft) else soft
    features = np.concatenate([evidence[audited], evidence])
    targets = np.concatenate([right, guess])
    weights = np.concatenate([np.ones(len(right)), np.full(len(guess), GUESS_WEIGHT / max(len(guess), 1))])
    rows = np.column_stack([features, np.ones(len(features))])
    centre, pull = np.array([SLOPE, OFFSET]), np.array([SLOPE_WEIGHT, OFFSET_WEIGHT])
    found = centre
    for _ in range(STEPS):  # Newton's method; the cost is convex, and shorter steps keep it from overshooting
        sure = 1 / (1 + np.exp(-(rows @ found)))
        slope = rows.T @ (weights * (sure - targets)) + pull * (found - centre)
        bend = (rows * (weights * sure * (1 - sure))[:, None]).T @ rows + np.diag(pull)
        flat = found[0] <= 0 < slope[0]  # more evidence is never less sure: the best is on the edge, and only shifts
        step = np.array([0.0, slope[1] / bend[1, 1]]) if flat else np.linalg.solve(bend, slope)
        found = found - np.clip(step, -0.5, 0.5)
        found[0] = max(found[0], 0.0)
    return Calibration(round(float(found[0]), 9), round(float(found[1]), 9))


def expected_calibration_error(confidence: FloatArray, right: FloatArray, bins: int = 10) -> float:
    """Mean gap between confidence and accuracy over equal bins, weighted by size: 0 is best.

    Source: Naeini et al. 2015, doi:10.1609/aaai.v29i1.9602. confidence, right: (N,) in [0, 1].
    """
    if not len(confidence):
        return 0.0
    place = np.clip((confidence * bins).astype(np.int64), 0, bins - 1)
    gap = np.bincount(place, weights=confidence - right, minlength=bins)
    return float(np.abs(gap).sum() / len(confidence))
