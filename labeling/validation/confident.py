"""Labels that a model, taught by the labels of other objects, finds less likely than another."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np

from labeling.validation.findings import CATEGORIES, Hit, Kind, Labelled, Rule
from labeling.validation.opinions import form_opinions, form_opinions_of_sets

# The default threshold: with a tenth of the labels wrong, .57 of what it shows is wrong on news and .93 on speech, and
# .88 to all of the errors are among it. A weak model (half right, on photographs) shows mostly labels that are right.
DOUBTFUL = 0.9


def find_unlikely(job: Labelled) -> Iterator[Hit]:
    """Yield what the model would label otherwise. Severity: the chance that it gives to the label being wrong."""
    yield from _find_others(job) if job.kind == Kind.CLASS else _find_too_much_or_little(job)


def doubt_labels(views: Sequence[np.ndarray], labels: np.ndarray, *, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return how probably each label, int (N,), is wrong, float (N,), and what the model would say, int (N,).

    0 and the label itself where it has no opinion. One less the chance of the label ("self-confidence") ranked best:
    the margin to the best other category did as well where the model is good and worse where it is weak (average
    precision .44 for .61 on small photographs, .66 for .72 on news).
    """
    said = form_opinions(views, labels, classes=classes)
    judged = np.flatnonzero(np.isfinite(said).all(axis=1)) if classes else np.zeros(0, dtype=int)
    doubts, likeliest = np.zeros(len(labels)), labels.copy()
    doubts[judged] = 1 - said[judged, labels[judged]]
    if len(judged):
        likeliest[judged] = said[judged].argmax(axis=1)
    return doubts, likeliest


def _find_others(job: Labelled) -> Iterator[Hit]:
    labels = class_numbers(job)
    doubts, likeliest = doubt_labels(job.views, labels, classes=len(job.categories))
    for row in np.flatnonzero(likeliest != labels).tolist():
        label, other = (job.categories[numbers[row]] for numbers in (labels, likeliest))
        yield Hit(row, float(doubts[row]), {"what": "other", "label": label, "likelier": other})


def _find_too_much_or_little(job: Labelled) -> Iterator[Hit]:
    """Yield each category that the model sees where the label has it not, or the other way round."""
    there, known = sets_of(job)
    said = form_opinions_of_sets(job.views, there, known)
    doubts = np.nan_to_num(np.where(there > 0, 1 - said, said), nan=0.0)
    for row, category in np.argwhere(doubts > 0.5).tolist():
        what = "too much" if there[row, category] else "missing"
        yield Hit(row, float(doubts[row, category]), {"what": what, "category": job.categories[category]})


def class_numbers(job: Labelled) -> np.ndarray:
    """Return int (N,): each object's category, -1 where it has none of the job's."""
    return np.array([label if is_number_of(label, job) else -1 for label in job.labels], dtype=int)


def sets_of(job: Labelled) -> tuple[np.ndarray, np.ndarray]:
    """Return whether each object has each category, int (N, K), and whether it has a label at all, bool (N,)."""
    there = np.zeros((len(job.labels), len(job.categories)), dtype=int)
    known = np.zeros(len(job.labels), dtype=bool)
    for row, label in enumerate(job.labels):
        if isinstance(label, Collection) and all(is_number_of(number, job) for number in label):
            there[row, list(label)], known[row] = 1, True
    return there, known


def is_number_of(label: object, job: Labelled) -> bool:
    """Tell whether this is the number of one of the job's categories."""
    if isinstance(label, bool) or not isinstance(label, int | np.integer):
        return False
    return 0 <= int(label) < len(job.categories)


UNLIKELY = Rule(
    name="unlikely",
    title="Unlikely by the other labels",
    kinds=CATEGORIES,
    find=find_unlikely,
    sentences={
        "other": "The label is “%(label)s”, but similar objects are mostly labelled “%(likelier)s”.",
        "too much": "The label has “%(category)s”, which similar objects mostly do not have.",
        "missing": "The label lacks “%(category)s”, which similar objects mostly have.",
    },
    threshold=DOUBTFUL,
    needs_views=True,
)
