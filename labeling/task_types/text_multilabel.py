"""All categories that fit a text."""

from labeling.task_types import _multilabel

TASK_TYPE = _multilabel.multi_label(
    slug="text-multilabel",
    title="Text classification, multi-label",
    modality="text",
    aws_name="TextMultiClassMultiLabel",
    groundtruth_type="groundtruth/text-classification-multilabel",
    element="crowd-classifier-multi-select",
    source_key="source",
    source={"source": "The soup was cold, the waiter was kind."},
    categories=("food", "service", "price"),
    answers=(["food", "service"], ["service", "food"], ["food"]),
    damaged=[],
)
