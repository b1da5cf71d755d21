"""Measure asking adaptively: a set's answers are revealed, in the file's order, only where they are asked for.

Objects arrive in twenty parts. At each step those of the next part get their first answers and each object that wants
another gets one; skills are learnt anew as the answers grow. The truth is read at the end. Compared with the first five
answers of every object.
"""

from __future__ import annotations

import numpy as np

from labeling.consolidation import Skills, fit, settle
from labeling.consolidation.adaptive import Asking, is_worth_learning, wants_another
from labeling.consolidation.votes import IntArray
from tests.bench.consolidation_classes import Crowd, judged_numbers, read_crowd
from tests.bench.consolidation_files import Pair

COLUMNS = "set | accuracy of a fixed 5 | adaptive accuracy | labels an object, fixed | adaptive | saved"
FIXED, PARTS = 5, 20


def rank_answers(votes: IntArray) -> IntArray:
    """How many answers each object had before each one, in the order of rows: (M,)."""
    order = np.argsort(votes[:, 0], kind="stable")
    objects = votes[order, 0]
    rank = np.empty(len(votes), dtype=np.int64)
    rank[order] = np.arange(len(votes)) - np.searchsorted(objects, objects)
    return rank


def learn(crowd: Crowd, votes: IntArray) -> Skills:
    return fit(votes, n_objects=len(crowd.tasks), n_workers=len(crowd.workers), n_categories=len(crowd.categories))


def ask_adaptively(crowd: Crowd, asking: Asking) -> IntArray:
    """Which answers (M', 3) are asked for."""
    count = len(crowd.tasks)
    rank = rank_answers(crowd.votes)
    arrival = np.arange(count) * PARTS // max(count, 1)
    asked = np.zeros(count, dtype=np.int64)
    skills, learnt_from = learn(crowd, crowd.votes[:0]), 0
    for step in range(PARTS + asking.most * 3):
        asked[arrival == step] = asking.least
        votes = crowd.votes[rank < asked[crowd.votes[:, 0]]]
        last = step >= PARTS and len(votes) > learnt_from
        if is_worth_learning(len(votes), learnt_from) or last:
            skills, learnt_from = learn(crowd, votes), len(votes)
        more = wants_another(votes, skills, asking, n_objects=count) & (arrival <= step)
        if step >= PARTS and not more.any():
            break
        asked[more] += 1
    return crowd.votes[rank < asked[crowd.votes[:, 0]]]


def accuracy_of(crowd: Crowd, votes: IntArray, truth: dict[str, str]) -> float:
    """Accuracy over the tasks that have a truth, with no more answers than these."""
    labels, _, _ = settle(votes, learn(crowd, votes), n_objects=len(crowd.tasks))
    judged, true = judged_numbers(crowd, truth)
    return float((labels[judged] == true).mean()) if len(judged) else 0.0


def measure_adaptive(pair: Pair) -> tuple[dict[str, float], str] | None:
    """One set's figures and row of the table; None for sets with fewer than five answers an object.

    Labels are the mean an object.
    """
    crowd = read_crowd(pair.name, pair.answers.rows)
    truth = {row[0]: row[1] for row in pair.truth.rows}
    count = len(crowd.tasks)
    if not count or len(crowd.votes) < FIXED * count:
        return None
    fixed = crowd.votes[rank_answers(crowd.votes) < FIXED]
    asked = ask_adaptively(crowd, Asking(most=FIXED))
    figures = {
        "fixed_accuracy": accuracy_of(crowd, fixed, truth),
        "adaptive_accuracy": accuracy_of(crowd, asked, truth),
        "fixed_labels": len(fixed) / count,
        "adaptive_labels": len(asked) / count,
    }
    numbers = [f"{figure:.4f}" for figure in figures.values()] + [f"{1 - len(asked) / len(fixed):.3f}"]
    return figures, f"| {' | '.join([pair.name, *numbers])} |"
