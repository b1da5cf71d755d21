"""The mask of an earlier job, mended."""

from labeling.task_types import _adjustment, _earlier_masks, semantic_segmentation

TASK_TYPE = _adjustment.adjustment(
    semantic_segmentation.TASK_TYPE,
    slug="adjustment-semantic-segmentation",
    title="Label adjustment, masks",
    aws_name="AdjustmentSemanticSegmentation",
    initial=_earlier_masks.initial,
    line=_earlier_masks.EXAMPLE_LINE,
    attribute=_earlier_masks.EXAMPLE_ATTRIBUTE,
)
