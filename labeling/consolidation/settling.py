"""Settle labels from answers and skills."""

import numpy as np

from labeling.consolidation.calibration import apply_temperature, soften_with_vote
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
    since, half the prior stays at least. An object without answers gets the class prior. Under the model "vote" the result is the share of the answers, and one answer more
    spread over all categories, so that a lone answer is not certain.
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
    confusion = np.concatenate([skills.confusion, skills.crowd_confusion[None]])
    probs = add_evidence(logs, objects, table_logs(confusion), known * skills.n_categories + categories)
    if skills.seen is None:
        return probs
    # What the crowd does does not hang on one answer.
    seen = np.concatenate([skills.seen, np.full((1, skills.n_categories), 1e12)])
    floor = skills.strength * skills.crowd_confusion / 2
    for _ in range(HELD_OUT):
        held_out = held_out_logs(
            np.column_stack([objects, known, categories]), confusion * seen[:, :, None], seen, probs, floor
        )
        probs = normalise_logs(logs + held_out)
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
    temperature: float | None = None,
    object_numbers: IntArray | None = None,
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Settle every object: labels (N,), confidence (N,) in [0, 1] and probs (N, K).

    Confidence is the label's own entry of probs, and the label is their maximum, ties drawn by seed and
    `object_numbers` (see `pick_labels`). Without audits confidence is drawn to the share of the answers
    and is uncalibrated; with `temperature`, from `fit_temperature` on the `posterior` of audited
    objects, it is the posterior at that temperature. See `zero_single_answers` for jobs of one worker.
    """
    checked, count = admit_votes(votes, skills, n_objects)
    probs = posterior(checked, skills, n_objects=count)
    if temperature is not None:
        probs = apply_temperature(probs, temperature)
    elif skills.model != "vote":
        probs = soften_with_vote(probs, count_votes(checked, count, skills.n_categories))
    labels = pick_labels(probs, skills.category_keys, seed=seed, object_numbers=object_numbers)
    confidence = probs[np.arange(count), labels] if probs.size else np.zeros(count)
    return labels, confidence, probs


def zero_single_answers(confidence: FloatArray, votes: IntArray) -> FloatArray:
    """Set confidence (N,) to 0 where an object has a single answer or none.

    The written rule for a job of one worker an object: 0.00 stands for "nobody compared". For jobs of
    more workers leave it out: there a lone answer is weighed by what its worker did elsewhere.
    """
    answered = np.bincount(np.asarray(votes, dtype=np.int64).reshape(-1, 3)[:, 0], minlength=len(confidence))
    return np.where(answered[: len(confidence)] > 1, confidence, 0.0)
