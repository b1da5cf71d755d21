"""What a model says of each label, taught by the labels of other objects, once the worst of those are left out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labeling.autolabel.categories import learn_probs
from labeling.autolabel.preparing import Pool, prepare

FEWEST = 20  # labels that teach anything
FEW = 5  # labels of a category, under which its objects are not judged: without its own it is hardly known
CHOSEN = 1000  # labels by which the model's strength is chosen, once
ROUNDS = 2
# By how much another category must be likelier for a label to be left out of the next round. On news, photographs and
# speech with a tenth of the labels wrong, 0 left out what a weak model does not know, .7 too few of one-sided errors.
SUSPECT = 0.5

Settings = Mapping[str, Any]


def form_opinions(views: Sequence[np.ndarray], labels: np.ndarray, *, classes: int) -> np.ndarray:
    """Return float (N, K): each category's chance by a model that has not seen the object's label; NaN: no opinion.

    views: float (N, D) each; labels: int (N,), -1 where there is none. There is no opinion of objects without label or
    features, of categories with fewer than FEW labels, and of any where fewer than FEWEST or only one category is
    left. Labels that the model finds far less likely than another are left out and it is taught anew, ROUNDS times,
    so that errors of a kind (all of one category called another) do not teach it that error. The model is that of the
    automated labelling (`autolabel.categories`), its opinions are cross-validated.

    Northcutt, Jiang and Chuang, "Confident learning", JAIR 2021, doi:10.1613/jair.1.12125: section 3, out-of-sample
    probabilities, then pruning and fitting again. Objects with the same features and label get the same opinion.
    """
    said = np.full((len(labels), classes), np.nan)
    known = (labels >= 0) & (labels < classes)
    if (taught := _arrange(views, np.where(known, labels, -1)[:, None], known)) is None:
        return said
    own = labels[taught.rows]
    if can_teach(own, classes):
        judged = np.bincount(own, minlength=classes)[own] >= FEW
        said[taught.rows[judged]] = taught.learn(own, classes, taught.choose(own, classes))[judged]
    return said


def form_opinions_of_sets(views: Sequence[np.ndarray], there: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return float (N, K): the chance that each category is there, NaN as in `form_opinions`; each is judged alone.

    there: int (N, K), 1 where the label has the category; known: bool (N,), whether there is a label. A category is
    judged where FEW labels have it and FEW have it not. The strength is chosen once, by the most even of them.
    """
    said = np.full(there.shape, np.nan)
    if (taught := _arrange(views, there, known)) is None:
        return said
    own = there[taught.rows]
    rarer = np.minimum(own.sum(axis=0), len(own) - own.sum(axis=0))
    judged = [category for category in np.argsort(-rarer, kind="stable").tolist() if rarer[category] >= FEW]
    settings: Settings | None = None
    for category in judged:
        labels = own[:, category]
        if can_teach(labels, 2):
            settings = settings or taught.choose(labels, 2)
            said[taught.rows, category] = taught.learn(labels, 2, settings)[:, 1]
    return said


def can_teach(labels: np.ndarray, classes: int) -> bool:
    """Tell whether labels, int (m,), are enough to form an opinion by."""
    return len(labels) >= FEWEST and bool((np.bincount(labels, minlength=classes) > 0).sum() > 1)


@dataclass(frozen=True)
class _Taught:
    """Objects with features and labels, in an order by lot that tells nothing of the one they came in."""

    rows: np.ndarray  # int (m,)
    contents: np.ndarray  # int (m,): equal where the features are
    pool: Pool

    def choose(self, labels: np.ndarray, classes: int) -> Settings:
        """Return the model's settings, chosen by the first CHOSEN labels and one of each category beyond them."""
        _, firsts = np.unique(labels, return_index=True)
        some = np.union1d(np.arange(min(CHOSEN, len(labels))), firsts)
        model = learn_probs(self.pool, some, labels[some], classes=classes, settings={}, start={}, seed=0)
        return {"views": [{**one, "labels": len(labels)} for one in model.settings["views"]]}

    def learn(self, labels: np.ndarray, classes: int, settings: Settings) -> np.ndarray:
        """Return the opinions, float (m, K)."""
        kept = np.arange(len(labels))
        for round_number in range(ROUNDS + 1):
            model = learn_probs(self.pool, kept, labels[kept], classes=classes, settings=settings, start={}, seed=0)
            probs = np.array(model.probs, dtype=np.float64)
            probs[kept] = model.held_out
            left = np.flatnonzero(~_suspects(probs, labels))
            if round_number == ROUNDS or np.array_equal(left, kept):
                break
            kept = left
        return _level(probs, np.unique(self.contents * classes + labels, return_inverse=True)[1])


def _arrange(views: Sequence[np.ndarray], labels: np.ndarray, known: np.ndarray) -> _Taught | None:
    """Return what can be learnt from, by labels int (N, c); None where that is nothing."""
    if not len(labels) or not views:
        return None
    usable = np.flatnonzero(prepare(views).readable & known)
    rows, contents = order_by_content(views, labels, usable)
    pool = prepare([view[rows] for view in views])
    return _Taught(rows, contents, pool) if pool.views else None


def order_by_content(
    views: Sequence[np.ndarray], labels: np.ndarray, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return rows, int (m,), by a hash of their features and then by label, and a number for what has equal features.

    labels: int (N, c). The order is as good as drawn by lot, and is the same in whatever order the objects come.
    """
    parts = [np.ascontiguousarray(view[rows], dtype=np.float32) + np.float32(0) for view in views]  # no -0.0
    keys = [
        b"".join(hashlib.blake2b(part[place].tobytes(), digest_size=16).digest() for part in parts)
        for place in range(len(rows))
    ]
    said = labels[rows].tolist()
    order = sorted(range(len(rows)), key=lambda place: (keys[place], said[place]))
    begins = [at == 0 or keys[place] != keys[order[at - 1]] for at, place in enumerate(order)]
    return rows[np.array(order, dtype=int)], np.cumsum(begins, dtype=int) - 1


def _suspects(probs: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return bool (m,): what another category explains far better; at most half of a category's labels.

    Else a category that the model cannot tell from a larger one would be forgotten.
    """
    places = np.arange(len(labels))
    others = probs.copy()
    others[places, labels] = 0
    margin = others.max(axis=1) - probs[places, labels]
    limit = np.full(probs.shape[1], SUSPECT)
    for label in np.unique(labels).tolist():
        limit[label] = max(SUSPECT, float(np.median(margin[labels == label])))
    return np.asarray(margin > limit[labels])


def _level(probs: np.ndarray, twins: np.ndarray) -> np.ndarray:
    """Return the mean opinion of those with equal features and label: their places sent them to different folds."""
    sums = np.zeros((twins.max() + 1, probs.shape[1]))
    np.add.at(sums, twins, probs)
    return np.asarray((sums / np.bincount(twins)[:, None])[twins])
