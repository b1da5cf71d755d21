"""What the types share whose answers have parts, such as boxes or labels: who of those who looked named each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from labeling.consolidation.presence import Presence, Truths, ask_parts, believe_parts, believe_rest, fit_presence
from projects.task_types import Answer, Fit, Known, Parts, Payload, Schema, Vote

Problems = Callable[[Schema, str], list[str]]  # of a job's set-up, as sentences
Finder = Callable[[Sequence[Vote], Schema], Sequence[Collection[int]]]  # votes → for each part the places of its votes
Usable = Callable[[Answer, Schema], bool]

LEARN_FROM = 2_000  # objects, spread over the job: skills of people do not need more, and comparing shapes costs time
TRUTH = ""  # in a worker's place, for what is known
LEAST_CONFIDENCE = 0.01  # 0.0 stands for "not computed"


def fitter(find_parts: Finder, is_usable: Usable) -> Fit:
    """Return the `fit` of a type with parts; what it learns is JSON that `Judge` reads.

    is_usable: whether an answer, which may be anything, can be a truth of the job; others are passed over.
    """

    def fit(pairs: Sequence[tuple[int, Vote]], schema: Schema, known: Known | None = None) -> dict[str, Any]:
        workers = sorted({vote.worker for _, vote in pairs})
        if not workers:
            return {}
        known = {of: true for of, true in (known or {}).items() if is_usable(true, schema)}
        numbers = {name: number for number, name in enumerate(workers)}
        asked, looks, count = [np.empty((0, 3), dtype=np.int64)], [np.empty((0, 2), dtype=np.int64)], 0
        certain, certain_objects = [np.empty((0, 2), dtype=np.int64)], []
        objects = [*((votes, None) for votes in spread_objects(pairs, known)), *_known_objects(pairs, known)]
        for place, (votes, true) in enumerate(objects):
            parts, who = _find(find_parts, votes, true, schema), number_workers(votes, numbers)
            asked.append(ask_parts(parts, who, count))
            looks.append(np.column_stack([np.full(len(who), place), who]))
            if true is not None:
                there = [(count + number, len(votes) in part) for number, part in enumerate(parts)]
                certain.append(np.array(there, dtype=np.int64).reshape(-1, 2))
                certain_objects.append(place)
            count += len(parts)
        truths = Truths(np.concatenate(certain), np.array(certain_objects, dtype=np.int64))
        learnt = fit_presence(np.concatenate(asked), np.concatenate(looks), n_workers=len(workers), known=truths)
        return write_presence(workers, learnt)

    return fit


def _find(find_parts: Finder, votes: Sequence[Vote], true: Answer | None, schema: Schema) -> Sequence[Collection[int]]:
    """Return the parts of an object; the truth, where there is one, is in those that have the place after all votes."""
    return find_parts(votes if true is None else [*votes, Vote(TRUTH, true)], schema)


def _known_objects(pairs: Sequence[tuple[int, Vote]], known: Known | None) -> list[tuple[list[Vote], Answer]]:
    """Return the votes of each known object, and its truth."""
    grouped: dict[int, list[Vote]] = {}
    for number, vote in pairs if known else ():
        if known and number in known:
            grouped.setdefault(number, []).append(vote)
    return [(votes, known[number]) for number, votes in sorted(grouped.items())] if known else []


def write_presence(workers: list[str], presence: Presence) -> dict[str, Any]:
    """Return what was learned as plain JSON, numbers to six decimals."""
    return {
        "workers": workers,
        "finds": np.round(presence.finds, 6).tolist(),
        "falls": np.round(presence.falls, 6).tolist(),
        "there": round(float(presence.there), 6),
        "misleading": round(float(presence.misleading), 6),
    }


def weight(skills: dict[str, Any], worker: str) -> float | None:
    """Return a worker's chance to be right of a part, half by finding what is there and half by inventing nothing.

    None where nobody was judged, or not this worker.
    """
    if worker not in skills.get("workers", []):
        return None
    place = skills["workers"].index(worker)
    return round((skills["finds"][place] + 1 - skills["falls"][place]) / 2, 6)


def spread_objects(pairs: Sequence[tuple[int, Vote]], known: Known | None = None) -> list[list[Vote]]:
    """Return the votes of each object with several, of at most LEARN_FROM objects at equal steps through the job.

    Those whose truth is known are left out.
    """
    grouped: dict[int, list[Vote]] = {}
    for number, vote in pairs:
        if not known or number not in known:
            grouped.setdefault(number, []).append(vote)
    several = [votes for _, votes in sorted(grouped.items()) if len(votes) > 1]
    step = max(len(several) / LEARN_FROM, 1.0)
    return [several[int(place * step)] for place in range(int(len(several) / step))]


def number_workers(votes: Sequence[Vote], numbers: dict[str, int]) -> Any:
    """Return the worker's number of each vote: (n,); who is not known comes after all."""
    return np.array([numbers.get(vote.worker, len(numbers)) for vote in votes], dtype=np.int64)


class Judge:
    """Skills as `fit` wrote them, read once for many objects; without any, everybody counts as an ordinary worker."""

    def __init__(self, written: dict[str, Any]) -> None:
        self._numbers = {name: number for number, name in enumerate(written.get("workers", []))}
        self._presence = Presence()
        if written:
            finds, falls = (np.array(written[name], dtype=np.float64) for name in ("finds", "falls"))
            self._presence = Presence(finds, falls, written["there"], written["misleading"])

    def believe(self, votes: Sequence[Vote], named: Sequence[Collection[int]]) -> list[float]:
        """Return the confidence that each part is there, 0..1; `named`: for each the places of the votes with it."""
        asked = ask_parts(named, number_workers(votes, self._numbers))
        return believe_parts(asked, self._presence, n_parts=len(named)).tolist()

    def believe_rest(self, votes: Sequence[Vote]) -> float:
        """Return the chance that nothing is there beside what was named."""
        return believe_rest(number_workers(votes, self._numbers), self._presence)


def round_confidence(chance: float) -> float:
    """Round a part's confidence as manifests hold it, but never to the 0.0 that stands for "not computed"."""
    return max(round(chance, 2), LEAST_CONFIDENCE)


def parts_in(key: str) -> Parts:
    """Return where a payload holds confidences that has them in each of the entries under `key`."""

    def write(payload: Payload, chances: Sequence[float], own: float) -> Payload:
        return {**payload, key: with_confidences(payload[key], chances)}

    return Parts(lambda payload: [entry["confidence"] for entry in payload[key]], write)


def with_confidences(entries: Sequence[dict[str, Any]], chances: Sequence[float]) -> list[dict[str, Any]]:
    """Return entries with other confidences, rounded."""
    return [{**entry, "confidence": round_confidence(chance)} for entry, chance in zip(entries, chances, strict=True)]


def both(first: Problems | None, second: Problems) -> Problems:
    """Return the function that tells what either finds wrong with a job's set-up."""

    def problems(schema: Schema, attribute: str) -> list[str]:
        return [*(first(schema, attribute) if first else []), *second(schema, attribute)]

    return problems


def mean_confidence(parts: Sequence[dict[str, Any]]) -> float:
    """Return the mean of the parts' confidences; 0.0 where there is no part."""
    return round(sum(part["confidence"] for part in parts) / len(parts), 6) if parts else 0.0
