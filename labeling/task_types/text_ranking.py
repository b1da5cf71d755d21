"""Several responses to a text, put in order in one respect or more: the categories are these respects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.consolidation.ranking import MOST_ITEMS, rank_agreement, settle_ranks
from labeling.consolidation.raters import Raters, fit_raters, pairs_of
from labeling.consolidation.votes import IntArray
from labeling.task_types._alike import learn_alike, sure_by
from labeling.task_types._parts import round_confidence
from projects.task_types import (
    Answer,
    Example,
    Item,
    Known,
    LabelLine,
    Option,
    Parts,
    Payload,
    Schema,
    Settled,
    TaskType,
    Vote,
)

ELEMENT = "crowd-text-ranking"
GROUNDTRUTH_TYPE = "groundtruth/custom"
LEAST_ITEMS = 2
SAME = 0.8  # agreement from which on two people rank alike

TIES = Option("ties", gettext_lazy("Equal ranks are allowed"), gettext_lazy("Two responses may be equally good."))


def responses_of(item: Item) -> list[str]:
    """Return what is put in order. Raises ValueError with a sentence where the line has no such list."""
    responses = item.line.get("responses")
    if not isinstance(responses, list) or not all(isinstance(text, str) and text.strip() for text in responses):
        raise ValueError(_("This object has nothing to rank: its line needs the key “responses”, a list of texts."))
    if not LEAST_ITEMS <= len(responses) <= MOST_ITEMS:
        raise ValueError(
            _("This object has %(count)d responses; from 2 to 10 can be ranked.") % {"count": len(responses)}
        )
    return responses


def rankings_of(answer: Answer) -> dict[str, Any]:
    """Return the ranks by dimension, whatever name the element has; {} where the answer is no such element's."""
    parts = list(answer.values())
    return parts[0] if len(parts) == 1 and isinstance(parts[0], dict) else {}


def check(answer: Answer, schema: Schema, item: Item) -> list[str]:
    """Return why this does not rank the object's responses in each respect; empty is good."""
    try:
        count = len(responses_of(item))
    except ValueError as problem:
        return [str(problem)]
    rankings = rankings_of(answer)
    if rankings.keys() - set(schema.categories):
        return [_("This answer is not what the tool makes. Reload the page and rank again.")]
    may_tie = bool(schema.options.get("ties"))
    problems = (_rank_problem(name, rankings.get(name), count, may_tie=may_tie) for name in schema.categories)
    return [problem for problem in problems if problem]


def _rank_problem(name: str, ranks: Any, count: int, *, may_tie: bool) -> str:
    told = {"name": name[:60], "count": count}
    if not isinstance(ranks, list) or len(ranks) != count:
        return _("Rank all %(count)d responses by “%(name)s”.") % told
    if not all(isinstance(rank, int) and not isinstance(rank, bool) and 1 <= rank <= count for rank in ranks):
        return _("Ranks by “%(name)s” are whole numbers from 1 to %(count)d.") % told
    if not may_tie and len(set(ranks)) < count:
        return _("Give each response a rank of its own by “%(name)s”.") % told
    return ""


def fit(pairs: Sequence[tuple[int, Vote]], schema: Schema, known: Known | None = None) -> dict[str, Any]:
    """Learn how well each worker ranks: {"workers": names in order, "errors": of each, "crowd": of others, "alike": …}.

    In all respects together: each pair of responses, in each, is a question to whoever ranked them.
    """
    workers = {name: number for number, name in enumerate(sorted({vote.worker for _, vote in pairs}))}
    if not workers:
        return {}
    numbers: dict[tuple[int, str], int] = {}
    said, truth, count = [np.empty((0, 3), dtype=np.int64)], [], 0
    for of, vote in sorted(pairs, key=lambda one: (one[0], one[1].worker)):
        for name in schema.categories:
            ranks = rankings_of(vote.answer)[name]
            signs = pairs_of(np.array(ranks))
            if (of, name) not in numbers:
                numbers[of, name] = count
                count += len(signs)
                truth.append(_true_signs(known, of, name, schema, len(ranks)))
            places = numbers[of, name] + np.arange(len(signs))
            said.append(np.column_stack([places, np.full(len(signs), workers[vote.worker]), signs]))
    found = fit_raters(np.concatenate(said), n_pairs=count, n_workers=len(workers), truth=np.concatenate(truth))
    learnt = {"workers": list(workers), "errors": found.errors.tolist(), "crowd": found.crowd}
    return {**learnt, **learn_alike(pairs, schema, agreement, SAME)}


def _true_signs(known: Known | None, of: int, name: str, schema: Schema, count: int) -> IntArray:
    """Return which of two of an object's responses is truly before, 0 where that is not known."""
    rankings = rankings_of(known[of]) if known and of in known else {}
    if any(
        _rank_problem(one, rankings.get(one), count, may_tie=bool(schema.options.get("ties")))
        for one in schema.categories
    ):
        return np.zeros(count * (count - 1) // 2, dtype=np.int64)
    return pairs_of(np.array(rankings[name]))


def _weights(skills: dict[str, Any]) -> dict[str, float]:
    if not skills:
        return {}
    found = Raters(np.array(skills["errors"]), skills["crowd"]).weights()
    return dict(zip(skills["workers"], found.tolist(), strict=True))


def weight(skills: dict[str, Any], worker: str) -> float | None:
    """Return a worker's chance to put two responses in their order; None where nobody was judged."""
    errors = dict(zip(skills.get("workers", ()), skills.get("errors", ()), strict=True))
    return round(1 - errors[worker], 6) if worker in errors else None


def consolidate_many(
    objects: Sequence[Sequence[Vote]], skills: dict[str, Any], schema: Schema, numbers: Sequence[int] = ()
) -> list[Settled]:
    """Settle many objects; numbers: one an object, by which equally good orders are drawn."""
    known = _weights(skills)
    return [_settle(votes, known, schema, n) for votes, n in zip(objects, numbers or [0] * len(objects), strict=True)]


def _settle(votes: Sequence[Vote], known: dict[str, float], schema: Schema, number: int) -> Settled:
    if len(votes) == 1:
        rankings = rankings_of(votes[0].answer)
        return Settled({"ranks": rankings, "confidence": dict.fromkeys(rankings, 0.0)}, 0.0, "single")
    ranks, sure = {}, {}
    weights = [known.get(vote.worker, 1.0) for vote in votes]
    may_tie = bool(schema.options.get("ties"))
    for name in schema.categories:
        given = [tuple(rankings_of(vote.answer)[name]) for vote in votes]
        order, confidence = settle_ranks(given, may_tie=may_tie, number=number, weights=weights)
        ranks[name], sure[name] = list(order), round_confidence(confidence)
    return Settled({"ranks": ranks, "confidence": sure}, _mean(sure), "Kemeny")


def _mean(confidences: dict[str, float]) -> float:
    return round(sum(confidences.values()) / len(confidences), 6)


def consolidate(votes: Sequence[Vote], skills: dict[str, Any], schema: Schema) -> Settled:
    """Settle one object."""
    return consolidate_many([votes], skills, schema)[0]


def agreement(a: Answer, b: Answer, schema: Schema) -> float:
    """Return Kendall's tau as a number from 0 to 1, averaged over the respects; 0.0 for lists of other lengths."""
    one, other = rankings_of(a), rankings_of(b)
    taus = [
        rank_agreement(one[name], other[name]) if len(one[name]) == len(other[name]) else 0.0
        for name in schema.categories
    ]
    return sum(taus) / len(taus)


def encode(payload: Any, confidence: float, schema: Schema, item: Item) -> LabelLine:
    """Write the ranks by respect; the metadata has a confidence for each, and their mean."""
    told = confidence > 0  # 0.0: nobody compared
    metadata = {
        "confidence": round(confidence, 2),
        "confidence-map": {name: sure if told else 0.0 for name, sure in payload["confidence"].items()},
        "type": GROUNDTRUTH_TYPE,
    }
    return LabelLine(payload["ranks"], metadata)


def decode(value: Any, metadata: dict[str, Any], schema: Schema) -> tuple[Any, float]:
    """Read what `encode` wrote. Raises ValueError, KeyError, TypeError."""
    count = max(len(value[name]) for name in schema.categories)
    problems = [_rank_problem(name, value[name], count, may_tie=True) for name in schema.categories]
    if any(problems) or value.keys() != set(schema.categories) or not LEAST_ITEMS <= count <= MOST_ITEMS:
        raise ValueError("These are no ranks by the categories of this job.")
    sure = {name: float(metadata["confidence-map"][name]) for name in schema.categories}
    if not all(0 <= confidence <= 1 for confidence in sure.values()):
        raise ValueError("A confidence is from 0 to 1.")
    return {"ranks": {name: value[name] for name in schema.categories}, "confidence": sure}, _mean(sure)


def answer_of(payload: Any, schema: Schema) -> Answer:
    """Return the answer that would show a label in the tool."""
    return {ELEMENT: payload["ranks"]}


def describe(payload: Any, schema: Schema) -> str:
    """Name the responses by number, the best first, in each respect."""
    return "; ".join(f"{name}: {_in_order(payload['ranks'][name])}" for name in schema.categories)


def _with_sure(payload: Payload, chances: Sequence[float], _own: float) -> Payload:
    sure = zip(payload["confidence"], map(round_confidence, chances), strict=True)
    return {**payload, "confidence": dict(sure)}


def _in_order(ranks: Sequence[int]) -> str:
    """Write ranks as `2 > 1 = 3`."""
    order = sorted(range(len(ranks)), key=lambda place: (ranks[place], place))
    signs = ["", *(" = " if ranks[a] == ranks[b] else " > " for a, b in zip(order, order[1:], strict=False))]
    return "".join(f"{sign}{place + 1}" for sign, place in zip(signs, order, strict=True))


def task_input(item: Item, schema: Schema) -> dict[str, Any]:
    """Return the text, the responses and the respects as the element takes them. Raises ValueError without them."""
    text = item.line.get("source")
    if not isinstance(text, str):
        raise ValueError(_("This object has no text: its line needs the key “source”."))
    dimensions = [{"name": name, "allowTie": bool(schema.options.get("ties"))} for name in schema.categories]
    return {"text": text, "responses": responses_of(item), "dimensions": dimensions}


TASK_TYPE = TaskType(
    slug="text-ranking",
    title="Text ranking",
    modality="text",
    aws_names=(),
    workers_each=3,
    seconds=3600,
    target=0.8,
    template="text_ranking.liquid.html",
    groundtruth_type=GROUNDTRUTH_TYPE,
    source_key="source",
    check=check,
    fit=fit,
    consolidate=consolidate,
    consolidate_many=consolidate_many,
    agreement=agreement,
    agreement_is=gettext_lazy("Kendall’s tau of two rankings, from 0 to 1"),
    encode=encode,
    decode=decode,
    answer_of=answer_of,
    describe=describe,
    example=Example(
        Item({"source": "How do I boil an egg?", "responses": ["Eight minutes.", "Ask a hen.", "In boiling water."]}),
        Schema(("helpful", "harmless"), {"ties": False}),
        (
            {ELEMENT: {"helpful": [1, 3, 2], "harmless": [1, 2, 3]}},
            {ELEMENT: {"helpful": [1, 3, 2], "harmless": [2, 1, 3]}},
            {ELEMENT: {"helpful": [2, 3, 1], "harmless": [1, 2, 3]}},
        ),
        {ELEMENT: {"helpful": [1, 1, 2], "harmless": [1, 2, 3]}},
    ),
    min_categories=1,
    reads_item=True,
    options=(TIES,),
    task_input=task_input,
    weight=weight,
    parts=Parts(lambda payload: list(payload["confidence"].values()), _with_sure),
    sureness=sure_by(agreement, SAME),
)
