"""The learner of one category an object: a regression a view, their probabilities multiplied with fitted weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from labeling.autolabel.learners import Learned
from labeling.autolabel.preparing import Pool, scaling_of
from labeling.autolabel.regression import LEAST, Line, Said, regress

HEAVIEST = 3.0  # a view's weight at most


def learn_classes(
    pool: Pool, rows: np.ndarray, answers: Sequence[Any], *,
    classes: int, settings: Mapping[str, Any], start: Mapping[str, np.ndarray], seed: int,
) -> Learned:  # fmt: skip
    """Learn from category numbers 0..classes-1. Quality is 1 where the category is right, else 0."""
    labels = np.asarray(answers, dtype=int)
    said = learn_probs(pool, rows, labels, classes=classes, settings=settings, start=start, seed=seed)
    return Learned(
        proposals=said.probs.argmax(axis=1).tolist(),
        confidence=said.probs.max(axis=1),
        held_out_confidence=said.held_out.max(axis=1),
        held_out_quality=(said.held_out.argmax(axis=1) == labels).astype(float),
        arrays=said.arrays,
        settings=said.settings,
    )


def learn_probs(
    pool: Pool, rows: np.ndarray, labels: np.ndarray, *,
    classes: int, settings: Mapping[str, Any], start: Mapping[str, np.ndarray], seed: int,
) -> Said:  # fmt: skip
    """Return the blended probabilities of all views, and of an earlier job's model where one is given."""
    before = settings.get("views", [{}] * len(pool.views))
    said = [
        regress(pool, view, rows, labels, classes=classes, settings=before[view], seed=seed)
        for view in range(len(pool.views))
    ]
    everyone, held_out = [one.probs for one in said], [one.held_out for one in said]
    if fits(start, pool, classes):
        older = say_again(start, pool, classes)
        everyone, held_out = [*everyone, older], [*held_out, older[rows]]
    weights = find_weights(held_out, labels)
    kept = {"views": [one.settings for one in said]}
    return Said(combine(everyone, weights), combine(held_out, weights), _arrays(said, weights, classes), kept)


def combine(said: Sequence[np.ndarray], weights: np.ndarray) -> np.ndarray:
    """Return float32 [n, k]: the product of the views' probabilities, each to its weight, summing to 1."""
    scores = sum(weight * np.log(one) for weight, one in zip(weights.astype(np.float32), said, strict=True))
    scores = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    probs: np.ndarray = scores / scores.sum(axis=1, keepdims=True)
    return probs


def find_weights(said: Sequence[np.ndarray], labels: np.ndarray) -> np.ndarray:
    """Return float [views]: the weights of least log loss on labels that the views did not see.

    Hinton, "Products of experts", ICANN 1999; the problem is convex.
    """
    from scipy.optimize import minimize  # loads for a while, and most processes never fit one

    logs = np.log(np.stack(said, axis=2), dtype=np.float64)  # m, k, views
    right = logs[np.arange(len(labels)), labels].mean(axis=0)

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        scores = logs @ weights
        top = scores.max(axis=1, keepdims=True)
        probs = np.exp(scores - top)
        sums = probs.sum(axis=1, keepdims=True)
        slope = np.einsum("mk,mkv->v", probs / sums, logs) / len(labels)
        return float((np.log(sums) + top).mean() - right @ weights), slope - right

    even = np.full(len(said), 1 / len(said))
    found = minimize(loss, even, jac=True, method="L-BFGS-B", bounds=[(0, HEAVIEST)] * len(said))
    weights: np.ndarray = found.x if found.x.sum() > 0 else even
    return weights


def fits(start: Mapping[str, np.ndarray], pool: Pool, classes: int) -> bool:
    """Tell whether a saved model takes this pool's features and knows as many categories."""
    if not start or int(start["classes"]) != classes or int(start["views"]) != len(pool.views):
        return False
    return all(start[f"mean{view}"].shape == pool.views[view].shape[1:] for view in range(len(pool.views)))


def say_again(model: Mapping[str, np.ndarray], pool: Pool, classes: int) -> np.ndarray:
    """Return float32 [n, k]: what a saved model says of a pool."""
    said = []
    for view, features in enumerate(pool.views):
        line = Line(model[f"seen{view}"], model[f"weights{view}"], model[f"offsets{view}"])
        said.append(line.probs(scaling_of(model, view).apply(features), classes))
    return np.maximum(combine(said, model["blend"]), LEAST)


def _arrays(said: Sequence[Said], weights: np.ndarray, classes: int) -> dict[str, np.ndarray]:
    """Return the model as arrays. A start from an earlier job is not carried on: its labels were another job's."""
    kept = {f"{name}{view}": array for view, one in enumerate(said) for name, array in one.arrays.items()}
    blend = weights[: len(said)]
    blend = blend if blend.sum() > 0 else np.full(len(said), 1 / len(said))
    return {**kept, "blend": blend, "classes": np.array(classes), "views": np.array(len(said))}
