"""Open lines along things in a picture. Amazon's service has the tool but no such task: the label is a custom one."""

from __future__ import annotations

from django.utils.translation import gettext as _

from labeling.consolidation.polylines import POLYLINES, measure_length
from labeling.task_types import _shape_checks as checks
from labeling.task_types import _shape_kinds as kinds
from labeling.task_types import _shapes
from labeling.validation import findings

LEAST = 2


def _problem(shape: kinds.Shape, width: int, height: int) -> str:
    if problem := checks.vertices_problem(shape, width, height, LEAST):
        return problem
    if measure_length(kinds.points_of_vertices(shape)) < 1:
        return _("it is shorter than a pixel. Draw it longer, or delete it.")
    return ""


FORM = checks.Form("polylines", frozenset({"vertices"}), checks.count_vertices, _problem)
KIND = kinds.Kind(
    "crowd-polyline", FORM, kinds.points_of_vertices, kinds.vertices_of_points, POLYLINES, findings.Kind.LINES
)

TASK_TYPE = _shapes.shape_type(
    KIND,
    slug="polyline",
    title="Polylines",
    categories=("kerb", "lane"),
    answers=(
        [kinds.drawn("kerb", (20, 460), (200, 300), (310, 240)), kinds.drawn("lane", (320, 470), (330, 250))],
        [kinds.drawn("kerb", (310, 242), (24, 458)), kinds.drawn("lane", (322, 468), (331, 252))],
        [kinds.drawn("kerb", (22, 462), (198, 302), (312, 238))],
    ),
    damaged=[kinds.drawn("kerb", (20, 460))],
)
