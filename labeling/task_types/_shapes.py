"""What the types share that draw shapes on a picture: boxes, polygons, polylines, keypoints.

An answer is `{"<name>": {"<many>": [shape, …], "inputImageProperties": {"width", "height"}}}`. A payload is the value
of the element with a "confidence" in each shape.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.task_types import _attributes as attributes
from labeling.task_types._box_hands import with_hands
from labeling.task_types._parts import Problems, both, fitter, mean_confidence, parts_in, weight
from labeling.task_types._shape_checks import check_shapes
from labeling.task_types._shape_kinds import Kind, Shape
from labeling.task_types._shape_piles import (
    comparer,
    comparer_by_category,
    consolidator,
    draw_boxes,
    finder,
    mistaker,
    one_by_one,
)
from projects.task_types import Answer, Checked, Example, Item, LabelLine, Option, Schema, TaskType

TaskInput = Callable[[Item, Schema], dict[str, Any]]

USUAL_DEPTH = 3  # channels, of a picture that nobody has looked at yet
SAME = 0.75  # agreement of two answers, the second drawn without knowing the first, that call each other right
EXAMPLE_SIZE = {"width": 640, "height": 480}


def checker(kind: Kind) -> Callable[[Answer, Schema, Item], list[str]]:
    """Return the gate for this kind's answers."""

    def check(answer: Answer, schema: Schema, item: Item) -> list[str]:
        return check_shapes(answer, schema, item, kind.of(schema).form)

    return check


def usable(kind: Kind) -> Callable[[Answer, Schema], bool]:
    """Return whether an answer is one of this kind on some picture, in a job's categories."""
    return lambda answer, schema: not check_shapes(answer, schema, Item(), kind.of(schema).form)


def image_size(payload: Any, item: Item) -> list[dict[str, int]]:
    """Return the picture's size as manifests hold it: a list of one."""
    size = payload["inputImageProperties"]
    return [{"width": size["width"], "height": size["height"], "depth": item.depth or USUAL_DEPTH}]


def metadata_of(shapes: Sequence[Shape], schema: Schema, groundtruth_type: str) -> dict[str, Any]:
    """Return the metadata of shapes: a confidence each, and the names of the classes that occur."""
    used = sorted({schema.categories.index(shape["label"]) for shape in shapes})
    return {
        "objects": [{"confidence": round(shape["confidence"], 2)} for shape in shapes],
        "class-map": {str(number): schema.categories[number] for number in used},
        "type": groundtruth_type,
    }


def confidences_of(metadata: dict[str, Any], count: int) -> list[float]:
    """Return the confidence of each of `count` shapes, 0.0 where it is not told. Raises ValueError, TypeError."""
    objects = metadata.get("objects", [])
    given = [float(found.get("confidence", 0.0)) if isinstance(found, dict) else 0.0 for found in objects]
    if any(not 0 <= confidence <= 1 for confidence in given):
        raise ValueError("A confidence is from 0 to 1.")
    return (given + [0.0] * count)[:count]


def payload_of(kind: Kind, shapes: list[Shape], size: Any, metadata: dict[str, Any], schema: Schema) -> Any:
    """Return the payload of shapes read from a manifest, which may hold anything. Raises ValueError, TypeError.

    Of attributes that an earlier job gave them, those that this one asks for are kept.
    """
    asked = attributes.asked_by(schema)
    shapes = [attributes.tidy(shape, asked) if isinstance(shape, dict) else shape for shape in shapes]
    value = {kind.many: shapes, "inputImageProperties": size}
    if problems := check_shapes({kind.name: value}, schema, Item(), kind.of(schema).form):
        raise ValueError(problems[0])
    confidences = confidences_of(metadata, len(shapes))
    return {
        kind.many: [{**shape, "confidence": c} for shape, c in zip(shapes, confidences, strict=True)],
        "inputImageProperties": {"width": size["width"], "height": size["height"]},
    }


def encoder(kind: Kind, groundtruth_type: str) -> Callable[[Any, float, Schema, Item], LabelLine]:
    """Return the function that writes shapes as the element's own value, with the size of the picture beside."""

    def encode(payload: Any, confidence: float, schema: Schema, item: Item) -> LabelLine:
        value = {
            "image_size": image_size(payload, item),
            kind.many: strip(payload[kind.many]),
            "inputImageProperties": payload["inputImageProperties"],
        }
        return LabelLine(value, metadata_of(payload[kind.many], schema, groundtruth_type))

    return encode


def decoder(kind: Kind) -> Callable[[Any, dict[str, Any], Schema], tuple[Any, float]]:
    """Return the function that reads what `encoder` wrote."""

    def decode(value: Any, metadata: dict[str, Any], schema: Schema) -> tuple[Any, float]:
        payload = payload_of(kind, value[kind.many], value["inputImageProperties"], metadata, schema)
        return payload, mean_confidence(payload[kind.many])

    return decode


def strip(shapes: Sequence[Shape]) -> list[Shape]:
    """Return shapes without their confidence."""
    return [{key: value for key, value in shape.items() if key != "confidence"} for shape in shapes]


def answerer(kind: Kind) -> Callable[[Any, Schema], Answer]:
    """Return the function that makes the answer that would show a label in the tool."""

    def answer_of(payload: Any, schema: Schema) -> Answer:
        value = {kind.many: strip(payload[kind.many]), "inputImageProperties": payload["inputImageProperties"]}
        return {kind.name: value}

    return answer_of


def describer(kind: Kind) -> Callable[[Any, Schema], str]:
    """Return the function that counts a label's shapes by category."""

    def describe(payload: Any, schema: Schema) -> str:
        counts = Counter(shape["label"] for shape in payload[kind.many])
        words = [f"{counts[name]} × {name}" for name in schema.categories if counts[name]]
        return ", ".join(words) or _("nothing")

    return describe


def checked_as(kind: Kind) -> Callable[[Schema], Checked]:
    """Return what tells how the rules see a job's shapes: (category, points) each."""

    def checked(schema: Schema) -> Checked:
        drawn = kind.of(schema)

        def read(payload: Any) -> list[tuple[int, Any]]:
            return [(schema.categories.index(shape["label"]), drawn.points_of(shape)) for shape in payload[kind.many]]

        return Checked(drawn.checked, read, SAME, size_of)

    return checked


def size_of(payload: Any) -> tuple[int, int]:
    """Return the width and height of the picture that a label was drawn on."""
    size = payload["inputImageProperties"]
    return size["width"], size["height"]


# --- a type ---------------------------------------------------------------------------------------------


def shape_type(
    kind: Kind,
    *,
    slug: str,
    title: str,
    categories: tuple[str, ...],
    answers: tuple[list[Shape], list[Shape], list[Shape]],
    damaged: list[Shape],
    groundtruth_type: str = "groundtruth/custom",
    aws_names: tuple[str, ...] = (),
    encode: Callable[[Any, float, Schema, Item], LabelLine] | None = None,
    decode: Callable[[Any, dict[str, Any], Schema], tuple[Any, float]] | None = None,
    options: tuple[Option, ...] = (),
    task_input: TaskInput | None = None,
    problems: Problems | None = None,
) -> TaskType:
    """Return the type that draws shapes of this kind.

    categories, answers, damaged: its example, on a picture of 640 × 480 pixels. encode, decode: where the manifest
    has a shape of its own.
    """
    first, second, third, wrong = (
        {kind.name: {kind.many: shapes, "inputImageProperties": EXAMPLE_SIZE}} for shapes in (*answers, damaged)
    )
    many = consolidator(kind)
    return TaskType(
        slug=slug,
        title=title,
        modality="image",
        aws_names=aws_names,
        workers_each=5,
        seconds=3600,
        target=0.6,
        template=f"{slug.replace('-', '_')}.liquid.html",
        groundtruth_type=groundtruth_type,
        check=checker(kind),
        fit=with_hands(kind, fitter(finder(kind), usable(kind)), draw_boxes),
        consolidate=one_by_one(many),
        consolidate_many=many,
        agreement=comparer(kind),
        alike_by=comparer_by_category(kind),
        mistaken=mistaker(kind),
        weight=weight,
        parts=parts_in(kind.many),
        agreement_is=gettext_lazy(
            "how far matched shapes lie on each other (of boxes and polygons: IoU); one without a match counts 0"
        ),
        encode=encode or encoder(kind, groundtruth_type),
        decode=decode or decoder(kind),
        answer_of=answerer(kind),
        describe=describer(kind),
        checked=checked_as(kind),
        example=Example(
            Item({"source-ref": "s3://acme/streets/1.jpg"}, 640, 480, 3),
            Schema(categories),
            (first, second, third),
            wrong,
        ),
        min_categories=1,
        reads_item=True,
        options=(*options, attributes.OPTION),
        task_input=_with_attributes(task_input),
        problems=both(problems, attributes.problems),
    )


def _with_attributes(given: TaskInput | None) -> TaskInput:
    """Return the function that gives the template the job's attributes beside what `given` does."""

    def task_input(item: Item, schema: Schema) -> dict[str, Any]:
        return {**(given(item, schema) if given else {}), **attributes.task_input(schema)}

    return task_input
