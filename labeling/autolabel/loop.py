"""Automated labelling, one iteration at a time: from people's answers to proposals, a cut, and whom to ask what next.

People label a random sample; `step` learns from it, believes what keeps the promise, and names what people label
next; and so on until nothing lies below the cut. Only the last step's proposals are ever written. A step is a function
of its arguments: the same arguments give the same step, so a step that was cut off may be taken again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from labeling.autolabel import boxes, masks, notes
from labeling.autolabel.calibration import NONE, Cut, Promise, find_cut
from labeling.autolabel.categories import learn_classes
from labeling.autolabel.forecasting import EVENLY, HARDLY, SURELY, Forecast, Need, forecast
from labeling.autolabel.learners import Known, Learned, Learner
from labeling.autolabel.multilabel import learn_sets
from labeling.autolabel.preparing import Pool, prepare
from labeling.autolabel.selection import NOBODY, Asking, Standing, alike, first_sample, first_size, select
from labeling.consolidation.agreement import share_of_either

__all__ = ["FAIL_SHARE", "LEARNERS", "MINIMUM", "Known", "Promise", "Step", "first_sample", "first_size", "step"]

MINIMUM = 1250  # objects of a job that may be automated
FAIL_SHARE = 0.10  # of the first sample: more objects without a label stop the job
DOUBT = 0.75  # the quality hoped for where people and model differ: in three of four it was people who erred
LOOKS = 0.5  # of the chance to break the promise, spent on one look: each round looks again, mostly at the same objects
LEARNERS: Mapping[str, Learner] = {
    "classes": Learner(
        learn_classes, lambda said, answer: float(said == answer), lambda answer: (answer,), "right", 1.0
    ),
    "multilabel": Learner(learn_sets, share_of_either, tuple, "shared", 1.0),
    "masks": Learner(masks.learn_masks, masks.quality_of, masks.categories_in, "overlap"),
    "boxes": Learner(boxes.learn_boxes, boxes.quality_of, boxes.categories_in, "overlap"),
}


@dataclass(frozen=True)
class Step:
    """What one iteration came to. `rows`, `proposals`, `confidence`, `proposed` are of every object not yet asked."""

    cut: Cut
    rows: np.ndarray  # int [p]
    proposals: list[Any]  # None where the model has none
    confidence: np.ndarray  # float [p]
    proposed: np.ndarray  # bool [p]: at or above the cut, and there is a proposal
    ask: np.ndarray  # int: for people, in this order
    ask_calibrates: np.ndarray  # bool
    retired: np.ndarray  # int: known rows that no longer calibrate
    disputed: np.ndarray  # int: known rows of which one more look of people may let the machine label more
    finished: bool  # nothing is left to ask
    forecast: Forecast
    notes: list[notes.Note]
    memory: dict[str, Any]  # JSON, for the next step
    arrays: dict[str, np.ndarray]  # the model; a later job of the project may start from it
    gone: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=int))  # retired too, with what others took


@dataclass(frozen=True)
class _Look:
    """What a step works on: the pool, what is known of it, what was learned."""

    pool: Pool
    known: Known
    usable: np.ndarray  # int: places in `known` that have an answer and can be read
    rows: np.ndarray  # int [p]: not known
    learned: Learned | None


def step(
    views: Sequence[np.ndarray] | Pool, known: Known, promise: Promise, learner: str, classes: int,
    memory: Mapping[str, Any], seed: int, most: int | None = None,
) -> Step:  # fmt: skip
    """Take one iteration.

    views: float [n, d_i] matrices, a row an object; a row with a NaN is asked of people and never proposed.
    learner: a name in LEARNERS; classes: how many categories there are.
    memory: that of the step before, {} at first; under "start" it may hold the arrays of an earlier job's model.
    most: how many objects people and machine label together at most, the rest being nobody's; None: all.
    """
    pool = views if isinstance(views, Pool) else prepare(views)
    look = _look(pool, known, learner, classes, memory, seed)
    like_left = _like_left(look, np.random.default_rng((seed, memory.get("rounds", 0), 1)))
    look = _without(look, like_left)
    cut = _find_cut(look, promise.target, _looked(promise))
    proposed = _proposed(look, cut)
    enough = most is not None and len(known.rows) + int(proposed.sum()) >= most
    if most is not None and enough:
        room = max(most - len(known.rows), 0)
        cut = _find_cut(look, promise.target, _looked(promise), room)
        proposed = _some(_proposed(look, cut), room, np.random.default_rng((seed, memory.get("rounds", 0))))
        enough = not room or bool(proposed.any())
    asking = NOBODY if enough else _choose(look, proposed, promise, memory, seed)
    return Step(
        cut=cut,
        rows=look.rows,
        proposals=_proposals(look),
        confidence=_confidence(look),
        proposed=proposed,
        ask=asking.rows,
        ask_calibrates=asking.calibrates,
        retired=asking.retired,
        disputed=_disputed(look, cut, promise, LEARNERS[learner].disputed),
        finished=not len(asking.rows),
        forecast=forecast(len(known.rows), len(asking.rows), _need(look, promise), len(pool.readable)),
        notes=_notes(look, learner, classes),
        memory={"rounds": memory.get("rounds", 0) + 1, "settings": dict(look.learned.settings) if look.learned else {}},
        arrays=look.learned.arrays if look.learned else {},
        gone=like_left,
    )


def _look(pool: Pool, known: Known, learner: str, classes: int, memory: Mapping[str, Any], seed: int) -> _Look:
    answered = np.array([answer is not None for answer in known.answers], dtype=bool)
    usable = np.flatnonzero(answered & pool.readable[np.asarray(known.rows, dtype=int)])
    rows = np.setdiff1d(np.arange(len(pool.readable)), known.rows)
    answers = [known.answers[place] for place in usable.tolist()]
    learned = None
    if (pool.views or pool.grids) and len(set(answers)) > 1:
        settings, start = memory.get("settings", {}), memory.get("start", {})
        learned = LEARNERS[learner].learn(
            pool, known.rows[usable], answers, classes=classes, settings=settings, start=start, seed=seed
        )
    return _Look(pool, known, usable, rows, learned)


def _like_left(look: _Look, rng: np.random.Generator) -> np.ndarray:
    """Return the calibrating rows that retire with what left the pool by other hands: as large a share, and alike."""
    known = look.known
    if look.learned is None or known.left is None:
        return np.empty(0, dtype=int)
    left, calibrates = known.left[look.usable], known.calibrates[look.usable]
    rows, sure = known.rows[look.usable], look.learned.held_out_confidence
    return alike(rows[calibrates], sure[calibrates], sure[left], len(look.rows), rng)


def _without(look: _Look, rows: np.ndarray) -> _Look:
    """Return what a step works on, these rows no longer calibrating."""
    return replace(look, known=replace(look.known, calibrates=look.known.calibrates & ~np.isin(look.known.rows, rows)))


def _find_cut(look: _Look, target: float, probability: float, most: int | None = None) -> Cut:
    if look.learned is None:
        return NONE
    calibrates = look.known.calibrates[look.usable]
    sure, quality = look.learned.held_out_confidence[calibrates], look.learned.held_out_quality[calibrates]
    return _cut_at(look, sure, quality, Promise(target, probability), most)


def _cut_at(look: _Look, sure: np.ndarray, quality: np.ndarray, promise: Promise, most: int | None = None) -> Cut:
    assert look.learned is not None
    pool = look.learned.confidence[look.rows[look.pool.readable[look.rows]]]
    return find_cut(sure, quality, pool, promise, most)


def _looked(promise: Promise) -> float:
    """Return the probability that one look has to keep, of many."""
    return 1 - (1 - promise.probability) * LOOKS


def _disputed(look: _Look, cut: Cut, promise: Promise, disputed: float) -> np.ndarray:
    """Return the calibrating rows of which the model, unseen, says something else than people's label.

    People err as well, and each error of theirs counts as one of the model's: with labels that are right in 97.8 %, a
    model must be right in 99 % to agree with 95 % of them. So people look again where the two differ; only there, and
    only where it may matter: as far as the cut would reach if the model was right in most of these.
    """
    if look.learned is None:
        return np.empty(0, dtype=int)
    calibrates = look.known.calibrates[look.usable]
    sure, quality = look.learned.held_out_confidence[calibrates], look.learned.held_out_quality[calibrates]
    differs = quality < disputed
    best = _cut_at(look, sure, np.where(differs, DOUBT, quality), Promise(promise.target, _looked(promise)))
    if best.count <= cut.count:
        return np.empty(0, dtype=int)
    reached = np.argsort(-sure, kind="stable")[: best.count]
    return look.known.rows[look.usable[calibrates]][np.sort(reached[differs[reached]])]


def _proposed(look: _Look, cut: Cut) -> np.ndarray:
    """Return bool [p]: which of the objects not known have a proposal at or above the cut."""
    there = np.array([proposal is not None for proposal in _proposals(look)], dtype=bool)
    return there & (_confidence(look) >= cut.confidence)


def _some(proposed: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    """Keep at most so many of those proposed, drawn at random: for them holds what does for all above the cut."""
    kept = np.zeros_like(proposed)
    kept[rng.permutation(np.flatnonzero(proposed))[:most]] = True
    return kept


def _choose(look: _Look, proposed: np.ndarray, promise: Promise, memory: Mapping[str, Any], seed: int) -> Asking:
    """Return what to ask next."""
    confidence, readable = _confidence(look), look.pool.readable[look.rows]
    calibrating = look.known.calibrates[look.usable]
    quality = look.learned.held_out_quality[calibrating] if look.learned else np.zeros(0)
    rounds = memory.get("rounds", 0)
    standing = Standing(
        pool=look.rows[readable],
        confidence=confidence[readable],
        calibrating=look.known.rows[look.usable[calibrating]],
        calibrating_confidence=_held_out(look)[calibrating],
        known=len(look.known.rows),
        drawn=int(look.known.calibrates.sum()),
        good=len(quality) > 0 and float(quality.mean()) >= promise.target,
        certified=bool(proposed.any()),
        rounds=rounds,
    )
    rng = np.random.default_rng((seed, rounds))
    asking = select(standing, ~proposed[readable], len(look.pool.readable), rng)
    return _with_unreadable(asking, look.rows[~readable])


def _with_unreadable(asking: Asking, unreadable: np.ndarray) -> Asking:
    """People are asked about all unreadable objects at once: nothing will ever be known of them."""
    return Asking(
        rows=np.concatenate([asking.rows, unreadable]),
        calibrates=np.append(asking.calibrates, np.zeros(len(unreadable), dtype=bool)),
        retired=asking.retired,
    )


def _need(look: _Look, promise: Promise) -> Need:
    """Return how many objects not asked lie below the cuts that a forecast is made from."""
    sure = _confidence(look)[look.pool.readable[look.rows]]
    cuts = [_find_cut(look, promise.target, probability) for probability in (SURELY, EVENLY, HARDLY)]
    return Need(*(int((sure < cut.confidence).sum()) for cut in cuts))


def _proposals(look: _Look) -> list[Any]:
    if look.learned is None:
        return [None] * len(look.rows)
    return [look.learned.proposals[row] if look.pool.readable[row] else None for row in look.rows]


def _confidence(look: _Look) -> np.ndarray:
    """Return the confidence in each object not known: zero where there is no model, or nothing to read."""
    if look.learned is None:
        return np.zeros(len(look.rows))
    return np.where(look.pool.readable[look.rows], look.learned.confidence[look.rows], 0.0)


def _held_out(look: _Look) -> np.ndarray:
    return look.learned.held_out_confidence if look.learned else np.zeros(len(look.usable))


def _notes(look: _Look, learner: str, classes: int) -> list[notes.Note]:
    told = notes.about_objects(look.pool.readable, len(look.pool.views) + len(look.pool.grids))
    answers = [look.known.answers[place] for place in look.usable.tolist()]
    if not answers:
        return told
    return told + notes.about_answers(answers, list(map(LEARNERS[learner].categories_in, answers)), classes)
