"""What people should know of a job's answers and objects, as values: pages say them in words."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

Note = dict[str, Any]  # JSON: `what` and what belongs to it


def about_objects(readable: np.ndarray, views: int) -> list[Note]:
    """Tell what is odd about the features: "unreadable" objects, `n` `of` all; all of them "equal"."""
    told: list[Note] = []
    unreadable = int((~readable).sum())
    if unreadable:
        told.append({"what": "unreadable", "n": unreadable, "of": len(readable)})
    if not views and readable.any():
        told.append({"what": "equal"})
    return told


def about_answers(answers: Sequence[Hashable], categories: Sequence[Sequence[int]], classes: int) -> list[Note]:
    """Tell what is odd about answers; categories: the numbers that each names, out of so many.

    All of them the "same", or `categories` (numbers from 0) that were "never" seen or "once".
    """
    if len(set(answers)) == 1:
        return [{"what": "same"}]
    numbers = [number for named in categories for number in named]
    counts = np.bincount(np.array(numbers, dtype=int), minlength=classes)
    rare = {"never": np.flatnonzero(counts == 0).tolist(), "once": np.flatnonzero(counts == 1).tolist()}
    return [{"what": what, "categories": found} for what, found in rare.items() if found]
