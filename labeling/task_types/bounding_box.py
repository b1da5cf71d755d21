"""Boxes round things in a picture: upright, or in jobs with the option "rotate" turned about their middle."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from django.utils.translation import gettext_lazy

from labeling.consolidation.boxes import BOXES
from labeling.consolidation.turned_boxes import TURNED_BOXES, read_corners, turn_corners
from labeling.task_types import _attributes as attributes
from labeling.task_types import _shape_checks as checks
from labeling.task_types import _shape_kinds as kinds
from labeling.task_types import _shapes
from labeling.task_types._parts import round_confidence
from labeling.validation import findings
from projects.task_types import Item, LabelLine, Option, Schema

SIDES = ("left", "top", "width", "height")
EXTRAS = ("rotation", "attributes")  # in jobs that ask for them
GROUNDTRUTH_TYPE = "groundtruth/object-detection"


def _points_of(shape: kinds.Shape) -> Any:
    near = np.array([shape["left"], shape["top"]], dtype=np.float64)
    return np.stack([near, near + (shape["width"], shape["height"])])


def _entry_of(points: Any) -> kinds.Shape:
    (left, top), (right, bottom) = np.round(points, 3).tolist()
    sides = (left, top, round(right - left, 3), round(bottom - top, 3))
    return {name: kinds.plain(side) for name, side in zip(SIDES, sides, strict=True)}


def _corners_of(shape: kinds.Shape) -> Any:
    left, top, width, height = (shape[side] for side in SIDES)
    return turn_corners(left, top, width, height, shape.get("rotation", 0))


def _turned_of(points: Any) -> kinds.Shape:
    x, y, width, height, degrees = read_corners(points).tolist()
    sides = (x - width / 2, y - height / 2, width, height)
    numbers = (*(round(side, 3) for side in sides), round(degrees, 1) % 360)
    return {name: kinds.plain(number) for name, number in zip((*SIDES, "rotation"), numbers, strict=True)}


ROTATE = Option(
    "rotate",
    gettext_lazy("Boxes can be turned"),
    gettext_lazy("About their middle. The label has “rotation” beside the four sides: degrees clockwise."),
)
FORM = checks.Form("boundingBoxes", frozenset(SIDES), lambda shape: 0, checks.box_problem)
TURNED_FORM = replace(FORM, problem=checks.turned_box_problem, optional=frozenset({"rotation"}))
TURNED = kinds.Kind("boundingBox", TURNED_FORM, _corners_of, _turned_of, TURNED_BOXES, findings.Kind.POLYGONS)
KIND = kinds.Kind("boundingBox", FORM, _points_of, _entry_of, BOXES, findings.Kind.BOXES, TURNED)


def task_input(item: Item, schema: Schema) -> dict[str, Any]:
    """Return whether the tool turns boxes."""
    return {"rotate": bool(schema.options.get("rotate"))}


def as_the_job_has_it(found: kinds.Shape, schema: Schema) -> kinds.Shape:
    """Return an earlier job's box; one that is not turned is an upright one where this job has no others."""
    if found.get("rotation", 1) == 0 and KIND.of(schema) is KIND:
        return {key: value for key, value in found.items() if key != "rotation"}
    return found


def geometry_of(found: kinds.Shape) -> kinds.Shape:
    """Return what a box says beside its category, other keys aside. Raises KeyError, TypeError."""
    return {side: found[side] for side in SIDES} | {key: found[key] for key in EXTRAS if key in found}


def encode(payload: Any, confidence: float, schema: Schema, item: Item) -> LabelLine:
    """Write boxes as spec/manifests.md 4 prints them, with what else the job asks for beside."""
    annotations = [
        {"class_id": schema.categories.index(shape["label"]), **geometry_of(shape)} for shape in payload[KIND.many]
    ]
    value = {"image_size": _shapes.image_size(payload, item), "annotations": annotations}
    return LabelLine(value, _shapes.metadata_of(payload[KIND.many], schema, GROUNDTRUTH_TYPE))


def read_boxes(value: Any, metadata: dict[str, Any]) -> tuple[list[kinds.Shape], dict[str, Any]]:
    """Return a manifest's boxes by the names in its class map, and the picture's size; numbers are not looked at.

    Raises ValueError, KeyError, TypeError, IndexError.
    """
    names = metadata.get("class-map", {})
    size = value["image_size"][0]
    if len(value["annotations"]) > checks.MAX_SHAPES:
        raise ValueError("These are more than 10,000 boxes.")
    boxes = [{"label": names[str(found["class_id"])], **geometry_of(found)} for found in value["annotations"]]
    return boxes, {"width": size["width"], "height": size["height"]}


def decode(value: Any, metadata: dict[str, Any], schema: Schema) -> tuple[Any, float]:
    """Read what `encode` wrote. Raises ValueError, KeyError, TypeError, IndexError."""
    boxes, size = read_boxes(value, metadata)
    boxes = [as_the_job_has_it(found, schema) for found in boxes]
    payload = _shapes.payload_of(KIND, boxes, size, metadata, schema)
    return payload, _shapes.mean_confidence(payload[KIND.many])


# --- the machine ----------------------------------------------------------------------------------------


def teach(payload: Any, schema: Schema) -> tuple[tuple[float, ...], ...]:
    """Return a label's boxes as the learner takes them: category, left, top, right and bottom in shares."""
    width, height = (payload["inputImageProperties"][side] for side in ("width", "height"))
    return tuple(
        (
            schema.categories.index(found["label"]),
            found["left"] / width,
            found["top"] / height,
            (found["left"] + found["width"]) / width,
            (found["top"] + found["height"]) / height,
        )
        for found in payload[KIND.many]
    )


def propose(said: Any, confidence: float, schema: Schema) -> Any:
    """Return the label of boxes that the machine made, in whole pixels, each with the confidence of all."""
    width, height = said["size"]
    sizes = (width, height, width, height)
    boxes = []
    for category, *shares, _score in said["boxes"]:
        left, top, right, bottom = (round(share * size) for share, size in zip(shares, sizes, strict=True))
        if right > left and bottom > top:
            shape = box(schema.categories[category], left, top, right - left, bottom - top)
            boxes.append({**shape, "confidence": round_confidence(confidence)})
    return {KIND.many: boxes, "inputImageProperties": {"width": width, "height": height}}


def unlearnt(schema: Schema) -> str:
    """Say why a job's boxes are not learnt."""
    if schema.options.get("rotate") or attributes.asked_by(schema):
        return "Boxes that turn or have attributes are not learnt by the machine: people label all of it."
    return ""


def box(label: str, *sides: int) -> kinds.Shape:
    """Return a box for an example: left, top, width, height."""
    return {"label": label, **dict(zip(SIDES, sides, strict=True))}


TASK_TYPE = replace(
    _shapes.shape_type(
        KIND,
        slug="bounding-box",
        title="Bounding boxes",
        categories=("person", "bicycle"),
        answers=(
            [box("person", 100, 80, 60, 180), box("bicycle", 300, 200, 120, 90)],
            [box("person", 102, 82, 58, 176), box("bicycle", 296, 204, 126, 84)],
            [box("person", 99, 79, 61, 182)],
        ),
        damaged=[box("person", 600, 80, 60, 180)],
        groundtruth_type=GROUNDTRUTH_TYPE,
        aws_names=("BoundingBox",),
        encode=encode,
        decode=decode,
        options=(ROTATE,),
        task_input=task_input,
    ),
    learner="boxes",
    features="cells",
    teach=teach,
    propose=propose,
    unlearnt=unlearnt,
)
