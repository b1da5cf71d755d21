"""Settle labels from answers and skills."""

import numpy as np

from labeling.consolidation.calibration import Calibration, fit_calibration, soften_with_vote
from labeling.consolidation.dawid_skene import coin_logs, held_out_logs, normalise_logs, table_logs
from labeling.consolidation.skills import Skills
from labeling.consolidation.votes import (
    FloatArray,
    IntArray,
    check_votes,
    count_votes,
    pick_labels,
)

HELD_OUT = 2  # times that each answer's own part in its worker's skill is taken off; more changed nothing


def posterior(votes: IntArray, skills: Skills, *, n_objects: int | None = None) -> FloatArray:
    """Chance of each category given the answers so far: probs (N, K), the model's own, not calibrated.

    votes: (M, 3), objects numbered from 0; without `n_objects` up to the last one answered. A worker
    outside 0..W-1 is unknown to the skills and judged as the crowd. Answers of known workers are taken to be
    among those that the skills were learnt from, and weighed without their own part in them; of one that came
    since, half the prior stays at least. An object without answers gets the class prior. Under the model "vote"
    the result is the share of the answers, and one answer more spread over all categories, so that a lone answer
    is not certain.
    """
    checked, count = admit_votes(votes, skills, n_objects)
    if skills.model == "vote":
        counts = count_votes(checked, count, skills.n_categories) + 1 / max(skills.n_categories, 1)
        return np.asarray(counts / counts.sum(axis=1, keepdims=True))
    objects, workers, categories = checked.T
    known = np.where((workers >= 0) & (workers < skills.n_workers), workers, skills.n_workers)
    logs = np.tile(np.log(skills.class_prior), (count, 1))
    if not count:
        return logs
    if skills.confusion is None or skills.crowd_confusion is None:
        accuracy = np.append(skills.accuracy, skills.crowd_accuracy)
        known_votes = np.column_stack([objects, known, categories])
        return normalise_logs(logs + coin_logs(known_votes, accuracy, logs.shape))
    return _weigh_held_out(np.column_stack([objects, known, categories]), skills, logs)


def _weigh_held_out(votes: IntArray, skills: Skills, logs: FloatArray) -> FloatArray:
    """Probs (N, K) under confusions, of votes whose unknown workers have the number W, over log priors (N, K)."""
    crowd = np.asarray(skills.crowd_confusion)
    confusion = np.concatenate([np.asarray(skills.confusion), crowd[None]])
    said = votes[:, 1] * skills.n_categories + votes[:, 2]
    probs = add_evidence(logs, votes[:, 0], table_logs(confusion), said)
    if skills.seen is None:
        return probs
    # What the crowd does hangs on no single answer.
    seen = np.concatenate([skills.seen, np.full((1, skills.n_categories), 1e12)])
    weights, floor = confusion * seen[:, :, None], skills.strength * crowd / 2
    for _ in range(HELD_OUT):
        probs = normalise_logs(logs + held_out_logs(votes, weights, seen, probs, floor))
    return probs


def admit_votes(votes: IntArray, skills: Skills, n_objects: int | None) -> tuple[IntArray, int]:
    """The votes checked, and the number of objects; any worker number passes."""
    rows = np.asarray(votes, dtype=np.int64).reshape(-1, 3)
    count = int(rows[:, 0].max(initial=-1)) + 1 if n_objects is None else n_objects
    return check_votes(rows, n_objects=count, n_workers=None, n_categories=skills.n_categories), count


def add_evidence(logs: FloatArray, objects: IntArray, tables: FloatArray, said: IntArray) -> FloatArray:
    """Add each answer's row of `tables` to its object's log prior (N, K), and normalise to probs."""
    total = logs.copy()
    for category in range(logs.shape[1]):
        total[:, category] += np.bincount(objects, weights=tables[said, category], minlength=len(logs))
    return normalise_logs(total)


def settle(
    votes: IntArray,
    skills: Skills,
    *,
    n_objects: int | None = None,
    seed: int = 0,
    calibration: Calibration | None = None,
    object_numbers: IntArray | None = None,
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Settle every object: labels (N,), confidence (N,) in [0, 1] and probs (N, K).

    Confidence is the label's own entry of probs, ties drawn by seed and `object_numbers` (see `pick_labels`).
    Without audits it is drawn to the share of the answers, the greatest of probs, and uncalibrated; with a
    `calibration` (see `calibrate`) it is what audited objects taught, and the other categories share the
    rest as before. See `zero_single_answers` for jobs of one worker.
    """
    checked, count = admit_votes(votes, skills, n_objects)
    raw = posterior(checked, skills, n_objects=count)
    probs = _soften(raw, checked, skills)
    labels = pick_labels(probs, skills.category_keys, seed=seed, object_numbers=object_numbers)
    if not probs.size:
        return labels, np.zeros(count), probs
    rows = np.arange(count)
    confidence = probs[rows, labels]
    if calibration is None:
        return labels, confidence, probs
    rest = np.maximum(1 - confidence, 1e-12)
    confidence = calibration.apply(raw[rows, labels], confidence)
    probs *= ((1 - confidence) / rest)[:, None]
    probs[rows, labels] = confidence
    return labels, confidence, probs


def _soften(raw: FloatArray, votes: IntArray, skills: Skills) -> FloatArray:
    if skills.model == "vote":
        return raw.copy()
    return soften_with_vote(raw, count_votes(votes, len(raw), skills.n_categories))


def calibrate(
    votes: IntArray,
    skills: Skills,
    *,
    audited: IntArray,
    truth: IntArray,
    n_objects: int | None = None,
    object_numbers: IntArray | None = None,
) -> Calibration:
    """Learn from objects whose true category is known how sure a job's labels are.

    audited, truth: (A,), the objects, a random part of the job, and their categories. Give `settle` the result, with
    the same skills, seed and object numbers.
    """
    labels, own, soft = weigh_labels(votes, skills, n_objects=n_objects, object_numbers=object_numbers)
    right = (labels[audited] == truth).astype(np.float64)
    return fit_calibration(own, soft, audited=audited, right=right)


def zero_single_answers(confidence: FloatArray, votes: IntArray) -> FloatArray:
    """Set confidence (N,) to 0 where an object has a single answer or none.

    The written rule for a job of one worker an object: 0.00 stands for "nobody compared". For jobs of
    more workers leave it out: there a lone answer is weighed by what its worker did elsewhere.
    """
    answered = np.bincount(np.asarray(votes, dtype=np.int64).reshape(-1, 3)[:, 0], minlength=len(confidence))
    return np.where(answered[: len(confidence)] > 1, confidence, 0.0)


def weigh_labels(
    votes: IntArray, skills: Skills, *, n_objects: int | None = None, object_numbers: IntArray | None = None
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Labels (N,), the model's own chance of each (N,), and its confidence before any audit (N,)."""
    checked, count = admit_votes(votes, skills, n_objects)
    raw = posterior(checked, skills, n_objects=count)
    labels, soft, _ = settle(checked, skills, n_objects=count, object_numbers=object_numbers)
    return labels, raw[np.arange(count), labels] if raw.size else soft, soft
