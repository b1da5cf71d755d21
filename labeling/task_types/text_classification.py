"""One category for a text."""

from labeling.task_types import _classes
from projects.task_types import Example, Schema, TaskType

_NAME = "crowd-classifier"
_TYPE = "groundtruth/text-classification"


def _answer(label: str) -> dict[str, dict[str, str]]:
    return {_NAME: {"label": label}}


TASK_TYPE = TaskType(
    slug="text-classification",
    title="Text classification",
    modality="text",
    aws_names=("TextMultiClass",),
    workers_each=3,
    seconds=300,
    target=0.95,
    template="text_classification.liquid.html",
    groundtruth_type=_TYPE,
    source_key="source",
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
        source={"source": "The soup was cold."},
        schema=Schema(("praise", "complaint", "question")),
        answers=(_answer("complaint"), _answer("complaint"), _answer("question")),
        damaged=_answer("poem"),
    ),
    learner="classes",
)
