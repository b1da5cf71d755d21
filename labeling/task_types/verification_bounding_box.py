"""A verdict on the boxes of an earlier job."""

from labeling.task_types import _earlier_boxes, _verification

TASK_TYPE = _verification.verification(
    slug="verification-bounding-box",
    title="Label verification, bounding boxes",
    aws_name="VerificationBoundingBox",
    overlay=_earlier_boxes.overlay,
    line=_earlier_boxes.EXAMPLE_LINE,
    attribute=_earlier_boxes.EXAMPLE_ATTRIBUTE,
)
