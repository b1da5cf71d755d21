"""Choose a job's model without any truth: the one that best foretells answers it has not seen."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from labeling.consolidation.dawid_skene import LEAST_KNOWN, Answers, Fitted, fit_confusion, fit_one_coin
from labeling.consolidation.skills import Skills
from labeling.consolidation.votes import (
    FloatArray,
    IntArray,
    check_known,
    check_votes,
    key_categories,
    mix_bits,
    salt_seed,
    sort_votes,
    sum_keys,
)

# Weights of the prior of a worker's confusion row, in answers; None is one coin a worker.
STRENGTHS: tuple[float | None, ...] = (None, 32.0, 16.0, 8.0, 4.0, 2.0, 0.5)
FOLDS = 4
LEAST_OBJECTS = 20  # with two answers or more; in simulations fewer gained nothing over the vote,
LEAST_SHARE = 0.2  # nor did a smaller share of the answered objects
MOST_NUMBERS = 300_000  # W * K * K over this: one coin only, so that skills stay quick to fit and to store
MOST_COMPARED = 60_000  # answers used to choose; the chosen model then sees all of them
LARGE_COMPARED = 20_000  # where a job has more than that, and one fold of them is held out and foretold


def fit(
    votes: IntArray,
    *,
    n_objects: int,
    n_workers: int,
    n_categories: int,
    known: IntArray | None = None,
    seed: int = 0,
) -> Skills:
    """Learn what a job's answers say about its workers.

    votes: (M, 3) int of object, worker, category; any order, no answers at all is fine. Falls back to
    "vote" (every worker alike) where there is little to compare: one worker, one category, or fewer than
    twenty objects, or a fifth of them, with two answers, or one where their truth is known. Order of answers and names
    of workers do not change the skills.
    known: (A, 2) int of object, true category, in any order, a pair perhaps twice: workers are judged by these, also
    those who answered nothing else, and how common a category is the other objects say. Raises ValueError with a
    sentence for a number out of range and for an object of two truths.
    """
    checked = check_votes(votes, n_objects=n_objects, n_workers=n_workers, n_categories=n_categories)
    # In the order of objects and categories, the sums of a round walk through memory once.
    checked = sort_votes(checked, n_workers=n_workers, n_categories=n_categories)
    truths = check_known(known, n_objects=n_objects, n_categories=n_categories)
    answers = Answers(checked, n_objects, n_workers, n_categories, truths)
    keys = key_categories(checked, n_categories)
    if not is_comparable(answers):
        share = np.bincount(checked[:, 2], minlength=n_categories) + 1.0
        return Skills("vote", 0.0, share / share.sum(), np.full(n_workers, 0.5), 0.5, keys)
    return _learn(answers, choose_strength(answers, seed=seed), keys)


def fit_like(votes: IntArray, like: Skills, *, n_objects: int, n_workers: int, known: IntArray | None = None) -> Skills:
    """Learn as `fit` does, of people and a model's voices, which have the numbers after theirs (see `joined`).

    like: what the people's answers alone teach, whose model it is to be: which fits them best a machine's answers
    shall not say. Ties fall as there.
    Raises ValueError as `fit` does, and where `like` is of the model "vote".
    """
    if like.model == "vote":
        raise ValueError("where people cannot be compared nobody is judged")
    size = like.n_categories
    checked = check_votes(votes, n_objects=n_objects, n_workers=n_workers, n_categories=size)
    checked = sort_votes(checked, n_workers=n_workers, n_categories=size)
    truths = check_known(known, n_objects=n_objects, n_categories=size)
    answers = Answers(checked, n_objects, n_workers, size, truths, n_people=like.n_workers)
    return _learn(answers, None if like.model == "one-coin" else like.strength, like.category_keys)


def _learn(answers: Answers, strength: float | None, keys: NDArray[np.uint64]) -> Skills:
    fitted = fit_model(answers, strength)
    return Skills(
        name_model(strength),
        strength or 0.0,
        fitted.class_prior,
        fitted.accuracy,
        fitted.crowd_accuracy,
        keys,
        fitted.confusion,
        fitted.crowd_confusion,
        fitted.seen,
    )


def is_comparable(answers: Answers) -> bool:
    """Whether the answers overlap enough to judge workers by one another, or by what is known."""
    if answers.n_categories < 2:
        return False
    if not len(answers.known) and np.count_nonzero(np.bincount(answers.votes[:, 1])) < 2:
        return False
    per_object = np.bincount(answers.votes[:, 0], minlength=answers.n_objects)
    if np.count_nonzero(per_object[answers.known[:, 0]]) >= LEAST_KNOWN:
        return True  # with one answer an object, 50 known ones made .758 right .764 and the gap of confidence half
    compared = (per_object >= 2) | ((per_object >= 1) & ~answers.is_open())
    return int(compared.sum()) >= max(LEAST_OBJECTS, LEAST_SHARE * int((per_object >= 1).sum()))


def name_model(strength: float | None) -> str:
    """Return the name under which a model of this strength is reported; None is one coin a worker."""
    if strength is None:
        return "one-coin"
    return "full" if strength < 1 else "shrunk"


def fit_model(answers: Answers, strength: float | None, *, rounds: int = 50, tolerance: float = 1e-4) -> Fitted:
    """Run EM for one strength; None is one coin a worker."""
    if strength is None:
        return fit_one_coin(answers, rounds=rounds, tolerance=tolerance)
    return fit_confusion(answers, strength, rounds=rounds, tolerance=tolerance)


def choose_strength(answers: Answers, *, seed: int = 0) -> float | None:
    """The strength under which held-out answers are likeliest; None for one coin a worker."""
    if answers.n_workers * answers.n_categories**2 > MOST_NUMBERS:
        return None
    compared = limit_answers(answers, seed)
    folds = deal_folds(compared, seed)
    if len(answers.votes) > MOST_COMPARED:
        return climb(lambda strength: score_strength(compared, strength, folds, held_out=1))
    scores = [score_strength(compared, strength, folds) for strength in STRENGTHS]
    return STRENGTHS[int(np.argmax(scores))]


def climb(score: Callable[[float | None], float]) -> float | None:
    """Return the best strength next to which both neighbours are worse, from one coin, 32 or 8, the best of them."""
    scores = {place: score(STRENGTHS[place]) for place in (0, 1, 3)}
    while True:
        best = max(scores, key=lambda place: (scores[place], -place))
        unknown = [place for place in (best - 1, best + 1) if 0 < place < len(STRENGTHS) and place not in scores]
        if best == 0 or not unknown:
            return STRENGTHS[best]
        scores |= {place: score(STRENGTHS[place]) for place in unknown}


def deal_folds(answers: Answers, seed: int) -> IntArray:
    """Deal each answer a fold (M,), blind to the order of answers and the names of workers and categories."""
    objects, workers, categories = answers.votes.T
    marks = mix_bits(objects.astype(np.uint64))
    category_keys = key_categories(answers.votes, answers.n_categories)
    worker_keys = sum_keys(workers, mix_bits(marks ^ category_keys[categories]), answers.n_workers)
    dealt = mix_bits(marks ^ mix_bits(worker_keys[workers] ^ salt_seed(seed)))
    return np.asarray(dealt % np.uint64(FOLDS), dtype=np.int64)


def limit_answers(answers: Answers, seed: int) -> Answers:
    """Keep a seeded part of the objects, so that choosing costs the same for a million answers."""
    if len(answers.votes) <= MOST_COMPARED:
        return answers
    keep = np.uint64(2**32 * (LARGE_COMPARED / len(answers.votes)))
    drawn = mix_bits(np.arange(answers.n_objects, dtype=np.uint64) ^ salt_seed(seed))
    kept = (drawn >> np.uint64(32)) < keep
    row = np.cumsum(kept) - 1
    votes = answers.votes[kept[answers.votes[:, 0]]]
    votes = np.column_stack([row[votes[:, 0]], votes[:, 1:]])
    known = answers.known[kept[answers.known[:, 0]]]
    known = np.column_stack([row[known[:, 0]], known[:, 1]])
    return Answers(votes, int(kept.sum()), answers.n_workers, answers.n_categories, known)


def score_strength(answers: Answers, strength: float | None, folds: IntArray, held_out: int = FOLDS) -> float:
    """Sum of the log chances of answers in the first folds, each held out, on objects that keep one to know them by
    or are known.
    """
    total = 0.0
    for fold in range(held_out):
        seen, unseen = answers.votes[folds != fold], answers.votes[folds == fold]
        known = (np.bincount(seen[:, 0], minlength=answers.n_objects) > 0) | ~answers.is_open()
        unseen = unseen[known[unseen[:, 0]]]
        part = replace(answers, votes=seen)
        fitted = fit_model(part, strength, rounds=25, tolerance=1e-2)
        total += float(np.log(np.maximum(foretell(fitted, unseen), 1e-9)).sum())
    return total


def foretell(fitted: Fitted, votes: IntArray) -> FloatArray:
    """Chance of each of `votes` (M,) under a model that has not seen it."""
    objects, workers, categories = votes.T
    if fitted.confusion is not None:
        return np.asarray((fitted.probs[objects] * fitted.confusion[workers, :, categories]).sum(axis=1))
    right, true = fitted.accuracy[workers], fitted.probs[objects, categories]
    return np.asarray(true * right + (1 - true) * (1 - right) / (fitted.probs.shape[1] - 1))
