"""A verdict on the mask of an earlier job."""

from labeling.task_types import _earlier_masks, _verification

TASK_TYPE = _verification.verification(
    slug="verification-semantic-segmentation",
    title="Label verification, masks",
    aws_name="VerificationSemanticSegmentation",
    overlay=_earlier_masks.overlay,
    line=_earlier_masks.EXAMPLE_LINE,
    attribute=_earlier_masks.EXAMPLE_ATTRIBUTE,
)
