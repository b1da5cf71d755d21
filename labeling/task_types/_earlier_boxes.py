"""Boxes of an earlier job, read from a line that may hold anything, to be shown or mended."""

from __future__ import annotations

from math import floor
from typing import Any

from django.utils.translation import gettext as _

from labeling.task_types import _attributes as attributes
from labeling.task_types._shape_checks import MAX_SIDE, is_number
from labeling.task_types._shape_kinds import Shape, plain
from labeling.task_types.bounding_box import KIND, SIDES, as_the_job_has_it, read_boxes
from projects.task_types import Item, Schema

EXAMPLE_ATTRIBUTE = "boxes"
EXAMPLE_LINE = {
    "source-ref": "s3://acme/streets/1.jpg",
    "boxes": {
        "image_size": [{"width": 640, "height": 480, "depth": 3}],
        "annotations": [
            {"class_id": 0, "left": 104, "top": 80, "width": 50, "height": 170},
            {"class_id": 1, "left": 300, "top": 200, "width": 120, "height": 90},
        ],
    },
    "boxes-metadata": {
        "objects": [{"confidence": 0.8}, {"confidence": 0.9}],
        "class-map": {"0": "person", "1": "bicycle"},
        "type": "groundtruth/object-detection",
        "human-annotated": "yes",
        "creation-date": "2026-01-05T10:00:00.000001",
        "job-name": "labeling-job/find-people",
    },
}


def shown_boxes(value: Any, metadata: dict[str, Any]) -> list[Shape]:
    """Return the boxes as they are. Raises ValueError for what cannot be drawn, else as `read_boxes`."""
    boxes, _size = read_boxes(value, metadata)
    for found in boxes:
        if not isinstance(found["label"], str):
            raise ValueError(_("a class has no name."))
        if not all(is_number(found[side], -MAX_SIDE, MAX_SIDE) for side in SIDES):
            raise ValueError(_("a box has no place."))
        if not is_number(found.get("rotation", 0), 0, 360):
            raise ValueError(_("a box is turned by no number from 0 to 360."))
    return [attributes.without_strange(found) for found in boxes]


def overlay(value: Any, metadata: dict[str, Any]) -> dict[str, Any]:
    """Return the boxes as the classifier's overlay takes them, under the names that they use."""
    boxes = shown_boxes(value, metadata)
    return {"boundingBox": {"labels": list(dict.fromkeys(found["label"] for found in boxes)), "value": boxes}}


def initial(value: Any, metadata: dict[str, Any], item: Item, schema: Schema) -> list[Shape]:
    """Return the boxes as the tool starts from them: whole pixels, inside the picture, of categories of this job."""
    size = value["image_size"][0]
    width, height = (item.width, item.height) if item.width and item.height else (size["width"], size["height"])
    if not (is_number(width, 1, MAX_SIDE) and is_number(height, 1, MAX_SIDE)):
        raise ValueError(_("the picture has no size."))
    boxes = shown_boxes(value, metadata)
    for name in {found["label"] for found in boxes} - set(schema.categories):
        raise ValueError(_("“%(name)s” is no category of this job.") % {"name": name[:60]})
    asked = attributes.asked_by(schema)
    given = (as_the_job_has_it(attributes.tidy(found, asked), schema) for found in boxes)
    fit = _fit if KIND.of(schema) is KIND else _fit_turned
    return [fit(found, int(width), int(height)) for found in given]


def is_exact(value: Any, metadata: dict[str, Any], item: Item, schema: Schema) -> bool:
    """Whether the tool starts from the very boxes of a label, none moved to whole pixels or into the picture."""
    pairs = zip(shown_boxes(value, metadata), initial(value, metadata, item, schema), strict=True)
    places = (*SIDES, "rotation")
    return all(given.get(place, 0) == begun.get(place, 0) for given, begun in pairs for place in places)


def _fit_turned(found: Shape, width: int, height: int) -> Shape:
    """Return a box whose middle is in the picture; one that is not turned stands inside as all others do."""
    degrees = round(found.get("rotation", 0), 1) % 360
    if not degrees:
        return {**_fit({**found, "rotation": 0}, width, height), "rotation": 0}
    sides = {side: max(floor(found[side] + 0.5), 1) for side in ("width", "height")}
    left = _held(found["left"] + found["width"] / 2, width) - sides["width"] / 2
    top = _held(found["top"] + found["height"] / 2, height) - sides["height"] / 2
    return {**found, "left": floor(left + 0.5), "top": floor(top + 0.5), **sides, "rotation": plain(degrees)}


def _held(middle: float, most: int) -> float:
    return min(max(middle, 1), most - 1)


def _fit(found: Shape, width: int, height: int) -> Shape:
    if found.get("rotation", 0):
        raise ValueError(_("a box is turned, and this job has upright boxes only."))
    left, right = _within(found["left"], found["width"], width)
    top, bottom = _within(found["top"], found["height"], height)
    return {**found, "left": left, "top": top, "width": right - left, "height": bottom - top}


def _within(start: float, length: float, most: int) -> tuple[int, int]:
    """Return the two ends of a side as whole pixels from 0 to `most`, at least one apart."""
    near = min(max(floor(start + 0.5), 0), most - 1)
    return near, min(max(floor(start + length + 0.5), near + 1), most)
