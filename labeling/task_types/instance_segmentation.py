"""The pixels of each single thing in a picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from math import prod
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.consolidation.instances import (
    Drawing,
    group_instances,
    panoptic_quality,
    quality_by_category,
    settle_instances,
)
from labeling.consolidation.mask_files import MOST_NUMBERS, color_of, is_color
from labeling.consolidation.masks import stretch_alike, thin
from labeling.task_types import _masks
from labeling.task_types._alike import learn_alike, sure_by
from labeling.task_types._parts import Judge, fitter, mean_confidence, parts_in, round_confidence, weight
from labeling.validation.findings import Kind, Mask
from projects.task_types import Answer, Checked, Example, Item, Known, LabelLine, Schema, Settled, TaskType, Vote

ELEMENT = "crowd-instance-segmentation"
KEY = "instances"
GROUNDTRUTH_TYPE = "groundtruth/custom"
LEARN_FROM = 100  # objects, spread over the job: reading masks takes time
LEARN_AT = 256  # pixels a side
# How far people are judged by what was learnt of them, and not as anybody. Panoptic quality of simulated painters (80
# pictures each) by half of the workers, by this, and by all that was learnt, which takes what two of three saw for a
# phantom where the third misses most: equal people, 3: .860 .860 .847; one of three who misses .6 of the things .810
# .823 .822, two .551 .701 .707; three of five .651 .824 .835; who paints nothing .767 .809 .809; two of three who
# invent .751 .751 .771; one who misses beside one who invents .804 .804 .499.
LEARNT = 0.5

Entry = dict[str, Any]  # {"color": "#rrggbb", "label": category}


def check(answer: Answer, schema: Schema, item: Item) -> list[str]:
    """Return why these are not instances of the job's categories in the picture; empty is good."""
    if found := _masks.check_value(answer, KEY, item):
        return found
    value = _masks.value_of(answer, KEY) or {}
    entries: Any = value[KEY]
    if not isinstance(entries, list) or any(not _is_entry(entry) for entry in entries):
        return [_masks.strange()]
    if len(entries) > MOST_NUMBERS:
        return [_("At most %(most)d instances fit in one answer. Take some away.") % {"most": MOST_NUMBERS}]
    if unknown := [entry["label"] for entry in entries if entry["label"] not in schema.categories]:
        return [_("“%(name)s” is not a category of this job.") % {"name": unknown[0][:60]}]
    colors = [entry["color"] for entry in entries]
    problem = _masks.color_problem(colors) or _masks.paint_problem(value, colors)
    return [problem] if problem else []


def _is_entry(entry: Any) -> bool:
    return isinstance(entry, dict) and entry.keys() == {"color", "label"} and isinstance(entry["label"], str)


def _numbers(entries: Sequence[Entry]) -> _masks.Numbers:
    return tuple((entry["color"].lower(), number) for number, entry in enumerate(entries, start=1))


def _categories(entries: Sequence[Entry], schema: Schema) -> tuple[int, ...]:
    return tuple(schema.categories.index(entry["label"]) for entry in entries)


def _drawing(vote: Vote, schema: Schema) -> Drawing:
    value = _masks.value_of(vote.answer, KEY) or {}
    return Drawing(_masks.mask_of(value, _numbers(value[KEY])), _categories(value[KEY], schema))


def _find(votes: Sequence[Vote], schema: Schema) -> list[set[int]]:
    """Return the things that these answers draw, thinned, each as the places of the answers that have it."""
    ordered = _masks.order_by_content(votes, KEY)
    drawings = []
    for place in ordered:
        value = _masks.value_of(votes[place].answer, KEY) or {}
        ids = thin(_masks.mask_of(value, _numbers(value[KEY])), LEARN_AT)
        drawings.append(Drawing(ids, _categories(value[KEY], schema)))
    masks = stretch_alike([drawing.ids for drawing in drawings])
    alike = [Drawing(ids, drawing.categories) for ids, drawing in zip(masks, drawings, strict=True)]
    return [{ordered[place] for place, _ in group} for group in group_instances(alike)]


def fit(pairs: Sequence[tuple[int, Vote]], schema: Schema, known: Known | None = None) -> dict[str, Any]:
    """Return who misses things and who invents them, as `_parts.Judge` reads it, and how far drawings are alike.

    Answers, and truths, that come without their picture are passed over.
    """

    whole = [(of, vote) for of, vote in pairs if _masks.has_pixels(_masks.value_of(vote.answer, KEY) or {})]
    judged = fitter(_find, lambda true, schema: not check(true, schema, Item()))(whole, schema, known)
    return {**judged, **learn_alike(whole, schema, agreement, _masks.SAME)}


def consolidate(votes: Sequence[Vote], skills: dict[str, Any], schema: Schema) -> Settled:
    """Settle one object: the instances that are believed, each by a vote a pixel.

    By those known to miss or to invent things, half (LEARNT); where nobody is known, what at least half of them drew.
    """
    ordered, judge = _masks.by_content(votes, KEY), Judge(skills)
    chances: list[float] = []

    def believe(named: Sequence[Collection[int]]) -> list[float]:
        pairs = zip(judge.believe(ordered, named), Judge({}).believe(ordered, named), strict=True)
        chances.extend(LEARNT * learnt + (1 - LEARNT) * usual for learnt, usual in pairs)
        return chances

    alone = len(votes) == 1
    drawings = [_drawing(vote, schema) for vote in ordered]
    ids, found = settle_instances(drawings, believe if skills and not alone else None)
    entries: list[Entry] = [
        {
            "color": color_of(number),
            "label": schema.categories[instance.category],
            "confidence": 0.0 if alone else round_confidence(instance.confidence),
        }
        for number, instance in enumerate(found)
    ]
    payload = {KEY: entries, **_masks.picture_of(ids, [entry["color"] for entry in entries])}
    if alone:
        return Settled(payload, 0.0, "single")
    rest = judge.believe_rest(ordered) if skills else _share_empty(votes)
    nothing = round(rest * prod(1 - chance for chance in chances), 6)
    method = "matched, believed by skill, pixel vote" if skills else "matched, pixel vote"
    return Settled(payload, mean_confidence(entries) if entries else nothing, method)


def _share_empty(votes: Sequence[Vote]) -> float:
    """Return the confidence that there is nothing: the share of those who drew nothing, one more half on each side."""
    empty = sum(1 for vote in votes if not (_masks.value_of(vote.answer, KEY) or {})[KEY])
    return round((empty + 0.5) / (len(votes) + 1), 6)


def agreement(a: Answer, b: Answer, schema: Schema) -> float:
    """Return the panoptic quality of one answer measured by the other, looked at as at most 512 pixels a side."""
    one, other = (_masks.value_of(answer, KEY) or {} for answer in (a, b))
    if not (_masks.has_pixels(one) and _masks.has_pixels(other)):
        return float(one == other)
    return panoptic_quality(_thin_drawing(one, schema), _thin_drawing(other, schema))


def alike_by(a: Answer, b: Answer, schema: Schema) -> dict[int, float]:
    """Return the panoptic quality of each category that either has; of none where a picture lies elsewhere."""
    one, other = (_masks.value_of(answer, KEY) or {} for answer in (a, b))
    if not (_masks.has_pixels(one) and _masks.has_pixels(other)):
        return {}
    return quality_by_category(_thin_drawing(one, schema), _thin_drawing(other, schema))


def _thin_drawing(value: Any, schema: Schema) -> Drawing:
    return Drawing(_masks.thin_mask_of(value, _numbers(value[KEY])), _categories(value[KEY], schema))


def checked(schema: Schema) -> Checked:
    """Return how the rules see a label: its mask, a number a thing; None where its picture lies elsewhere."""

    def read(payload: Any) -> Mask | None:
        if not _masks.has_pixels(payload):
            return None
        return Mask(_masks.mask_of(payload, _numbers(payload[KEY])), _categories(payload[KEY], schema))

    return Checked(Kind.MASKS, read, _masks.SAME)


# --- the manifest ---------------------------------------------------------------------------------------


def encode(payload: Any, confidence: float, schema: Schema, item: Item) -> LabelLine:
    """Write the metadata: class, colour and confidence of each instance. The delivery knows the file's address."""
    told = confidence > 0  # 0.0: nobody compared
    instances = [
        {
            "class-name": entry["label"],
            "hex-color": entry["color"],
            "confidence": round(entry["confidence"], 2) if told else 0.0,
        }
        for entry in payload[KEY]
    ]
    return LabelLine(None, {"instances": instances, "confidence": round(confidence, 2), "type": GROUNDTRUTH_TYPE})


def decode(value: Any, metadata: dict[str, Any], schema: Schema) -> tuple[Any, float]:
    """Read what `encode` wrote, the picture by address. Raises ValueError, KeyError, TypeError."""
    entries = []
    for found in metadata["instances"]:
        name, color, confidence = found["class-name"], found["hex-color"], float(found["confidence"])
        if name not in schema.categories or not is_color(color) or not 0 <= confidence <= 1:
            raise ValueError("An instance has a category of this job, a hex color and a confidence from 0 to 1.")
        entries.append({"color": color.lower(), "label": name, "confidence": confidence})
    confidence = float(metadata["confidence"])
    if _masks.color_problem(entry["color"] for entry in entries) or not 0 <= confidence <= 1:
        raise ValueError("Instances have a colour each, and a label a confidence from 0 to 1.")
    return {KEY: entries, **_masks.picture_at(value)}, confidence


def answer_of(payload: Any, schema: Schema) -> Answer:
    """Return the answer that would show a label in the tool."""
    entries = [{"color": entry["color"], "label": entry["label"]} for entry in payload[KEY]]
    return {ELEMENT: {**payload, KEY: entries}}


def describe(payload: Any, schema: Schema) -> str:
    """Count the instances of each category."""
    counts = Counter(entry["label"] for entry in payload[KEY])
    return ", ".join(f"{counts[name]} × {name}" for name in schema.categories if counts[name]) or _("nothing")


# --- the type -------------------------------------------------------------------------------------------


def _example(*things: tuple[str, int, int, int, int], shift: int = 0) -> Answer:
    """Return an answer with upright things (category, left, top, width, height); `shift` makes other colours."""
    ids = np.zeros((_masks.EXAMPLE_HEIGHT, _masks.EXAMPLE_WIDTH), dtype=np.uint8)
    colors = [color_of(number + shift) for number in range(len(things))]
    for number, (_name, left, top, width, height) in enumerate(things, start=1):
        ids[top : top + height, left : left + width] = number
    entries = [{"color": color, "label": thing[0]} for color, thing in zip(colors, things, strict=True)]
    return {ELEMENT: {KEY: entries, **_masks.picture_of(ids, colors)}}


TASK_TYPE = TaskType(
    slug="instance-segmentation",
    title="Instance segmentation",
    modality="image",
    aws_names=(),
    workers_each=3,
    seconds=3600,
    target=0.7,
    template="instance_segmentation.liquid.html",
    groundtruth_type=GROUNDTRUTH_TYPE,
    check=check,
    fit=fit,
    consolidate=consolidate,
    agreement=agreement,
    alike_by=alike_by,
    agreement_is=gettext_lazy("panoptic quality of one answer measured by another"),
    encode=encode,
    decode=decode,
    answer_of=answer_of,
    describe=describe,
    example=Example(
        Item({"source-ref": "s3://acme/cells/1.png"}, _masks.EXAMPLE_WIDTH, _masks.EXAMPLE_HEIGHT, 3),
        Schema(("cell", "nucleus")),
        (
            _example(("cell", 1, 1, 9, 9), ("cell", 12, 2, 9, 9), ("nucleus", 4, 11, 4, 4)),
            _example(("cell", 2, 1, 9, 9), ("cell", 12, 3, 9, 9), shift=5),
            _example(("nucleus", 4, 11, 4, 4), ("cell", 1, 1, 9, 8), ("cell", 12, 2, 10, 9), shift=9),
        ),
        _example(("cell", 1, 1, 9, 9), ("plant", 12, 2, 9, 9)),
    ),
    min_categories=1,
    needs_ref=True,
    reads_item=True,
    has_picture=True,
    learns_from=LEARN_FROM,
    weight=weight,
    parts=parts_in(KEY),
    sureness=sure_by(agreement, _masks.SAME),
    checked=checked,
)
