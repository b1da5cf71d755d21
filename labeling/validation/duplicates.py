"""Objects that are (nearly) alike and have different labels: at least one of them is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from labeling.validation.confident import class_numbers, sets_of
from labeling.validation.findings import CATEGORIES, Hit, Kind, Labelled, Rule
from labeling.validation.neighbours import Neighbours, neighbours_of

# Two objects are near duplicates at a distance of at most this share of that of two by lot, and of half that of
# tenth neighbours: in few dimensions, or among many objects, everything has something near.
NEAR = 0.3  # pictures saved anew, a little brighter or smaller, lay at .05 to .25; the nearest 1 % of others from .3
OF_TENTH = 0.5

Label = tuple[int, ...]


def find_contradictions(job: Labelled) -> Iterator[Hit]:
    """Yield objects whose near duplicates say otherwise.

    Severity: the share of these (itself among them, each weighing less the farther away it is) that say otherwise, by
    as much as they do: the categories of either that only one has. One of two equal objects gets .5; of fifty equal
    ones the only one with another label .98, each of the others .02.
    """
    labels = labels_of(job)
    near = neighbours_of(job)
    limit = near_limit(near)
    sharing = _rows_by_content(near, labels)
    for row, label in enumerate(labels):
        if label is None or near.content[row] < 0:
            continue
        alike = _alike(near, int(near.content[row]), limit)
        against, total, most = _weigh(label, alike, sharing)
        if against > 0:
            values = _values(job, label, most)
            yield Hit(row, against / total, values)


def labels_of(job: Labelled) -> list[Label | None]:
    """Return the categories of each object by number, None where it has no label."""
    if job.kind == Kind.CLASS:
        return [(number,) if number >= 0 else None for number in class_numbers(job).tolist()]
    there, known = sets_of(job)
    return [tuple(np.flatnonzero(row).tolist()) if has else None for row, has in zip(there, known, strict=True)]


def near_limit(near: Neighbours) -> float:
    """Return the distance up to which two objects are near duplicates; 0: only equal ones are."""
    if not near.distances.size:
        return 0.0
    return min(NEAR * near.usual, OF_TENTH * float(np.median(near.distances[:, -1])))


def differ(one: Label, other: Label) -> float:
    """Return the share of the categories of either that only one of two labels has: 0 to 1."""
    either = set(one) | set(other)
    return len(set(one) ^ set(other)) / len(either) if either else 0.0


def _rows_by_content(near: Neighbours, labels: Sequence[Label | None]) -> dict[int, dict[Label, int]]:
    """Return how often each content has which label."""
    found: dict[int, dict[Label, int]] = {}
    for content, label in zip(near.content.tolist(), labels, strict=True):
        if content >= 0 and label is not None:
            counts = found.setdefault(content, {})
            counts[label] = counts.get(label, 0) + 1
    return found


def _alike(near: Neighbours, content: int, limit: float) -> list[tuple[int, float]]:
    """Return the contents alike to one, itself among them, and how close: 1 is equal, 0 at the limit."""
    found = [(content, 1.0)]
    if near.distances.shape[1] and near.distances[content, 0] < limit:
        for place, distance in zip(near.places[content].tolist(), near.distances[content].tolist(), strict=True):
            if distance < limit:
                found.append((place, 1 - distance / limit))
    return found


def _weigh(
    label: Label, alike: Sequence[tuple[int, float]], sharing: dict[int, dict[Label, int]]
) -> tuple[float, float, Label]:
    """Return the weight that speaks against a label, that of all who speak, and the label that most of those give."""
    against = total = 0.0
    others: dict[Label, float] = {}
    for content, closeness in alike:
        for said, count in sorted(sharing.get(content, {}).items()):
            total += closeness * count
            against += closeness * count * differ(label, said)
            if said != label:
                others[said] = others.get(said, 0.0) + closeness * count
    most = min(others, key=lambda said: (-others[said], said), default=label)
    return against, total, most


def _values(job: Labelled, label: Label, most: Label) -> dict[str, Any]:
    names = [", ".join(job.categories[number] for number in one) or "–" for one in (label, most)]
    return {"what": "contradicted", "label": names[0], "other": names[1]}


CONTRADICTED = Rule(
    name="contradicted",
    title="Alike, with another label",
    kinds=CATEGORIES,
    find=find_contradictions,
    sentences={"contradicted": "The label is “%(label)s”; an object that is almost the same has “%(other)s”."},
    threshold=0.25,
    needs_views=True,
)
