"""One category for a text."""

from labeling.task_types import _classes

TASK_TYPE = _classes.single_label(
    slug="text-classification",
    title="Text classification",
    modality="text",
    aws_name="TextMultiClass",
    element="crowd-classifier",
    source_key="source",
    source={"source": "The soup was cold."},
    categories=("praise", "complaint", "question"),
    answers=("complaint", "complaint", "question"),
    damaged="poem",
)
