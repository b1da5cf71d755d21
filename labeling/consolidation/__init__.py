"""Consolidation: from several people's answers to one label and a confidence. Pure NumPy.

Names used in every module:

| name | what |
|---|---|
| `N`, `W`, `K`, `M` | objects, workers, categories, annotations (`n_objects`, … as arguments) |
| `votes` | (M, 3) int: object, worker, category, each numbered from 0 |
| `probs` | (N, K) float, rows sum to 1 |
| `labels` | (N,) int: the category settled on |
| `confidence` | (N,) float in [0, 1]: the label's entry of `probs` |
| `skills` | `Skills`: what a job's answers teach about its workers |

For classes: `fit` a job's skills, `posterior` for a provisional answer, `settle` for labels,
`calibrate` for confidence that audited objects bear out.
"""

from labeling.consolidation.agreement import category_agreement, observed_agreement, worker_agreement
from labeling.consolidation.calibration import Calibration, fit_calibration
from labeling.consolidation.choosing import fit
from labeling.consolidation.settling import calibrate, posterior, settle, zero_single_answers
from labeling.consolidation.skills import Skills
from labeling.consolidation.votes import settle_by_vote

__all__ = [
    "Calibration",
    "Skills",
    "calibrate",
    "category_agreement",
    "fit",
    "fit_calibration",
    "observed_agreement",
    "posterior",
    "settle",
    "settle_by_vote",
    "worker_agreement",
    "zero_single_answers",
]
