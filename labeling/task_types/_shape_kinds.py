"""A kind of shape that people draw, and the steps between an answer's JSON and points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from labeling.consolidation.shapes import Geometry
from labeling.task_types._shape_checks import Form
from labeling.validation import findings
from projects.task_types import Schema

Shape = dict[str, Any]
Points = Any  # array (k, 2) of pixels


@dataclass(frozen=True)
class Kind:
    """A kind of shape: how an answer holds it, how it turns into points and back, and how two compare."""

    name: str  # of the element in the form
    form: Form
    points_of: Callable[[Shape], Points]
    entry_of: Callable[[Points], Shape]  # without label
    geometry: Geometry
    checked: findings.Kind  # as the rules of machine validation see it
    turned: Kind | None = None  # what it is in jobs with the option "rotate"

    def of(self, schema: Schema) -> Kind:
        """Return the kind as this job has it."""
        return self.turned if self.turned and schema.options.get("rotate") else self

    @property
    def many(self) -> str:
        return self.form.many


def plain(number: float) -> int | float:
    """Return a coordinate as people write it: whole where it is whole."""
    return int(number) if number == int(number) else float(number)


def points_of_vertices(shape: Shape) -> Points:
    """Return the corners of {vertices: [{x, y}, …]}: (k, 2)."""
    return np.array([(vertex["x"], vertex["y"]) for vertex in shape["vertices"]], dtype=np.float64)


def vertices_of_points(points: Points) -> Shape:
    """Return corners (k, 2) as {vertices: [{x, y}, …]}."""
    return {"vertices": [{"x": plain(x), "y": plain(y)} for x, y in points.tolist()]}


def drawn(label: str, *points: tuple[float, float]) -> Shape:
    """Return a shape of corners, for examples."""
    return {"label": label, "vertices": [{"x": x, "y": y} for x, y in points]}
