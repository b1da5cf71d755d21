"""Two loops over simulated people: ours, and the one that the service's guide documents."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from labeling.autolabel.categories import learn_classes
from labeling.autolabel.loop import Known, Promise, first_sample, step
from labeling.consolidation import fit, settle
from tests.bench.autolabel_sets import LabelledSet

WORKERS, EACH = 12, 3  # people in all, and for each object, where they err
MORE, MOST, SURE = 2, 9, 0.95  # for an object of which people and machine say different things
BATCH = 1000  # human labels an iteration of the documented loop


@dataclass(frozen=True)
class Run:
    """What one run came to."""

    rows: np.ndarray  # int: labelled by the machine
    said: np.ndarray  # int: their categories
    confidence: np.ndarray  # float
    human: int  # objects that people labelled
    share: float  # of all objects, labelled by the machine
    accuracy: float | None  # of the machine's labels; None where there are none
    whole: float  # accuracy of all labels, people's too
    seconds: float
    forecast: float  # share of the rounds whose forecast held what people labelled in the end


class People:
    """They answer what they are asked: rightly, or three an object who err at times, settled by consolidation."""

    def __init__(self, labelled: LabelledSet, noise: float, seed: int) -> None:
        self.truth, self.classes, self.noise = labelled.truth, len(labelled.categories), noise
        self.rng = np.random.default_rng((seed, 1))
        self.votes = np.zeros((0, 3), dtype=np.int64)
        self.seed = seed
        self.answers = 0

    def label(self, rows: np.ndarray) -> np.ndarray:
        """Return int: the settled categories of rows, some of which people may not have seen before."""
        if not self.noise:
            return np.asarray(self.truth[rows])
        for row in np.setdiff1d(rows, self.votes[:, 0]).tolist():
            self.votes = np.vstack([self.votes, self._answers(row)])
        return self._settled()[0][rows]

    def look_again(self, rows: np.ndarray) -> None:
        """Let others answer these rows too: once, and again while people do not agree on them."""
        if self.noise and len(rows):
            confidence = self._settled()[1]
            held = np.bincount(self.votes[:, 0], minlength=len(self.truth))
            again = (held[rows] == EACH) | ((confidence[rows] < SURE) & (held[rows] + MORE <= MOST))
            some = rows[again].tolist()
            self.votes = np.vstack([self.votes, *(self._answers(row)[:MORE] for row in some)])
            self.answers += MORE * len(some)

    def _answers(self, row: int) -> np.ndarray:
        free = np.setdiff1d(np.arange(WORKERS), self.votes[self.votes[:, 0] == row, 1])
        wrong = (self.truth[row] + self.rng.integers(1, max(self.classes, 2), size=EACH)) % self.classes
        said = np.where(self.rng.random(EACH) < self.noise, wrong, self.truth[row])
        return np.stack([np.full(EACH, row), self.rng.permutation(free)[:EACH], said], axis=1)

    def _settled(self) -> tuple[np.ndarray, np.ndarray]:
        """Return every object's label and confidence, settled as production does: by all answers so far together."""
        seen, objects = np.unique(self.votes[:, 0], return_inverse=True)
        votes = np.column_stack([objects, self.votes[:, 1:]])
        skills = fit(votes, n_objects=len(seen), n_workers=WORKERS, n_categories=self.classes, seed=self.seed)
        labels = np.zeros(len(self.truth), dtype=int)
        confidence = np.zeros(len(self.truth))
        labels[seen], confidence[seen], _ = settle(votes, skills, n_objects=len(seen))
        return labels, confidence


def run_ours(labelled: LabelledSet, people: People, promise: Promise, seed: int) -> Run:
    """Run our loop until it ends."""
    started = time.perf_counter()
    rows = first_sample(len(labelled.truth), seed)
    calibrates, memory, forecasts = np.ones(len(rows), dtype=bool), {}, []
    while True:
        known = Known(rows, people.label(rows).tolist(), calibrates)
        taken = step(labelled.pool, known, promise, "classes", people.classes, memory, seed)
        memory = taken.memory
        forecasts.append(taken.forecast)
        if taken.finished:
            break
        people.look_again(taken.disputed)
        calibrates = np.append(calibrates & ~np.isin(rows, taken.retired), taken.ask_calibrates)
        rows = np.append(rows, taken.ask)
    kept = taken.proposed
    said = np.array([taken.proposals[place] for place in np.flatnonzero(kept)], dtype=int)
    held = float(np.mean([one.low <= len(rows) <= one.high for one in forecasts]))
    return _summed(labelled, people, taken.rows[kept], said, taken.confidence[kept], started, held)


def run_documented(labelled: LabelledSet, people: People, promise: Promise, seed: int) -> Run:
    """Run the documented loop: a validation set apart, the cut where it meets the target, labels final at once.

    10 % of the objects validate, 20 % below 5,000 of them, in addition to the first batch.
    """
    started = time.perf_counter()
    rng, count = np.random.default_rng(seed), len(labelled.truth)
    order = rng.permutation(count)
    size = int(count * (0.2 if count < 5000 else 0.1))
    validation, train = order[:size], order[size : size + BATCH]
    labels = np.full(count, -1)
    open_rows, confidence = np.ones(count, dtype=bool), np.zeros(count)
    open_rows[validation] = open_rows[train] = False
    settings: dict[str, object] = {}
    while open_rows.any():
        answers = people.label(train)
        if len(np.unique(answers)) < 2 or not labelled.pool.views:
            break  # nothing to tell apart, or nothing to tell it by
        learned = learn_classes(
            labelled.pool, train, answers.tolist(), classes=people.classes, settings=settings, start={}, seed=seed
        )
        settings = learned.settings
        said = np.array(learned.proposals)
        cut = _point_cut(learned.confidence[validation], said[validation] == people.label(validation), promise.target)
        sure = np.flatnonzero(open_rows & (learned.confidence >= cut))
        labels[sure], confidence[sure], open_rows[sure] = said[sure], learned.confidence[sure], False
        left = np.flatnonzero(open_rows)
        asked = left[np.argsort(learned.confidence[left], kind="stable")[:BATCH]]
        open_rows[asked] = False
        train = np.append(train, asked)
    rows = np.flatnonzero(labels >= 0)
    return _summed(labelled, people, rows, labels[rows], confidence[rows], started, 0.0)


def _point_cut(confidence: np.ndarray, right: np.ndarray, target: float) -> float:
    """Return the lowest confidence at and above which the target is met; infinity where it never is."""
    order = np.argsort(-confidence, kind="stable")
    met = np.flatnonzero(np.cumsum(right[order]) / np.arange(1, len(order) + 1) >= target)
    return float(confidence[order[met[-1]]]) if len(met) else float(np.inf)


def _summed(
    labelled: LabelledSet, people: People, rows: np.ndarray, said: np.ndarray, confidence: np.ndarray,
    started: float, forecast: float,
) -> Run:  # fmt: skip
    seconds = time.perf_counter() - started
    count = len(labelled.truth)
    by_people = np.setdiff1d(np.arange(count), rows)
    right = said == labelled.truth[rows]
    good = int(right.sum()) + int((people.label(by_people) == labelled.truth[by_people]).sum())
    accuracy = float(right.mean()) if len(rows) else None
    return Run(rows, said, confidence, len(by_people), len(rows) / count, accuracy, good / count, seconds, forecast)
