"""Boxes of a job: from everybody's boxes to one set an object, with who misses, who invents and who draws how."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labeling.consolidation.box_hands import (
    REGROUPINGS,
    Hands,
    drawable,
    fit_hands,
    refine_boxes,
    regroup,
    start_things,
    usual_hands,
)
from labeling.consolidation.presence import KEEP, Presence, believe_parts, fit_presence
from labeling.consolidation.votes import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Boxes:
    """A job's boxes (M, 4) with their `objects` and `workers` (M,), and looks (L, 2): object, worker, once each.

    Who drew looked: looks hold them as well as those who found nothing. Boxes without area or with a place that is no
    number are left out, those of an object in the order of their places, so that the order of answers does not matter.
    """

    boxes: FloatArray
    objects: IntArray
    workers: IntArray
    looks: IntArray

    def tidy(self) -> Boxes:
        """Return them without boxes that say nothing, in order."""
        good = np.flatnonzero(drawable(self.boxes))
        order = good[np.lexsort((*self.boxes[good].T[::-1], self.objects[good]))]
        drew = np.column_stack([self.objects[order], self.workers[order]])
        looks = np.unique(np.concatenate([self.looks, drew]), axis=0)
        return Boxes(self.boxes[order], self.objects[order], self.workers[order], looks)


@dataclass(frozen=True, eq=False)
class BoxSkills:
    """What a job's boxes teach: who misses and invents, and how each draws."""

    presence: Presence
    hands: Hands


def fit_boxes(job: Boxes, *, n_workers: int) -> BoxSkills:
    """Learn from all of a job's boxes. Order and names change nothing but the last digits."""
    job = job.tidy()
    hands, things = learn_hands(job, n_workers=n_workers)
    return BoxSkills(fit_presence(_ask(job, things), job.looks, n_workers=n_workers), hands)


def learn_hands(job: Boxes, *, n_workers: int) -> tuple[Hands, IntArray]:
    """Learn how each worker draws from tidy boxes; return it and the thing that each box is taken to show."""
    things = start_things(job.boxes, job.objects, job.workers)
    hands, middles = fit_hands(job.boxes, things, job.workers, n_workers=n_workers)
    for _ in range(REGROUPINGS):
        things = regroup(job.boxes, job.objects, job.workers, things, middles)
        hands, middles = fit_hands(job.boxes, things, job.workers, n_workers=n_workers)
    return hands, things


def group_boxes(job: Boxes, hands: Hands) -> tuple[IntArray, FloatArray]:
    """Return the thing (M,) that each of tidy boxes shows, and the box (T, 4) that stands for each thing."""
    things = start_things(job.boxes, job.objects, job.workers)
    middles = refine_boxes(job.boxes, things, job.workers, hands)
    for _ in range(REGROUPINGS):
        things = regroup(job.boxes, job.objects, job.workers, things, middles)
        middles = refine_boxes(job.boxes, things, job.workers, hands)
    return things, middles


def usual_skills() -> BoxSkills:
    """Return what is held of people before any answer."""
    return BoxSkills(Presence(), usual_hands())


def settle_boxes(job: Boxes, skills: BoxSkills, *, keep: float = KEEP) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return the boxes that are believed in: objects (T,), boxes (T, 4), confidence (T,), `keep` or more."""
    job = job.tidy()
    things, middles = group_boxes(job, skills.hands)
    sure = believe_parts(_ask(job, things), skills.presence, n_parts=len(middles))
    homes = np.zeros(len(middles), dtype=np.int64)
    homes[things] = job.objects
    kept = np.flatnonzero(sure >= keep)
    return homes[kept], middles[kept], sure[kept]


def _ask(job: Boxes, things: IntArray) -> IntArray:
    """Return what each worker who looked says of each thing of an object: (V, 3) thing, worker, drawn or not."""
    count = int(things.max(initial=-1)) + 1
    homes = np.zeros(count, dtype=np.int64)
    homes[things] = job.objects
    order = np.argsort(job.looks[:, 0], kind="stable")
    looks = job.looks[order]
    first, last = (np.searchsorted(looks[:, 0], homes, side=side) for side in ("left", "right"))
    asked = np.repeat(np.arange(count), last - first)
    place = np.arange(len(asked)) - np.repeat(np.cumsum(last - first) - (last - first), last - first)
    workers = looks[np.repeat(first, last - first) + place, 1]
    width = int(job.looks[:, 1].max(initial=0)) + 1
    said = np.isin(asked * width + workers, things * width + job.workers)
    return np.column_stack([asked, workers, said.astype(np.int64)])
