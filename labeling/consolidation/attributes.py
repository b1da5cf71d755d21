"""Attributes of one shape, as the people who drew it gave them.

Codes as in `labeling.task_types._attributes`: 0 nothing, else the place of the value from 1; a yes is 1.
"""

from __future__ import annotations

import numpy as np

from labeling.consolidation.votes import IntArray


def settle_attributes(said: IntArray, n_values: IntArray) -> IntArray:
    """Return what stands for several people's attributes: (A,) codes.

    said: (m, A) codes of the m people; n_values: (A,), 0 for a yes or no. A yes needs more than half of all, for who
    says nothing says no. Of values the one that most chose stands, among equals the first; who chose none has no say.
    """
    said = np.asarray(said, dtype=np.int64)
    settled = (2 * (said == 1).sum(axis=0) > len(said)).astype(np.int64)
    for place in np.flatnonzero(n_values):
        counts = np.bincount(said[:, place], minlength=int(n_values[place]) + 1)
        counts[0] = 0
        settled[place] = counts.argmax()  # 0 where nobody chose
    return settled
