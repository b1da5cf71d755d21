"""The boxes of an earlier job, mended."""

from labeling.task_types import _adjustment, _earlier_boxes, bounding_box

TASK_TYPE = _adjustment.adjustment(
    bounding_box.TASK_TYPE,
    slug="adjustment-bounding-box",
    title="Label adjustment, bounding boxes",
    aws_name="AdjustmentBoundingBox",
    initial=_earlier_boxes.initial,
    exact=_earlier_boxes.is_exact,
    line=_earlier_boxes.EXAMPLE_LINE,
    attribute=_earlier_boxes.EXAMPLE_ATTRIBUTE,
)
