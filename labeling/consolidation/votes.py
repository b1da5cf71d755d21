"""Count the answers on each object, and break ties by a draw that can be repeated."""

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

# Two probabilities closer than this are a tie: sums in another order differ by less than 1e-12.
TIE = 1e-9


def check_votes(votes: IntArray, *, n_objects: int, n_workers: int | None, n_categories: int) -> IntArray:
    """Return `votes` as (M, 3) int64, or raise ValueError naming the column that is out of range.

    With `n_workers=None` any worker number passes, for callers that meet workers they do not know.
    """
    checked = np.asarray(votes, dtype=np.int64).reshape(-1, 3)
    limits = {"object": n_objects, "worker": n_workers, "category": n_categories}
    for column, (name, limit) in zip(checked.T, limits.items(), strict=True):
        if limit is not None and column.size and (column.min() < 0 or column.max() >= limit):
            raise ValueError(f"{name} numbers must lie in 0..{limit - 1}, got {column.min()}..{column.max()}")
    return checked


def check_known(known: IntArray | None, *, n_objects: int, n_categories: int) -> IntArray:
    """Return known truths as (A, 2) int64 of object, category, by object and each once.

    Raises ValueError with a sentence: a number out of range, or two truths of an object.
    """
    rows = np.empty((0, 2), dtype=np.int64) if known is None else np.asarray(known, dtype=np.int64).reshape(-1, 2)
    limits = {"object": n_objects, "category": n_categories}
    for column, (name, limit) in zip(rows.T, limits.items(), strict=True):
        if column.size and (column.min() < 0 or column.max() >= limit):
            raise ValueError(f"known {name} numbers must lie in 0..{limit - 1}, got {column.min()}..{column.max()}")
    truths = np.unique(rows, axis=0)
    twice = np.flatnonzero(truths[1:, 0] == truths[:-1, 0])
    if len(twice):
        (number, first), (_, second) = truths[twice[0] : twice[0] + 2].tolist()
        raise ValueError(f"object {number} has two truths, categories {first} and {second}: only one can be right")
    return truths


def sort_votes(votes: IntArray, *, n_workers: int, n_categories: int) -> IntArray:
    """Return votes (M, 3) in range by object, then category, then worker."""
    n_objects = int(votes[:, 0].max(initial=-1)) + 1
    if n_objects * n_categories * n_workers >= 2**62:
        return votes[np.lexsort((votes[:, 1], votes[:, 2], votes[:, 0]))]
    # One sort of one number is several times as fast as a sort by three.
    keys = np.sort((votes[:, 0] * n_categories + votes[:, 2]) * max(n_workers, 1) + votes[:, 1])
    cells, workers = np.divmod(keys, max(n_workers, 1))
    objects, categories = np.divmod(cells, max(n_categories, 1))
    return np.column_stack([objects, workers, categories])


def count_votes(votes: IntArray, n_objects: int, n_categories: int) -> FloatArray:
    """Count the answers by object and category: (N, K)."""
    cell = votes[:, 0] * n_categories + votes[:, 2]
    counts = np.bincount(cell, minlength=n_objects * n_categories)
    return counts.reshape(n_objects, n_categories).astype(np.float64)


def share_votes(votes: IntArray, n_objects: int, n_categories: int) -> FloatArray:
    """Share of the answers by object and category: probs (N, K); uniform where nobody answered."""
    counts = count_votes(votes, n_objects, n_categories)
    total = counts.sum(axis=1, keepdims=True)
    uniform = 1.0 / max(n_categories, 1)
    return np.where(total > 0, counts / np.maximum(total, 1.0), uniform)


def mix_bits(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scatter 64-bit numbers: a pure hash, so that a draw needs no state and no order.

    Source: Steele, Lea and Flood 2014, SplitMix, doi:10.1145/2660193.2660195.
    """
    mixed = numbers + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def salt_seed(seed: int) -> NDArray[np.uint64]:
    """Turn any seed into (1,) 64 bits to mix into a draw."""
    return mix_bits(np.array([seed % 2**64], dtype=np.uint64))


def sum_keys(groups: IntArray, keys: NDArray[np.uint64], n_groups: int) -> NDArray[np.uint64]:
    """Sum 64-bit keys by group, wrapping round: the result does not depend on their order."""
    total = np.zeros(n_groups, dtype=np.uint64)
    np.add.at(total, groups, keys)
    return total


def key_categories(votes: IntArray, n_categories: int) -> NDArray[np.uint64]:
    """Number each category by the objects that it was answered on, whatever it is called: (K,)."""
    return sum_keys(votes[:, 2], mix_bits(votes[:, 0].astype(np.uint64)), n_categories)


def pick_labels(
    probs: FloatArray,
    category_keys: NDArray[np.uint64],
    *,
    seed: int = 0,
    object_numbers: IntArray | None = None,
) -> IntArray:
    """Pick each object's likeliest category: (N,); ties fall by a draw on (seed, object, category key).

    Renaming categories renames the labels, except between categories whose keys are equal (answered on
    the very same objects); there the draw falls on the category's number. `object_numbers` are (N,)
    lasting numbers, for callers who settle a part of the objects; by default the row's number.
    """
    if not probs.size:
        return np.zeros(len(probs), dtype=np.int64)
    rows = np.arange(len(probs)) if object_numbers is None else object_numbers
    tied = probs >= probs.max(axis=1, keepdims=True) - TIE
    labels = probs.argmax(axis=1)
    contested = np.flatnonzero(tied.sum(axis=1) > 1)
    marks = mix_bits(rows[contested].astype(np.uint64) ^ salt_seed(seed))
    draws = mix_bits(marks[:, None] ^ mix_bits(category_keys)[None, :])
    # Half the draw, plus one: a tied category never draws the 0 of the categories out of the running.
    draws = (draws >> np.uint64(1)) + np.uint64(1)
    labels[contested] = np.where(tied[contested], draws, np.uint64(0)).argmax(axis=1)
    return np.asarray(labels, dtype=np.int64)


def settle_by_vote(votes: IntArray, *, n_objects: int, n_categories: int, seed: int = 0) -> tuple[IntArray, FloatArray]:
    """Majority vote: labels (N,) with ties drawn by seed, and the shares of the answers, probs (N, K)."""
    checked = check_votes(votes, n_objects=n_objects, n_workers=None, n_categories=n_categories)
    probs = share_votes(checked, n_objects, n_categories)
    return pick_labels(probs, key_categories(checked, n_categories), seed=seed), probs
