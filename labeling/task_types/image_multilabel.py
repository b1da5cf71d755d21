"""All categories that fit a picture."""

from labeling.task_types import _multilabel

TASK_TYPE = _multilabel.multi_label(
    slug="image-multilabel",
    title="Image classification, multi-label",
    modality="image",
    aws_name="ImageMultiClassMultiLabel",
    groundtruth_type="groundtruth/image-classification-multilabel",
    element="crowd-image-classifier-multi-select",
    source={"source-ref": "s3://acme/streets/1.jpg"},
    categories=("person", "bicycle", "tram"),
    answers=(["person", "bicycle"], ["bicycle"], ["person", "bicycle"]),
    damaged=["bicycle", "aeroplane"],
)
