"""The mask of an earlier job, mended."""

from dataclasses import replace

from labeling.task_types import _adjustment, _earlier_masks, semantic_segmentation
from projects.task_types import Schema

_MENDED = _adjustment.adjustment(
    semantic_segmentation.TASK_TYPE,
    slug="adjustment-semantic-segmentation",
    title="Label adjustment, masks",
    aws_name="AdjustmentSemanticSegmentation",
    initial=_earlier_masks.initial,
    line=_earlier_masks.EXAMPLE_LINE,
    attribute=_earlier_masks.EXAMPLE_ATTRIBUTE,
)


def option_problems(schema: Schema, attribute: str) -> list[str]:
    """Return what is wrong with the categories, and with the attribute that is looked at."""
    of_the_pair = _MENDED.problems(schema, attribute) if _MENDED.problems else []
    return [*semantic_segmentation.option_problems(schema, attribute), *of_the_pair]


TASK_TYPE = replace(_MENDED, problems=option_problems)
