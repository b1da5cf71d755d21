"""What operations should know of a job's answers and objects, each a sentence."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np


def about_objects(readable: np.ndarray, views: int) -> list[str]:
    """Say what is odd about the features."""
    said = []
    unreadable = int((~readable).sum())
    if unreadable:
        said.append(f"{unreadable} of {len(readable)} objects cannot be read; people label them.")
    if not views and readable.any():
        said.append("All objects look the same to the model; people label them.")
    return said


def about_answers(answers: Sequence[Hashable], categories: Sequence[Sequence[int]], classes: int) -> list[str]:
    """Say what is odd about answers; categories: the numbers that each names, out of so many."""
    if len(set(answers)) == 1:
        return ["All answers so far are the same; the model can learn nothing from them."]
    numbers = [number for named in categories for number in named]
    counts = np.bincount(np.array(numbers, dtype=int), minlength=classes)
    never, once = np.flatnonzero(counts == 0), np.flatnonzero(counts == 1)
    said = []
    if len(never):
        said.append(f"{_categories(never)} never seen so far; the model cannot propose {_them(never)}.")
    if len(once):
        said.append(f"{_categories(once)} seen once so far; the model cannot be tried on {_them(once)}.")
    return said


def _categories(numbers: np.ndarray) -> str:
    named = ", ".join(str(number + 1) for number in numbers[:10]) + (", …" if len(numbers) > 10 else "")
    return f"Category {named} was" if len(numbers) == 1 else f"{len(numbers)} categories ({named}) were"


def _them(numbers: np.ndarray) -> str:
    return "it" if len(numbers) == 1 else "them"
