"""Simulated crowds whose truth and workers are known."""

import numpy as np

from labeling.consolidation.votes import FloatArray, IntArray


def blur(accuracy: float, n_categories: int) -> FloatArray:
    """A confusion matrix (K, K) that is right with `accuracy`, every error alike."""
    eye = np.eye(n_categories)
    return accuracy * eye + (1 - accuracy) * (1 - eye) / (n_categories - 1)


def simulate(
    confusion: FloatArray, *, n_objects: int, each: int, seed: int, prior: FloatArray | None = None
) -> tuple[IntArray, IntArray]:
    """Votes (M, 3) of workers with confusions (W, K, K), `each` workers an object, and the truth (N,)."""
    random = np.random.default_rng(seed)
    n_workers, n_categories = confusion.shape[:2]
    truth = random.choice(n_categories, size=n_objects, p=prior)
    workers = random.random((n_objects, n_workers)).argsort(axis=1)[:, :each].ravel()
    objects = np.repeat(np.arange(n_objects), each)
    chances = confusion[workers, truth[objects]].cumsum(axis=1)
    answers = (random.random(len(objects))[:, None] > chances).sum(axis=1)
    return np.column_stack([objects, workers, np.minimum(answers, n_categories - 1)]), truth


def mixed_crowd(n_workers: int, n_categories: int, seed: int) -> FloatArray:
    """Confusions (W, K, K) of a crowd between .45 and .95."""
    random = np.random.default_rng(seed)
    return np.stack([blur(accuracy, n_categories) for accuracy in random.uniform(0.45, 0.95, n_workers)])
