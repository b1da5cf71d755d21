"""Words and phrases of a text, marked and named."""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling import consolidation
from labeling.consolidation import Skills
from labeling.consolidation.sequences import SequenceSkills, presume
from labeling.consolidation.span_texts import PLACE_BITS, Text, fit_texts, settle_texts
from labeling.consolidation.spans import (
    KEEP,
    Cluster,
    Span,
    believe_clusters,
    cluster_spans,
    judge_nobody,
    span_f1,
)
from labeling.task_types import _classes
from labeling.task_types._parts import mean_confidence, number_workers, parts_in, round_confidence, spread_objects
from labeling.task_types._span_checks import KEY, entities_of, span_problems, spans_of
from labeling.validation.findings import Kind
from projects.task_types import (
    Answer,
    Checked,
    Example,
    Item,
    Known,
    LabelLine,
    Option,
    Schema,
    Settled,
    TaskType,
    Vote,
)

ELEMENT = "crowd-entity-annotation"
GROUNDTRUTH_TYPE = "groundtruth/text-span"
MOST_SHORT = 12  # characters of a short name

OVERLAP = Option(
    "overlap",
    gettext_lazy("Spans may overlap"),
    gettext_lazy("Words may belong to several spans, and a span may have several labels."),
)
SHORT = Option(
    "short",
    gettext_lazy("Short names"),
    gettext_lazy("One a line, as “People = ppl”: shown above the words in place of the full name."),
    kind="lines",
    default=(),
)


def check(answer: Answer, schema: Schema, item: Item) -> list[str]:
    """Return why these are not spans of the text with the job's labels; empty is good."""
    entities, text = entities_of(answer), item.line.get("source")
    if entities is None:
        return [_("This answer is not what the tool makes. Reload the page and mark again.")]
    length = len(text) if isinstance(text, str) else 0
    return span_problems(entities, schema, length, may_overlap=bool(schema.options.get("overlap")))


# --- consolidation --------------------------------------------------------------------------------------


def _spans(vote: Vote, schema: Schema) -> list[Span]:
    return spans_of(entities_of(vote.answer) or [], schema)


def _ask(votes: Sequence[Vote], clusters: Sequence[Cluster], numbers: dict[str, int], first: int = 0) -> Any:
    """Return what each worker says of each cluster, (M, 3); clusters are numbered from `first`."""
    said = np.array([cluster.votes(len(votes)) for cluster in clusters], dtype=np.int64)
    places = np.repeat(np.arange(first, first + len(clusters)), len(votes))
    return np.column_stack([places, np.tile(number_workers(votes, numbers), len(clusters)), said.reshape(-1)])


Truth = Sequence[Span] | None  # of a text; None where it is not known


def _fit(objects: Sequence[tuple[Sequence[Vote], Truth]], workers: Sequence[str], schema: Schema) -> Skills:
    """Learn from questions about clusters. The truth of a text takes part in its clusters as one answer more."""
    numbers = {name: number for number, name in enumerate(workers)}
    asked, given, count = [np.empty((0, 3), dtype=np.int64)], [np.empty((0, 2), dtype=np.int64)], 0
    for votes, truth in objects:
        clusters = cluster_spans([_spans(vote, schema) for vote in votes] + ([] if truth is None else [truth]))
        asked.append(_ask(votes, clusters, numbers, count))
        if truth is not None:
            true = [cluster.votes(len(votes) + 1)[-1] for cluster in clusters]
            given.append(np.column_stack([np.arange(count, count + len(clusters)), np.array(true, dtype=np.int64)]))
        count += len(clusters)
    n_categories = len(schema.categories) + 1
    said, known = np.concatenate(asked), np.concatenate(given)
    return consolidation.fit(said, n_objects=count, n_workers=len(workers), n_categories=n_categories, known=known)


def _truth(answer: Answer, schema: Schema) -> Truth:
    """Return the spans of a known answer; None where it cannot be used. Its text is not at hand."""
    found = entities_of(answer)
    if found is None or span_problems(found, schema, sys.maxsize, may_overlap=bool(schema.options.get("overlap"))):
        return None
    return spans_of(found, schema)


def _learn_from(
    pairs: Sequence[tuple[int, Vote]], schema: Schema, known: Known | None
) -> list[tuple[Sequence[Vote], Truth]]:
    """Return the votes of texts with several, and of all whose truth is known, which follows each."""
    truths = {of: said for of, true in (known or {}).items() if (said := _truth(true, schema)) is not None}
    told: dict[int, list[Vote]] = {}
    for number, vote in pairs:
        if number in truths:
            told.setdefault(number, []).append(vote)
    unknown = spread_objects([pair for pair in pairs if pair[0] not in truths])
    return [(votes, None) for votes in unknown] + [(votes, truths[of]) for of, votes in sorted(told.items())]


def fit(pairs: Sequence[tuple[int, Vote]], schema: Schema, known: Known | None = None) -> dict[str, Any]:
    """Learn who misses, invents and confuses what: {"workers": names in order, "sequences": text of SequenceSkills}.

    Where spans may overlap no token has one tag: there each cluster of spans is a question to all who read its text,
    answered by a label or by "nothing", and in place of "sequences" stands "skills", text of Skills. By texts whose
    truth is known people are judged, whatever others answered.
    """
    workers = sorted({vote.worker for _, vote in pairs})
    if not workers:
        return {}
    objects = _learn_from(pairs, schema, known)
    if not schema.options.get("overlap"):
        numbers = {name: number for number, name in enumerate(workers)}
        texts = [_text(votes, numbers, schema, truth) for votes, truth in objects]
        learnt = fit_texts(texts, n_workers=len(workers), n_categories=len(schema.categories))
        return {"workers": workers, "sequences": learnt.to_json()}
    return {"workers": workers, "skills": _fit(objects, workers, schema).to_json()}


def consolidate_many(
    objects: Sequence[Sequence[Vote]], skills: dict[str, Any], schema: Schema, numbers: Sequence[int] = ()
) -> list[Settled]:
    """Settle many objects; numbers: one an object, by which ties between labels are drawn."""
    if not schema.options.get("overlap"):
        return _settle_texts(objects, skills, schema, numbers)
    workers = {name: number for number, name in enumerate(skills.get("workers", []))}
    fitted = Skills.from_json(skills["skills"]) if skills else judge_nobody(len(schema.categories))
    draws = numbers or [0] * len(objects)
    return [
        _keep_single(votes[0]) if len(votes) == 1 else _settle(votes, workers, fitted, schema, draw)
        for votes, draw in zip(objects, draws, strict=True)
    ]


def _text(votes: Sequence[Vote], numbers: dict[str, int], schema: Schema, truth: Truth = None) -> Text:
    return Text([_spans(vote, schema) for vote in votes], number_workers(votes, numbers), truth=truth)


def _settle_texts(
    objects: Sequence[Sequence[Vote]], skills: dict[str, Any], schema: Schema, numbers: Sequence[int]
) -> list[Settled]:
    read = _read(skills["sequences"]) if "sequences" in skills else None
    learnt = read or presume(len(schema.categories))
    workers = {name: number for number, name in enumerate(skills["workers"] if read else [])}
    texts = [_text(votes, workers, schema) for votes in objects]
    return [
        _keep_single(votes[0]) if len(votes) == 1 else _write(found, nothing, schema)
        for votes, (found, nothing) in zip(
            objects, settle_texts(texts, learnt, numbers=numbers or [0] * len(objects)), strict=True
        )
    ]


def _write(found: Sequence[tuple[Span, float]], nothing: float, schema: Schema) -> Settled:
    entities = [
        {
            "label": schema.categories[category],
            "startOffset": start,
            "endOffset": end,
            "confidence": round_confidence(sure),
        }
        for (start, end, category), sure in found
    ]
    confidence = mean_confidence(entities) if entities else round(nothing, 6)
    return Settled({KEY: entities}, confidence, "sequence")


def weight(skills: dict[str, Any], worker: str) -> float | None:
    """Return a worker's chance to mark a span where it begins, with its label; None where nobody was judged."""
    if "sequences" not in skills:
        return _classes.weight(skills, worker) if "skills" in skills else None
    workers, learnt = skills["workers"], _read(skills["sequences"])
    place = bisect_left(workers, worker)  # `fit` sorts them
    if learnt is None or place == len(workers) or workers[place] != worker:
        return None
    return round(float(learnt.accuracy[place]), 6)


@lru_cache(maxsize=8)
def _read(text: str) -> SequenceSkills | None:  # one for all of a job's workers
    """Return a job's skills; None where they were written by an older model, until they are learnt anew."""
    try:
        return SequenceSkills.from_json(text)
    except (KeyError, ValueError):
        return None


def _keep_single(vote: Vote) -> Settled:
    entities = sorted(entities_of(vote.answer) or [], key=_order)
    return Settled({KEY: [{**entity, "confidence": 0.0} for entity in entities]}, 0.0, "single")


def _settle(votes: Sequence[Vote], workers: dict[str, int], skills: Skills, schema: Schema, draw: int) -> Settled:
    clusters = cluster_spans([_spans(vote, schema) for vote in votes])
    places = [cluster.place() for cluster in clusters]
    draws = np.array([(draw << PLACE_BITS) + start for start, _end in places], dtype=np.int64)
    asked = _ask(votes, clusters, workers)
    categories, sure, there = believe_clusters(asked, skills, n_clusters=len(clusters), numbers=draws)
    kept = [number for number in range(len(clusters)) if there[number] >= KEEP]
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for number in kept:
        entity = {
            "label": schema.categories[categories[number]],
            "startOffset": places[number][0],
            "endOffset": places[number][1],
            "confidence": round_confidence(float(sure[number])),
        }
        found.setdefault(_order(entity), entity)  # the surer of two that came out alike is first
    entities = [found[key] for key in sorted(found)]
    nothing = float(np.prod(1 - there)) * (len(votes) + 0.5) / (len(votes) + 1)  # nor is there what nobody marked
    confidence = mean_confidence(entities) if entities else round(nothing, 6)
    return Settled({KEY: entities}, confidence, f"clusters, {skills.model}")


def _order(entity: dict[str, Any]) -> tuple[int, int, str]:
    return entity["startOffset"], entity["endOffset"], entity["label"]


def consolidate(votes: Sequence[Vote], skills: dict[str, Any], schema: Schema) -> Settled:
    """Settle one object."""
    return consolidate_many([votes], skills, schema)[0]


def agreement(a: Answer, b: Answer, schema: Schema) -> float:
    """Return the F1 of one answer's spans measured by the other's: same places, same label."""
    return span_f1(*(spans_of(entities_of(answer) or [], schema) for answer in (a, b)))


def alike_by(a: Answer, b: Answer, schema: Schema) -> dict[int, float]:
    """Return the F1 of the spans of each label that either answer has."""
    one, other = (spans_of(entities_of(answer) or [], schema) for answer in (a, b))
    return {
        label: span_f1(*([span for span in spans if span[2] == label] for spans in (one, other)))
        for label in sorted({span[2] for span in (*one, *other)})
    }


def mistaken(a: Answer, b: Answer, schema: Schema) -> list[tuple[int, int]]:
    """Return the labels that two answers give to the same words."""
    one, other = (_labels_by_place(answer, schema) for answer in (a, b))
    pairs = [
        (min(mine, theirs), max(mine, theirs))
        for place in sorted(one.keys() & other.keys())
        for mine, theirs in product(one[place] - other[place], other[place] - one[place])
    ]
    return sorted(pairs)


def _labels_by_place(answer: Answer, schema: Schema) -> dict[tuple[int, int], set[int]]:
    found: dict[tuple[int, int], set[int]] = {}
    for start, end, label in spans_of(entities_of(answer) or [], schema):
        found.setdefault((start, end), set()).add(label)
    return found


# --- the manifest ---------------------------------------------------------------------------------------


def short_names(schema: Schema) -> dict[str, str]:
    """Return the short name of each label that has one."""
    return dict(_short_pairs(schema))


def _short_pairs(schema: Schema) -> Iterator[tuple[str, str]]:
    for line in schema.options.get("short") or ():
        name, _equals, short = line.rpartition("=")
        yield name.strip(), short.strip()


def labels_of(schema: Schema) -> list[dict[str, str]]:
    """Return the labels as the element and the manifest hold them."""
    short = short_names(schema)
    return [
        {"label": name, **({"shortDisplayName": short[name]} if name in short else {})} for name in schema.categories
    ]


def encode(payload: Any, confidence: float, schema: Schema, item: Item) -> LabelLine:
    """Write spans as spec/manifests.md 4 prints them. Confidence 0.0: nobody compared, for no span."""
    told = confidence > 0
    entities = [
        {"label": entity["label"], "startOffset": entity["startOffset"], "endOffset": entity["endOffset"]}
        for entity in payload[KEY]
    ]
    metadata = {
        "entities": [{"confidence": round(entity["confidence"], 2) if told else 0} for entity in payload[KEY]],
        "type": GROUNDTRUTH_TYPE,
    }
    return LabelLine({"annotations": {"labels": labels_of(schema), KEY: entities}}, metadata)


def decode(value: Any, metadata: dict[str, Any], schema: Schema) -> tuple[Any, float]:
    """Read what `encode` wrote. Raises ValueError, KeyError, TypeError."""
    entities = list(value["annotations"][KEY])
    if problems := span_problems(entities, schema, np.iinfo(np.int32).max, may_overlap=True):
        raise ValueError(problems[0])
    told = metadata.get("entities") or [{"confidence": 0}] * len(entities)
    confidences = [float(found["confidence"]) for found in told]
    if not all(0 <= confidence <= 1 for confidence in confidences):
        raise ValueError("A confidence is from 0 to 1.")
    found = [{**entity, "confidence": sure} for entity, sure in zip(entities, confidences, strict=True)]
    return {KEY: found}, mean_confidence(found)


def answer_of(payload: Any, schema: Schema) -> Answer:
    """Return the answer that would show a label in the tool."""
    return {ELEMENT: {KEY: [{k: v for k, v in entity.items() if k != "confidence"} for entity in payload[KEY]]}}


def describe(payload: Any, schema: Schema) -> str:
    """Count the spans of each label."""
    counts = Counter(entity["label"] for entity in payload[KEY])
    return ", ".join(f"{counts[name]} × {name}" for name in schema.categories if counts[name]) or _("nothing")


# --- the type -------------------------------------------------------------------------------------------


def checked(schema: Schema) -> Checked:
    """Return how the rules of machine validation see the spans of a label."""
    return Checked(Kind.SPANS, lambda payload: spans_of(payload[KEY], schema))


def task_input(item: Item, schema: Schema) -> dict[str, Any]:
    """Return the labels with their short names, and whether spans may overlap. Raises ValueError without a text."""
    text = item.line.get("source")
    if not isinstance(text, str) or not text:
        raise ValueError(_("This object has no text: its line needs the key “source”."))
    return {"labels": labels_of(schema), "overlap": bool(schema.options.get("overlap"))}


def option_problems(schema: Schema, attribute: str) -> list[str]:
    """Return what is wrong with the short names."""
    problems, seen = [], set()
    for name, short in _short_pairs(schema):
        if name not in schema.categories:
            problems.append(
                _("Short names: “%(name)s” is not a label. Write “label = short name”.") % {"name": name[:60]}
            )
        if not 0 < len(short) <= MOST_SHORT:
            words = _("Short names: that of “%(name)s” has 1 to %(most)d characters.")
            problems.append(words % {"name": name[:60], "most": MOST_SHORT})
        if name in seen:
            problems.append(_("Short names: “%(name)s” is there twice.") % {"name": name[:60]})
        seen.add(name)
    return problems


def _example(*spans: tuple[str, int, int]) -> Answer:
    return {ELEMENT: {KEY: [{"label": name, "startOffset": a, "endOffset": b} for name, a, b in spans]}}


TASK_TYPE = TaskType(
    slug="named-entity",
    title="Named entities",
    modality="text",
    aws_names=("NamedEntityRecognition",),
    workers_each=3,
    seconds=3600,
    target=0.8,
    template="named_entity.liquid.html",
    groundtruth_type=GROUNDTRUTH_TYPE,
    source_key="source",
    check=check,
    fit=fit,
    consolidate=consolidate,
    consolidate_many=consolidate_many,
    agreement=agreement,
    alike_by=alike_by,
    mistaken=mistaken,
    agreement_is=gettext_lazy("F1 of one answer’s spans measured by another’s: same places, same label"),
    encode=encode,
    decode=decode,
    answer_of=answer_of,
    describe=describe,
    example=Example(
        Item({"source": "Ann moved to Oslo."}),
        Schema(("People", "Place"), {"overlap": False, "short": ["People = ppl", "Place = plc"]}),
        (
            _example(("People", 0, 3), ("Place", 13, 17)),
            _example(("People", 0, 3), ("Place", 13, 18)),
            _example(("Place", 13, 17)),
        ),
        _example(("People", 0, 3), ("Place", 13, 20)),
    ),
    min_categories=1,
    reads_item=True,
    options=(OVERLAP, SHORT),
    problems=option_problems,
    weight=weight,
    parts=parts_in(KEY),
    task_input=task_input,
    checked=checked,
)
