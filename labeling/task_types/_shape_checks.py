"""The gate for drawn shapes: what a page of ours, or one that somebody changed, may hand in.

Every shape stands in the picture, has a size and a category of the job, and nothing comes along that nobody asked for.
Numbers are compared before anything is computed with them: JSON may carry NaN, 1e999 and integers of any length.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from labeling.consolidation.turned_boxes import share_ground, turn_corners
from labeling.task_types import _attributes as attributes
from labeling.task_types._attributes import Asked
from projects.task_types import Answer, Item, Schema

MAX_SHAPES = 10_000
MAX_POINTS = 100_000  # vertices of all shapes together
MAX_SIDE = 1_000_000  # pixels
MAX_PROBLEMS = 10  # sentences; a page full of them helps nobody
SLACK = 1e-6  # pixels, for sums of fractions

STRANGE = "strange"  # a shape that no tool of ours makes


@dataclass(frozen=True)
class Form:
    """What an answer of one kind of shape looks like.

    many: the key of the list; keys: of a shape beside its label; points: how many a shape has, 0 where it has none of
    its own to count; problem: (shape, width, height) → "" or what is wrong, STRANGE where it is malformed; optional:
    keys that a shape may have.
    """

    many: str
    keys: frozenset[str]
    points: Callable[[dict[str, Any]], int]
    problem: Callable[[dict[str, Any], int, int], str]
    optional: frozenset[str] = frozenset()


def is_number(value: Any, least: float, most: float) -> bool:
    """Whether this is a number from `least` to `most`: neither true nor false, nor NaN, nor infinite."""
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


def value_of(answer: Answer, form: Form) -> dict[str, Any] | None:
    """Return what the element says, whatever its name; None where the answer is no such element's."""
    parts = list(answer.values())
    if len(parts) == 1 and isinstance(parts[0], dict) and isinstance(parts[0].get(form.many), list):
        return parts[0]
    return None


def check_shapes(answer: Answer, schema: Schema, item: Item, form: Form) -> list[str]:
    """Return what is wrong with an answer, as sentences that its worker can act on; empty is good."""
    value = value_of(answer, form)
    known = {form.many, "inputImageProperties", "initialValueModified"}
    if value is None or value.keys() - known or not isinstance(value.get("initialValueModified", False), bool):
        return [_("This answer is not what the tool makes. Reload the page and draw again.")]
    size: Any = value.get("inputImageProperties")
    if problem := _size_problem(size, item) or _amount_problem(value[form.many], form):
        return [problem]
    problems = _problems(value[form.many], schema, form, size)
    return list(islice(problems, MAX_PROBLEMS))


def _size_problem(size: Any, item: Item) -> str:
    if not isinstance(size, dict) or size.keys() != {"width", "height"}:
        return _("The answer does not say how large the picture is. Reload the page and draw again.")
    if any(not isinstance(side, int) or not is_number(side, 1, MAX_SIDE) for side in size.values()):
        return _("The answer gives the picture an impossible size. Reload the page and draw again.")
    if item.width and item.height and (size["width"], size["height"]) != (item.width, item.height):
        return _(
            "The answer was drawn on a picture of %(width)d × %(height)d pixels; this one has "
            "%(real_width)d × %(real_height)d. Reload the page and draw again."
        ) % {**size, "real_width": item.width, "real_height": item.height}
    return ""


def _amount_problem(shapes: list[Any], form: Form) -> str:
    if len(shapes) > MAX_SHAPES:
        return _("At most 10,000 shapes fit in one answer. Take some away.")
    if sum(form.points(shape) for shape in shapes if isinstance(shape, dict)) > MAX_POINTS:
        return _("At most 100,000 points fit in one answer. Draw with fewer points.")
    return ""


def _problems(shapes: list[Any], schema: Schema, form: Form, size: dict[str, int]) -> Iterator[str]:
    asked = attributes.asked_by(schema)
    for number, shape in enumerate(shapes, start=1):
        problem = _problem(shape, schema, form, asked) or form.problem(shape, size["width"], size["height"])
        if problem == STRANGE:
            problem = _("it is not what the tool makes. Delete it and draw it again.")
        if problem:
            yield _("Shape %(number)d: %(problem)s") % {"number": number, "problem": problem}


def _problem(shape: Any, schema: Schema, form: Form, asked: Sequence[Asked]) -> str:
    """Return what is wrong with a shape beside its place."""
    needed = form.keys | {"label"}
    allowed = needed | form.optional | ({attributes.KEY} if asked else set())
    if not isinstance(shape, dict) or not needed <= shape.keys() <= allowed:
        return STRANGE
    if not isinstance(shape["label"], str) or shape["label"] not in schema.categories:
        return _("it has no category of this job. Choose one.")
    problem = attributes.attributes_problem(shape.get(attributes.KEY, {}), asked)
    return STRANGE if problem is None else problem


# --- what a shape may be ----------------------------------------------------------------------------


def box_problem(shape: dict[str, Any], width: int, height: int) -> str:
    """Return what is wrong with {left, top, width, height}."""
    if not all(is_number(shape[key], -MAX_SIDE, MAX_SIDE) for key in ("left", "top", "width", "height")):
        return STRANGE
    if shape["width"] < 1 or shape["height"] < 1:
        return _("it is smaller than a pixel. Draw it larger, or delete it.")
    far_x, far_y = shape["left"] + shape["width"], shape["top"] + shape["height"]
    if shape["left"] < 0 or shape["top"] < 0 or far_x > width + SLACK or far_y > height + SLACK:
        return _outside()
    return ""


def turned_box_problem(shape: dict[str, Any], width: int, height: int) -> str:
    """Return what is wrong with {left, top, width, height, rotation}, which may reach outside; upright without turn.

    rotation: degrees clockwise about the middle, 0 <= rotation < 360, with one decimal at most.
    """
    if "rotation" not in shape:
        return box_problem(shape, width, height)
    turn = shape["rotation"]
    if not is_number(turn, 0, 360) or turn == 360 or round(turn, 1) != turn:
        return STRANGE
    if not all(is_number(shape[key], -MAX_SIDE, MAX_SIDE) for key in ("left", "top", "width", "height")):
        return STRANGE
    if shape["width"] < 1 or shape["height"] < 1:
        return _("it is smaller than a pixel. Draw it larger, or delete it.")
    sides = (shape["left"], shape["top"], shape["width"], shape["height"])
    if not share_ground(turn_corners(*sides, turn), turn_corners(0, 0, width, height, 0)):
        return _("it lies outside the picture. Move it inside.")
    return ""


def point_problem(point: Any, width: int, height: int) -> str:
    """Return what is wrong with a point {x, y}, other keys aside."""
    if not all(is_number(point[axis], -MAX_SIDE, MAX_SIDE) for axis in ("x", "y")):
        return STRANGE
    return "" if 0 <= point["x"] <= width and 0 <= point["y"] <= height else _outside()


def vertices_problem(shape: dict[str, Any], width: int, height: int, least: int) -> str:
    """Return what is wrong with the corners of {vertices: [{x, y}, …]}, of which there are at least `least`."""
    vertices = shape["vertices"]
    if not isinstance(vertices, list) or any(not isinstance(v, dict) or v.keys() != {"x", "y"} for v in vertices):
        return STRANGE
    if len(vertices) < least:
        return _("it has too few points. Add points, or delete it.")
    return next(filter(None, (point_problem(vertex, width, height) for vertex in vertices)), "")


def count_vertices(shape: dict[str, Any]) -> int:
    """Return how many corners a shape has, before anything else is known of it."""
    vertices = shape.get("vertices")
    return len(vertices) if isinstance(vertices, list) else 0


def _outside() -> str:
    return _("it reaches outside the picture. Move it inside.")
