"""Objects like no others of the job: not what it is about, damaged, or so rare that people may have guessed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from labeling.validation.findings import Hit, Kind, Labelled, Rule, robust_z, severity_of
from labeling.validation.neighbours import Neighbours, neighbours_of

FEWEST = 30  # distinct contents, under which nothing is usual


def find_outliers(job: Labelled) -> Iterator[Hit]:
    """Yield labelled objects that lie far from their neighbours, by the job's own distances.

    What is far: the mean distance to the nearest others, equal objects counted with distance 0 (Ramaswamy,
    Rastogi and Shim, "Efficient algorithms for mining outliers", SIGMOD 2000; the mean is Angiulli and Pizzuti's,
    PKDD 2002), on the scale of logarithms, beyond FAR robust spreads.
    """
    near = neighbours_of(job)
    if len(near.distances) < FEWEST:
        return
    spreads = robust_z(np.log(np.maximum(mean_distances(near), 1e-9 * near.usual)))
    usual = float(np.median(mean_distances(near)))
    for row, content in enumerate(near.content.tolist()):
        if content >= 0 and job.labels[row] is not None and (severity := severity_of(float(spreads[content]))) > 0:
            times = round(float(mean_distances(near)[content]) / max(usual, 1e-12), 1)
            yield Hit(row, severity, {"what": "far", "times": times})


def mean_distances(near: Neighbours) -> np.ndarray:
    """Return float (U,): the mean distance to the nearest others of each content, of whose copies each is one."""
    width = near.distances.shape[1]
    copies = np.minimum(near.copies() - 1, width)
    counted = np.arange(width) < (width - copies)[:, None]
    return np.asarray((near.distances * counted).sum(axis=1) / max(width, 1))


OUTLIER = Rule(
    name="outlier",
    title="Like no other object",
    kinds=frozenset(Kind),
    find=find_outliers,
    sentences={"far": "This object is %(times)s times as far from those most like it as is usual in this job."},
    threshold=0.1,
    needs_views=True,
)
