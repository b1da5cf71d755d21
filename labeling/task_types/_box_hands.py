"""How workers draw upright boxes: learnt beside who misses and invents, and used to weigh their boxes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from labeling.consolidation.box_hands import Hands, usual_hands
from labeling.consolidation.box_sets import Boxes, group_boxes, learn_hands
from labeling.consolidation.boxes import BOXES
from labeling.consolidation.shapes import Drawn
from labeling.task_types._parts import number_workers, spread_objects
from labeling.task_types._shape_kinds import Kind
from projects.task_types import Answer, Fit, Known, Schema, Vote

Draw = Callable[[Kind, Sequence[Answer], Schema], tuple[Drawn, Sequence[int]]]  # who drew what; places of its authors
NOBODY = np.empty((0, 2), dtype=np.int64)


def with_hands(kind: Kind, fit: Fit, draw: Draw) -> Fit:
    """Return a `fit` that learns hands too, in jobs whose shapes are upright boxes: "spread" and "shift"."""

    def fit_hands(pairs: Sequence[tuple[int, Vote]], schema: Schema, known: Known | None = None) -> dict[str, Any]:
        learnt, drawn = fit(pairs, schema, known), kind.of(schema)
        if not learnt or drawn.geometry is not BOXES:
            return learnt
        numbers = {name: number for number, name in enumerate(learnt["workers"])}
        boxes, objects, workers = [np.empty((0, 4))], [NOBODY[:, 0]], [NOBODY[:, 0]]
        for place, votes in enumerate(spread_objects(pairs)):
            found, authors = draw(drawn, [vote.answer for vote in votes], schema)
            boxes.append(found.bounds())
            objects.append(place * len(schema.categories) + found.categories)
            workers.append(number_workers(votes, numbers)[authors][found.authors])
        job = Boxes(np.concatenate(boxes), np.concatenate(objects), np.concatenate(workers), NOBODY).tidy()
        hands, _ = learn_hands(job, n_workers=len(numbers))
        return {**learnt, "spread": np.round(hands.spread, 6).tolist(), "shift": np.round(hands.shift, 6).tolist()}

    return fit_hands


def hands_reader(skills: dict[str, Any]) -> Callable[[Sequence[Vote]], Hands]:
    """Return the function that tells the hands of the authors of votes, in their order; skills as `with_hands` wrote.

    They are read once for many objects.
    """
    if "spread" not in skills:
        return lambda votes: usual_hands(len(votes))
    numbers = {name: number for number, name in enumerate(skills["workers"])}
    learnt = Hands(np.array(skills["spread"]), np.array(skills["shift"]).reshape(-1, 4))
    return lambda votes: learnt.pick(number_workers(votes, numbers))


def group(drawn: Drawn, hands: Hands) -> tuple[list[Any], list[Any]]:
    """Return clusters of one picture's boxes as places in `drawn`, and for each the points (2, 2) that stand for it.

    hands: of the authors as `drawn` numbers them. Whole pixels where all answers are whole, halves go up.
    """
    bounds = drawn.bounds()
    things, middles = group_boxes(Boxes(bounds, drawn.categories, drawn.authors, NOBODY), hands)
    is_whole = bool((bounds == np.floor(bounds)).all())
    written = np.floor(middles + 0.5) if is_whole else np.round(middles, 3)
    return [np.flatnonzero(things == thing) for thing in range(len(middles))], [box.reshape(2, 2) for box in written]
