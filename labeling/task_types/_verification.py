"""What the verification types share: people see an earlier label and say how good it is, with a comment if they like.

The categories are the verdicts. An answer is an image classifier's; a payload is {"class": id, "comments": [text, …]}.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from labeling.task_types import _classes
from labeling.task_types._earlier import ATTRIBUTE, problems, read_earlier
from projects.task_types import Answer, Example, Item, LabelLine, Schema, Settled, TaskType, Vote

ELEMENT = "crowd-image-classifier"
GROUNDTRUTH_TYPE = "groundtruth/label-verification"
MAX_COMMENT = 2000  # characters

Overlay = Callable[[Any, dict[str, Any]], dict[str, Any]]  # value, metadata → what the element's overlay shows


def consolidate_many(
    objects: Sequence[Sequence[Vote]], skills: dict[str, Any], schema: Schema, numbers: Sequence[int] = ()
) -> list[Settled]:
    """Settle verdicts as classes, and keep all comments."""
    settled = _classes.consolidate_many(objects, skills, schema, numbers)
    return [
        Settled({"class": one.payload, "comments": comments_of(votes)}, one.confidence, one.method)
        for one, votes in zip(settled, objects, strict=True)
    ]


def comments_of(votes: Sequence[Vote]) -> list[str]:
    """Return what the workers wrote, empty comments dropped, in an order that does not tell who wrote which."""
    written = (next(iter(vote.answer.values())).get("workerComment", "").strip() for vote in votes)
    return sorted(filter(None, written))


def consolidate(votes: Sequence[Vote], skills: dict[str, Any], schema: Schema) -> Settled:
    """Settle one object."""
    return consolidate_many([votes], skills, schema)[0]


def encode(payload: Any, confidence: float, schema: Schema, item: Item) -> LabelLine:
    """Write a verdict as spec/manifests.md 4 prints it: the class as a string."""
    line = _classes.encoder(GROUNDTRUTH_TYPE)(payload["class"], confidence, schema, item)
    feedback = [{"comment": text} for text in payload["comments"]]
    return LabelLine(str(line.value), {**line.metadata, **({"worker-feedback": feedback} if feedback else {})})


def decode(value: Any, metadata: dict[str, Any], schema: Schema) -> tuple[Any, float]:
    """Read what `encode` wrote. Raises ValueError, KeyError, TypeError."""
    number, confidence = _classes.decode(value, metadata, schema)
    comments = [found["comment"] for found in metadata.get("worker-feedback", [])]
    if not all(isinstance(text, str) for text in comments):
        raise ValueError("A comment is text.")
    return {"class": number, "comments": [text for text in comments if text]}, confidence


def answer_of(payload: Any, schema: Schema) -> Answer:
    """Return the answer that would show a verdict and its comments in the tool."""
    comment = "\n".join(payload["comments"])[:MAX_COMMENT]
    said = {"label": schema.categories[payload["class"]]}
    return {ELEMENT: {**said, "workerComment": comment} if comment else said}


def describe(payload: Any, schema: Schema) -> str:
    """Return the verdict and the comments."""
    return " · ".join([schema.categories[payload["class"]], *payload["comments"]])


def overlay_input(overlay: Overlay) -> Callable[[Item, Schema], dict[str, Any]]:
    """Return the function that gives the template the earlier label to show."""

    def task_input(item: Item, schema: Schema) -> dict[str, Any]:
        return {"overlay": read_earlier(item, schema, overlay)}

    return task_input


def verification(
    *, slug: str, title: str, aws_name: str, overlay: Overlay, line: Mapping[str, Any], attribute: str
) -> TaskType:
    """Return the type that verifies one kind of label.

    line, attribute: of its example, the line of an object that was labelled under that attribute.
    """
    good, bad = {"label": "good"}, {"label": "bad", "workerComment": "The right side is cut off."}
    schema = Schema(("good", "bad"), {"attribute": attribute})
    return TaskType(
        slug=slug,
        title=title,
        modality="image",
        aws_names=(aws_name,),
        workers_each=3,
        seconds=300,
        target=0.95,
        template=f"{slug.replace('-', '_')}.liquid.html",
        groundtruth_type=GROUNDTRUTH_TYPE,
        check=_classes.check,
        fit=_classes.fit,
        consolidate=consolidate,
        consolidate_many=consolidate_many,
        agreement=_classes.agreement,
        alike_by=_classes.alike_by,
        names=_classes.names,
        weight=_classes.weight,
        discard=_classes.discard,
        evidence=_classes.evidence,
        agreement_is=_("two answers with the same verdict count 1, others 0"),
        encode=encode,
        decode=decode,
        answer_of=answer_of,
        describe=describe,
        example=Example(
            Item(line, 640, 480, 3),
            schema,
            ({ELEMENT: bad}, {ELEMENT: {"label": "bad"}}, {ELEMENT: good}),
            {ELEMENT: {"label": "so-so"}},
        ),
        options=(ATTRIBUTE,),
        task_input=overlay_input(overlay),
        problems=problems,
    )
