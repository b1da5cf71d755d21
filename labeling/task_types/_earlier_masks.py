"""Masks of an earlier job, read from a line that may hold anything, to be shown or mended."""

from __future__ import annotations

from typing import Any

from labeling.task_types import _masks
from labeling.task_types.semantic_segmentation import KEY, decode, read_colors
from projects.task_types import Item, Schema

EXAMPLE_ATTRIBUTE = "streets-ref"
EXAMPLE_LINE = {
    "source-ref": "s3://acme/streets/1.jpg",
    "streets-ref": "s3://acme/out/streets/annotations/consolidated-annotation/output/0.png",
    "streets-ref-metadata": {
        "internal-color-map": {
            "0": {"class-name": "BACKGROUND", "confidence": 0.9, "hex-color": "#ffffff"},
            "1": {"class-name": "road", "confidence": 0.9, "hex-color": "#2acf59"},
            "2": {"class-name": "sky", "confidence": 0.9, "hex-color": "#1f77b4"},
        },
        "type": "groundtruth/semantic-segmentation",
        "human-annotated": "yes",
        "creation-date": "2026-01-05T10:00:00.000001",
        "job-name": "labeling-job/streets",
    },
}


def overlay(value: Any, metadata: dict[str, Any]) -> dict[str, Any]:
    """Return the mask as the classifier's overlay takes it. Raises ValueError for what cannot be drawn, KeyError, …"""
    mappings = read_colors(metadata)
    src = _masks.picture_at(value)["labeledImage"]["src"]
    return {"semanticSegmentation": {"labels": list(mappings), KEY: mappings, "src": src}}


def initial(value: Any, metadata: dict[str, Any], item: Item, schema: Schema) -> dict[str, Any]:
    """Return the mask as the tool starts from it, in categories of this job. Raises as `overlay`."""
    payload, _confidence = decode(value, metadata, schema)
    return {KEY: payload[KEY], "src": payload["labeledImage"]["src"]}
