"""Measure boxes: F1 of optimal one-to-one matching at two overlaps, over all images that somebody visited."""

from __future__ import annotations

import math
import time
from collections import defaultdict

import numpy as np
from scipy.optimize import linear_sum_assignment

from labeling.consolidation.box_sets import Boxes, BoxSkills, fit_boxes, settle_boxes
from labeling.consolidation.boxes import overlaps
from labeling.consolidation.presence import KEEP, believe_rest
from labeling.consolidation.votes import FloatArray, IntArray
from tests.bench.consolidation_files import Pair, numbered, pick_columns
from tests.bench.consolidation_wholes import Whole, measure_wholes, write_errors

HEADER, TRUTH = ("image", "worker", "x", "y", "w", "h"), ("image", "x", "y", "w", "h")
VISITS = ("image", "worker", "boxes")
COLUMNS = (
    "set | images | boxes | F1 at .5 | F1 at .75 | found | true | seconds"
    " | ECE | ECE audited | ECE of images | ECE of images audited"
)


def read_box(row: list[str]) -> tuple[float, float, float, float] | None:
    """Left, top, right and bottom from x, y, w and h; None where one is no number."""
    try:
        x, y, w, h = map(float, row)
    except ValueError:
        return None
    return (x, y, x + w, y + h) if all(map(math.isfinite, (x, y, w, h))) else None


def read_job(pair: Pair) -> tuple[Boxes, dict[str, int], int]:
    """Everybody's boxes and looks, the numbers of images, and how many workers there are."""
    path = pair.folder / f"{pair.name}.visits.csv.gz"
    table = pick_columns(path, VISITS) if path.exists() else None
    rows = [row for row in pair.answers.rows if read_box(row[2:]) is not None]
    looks = {(row[0], row[1]) for row in [*pair.answers.rows, *(table.rows if table else [])]}
    images, workers = numbered({image for image, _ in looks}), numbered({worker for _, worker in looks})
    pairs = [(images[image], workers[worker]) for image, worker in sorted(looks)]
    boxes = np.array([read_box(row[2:]) for row in rows], dtype=np.float64).reshape(-1, 4)
    objects, authors = ([names[row[column]] for row in rows] for column, names in ((0, images), (1, workers)))
    job = Boxes(
        boxes,
        np.array(objects, dtype=np.int64),
        np.array(authors, dtype=np.int64),
        np.array(pairs, dtype=np.int64).reshape(-1, 2),
    )
    return job, images, len(workers)


def count_hits(found: FloatArray, true: FloatArray, least: float) -> int:
    """How many of the found boxes match a true one each, at an overlap of `least`, matched as well as can be."""
    return int(find_hits(found, true, least).sum())


def find_hits(found: FloatArray, true: FloatArray, least: float) -> IntArray:
    """Which of the found boxes (F,) match a true one each, at an overlap of `least`."""
    hits = np.zeros(len(found), dtype=bool)
    if len(found) and len(true):
        near = overlaps(found[:, None], true[None])[0] >= least
        rows, columns = linear_sum_assignment(~near)
        hits[rows] = near[rows, columns]
    return hits


def measure_boxes(pair: Pair, audited: int | None = None) -> tuple[dict[str, float], str]:
    """One set's figures and row of the table."""
    started = time.perf_counter()
    job, images, n_workers = read_job(pair)
    skills = fit_boxes(job, n_workers=n_workers)
    objects, boxes, _sure = settle_boxes(job, skills)
    seconds = time.perf_counter() - started
    true: dict[int, list[tuple[float, ...]]] = defaultdict(list)
    for row in pair.truth.rows:
        if row[0] in images and (box := read_box(row[1:])) is not None:
            true[images[row[0]]].append(box)
    total = sum(map(len, true.values()))
    figures = {name: f1_at(objects, boxes, true, least) for name, least in (("f1_50", 0.5), ("f1_75", 0.75))}
    errors = measure_wholes(wholes(job, skills, true, len(images)), audited)
    numbers = [f"{figures['f1_50']:.4f}", f"{figures['f1_75']:.4f}", str(len(boxes)), str(total), f"{seconds:.2f}"]
    numbers += write_errors(errors)
    row_text = f"| {' | '.join([pair.name, str(len(images)), str(len(job.boxes)), *numbers])} |"
    return {**figures, "seconds": seconds, **errors}, row_text


def wholes(job: Boxes, skills: BoxSkills, true: dict[int, list[tuple[float, ...]]], count: int) -> list[Whole]:
    """Return every image that several people visited: its boxes, or that it has none, and whether that is all right."""
    objects, boxes, sure = settle_boxes(job, skills, keep=0.0)
    looks = job.tidy().looks
    found = []
    for image in range(count):
        mine, who = objects == image, looks[looks[:, 0] == image, 1]
        kept, there = mine & (sure >= KEEP), np.array(true.get(image, [])).reshape(-1, 4)
        hits = find_hits(boxes[kept], there, 0.5)
        nothing = float(np.prod(1 - sure[mine & (sure < KEEP)])) * believe_rest(who, skills.presence)
        told = sure[kept].tolist() or [nothing]
        if len(who) > 1:
            is_right = bool(hits.all()) and int(hits.sum()) == len(there)
            found.append(Whole(told, hits.tolist(), is_right, not kept.any()))
    return found


def f1_at(objects: IntArray, boxes: FloatArray, true: dict[int, list[tuple[float, ...]]], least: float) -> float:
    """F1 over all images, where a box is found at an overlap of `least`."""
    hits = sum(count_hits(boxes[objects == image], np.array(found), least) for image, found in true.items())
    return 2 * hits / max(len(boxes) + sum(map(len, true.values())), 1)
