"""One category for a picture."""

from labeling.task_types import _classes

TASK_TYPE = _classes.single_label(
    slug="image-classification",
    title="Image classification",
    modality="image",
    aws_name="ImageMultiClass",
    element="crowd-image-classifier",
    source={"source-ref": "s3://acme/birds/1.jpg"},
    categories=("heron", "kite", "crane"),
    answers=("kite", "kite", "crane"),
    damaged="aeroplane",
)
