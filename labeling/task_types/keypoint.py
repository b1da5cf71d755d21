"""Single points on things in a picture. Amazon's service has the tool but no such task: the label is a custom one."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.consolidation.keypoints import KEYPOINTS
from labeling.task_types import _shape_checks as checks
from labeling.task_types import _shape_kinds as kinds
from labeling.task_types import _shapes
from labeling.validation import findings
from projects.task_types import Item, Option, Schema

JOINT = " - "  # between the two names of a bone


def _points_of(shape: kinds.Shape) -> Any:
    return np.array([(shape["x"], shape["y"])], dtype=np.float64)


def _entry_of(points: Any) -> kinds.Shape:
    ((x, y),) = points.tolist()
    return {"x": kinds.plain(x), "y": kinds.plain(y)}


def read_bone(line: str, schema: Schema) -> list[str] | None:
    """Return the two categories that a line "a - b" names, or None; a name may hold the joint itself."""
    parts = line.strip().split(JOINT)
    for cut in range(1, len(parts)):
        bone = [JOINT.join(parts[:cut]).strip(), JOINT.join(parts[cut:]).strip()]
        if all(name in schema.categories for name in bone):
            return bone
    return None


def _lines(schema: Schema) -> list[str]:
    given = schema.options.get("skeleton") or []
    lines = given.splitlines() if isinstance(given, str) else given
    return [line for line in lines if line.strip()]


def task_input(item: Item, schema: Schema) -> dict[str, Any]:
    """Return the skeleton that the tool draws as a hint: pairs of categories."""
    bones = (read_bone(line, schema) for line in _lines(schema))
    return {"skeleton": [bone for bone in bones if bone]}


def problems(schema: Schema, attribute: str) -> list[str]:
    """Return the lines of the skeleton that name no two categories, as sentences."""
    wrong = [line for line in _lines(schema) if read_bone(line, schema) is None]
    return [_("“%(line)s” joins no two categories. Write “a - b”.") % {"line": line[:60]} for line in wrong]


FORM = checks.Form("keypoints", frozenset({"x", "y"}), lambda shape: 1, checks.point_problem)
KIND = kinds.Kind("crowd-keypoint", FORM, _points_of, _entry_of, KEYPOINTS, findings.Kind.POINTS)


def _point(label: str, x: int, y: int) -> kinds.Shape:
    return {"label": label, "x": x, "y": y}


TASK_TYPE = _shapes.shape_type(
    KIND,
    slug="keypoint",
    title="Keypoints",
    categories=("left eye", "right eye", "nose"),
    answers=(
        [_point("left eye", 300, 200), _point("right eye", 360, 200), _point("nose", 330, 240)],
        [_point("left eye", 302, 201), _point("right eye", 361, 199)],
        [_point("left eye", 299, 199), _point("right eye", 359, 201), _point("nose", 331, 243)],
    ),
    damaged=[_point("left eye", 641, 200)],
    options=(
        Option(
            "skeleton",
            gettext_lazy("Skeleton"),
            gettext_lazy("Which points belong together, drawn as a hint: a pair of categories a line, “a - b”."),
            kind="lines",
            default=(),
        ),
    ),
    task_input=task_input,
    problems=problems,
)
