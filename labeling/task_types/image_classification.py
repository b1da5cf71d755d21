"""One category for a picture."""

from labeling.task_types import _classes
from projects.task_types import Example, Schema, TaskType

_NAME = "crowd-image-classifier"
_TYPE = "groundtruth/image-classification"


def _answer(label: str) -> dict[str, dict[str, str]]:
    return {_NAME: {"label": label}}


TASK_TYPE = TaskType(
    slug="image-classification",
    title="Image classification",
    modality="image",
    aws_names=("ImageMultiClass",),
    workers_each=3,
    seconds=300,
    target=0.95,
    template="image_classification.liquid.html",
    groundtruth_type=_TYPE,
    check=_classes.check,
    fit=_classes.fit,
    consolidate=_classes.consolidate,
    consolidate_many=_classes.consolidate_many,
    agreement=_classes.agreement,
    encode=_classes.encoder(_TYPE),
    decode=_classes.decode,
    answer_of=_classes.answer_of(_NAME),
    describe=_classes.describe,
    example=Example(
        source={"source-ref": "s3://acme/birds/1.jpg"},
        schema=Schema(("heron", "kite", "crane")),
        answers=(_answer("kite"), _answer("kite"), _answer("crane")),
        damaged=_answer("aeroplane"),
    ),
    learner="classes",
)
