"""Polygons round things in a picture. Amazon's service has the tool but no such task: the label is a custom one."""

from __future__ import annotations

from django.utils.translation import gettext as _

from labeling.consolidation.polygons import POLYGONS, measure_area
from labeling.task_types import _shape_checks as checks
from labeling.task_types import _shape_kinds as kinds
from labeling.task_types import _shapes
from labeling.validation import findings

LEAST = 3


def _problem(shape: kinds.Shape, width: int, height: int) -> str:
    if problem := checks.vertices_problem(shape, width, height, LEAST):
        return problem
    if measure_area(kinds.points_of_vertices(shape)) < 1:
        return _("it is smaller than a pixel. Draw it larger, or delete it.")
    return ""


FORM = checks.Form("polygons", frozenset({"vertices"}), checks.count_vertices, _problem)
KIND = kinds.Kind(
    "crowd-polygon", FORM, kinds.points_of_vertices, kinds.vertices_of_points, POLYGONS, findings.Kind.POLYGONS
)

TASK_TYPE = _shapes.shape_type(
    KIND,
    slug="polygon",
    title="Polygons",
    categories=("roof", "lawn"),
    answers=(
        [kinds.drawn("roof", (100, 100), (220, 90), (230, 200), (105, 205))],
        [kinds.drawn("roof", (98, 101), (222, 92), (228, 198), (103, 207))],
        [
            kinds.drawn("roof", (101, 99), (219, 91), (231, 203)),
            kinds.drawn("lawn", (400, 300), (500, 300), (450, 380)),
        ],
    ),
    damaged=[kinds.drawn("roof", (100, 100), (220, 90))],
)
