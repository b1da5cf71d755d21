"""Simulated people who paint discs: how far the hand strays from the edge, and how often something is missed."""

from dataclasses import dataclass

import numpy as np

from labeling.consolidation.instances import Drawing

HEIGHT, WIDTH = 96, 128


@dataclass(frozen=True)
class Painter:
    strays: float = 0.0  # pixels, of the edge
    misses: float = 0.0  # share of the discs
    specks: float = 0.0  # share of the pixels that are wrong, anywhere


def place_discs(random, count=4):
    """Discs (y, x, radius, category) that do not touch: one in each quarter of the picture."""
    corners = [(24, 32), (24, 96), (72, 32), (72, 96)][:count]
    return [(*corner, int(random.integers(9, 18)), int(random.integers(2))) for corner in corners]


def draw_disc(ids, disc, number, wobble=None):
    y, x, radius, _ = disc
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    angle = np.arctan2(rows - y, columns - x)
    reach = radius if wobble is None else radius + sum(a * np.cos(n * angle + p) for n, (a, p) in enumerate(wobble, 1))
    ids[np.hypot(rows - y, columns - x) <= reach] = number


def truth_of(discs):
    """The true instances, numbered from 1."""
    ids = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
    for number, disc in enumerate(discs, start=1):
        draw_disc(ids, disc, number)
    return Drawing(ids, tuple(disc[3] for disc in discs))


def paint(painter, discs, random):
    """What a painter makes of the discs: the instances in an order of their own."""
    ids = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
    seen = [disc for disc in discs if random.random() >= painter.misses]
    seen = [seen[place] for place in random.permutation(len(seen))]
    for number, disc in enumerate(seen, start=1):
        wobble = [(random.normal(0, painter.strays), random.uniform(0, 2 * np.pi)) for _ in range(3)]
        draw_disc(ids, disc, number, wobble)
    wrong = random.random(ids.shape) < painter.specks
    ids[wrong] = random.integers(0, len(seen) + 1, int(wrong.sum()))
    return Drawing(ids, tuple(disc[3] for disc in seen))


def as_categories(drawing):
    """A drawing as a mask of categories, from 1."""
    table = np.array([0, *(category + 1 for category in drawing.categories)], dtype=np.uint8)
    return table[drawing.ids]


def renumbered(ids, **changes):
    """A mask whose painter takes some numbers for others: c1=2 paints 2 where 1 is meant."""
    table = np.arange(256, dtype=np.uint8)
    for number, other in changes.items():
        table[int(number[1:])] = other
    return table[ids]
