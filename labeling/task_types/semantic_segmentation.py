"""A category for each pixel of a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.autolabel import masks as learnt
from labeling.consolidation.mask_files import BACKGROUND, WHITE, IdArray, color_of, is_color
from labeling.consolidation.mask_people import Look, learn_corrections, weigh_workers
from labeling.consolidation.masks import iou_by_number, mean_iou, sample, settle_masks, smooth, stretch_alike, thin
from labeling.task_types import _masks
from labeling.task_types._alike import learn_alike, sure_by
from labeling.validation.findings import Kind, Mask
from projects.task_types import Answer, Checked, Example, Item, Known, LabelLine, Parts, Schema, Settled, TaskType, Vote

ELEMENT = "crowd-semantic-segmentation"
KEY = "labelMappings"
GROUNDTRUTH_TYPE = "groundtruth/semantic-segmentation"
BACKGROUND_NAME = "BACKGROUND"
LEARN_FROM = 100  # objects, spread over the job: reading masks takes time, and more changed weights little
LEARN_AT = 128  # pixels a side

Mappings = dict[str, dict[str, str]]  # category → {"color": "#rrggbb"}


def check(answer: Answer, schema: Schema, item: Item) -> list[str]:
    """Return why this is not a mask of the picture in the job's categories; empty is good."""
    if found := _masks.check_value(answer, KEY, item):
        return found
    value = _masks.value_of(answer, KEY) or {}
    mappings: Any = value[KEY]
    if not isinstance(mappings, dict) or any(not _is_mapping(given) for given in mappings.values()):
        return [_masks.strange()]
    if unknown := [name for name in mappings if name not in schema.categories]:
        return [_("“%(name)s” is not a category of this job.") % {"name": unknown[0][:60]}]
    colors = [given["color"] for given in mappings.values()]
    problem = _masks.color_problem(colors) or _masks.paint_problem(value, colors)
    return [problem] if problem else []


def _is_mapping(given: Any) -> bool:
    return isinstance(given, dict) and given.keys() == {"color"}


def numbers_of(mappings: Mappings, schema: Schema) -> _masks.Numbers:
    """Return the number of each colour: a category's place, from 1."""
    numbers = {given["color"].lower(): schema.categories.index(name) + 1 for name, given in mappings.items()}
    return tuple(sorted(numbers.items()))


def colors_of(schema: Schema) -> list[str]:
    """Return the canonical colours of the categories: those of consolidated masks."""
    return [color_of(number) for number in range(len(schema.categories))]


def _mask(vote: Vote, schema: Schema) -> IdArray:
    value = _masks.value_of(vote.answer, KEY) or {}
    return _masks.mask_of(value, numbers_of(value[KEY], schema))


def fit(pairs: Sequence[tuple[int, Vote]], schema: Schema, known: Known | None = None) -> dict[str, Any]:
    """Return a weight for each worker, and how each goes astray: {"workers": [name, …], "weights": {name: …},
    "corrections": {name: …}}.

    Weights come from how far masks overlap with those of others, or the truth, corrections from EM over the pixels
    (`mask_people`); beside them stands how far people's masks are alike, for asking more. Answers that come without
    their picture are passed over; {} where nothing can be compared.
    """
    grouped: dict[int, list[Vote]] = {}
    for number, vote in pairs:
        if _masks.has_pixels(_masks.value_of(vote.answer, KEY) or {}):
            grouped.setdefault(number, []).append(vote)
    truths = {number: true for number, true in (known or {}).items() if not check(true, schema, Item())}
    compared = [(votes, truths.get(number)) for number, votes in sorted(grouped.items())]
    compared = [(votes, true) for votes, true in compared if true is not None or len(votes) > 1]
    names = sorted({vote.worker for votes, _ in compared for vote in votes})
    if not names:
        return {}
    looks = [_look(votes, true, names, schema) for votes, true in compared]
    weights = weigh_workers(looks, len(names))
    learnt: dict[str, Any] = {"workers": names, "weights": dict(zip(names, weights, strict=True))}
    corrections = learn_corrections(looks, weights, n_categories=len(schema.categories))
    if corrections is not None:
        learnt["corrections"] = dict(zip(names, corrections.tolist(), strict=True))
    seen = [(number, vote) for number, votes in grouped.items() for vote in votes]
    return {**learnt, **learn_alike(seen, schema, agreement, _masks.SAME)}


def weight(skills: dict[str, Any], worker: str) -> float | None:
    """Return how much a worker's word counts beside that of one like all others, 0 to 1; None where nobody learnt."""
    found = skills.get("weights", {}).get(worker)
    return None if found is None else round(found / (1 + found), 6)


def _look(votes: Sequence[Vote], true: Answer | None, names: Sequence[str], schema: Schema) -> Look:
    """Return one picture's masks, thinned, in an order that does not depend on names."""
    ordered = _masks.by_content(votes, KEY)
    truths = [] if true is None else [Vote("", true)]
    masks = stretch_alike([thin(_mask(vote, schema), LEARN_AT) for vote in [*ordered, *truths]])
    workers = [names.index(vote.worker) for vote in ordered]
    return Look(masks[: len(ordered)], workers, masks[-1] if truths else None)


def consolidate(votes: Sequence[Vote], skills: dict[str, Any], schema: Schema) -> Settled:
    """Settle one object: what people say of each pixel and those round it, in the canonical colours."""
    weights, learnt = skills.get("weights", {}), skills.get("corrections", {})
    usual = np.zeros((len(schema.categories) + 1,) * 2)
    ids, confidence = settle_masks(
        [_mask(vote, schema) for vote in votes],
        [weights.get(vote.worker, 1.0) for vote in votes],
        n_categories=len(schema.categories),
        corrections=[np.array(learnt.get(vote.worker, usual)) for vote in votes] if learnt else None,
    )
    alone = len(votes) == 1
    chance = 0.0 if alone else round(confidence, 6)
    payload = {**_value_of_mask(ids, schema), "confidence": round(chance, 2)}
    method = "pixel EM, smoothed" if learnt else "pixel vote, weighted" if weights else "pixel vote"
    return Settled(payload, chance, "single" if alone else method)


def _value_of_mask(ids: IdArray, schema: Schema) -> dict[str, Any]:
    colors = colors_of(schema)
    used = [int(number) for number in np.unique(ids) if number != BACKGROUND]
    mappings = {schema.categories[number - 1]: {"color": colors[number - 1]} for number in used}
    return {KEY: mappings, **_masks.picture_of(ids, colors)}


def agreement(a: Answer, b: Answer, schema: Schema) -> float:
    """Return the mean overlap (IoU) of the categories, the background apart, looked at as at most 512 pixels a side."""
    one, other = (_masks.value_of(answer, KEY) or {} for answer in (a, b))
    if not (_masks.has_pixels(one) and _masks.has_pixels(other)):
        return float(one == other)
    return mean_iou(*_thin_masks(one, other, schema))


def alike_by(a: Answer, b: Answer, schema: Schema) -> dict[int, float]:
    """Return the overlap (IoU) of each category that either mask has; of none where a picture lies elsewhere."""
    one, other = (_masks.value_of(answer, KEY) or {} for answer in (a, b))
    if not (_masks.has_pixels(one) and _masks.has_pixels(other)):
        return {}
    return {number - 1: iou for number, iou in iou_by_number(*_thin_masks(one, other, schema)).items()}


def _thin_masks(one: Any, other: Any, schema: Schema) -> tuple[IdArray, IdArray]:
    first, second = (_masks.thin_mask_of(value, numbers_of(value[KEY], schema)) for value in (one, other))
    return first, second


# --- the machine ----------------------------------------------------------------------------------------


def teach(payload: Any, schema: Schema) -> bytes | None:
    """Return a label's mask as the learner takes it; None where its picture lies elsewhere."""
    if not _masks.has_pixels(payload):
        return None
    ids = _masks.mask_of(payload, numbers_of(payload[KEY], schema))
    return learnt.pack_mask(sample(ids, learnt.SIDE, learnt.SIDE))


def propose(said: Any, confidence: float, schema: Schema) -> Any:
    """Return the label of a mask that the machine made, at the picture's size."""
    width, height = said["size"]
    payload = _value_of_mask(smooth(learnt.mask_in(said), height, width), schema)
    return {**payload, "confidence": round(confidence, 2)}


def checked(schema: Schema) -> Checked:
    """Return how the rules see a label: its mask; None where its picture lies elsewhere."""

    def read(payload: Any) -> Mask | None:
        if not _masks.has_pixels(payload):
            return None
        ids = _masks.mask_of(payload, numbers_of(payload[KEY], schema))
        return Mask(ids, range(len(schema.categories)))

    return Checked(Kind.MASKS, read, _masks.SAME)


# --- the manifest ---------------------------------------------------------------------------------------


def encode(payload: Any, confidence: float, schema: Schema, item: Item) -> LabelLine:
    """Write the metadata as spec/manifests.md 4 prints it. The value is the file's address: the delivery knows it."""
    chance = round(confidence, 2)
    colors = {0: (BACKGROUND_NAME, WHITE)}
    colors |= {schema.categories.index(name) + 1: (name, given["color"]) for name, given in payload[KEY].items()}
    color_map = {
        str(number): {"class-name": name, "confidence": chance, "hex-color": color}
        for number, (name, color) in sorted(colors.items())
    }
    return LabelLine(None, {"internal-color-map": color_map, "type": GROUNDTRUTH_TYPE})


def read_colors(metadata: dict[str, Any]) -> Mappings:
    """Return the colour of each category in a label's metadata. Raises ValueError, KeyError, TypeError."""
    entries, mappings = metadata["internal-color-map"], {}
    if not isinstance(entries, dict):
        raise ValueError(_("its metadata has no color map."))
    for number, entry in entries.items():
        name, color = entry["class-name"], entry.get("hex-color")
        if number == str(BACKGROUND) or name == BACKGROUND_NAME:
            continue
        if not isinstance(name, str) or not is_color(color) or color.lower() == WHITE:
            raise ValueError(_("its metadata gives “%(name)s” no hex color.") % {"name": str(name)[:60]})
        mappings[name] = {"color": color.lower()}
    if len({given["color"] for given in mappings.values()}) < len(mappings):
        raise ValueError(_("its metadata gives two classes one hex color."))
    return mappings


def decode(value: Any, metadata: dict[str, Any], schema: Schema) -> tuple[Any, float]:
    """Read a label of a manifest, its picture by address. Raises ValueError, KeyError, TypeError."""
    mappings = read_colors(metadata)
    if unknown := mappings.keys() - set(schema.categories):
        raise ValueError(_("“%(name)s” is no category of this job.") % {"name": min(unknown)[:60]})
    entries = metadata["internal-color-map"].values()
    confidence = min((float(entry.get("confidence", 0.0)) for entry in entries), default=0.0)
    if not 0 <= confidence <= 1:
        raise ValueError("A confidence is from 0 to 1.")
    return {KEY: mappings, **_masks.picture_at(value), "confidence": confidence}, confidence


def answer_of(payload: Any, schema: Schema) -> Answer:
    """Return the answer that would show a label in the tool, in the order of the schema: databases keep another."""
    shown = {key: value for key, value in payload.items() if key != "confidence"}
    mappings = {name: payload[KEY][name] for name in schema.categories if name in payload[KEY]}
    return {ELEMENT: {**shown, KEY: mappings}}


def describe(payload: Any, schema: Schema) -> str:
    """Name the categories that the mask has."""
    return ", ".join(name for name in schema.categories if name in payload[KEY]) or _("nothing")


def option_problems(schema: Schema, attribute: str) -> list[str]:
    """Return what is wrong with a job's categories: the background is none of them."""
    if BACKGROUND_NAME in schema.categories:
        return [_("“%(name)s” is what no category covers. Leave it out.") % {"name": BACKGROUND_NAME}]
    return []


# --- the type -------------------------------------------------------------------------------------------


def _example(rows: slice, columns: slice, *, road: str = "#2acf59") -> Answer:
    ids = np.zeros((_masks.EXAMPLE_HEIGHT, _masks.EXAMPLE_WIDTH), dtype=np.uint8)
    ids[rows, columns] = 1
    ids[:3] = 2
    mappings = {"road": {"color": road}, "sky": {"color": "#1f77b4"}}
    return {ELEMENT: {KEY: mappings, **_masks.picture_of(ids, [road, "#1f77b4"])}}


def _damaged() -> Answer:
    answer = _example(slice(8, 16), slice(0, 24))
    answer[ELEMENT]["labeledImage"]["pngImageData"] = "bm8gcGljdHVyZQ=="
    return answer


TASK_TYPE = TaskType(
    slug="semantic-segmentation",
    title="Semantic segmentation",
    modality="image",
    aws_names=("SemanticSegmentation",),
    workers_each=3,
    seconds=3600,
    target=0.7,
    template="semantic_segmentation.liquid.html",
    groundtruth_type=GROUNDTRUTH_TYPE,
    check=check,
    fit=fit,
    consolidate=consolidate,
    agreement=agreement,
    alike_by=alike_by,
    agreement_is=gettext_lazy("overlap of two people’s regions (IoU), mean of the categories"),
    encode=encode,
    decode=decode,
    answer_of=answer_of,
    describe=describe,
    example=Example(
        Item({"source-ref": "s3://acme/streets/1.jpg"}, _masks.EXAMPLE_WIDTH, _masks.EXAMPLE_HEIGHT, 3),
        Schema(("road", "sky")),
        (
            _example(slice(8, 16), slice(0, 24)),
            _example(slice(9, 16), slice(0, 24), road="#d62728"),
            _example(slice(8, 16), slice(4, 24)),
        ),
        _damaged(),
    ),
    min_categories=1,
    needs_ref=True,
    reads_item=True,
    has_picture=True,
    learns_from=LEARN_FROM,
    parts=Parts(lambda payload: [], lambda payload, _parts, own: {**payload, "confidence": round(own, 2)}),
    sureness=sure_by(agreement, _masks.SAME),
    weight=weight,
    weight_is=gettext_lazy("0.5 is a worker like all others"),
    learner="masks",
    features="cells",
    teach=teach,
    propose=propose,
    checked=checked,
    problems=option_problems,
)
