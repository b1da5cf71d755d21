"""What every rule takes and gives: labels of all objects in, findings out, in words for a person."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

import numpy as np

Part = TypeVar("Part")
EXACT = 10  # smaller numbers have their fractions in sentences: larger ones are no better known for them
DIGITS = 6  # of a severity, so that a last bit of a sum tells nothing


class Kind(StrEnum):
    """What a label is made of, and what it looks like here."""

    CLASS = "class"  # a category's number
    CLASSES = "classes"  # numbers of categories
    BOXES = "boxes"  # shapes, as are the next three: (category, points); of a box the near and the far corner
    POLYGONS = "polygons"  # the corners of an outline, and those of a turned box
    LINES = "lines"
    POINTS = "points"  # one point each
    MASKS = "masks"  # a `Mask`
    SPANS = "spans"  # (start, end, category), characters start to end - 1 of the object's text
    TEXTS = "texts"  # a text


CATEGORIES = frozenset({Kind.CLASS, Kind.CLASSES})
AREAS = frozenset({Kind.BOXES, Kind.POLYGONS, Kind.MASKS})
SHAPES = frozenset({Kind.BOXES, Kind.POLYGONS, Kind.LINES, Kind.POINTS})


@dataclass(frozen=True, eq=False)
class Mask:
    """A number for each pixel: 0 is nothing, n is of the category `categories[n - 1]`."""

    ids: np.ndarray  # uint8 (height, width)
    categories: Sequence[int]  # of a mask with a region a category range(K), of single things one entry each


@dataclass(frozen=True, eq=False)
class Labelled:
    """All objects of a job with their labels; a label of None: has none (yet), and is passed over.

    labels: N, of masks perhaps a sequence that reads each when it is asked for; a category's number that is none of
    the job's counts as no label in the first two kinds. views: features float (N, D) each; a row with a NaN cannot be
    read. sizes: (N, 2), width and height in pixels, 0 or NaN where unknown. texts: N, the objects' own, "" where
    there is none. Raises ValueError where these are not of the same N objects.
    """

    kind: Kind
    labels: Sequence[Any]
    categories: Sequence[str]
    views: Sequence[np.ndarray] = ()
    sizes: np.ndarray | None = None
    texts: Sequence[str] | None = None
    made: dict[str, Any] = field(default_factory=dict, init=False, repr=False)  # what several rules need, made once

    def __post_init__(self) -> None:
        if any(view.ndim != 2 or len(view) != len(self.labels) for view in self.views):
            raise ValueError("Each view has a row of features for each label.")
        if self.sizes is not None and self.sizes.shape != (len(self.labels), 2):
            raise ValueError("The sizes are a width and a height for each label.")
        if self.texts is not None and len(self.texts) != len(self.labels):
            raise ValueError("There is a text for each label.")

    def once(self, name: str, make: Callable[[Labelled], Any]) -> Any:
        """Return what `make` makes of this job, made at the first call."""
        if name not in self.made:
            self.made[name] = make(self)
        return self.made[name]

    def text(self, row: int) -> str:
        """Return an object's own text, "" where it is not known."""
        return "" if self.texts is None else self.texts[row]

    def picture(self, row: int) -> tuple[float, float]:
        """Return an object's width and height in pixels, (0, 0) where they are not known."""
        if self.sizes is None:
            return 0.0, 0.0
        width, height = (float(side) for side in self.sizes[row])
        return (width, height) if 0 < width < np.inf and 0 < height < np.inf else (0.0, 0.0)


def split_parts(
    job: Labelled, read: Callable[[Labelled, int, int, Any], Part | str]
) -> tuple[list[Part], list[tuple[int, int, str]]]:
    """Return the sound parts of labels that have several, and row, place and `what` of those that are not.

    read: takes row, place (from 1) and a part, and returns it as the rules take it, or what is wrong with it. A label
    that is no collection has the place 0.
    """
    sound: list[Part] = []
    broken: list[tuple[int, int, str]] = []
    for row, label in enumerate(job.labels):
        if not isinstance(label, Collection) or isinstance(label, str | bytes):
            broken += [(row, 0, "unreadable")] if label is not None else []
            continue
        for place, part in enumerate(label, start=1):
            found = read(job, row, place, part)
            if isinstance(found, str):
                broken.append((row, place, found))
            else:
                sound.append(found)
    return sound, broken


@dataclass(frozen=True)
class Hit:
    """What a rule's function found: an object's row, 0..N-1, how bad, and values for the sentence (JSON).

    `what` among the values names the sentence; `shape` the place, from 1, of the shape that it is about.
    """

    row: int
    severity: float
    values: dict[str, Any] = field(hash=False)


@dataclass(frozen=True)
class Finding:
    """An object that is probably wrong by one rule, of which it has at most one finding.

    The values are those of the worst hit; `shapes` are the places, from 1, of all shapes that were hit.
    """

    object: int  # its row, 0..N-1
    rule: str
    severity: float  # 0..1, comparable within a rule: the higher, the more probably wrong
    values: dict[str, Any] = field(hash=False)


@dataclass(frozen=True)
class Rule:
    """A way in which labels go wrong, and how to find such labels.

    sentences: by `what`, formats of the values as text; English, and a key for translations. threshold: the severity
    from which findings are shown while too few outcomes tell better (`precision.find_threshold`).
    """

    name: str
    title: str
    kinds: frozenset[Kind]
    find: Callable[[Labelled], Iterable[Hit]]
    sentences: Mapping[str, str] = field(hash=False)
    threshold: float = 0.0
    needs_views: bool = False
    needs_sizes: bool = False
    needs_texts: bool = False

    def suits(self, job: Labelled) -> bool:
        """Tell whether this rule can say anything of such labels, with what there is about them."""
        if job.kind not in self.kinds or not len(job.labels):
            return False
        has_features = any(view.shape[1] for view in job.views)
        lacks = self.needs_views and not has_features
        lacks |= self.needs_sizes and job.sizes is None
        return not lacks and not (self.needs_texts and job.texts is None)

    def findings(self, job: Labelled) -> list[Finding]:
        """Return what is found, whatever its severity, the worst first and of equals the first row."""
        if not self.suits(job):
            return []
        hits: dict[int, list[Hit]] = {}
        for hit in self.find(job):
            hits.setdefault(hit.row, []).append(hit)
        found = [self._join(row, of_row) for row, of_row in hits.items()]
        return sorted(found, key=lambda finding: (-finding.severity, finding.object))

    def _join(self, row: int, hits: Sequence[Hit]) -> Finding:
        worst = max(hits, key=lambda hit: hit.severity)
        shapes = sorted({hit.values["shape"] for hit in hits if "shape" in hit.values})
        values = {**worst.values, "shapes": shapes} if shapes else worst.values
        return Finding(row, self.name, round(min(max(worst.severity, 0.0), 1.0), DIGITS), values)

    def say(self, finding: Finding, translate: Callable[[str], str] = str) -> str:
        """Return a finding of this rule in words; `translate` takes and returns one of `sentences`."""
        values = {name: in_words(value) for name, value in finding.values.items()}
        return translate(self.sentences[finding.values["what"]]) % values


def in_words(value: Any) -> Any:
    """Return a number as a sentence has it: from EXACT on a whole one, with separators; other values as they are."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return f"{value:,.0f}" if abs(value) >= EXACT else f"{value:.3g}"


def robust_z(values: np.ndarray) -> np.ndarray:
    """Return how many spreads each of float (n,) lies above the median; 0 where nothing varies.

    Spread: 1.4826 times the median absolute deviation or, where that is 0, 1.2533 times the mean one. Iglewicz and
    Hoaglin, "How to Detect and Handle Outliers", ASQC 1993, who call 3.5 of them an outlier.
    """
    away = values - np.median(values) if len(values) else values
    spread = 1.4826 * np.median(np.abs(away)) if len(values) else 0.0
    spread = spread or 1.2533 * np.abs(away).mean() if len(values) else 0.0
    return np.asarray(away / spread if spread > 0 else np.zeros(len(values)))


FAR = 3.5  # spreads from the median: an outlier


def severity_of(spreads: float) -> float:
    """Return 0 for what is no outlier, FAR spreads or fewer, and towards 1 the farther it is."""
    return max(0.0, 1 - FAR / spreads) if spreads > 0 else 0.0
