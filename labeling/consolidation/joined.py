"""A model's opinion as one voice among the workers': one pseudo-worker a band of how sure it is.

Model: the model of the features names a category of object i, taught by the labels of other objects only (out-of-fold
probabilities). Its answer counts as that of worker W + b, b the band of its confidence, so that EM learns how right
each band is from the people who answered the same objects, and never takes the model at its word: the confidence
itself is used for its order alone. The workers' parts are those of `dawid_skene` (Dawid and Skene 1979,
doi:10.2307/2346806; answers independent given the truth). That a classifier's opinion joins the annotators' is the
idea of CROWDLAB (Goh, Tkachenko and Mueller 2022, arXiv:2210.06812), which weighs it once, not by bands nor by EM.

Guarantees. Two people or more who agree are never overruled by the model alone (`leave_out_overruling`). A model that
agrees with people hardly more than chance does not join (`tells`), nor does any where people cannot be compared.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labeling.consolidation.reliability import cohen_kappa
from labeling.consolidation.settling import settle
from labeling.consolidation.skills import Skills
from labeling.consolidation.votes import FloatArray, IntArray, count_votes

BANDS = 5  # at most
EACH = 50  # opinions that a band has at least, so that how right it is can be learnt
LEAST_KAPPA = 0.2  # agreement beyond chance with the first labels: its interval's low end
AGREEING = 2  # people whom the model alone does not overrule
WITH_MODEL = ", with a model"  # after a method's name
PREFIX = "model "  # of a band's name among the workers' numbers


@dataclass(frozen=True)
class Opinions:
    """What the model says: category (N,), -1 for no opinion; how sure it is (N,), NaN; the band of that (N,), -1."""

    said: IntArray
    sure: FloatArray
    band: IntArray

    @property
    def n_bands(self) -> int:
        return int(self.band.max(initial=-1)) + 1


def name_band(band: int) -> str:
    """Return a band's name among the workers; numbers sort before it."""
    return f"{PREFIX}{band}"


def is_model(worker: str) -> bool:
    """Tell a band's name from a worker's."""
    return worker.startswith(PREFIX)


def read_opinions(probs: FloatArray) -> Opinions:
    """Read float (N, K), a row with anything but finite numbers as no opinion; nothing at all of one category.

    Bands hold equal shares of the opinions, by the quantiles of the greatest probability; equally sure ones share one.
    """
    given = np.asarray(probs, dtype=np.float64)
    count = len(given)
    said, sure, band = np.full(count, -1, dtype=np.int64), np.full(count, np.nan), np.full(count, -1, dtype=np.int64)
    if given.ndim != 2 or given.shape[1] < 2:
        return Opinions(said, sure, band)
    rows = np.flatnonzero(np.isfinite(given).all(axis=1))
    if len(rows):
        said[rows], sure[rows] = given[rows].argmax(axis=1), given[rows].max(axis=1)
        bands = min(max(len(rows) // EACH, 1), BANDS)
        cuts = np.quantile(sure[rows], np.arange(1, bands) / bands)
        places = np.searchsorted(cuts, sure[rows], side="right")
        band[rows] = np.unique(places, return_inverse=True)[1]  # none is left empty by equals
    return Opinions(said, sure, band)


def joins(skills: Skills, opinions: Opinions, labels: IntArray) -> bool:
    """Tell whether the model may join people of these skills, by the labels (N,) that are theirs alone, -1 for none."""
    return skills.model != "vote" and tells(opinions, labels)


def tells(opinions: Opinions, labels: IntArray) -> bool:
    """Tell whether the model agrees with labels (N,), -1 for none, surely more than chance.

    Cohen's kappa with its interval (`cohen_kappa`). The opinions are out-of-fold: none was taught by its own label.
    """
    both = (opinions.said >= 0) & (labels >= 0)
    if not both.any():
        return False
    size = int(max(opinions.said.max(), labels.max())) + 1
    found = cohen_kappa(opinions.said[both], labels[both], size)
    return found is not None and found.low >= LEAST_KAPPA


def add_opinions(votes: IntArray, opinions: Opinions, *, n_workers: int) -> IntArray:
    """Return votes (M, 3) and after them the model's, of workers W..W+B-1; of objects only that people answered."""
    answered = np.zeros(len(opinions.said), dtype=bool)
    answered[votes[:, 0]] = True
    rows = np.flatnonzero(answered & (opinions.said >= 0))
    more = np.column_stack([rows, n_workers + opinions.band[rows], opinions.said[rows]])
    return np.concatenate([votes, more]).astype(np.int64)


def leave_out_overruling(votes: IntArray, skills: Skills, *, n_people: int, n_objects: int) -> IntArray:
    """Return votes (M', 3) without the model's where it alone would overrule people who agree.

    That is on an object of which AGREEING people or more name one category, where the label with the model's answer is
    a category that nobody named, and without it would be another. People who tell nothing are left out before (see
    `discarding`). Workers n_people..W-1 are the model's; higher ones are people unknown to the skills.
    """
    is_models = (votes[:, 1] >= n_people) & (votes[:, 1] < skills.n_workers)
    if not is_models.any():
        return votes
    counts = count_votes(votes[~is_models], n_objects, skills.n_categories)
    labels = settle(votes, skills, n_objects=n_objects)[0]
    alone = settle(votes[~is_models], skills, n_objects=n_objects)[0]
    unnamed = counts[np.arange(n_objects), labels] == 0
    overruled = (counts.max(axis=1) >= AGREEING) & unnamed & (labels != alone)
    return votes[~(is_models & overruled[votes[:, 0]])]
