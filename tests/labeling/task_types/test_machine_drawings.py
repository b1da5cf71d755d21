"""What a machine is taught of boxes and masks, and the labels that its proposals become."""

from __future__ import annotations

from base64 import b64encode

import numpy as np

from labeling.autolabel import masks as learnt
from labeling.consolidation.masks import smooth
from labeling.task_types import _masks, bounding_box, semantic_segmentation
from projects import task_types
from projects.task_types import Item, Schema, Vote

SCHEMA = Schema(("person", "bicycle"))


def test_boxes_are_taught_in_shares_of_the_picture() -> None:
    payload = {
        "boundingBoxes": [{"label": "bicycle", "left": 32, "top": 0, "width": 64, "height": 12, "confidence": 0.5}],
        "inputImageProperties": {"width": 128, "height": 48},
    }

    assert bounding_box.teach(payload, SCHEMA) == ((1, 0.25, 0.0, 0.75, 0.25),)


def test_boxes_are_proposed_in_pixels_and_what_has_no_side_is_left_out() -> None:
    said = {"size": [128, 48], "boxes": [[1, 0.25, 0.0, 0.75, 0.25, 0.9], [0, 0.5, 0.5, 0.501, 0.9, 0.4]]}

    payload = bounding_box.propose(said, 0.7123, SCHEMA)

    assert payload == {
        "boundingBoxes": [{"label": "bicycle", "left": 32, "top": 0, "width": 64, "height": 12, "confidence": 0.71}],
        "inputImageProperties": {"width": 128, "height": 48},
    }
    answer = bounding_box.TASK_TYPE.answer_of(payload, SCHEMA)
    assert bounding_box.TASK_TYPE.check(answer, SCHEMA, Item({}, 128, 48)) == []


def test_boxes_that_turn_or_have_attributes_are_not_learnt() -> None:
    why = "Boxes that turn or have attributes are not learnt by the machine: people label all of it."

    assert bounding_box.unlearnt(SCHEMA) == ""
    assert bounding_box.unlearnt(Schema(SCHEMA.categories, {"rotate": True})) == why
    assert bounding_box.unlearnt(Schema(SCHEMA.categories, {"shape_attributes": "occluded"})) == why


def test_a_mask_is_taught_by_the_numbers_of_the_schema_and_as_a_square() -> None:
    example = semantic_segmentation.TASK_TYPE.example
    settled = semantic_segmentation.consolidate([Vote("a", example.answers[0])], {}, example.schema)

    packed = semantic_segmentation.teach(settled.payload, example.schema)

    assert packed is not None
    ids = learnt.open_mask(packed)
    assert ids.shape == (112, 112)
    assert learnt.categories_in(packed) == (0, 1)
    assert (ids[:21] == 2).all()  # three rows of sixteen
    assert (ids[-50:] == 1).all()
    assert semantic_segmentation.teach({"labeledImage": {"src": "s3://a/b.png"}}, example.schema) is None


def test_a_proposed_mask_has_the_pictures_size_and_the_canonical_colours() -> None:
    ids = np.zeros((112, 112), dtype=np.uint8)
    ids[:56, :56] = 2
    said = {"size": [30, 20], "mask": b64encode(learnt.pack_mask(ids)).decode()}

    payload = semantic_segmentation.propose(said, 0.777, SCHEMA)

    assert payload["labelMappings"] == {"bicycle": {"color": semantic_segmentation.colors_of(SCHEMA)[1]}}
    assert payload["inputImageProperties"] == {"width": 30, "height": 20}
    assert payload["confidence"] == 0.78
    mask = _masks.mask_of(payload, semantic_segmentation.numbers_of(payload["labelMappings"], SCHEMA))
    assert (mask[:10, :15] == 2).all()
    assert mask.sum() == 2 * 10 * 15


def test_a_mask_is_made_larger_with_smooth_edges() -> None:
    ids = np.array([[1, 0], [0, 0]], dtype=np.uint8)

    large = smooth(ids, 8, 8)

    assert large[0, 0] == large[3, 2] == 1
    assert large[3, 3] == 0  # the corner is rounded
    assert smooth(ids, 2, 2).tolist() == ids.tolist()


def test_what_mends_labels_is_not_learnt() -> None:
    for slug in ("adjustment-bounding-box", "adjustment-semantic-segmentation"):
        kind = task_types.get(slug)
        assert (kind.learner, kind.features, kind.teach, kind.propose, kind.unlearnt) == ("", "", None, None, None)
