"""Each object's nearest others by their features, in distances that a job's own spread gives meaning to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labeling.autolabel.preparing import prepare
from labeling.validation.findings import Labelled
from labeling.validation.opinions import order_by_content

NEAREST = 10
POWER = 0.0  # columns as they are: what two objects differ little in by nature must not be blown up
PAIRS = 4000  # drawn, whose median distance is the usual one


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Distinct contents (objects whose features are equal share one) and the nearest others of each.

    Distances are Euclidean in the views side by side, each scaled to rows of length one on average.
    """

    content: np.ndarray  # int (N,): the number of each object's content, -1 of what cannot be read
    places: np.ndarray  # int (U, k <= NEAREST): the contents nearest to each, the nearest first
    distances: np.ndarray  # float (U, k)
    usual: float  # the median distance of two contents drawn by lot; 0 where there are no two

    def copies(self) -> np.ndarray:
        """Return int (U,): how many objects have each content."""
        return np.bincount(self.content[self.content >= 0], minlength=len(self.places))


def neighbours_of(job: Labelled) -> Neighbours:
    """Return the neighbours of a job's objects, found once. Time grows with the square of their number."""
    found: Neighbours = job.once("neighbours", find_neighbours)
    return found


def find_neighbours(job: Labelled) -> Neighbours:
    """Return each object's nearest others, the same whatever the order of the objects."""
    content = np.full(len(job.labels), -1)
    readable = np.flatnonzero(prepare(job.views).readable)
    rows, numbers = order_by_content(job.views, np.zeros((len(content), 1), dtype=int), readable)
    content[rows] = numbers
    firsts = rows[np.flatnonzero(np.diff(numbers, prepend=-1))]
    pool = prepare([view[firsts] for view in job.views])
    if len(firsts) < 2 or not pool.views:
        return Neighbours(content, np.zeros((len(firsts), 0), dtype=int), np.zeros((len(firsts), 0)), 0.0)
    features = np.hstack([pool.ready(view, POWER)[1] for view in range(len(pool.views))])
    distances, places = _nearest(features, min(NEAREST, len(firsts) - 1))
    return Neighbours(content, places, distances, _usual_distance(features))


def _nearest(features: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return distances and places, (U, count) each, of the nearest others."""
    from sklearn.neighbors import NearestNeighbors  # loads for two seconds, and most processes never look

    found = NearestNeighbors(n_neighbors=count + 1, algorithm="brute").fit(features)
    distances, places = found.kneighbors(features)
    own = places == np.arange(len(features))[:, None]
    own[~own.any(axis=1), -1] = True  # crowded out by others as near as itself
    return distances[~own].reshape(len(features), count), places[~own].reshape(len(features), count)


def _usual_distance(features: np.ndarray) -> float:
    one = np.arange(min(len(features), PAIRS))
    other = np.arange(len(features))[one - len(features) // 2]  # the order is one by lot
    return float(np.median(np.linalg.norm(features[one] - features[other], axis=1)))
