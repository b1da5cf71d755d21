"""Spans of a text from several people's: a hidden Markov chain of true tags, with each worker's errors.

Model: the true tags of a text's tokens are a chain, see `chains`: outside, at the beginning or inside of a span of
category k, leading up to one or trailing one. Given the true tag of a token, and whether the worker is inside a span
of theirs just before it, worker w says outside, begin or inside with chance bounds[w, true, before, said]; who begins
a span names its category j with chance names[w, k, j] where the token belongs or leads to a span of k, and at random
elsewhere. So who misses a long name misses it once and not a token at a time. The chain with worker confusions is
that of Nguyen et al. 2017, doi:10.18653/v1/P17-1028, section 3.1; that a worker's tag hangs on their last is from
Simpson and Gurevych 2019, doi:10.18653/v1/D19-1101, section 4. Rows of a worker are drawn to the crowd's, and the
crowd's to the tables below. With errors by true category and steps by category EM drifted away from the truth (F1 .74
against .78).

What people do beside a span has tags of its own. With outside alone, a span that one of three people always begins a
word early was the truth (F1 .00 against .78 of the spans that most gave; now .97), as two who begin late every time
could be foreseen and one who begins early could not; and what one of three invented was taken for a span when it was
longer than a token, as people seldom go on behind a true end (F1 .92 against .95; now .97). Nobody is usually early:
silence before a span is at least as likely as a beginning, or the majority led up to what a minority cut short (.52).

Guarantees. The true tag of a token is, in kind, one that somebody gave it, or outside; and where two or more gave it
and all the same, that one. So what everybody marked alike is certain to be true. A text whose truth
is known (`truths`) has that truth, and people are judged by it.

| name | what |
|---|---|
| `marks` | (M, 5) int: token, worker, inside before (0, 1), said (OUTSIDE, BEGIN, INSIDE), category (-1 outside) |
| `lengths` | (S,) int: tokens of each text, which follow one another |
| `truths` | (T,) int: the known state of a token, 0 outside, 1 + k begin, 1 + K + k inside; -1 where it is not known |
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from labeling.consolidation.chains import (
    BEGIN,
    INSIDE,
    KINDS,
    LEADING,
    OUTSIDE,
    TRAILING,
    Chains,
    Moves,
    run_chains,
    split_kinds,
)
from labeling.consolidation.votes import FloatArray, IntArray

# The crowd's bounds by true tag, inside before, said: as so many answers (outside, begin, inside, leading, trailing).
# People are taken to miss three spans of twenty: with six, small jobs believed more of what one of three invented.
BOUNDS = 5 * np.array(
    [
        [[18.05, 2.05, 0.05], [6.05, 2.05, 12.05]],
        [[3.05, 17.05, 0.05], [4.05, 10.05, 6.05]],
        [[16.05, 3.05, 0.05], [2.05, 2.05, 16.05]],
        [[16.05, 4.05, 0.05], [2.05, 2.05, 16.05]],
        [[18.05, 2.05, 0.05], [12.05, 2.05, 6.05]],
    ]
)
STEPS = np.array(  # the chain's, as so many steps
    [
        [44.5, 4.5, 0.0, 1.0, 0.0],
        [0.0, 0.45, 3.5, 0.05, 6.0],
        [0.0, 0.45, 3.5, 0.05, 6.0],
        [0.0, 4.0, 0.0, 1.0, 0.0],
        [8.9, 0.9, 0.0, 0.2, 0.0],
    ]
)
RIGHT, NAMES = 0.8, 5.0  # the crowd names the right category so often; answers that this weighs, a category
# Answers that the crowd weighs in a worker's row. Beside spans little: there are people's habits. Elsewhere 5 gave .775
# F1, 50 .780; 50 beside spans too lost to the habits (.06).
BOUNDS_WEIGHT = np.array([50.0, 50.0, 50.0, 5.0, 5.0])[:, None, None]
NAMES_WEIGHT, WITHIN_WEIGHT = 2.0, 5.0
WITHIN = 0.1  # the crowd is inside a span where one begins so often, as by ten answers
CATEGORIES = 2.0  # spans that "all categories alike" weighs, a category
INDEPENDENT = 0.9  # of an answer's weight: people err together, and .8 to 1 did within .005 F1 alike
MOST_NUMBERS = 300_000  # W * K * K over this: categories are taken to be confused as by the crowd
ROUNDS, TOLERANCE = 30, 1e-5
LEAST = 1e-6


@dataclass(frozen=True, eq=False)
class SequenceSkills:
    """What a job's spans teach. The crowd's tables stand last, for workers who are not known.

    bounds: (W + 1, 5, 2, 3); within: (W + 1,), the chance to be inside a span of theirs where a true one begins;
    names: (W + 1, K, K), or (1, K, K), the crowd's, where there are too many; stray: (K,), categories of spans where
    nothing is; moves: the chain's.
    """

    bounds: FloatArray
    within: FloatArray
    names: FloatArray
    stray: FloatArray
    moves: Moves

    @property
    def n_workers(self) -> int:
        return len(self.bounds) - 1

    @cached_property
    def accuracy(self) -> FloatArray:
        """Each worker's chance (W,) to begin a true span where it begins, with its category."""
        named = np.einsum("wkk,k->w", self.names, self.moves.categories)
        begun = self.bounds[:, BEGIN, :, BEGIN]
        return np.asarray((((1 - self.within) * begun[:, 0] + self.within * begun[:, 1]) * named)[:-1])

    def to_json(self) -> str:
        """Write as JSON, numbers to six decimals."""
        tables = {"bounds": self.bounds, "within": self.within, "names": self.names, "stray": self.stray}
        tables |= {"steps": self.moves.steps, "categories": self.moves.categories}
        return json.dumps({name: np.round(table, 6).tolist() for name, table in tables.items()}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> SequenceSkills:
        """Read what `to_json` wrote; raises KeyError or ValueError on anything else."""
        content = json.loads(text)
        tables = {name: np.array(content[name], dtype=np.float64) for name in ("bounds", "within", "names", "stray")}
        moves = Moves(np.array(content["steps"], dtype=np.float64), np.array(content["categories"], dtype=np.float64))
        return cls(**tables, moves=moves)


def presume(n_categories: int) -> SequenceSkills:
    """Return what is held of people before any answer."""
    alike = np.full(n_categories, 1 / max(n_categories, 1))
    bounds = BOUNDS / BOUNDS.sum(axis=2, keepdims=True)
    moves = Moves(STEPS / STEPS.sum(axis=1, keepdims=True), alike)
    return SequenceSkills(bounds[None], np.array([WITHIN]), _usual_names(n_categories)[None], alike, moves)


def _usual_names(n_categories: int) -> FloatArray:
    return np.asarray(RIGHT * np.eye(n_categories) + (1 - RIGHT) / max(n_categories, 1))


def fit_sequences(
    marks: IntArray, lengths: IntArray, *, n_workers: int, n_categories: int, truths: IntArray | None = None
) -> SequenceSkills:
    """Learn who misses, invents, cuts and confuses what, by EM from the shares of the answers.

    Order of marks and names of workers change nothing but the last digits. No marks give `presume` for everybody.
    """
    marks = marks[np.lexsort(marks.T[::-1])]
    told = np.full(int(lengths.sum()), -1) if truths is None else truths
    states = _start(marks, told, n_categories)
    skills, steps = presume(n_categories), np.zeros((KINDS, KINDS))
    for _ in range(ROUNDS):
        skills = _estimate(marks, states, steps, n_workers)
        chains = believe_tags(marks, lengths, skills, told)
        before, states, steps = states, chains.states, chains.steps
        if not states.size or np.abs(states - before).mean() < TOLERANCE:
            break
    return skills


def _count_states(marks: IntArray, n_tokens: int, n_categories: int) -> IntArray:
    """Return how many gave each token each tag, (T, 1 + 2K): outside, begin, inside."""
    token, _, _, said, category = marks.T
    state = np.where(said == OUTSIDE, 0, 1 + category + (said - 1) * n_categories)
    n_states = 1 + 2 * n_categories
    return np.bincount(token * n_states + state, minlength=n_tokens * n_states).reshape(n_tokens, n_states)


def _start(marks: IntArray, truths: IntArray, n_categories: int) -> FloatArray:
    """Return the shares of the answers, with one more spread over all, as chances of states (T, 2 + 3K).

    What is known is certain.
    """
    counts = _count_states(marks, len(truths), n_categories) + 1 / (1 + 2 * n_categories)
    told = truths >= 0
    counts[told] = np.eye(counts.shape[1])[truths[told]]
    shares = counts / counts.sum(axis=1, keepdims=True)
    return np.hstack([shares, np.zeros((len(shares), n_categories + 1))])


def _possible(marks: IntArray, truths: IntArray, n_categories: int) -> NDArray[np.bool_]:
    """Return which states (T, 2 + 3K) a token may have: see the guarantees above."""
    counts = _count_states(marks, len(truths), n_categories)
    given = counts > 0
    begun, inside = (given[:, first : first + n_categories].any(axis=1) for first in (1, 1 + n_categories))
    by_kind = np.column_stack([np.ones_like(begun), begun, inside])
    tags = np.repeat(by_kind, [1, n_categories, n_categories], axis=1)
    agreed = (given.sum(axis=1) == 1) & (counts.sum(axis=1) > 1)
    tags[agreed] = given[agreed]
    told = truths >= 0
    tags[told] = np.eye(tags.shape[1], dtype=bool)[truths[told]]
    beside = np.column_stack([tags[:, 0] & (begun | inside), tags[:, 0]])
    return np.hstack([tags, np.repeat(beside, [n_categories, 1], axis=1)])


def _estimate(marks: IntArray, states: FloatArray, steps: FloatArray, n_workers: int) -> SequenceSkills:
    """Return the skills that the chances of states (T, 2 + 3K) and expected steps (5, 5) speak for."""
    parts = split_kinds(states)
    counted = _count_bounds(marks, np.column_stack([part.sum(axis=1) for part in parts]), n_workers)
    n_categories = parts[BEGIN].shape[1]
    first = marks[marks[:, 3] == BEGIN]
    named = _count_names(first, parts[BEGIN] + parts[INSIDE] + parts[LEADING], n_workers)
    names = _draw_to_crowd(named, NAMES * _usual_names(n_categories), NAMES_WEIGHT)
    clear = (parts[OUTSIDE] + parts[TRAILING]).sum(axis=1)
    stray = np.bincount(first[:, 4], weights=clear[first[:, 0]], minlength=n_categories) + 1.0
    moved = steps + STEPS
    categories = parts[BEGIN].sum(axis=0) + CATEGORIES
    moves = Moves(moved / moved.sum(axis=1, keepdims=True), categories / categories.sum())
    within = _draw_to_crowd(counted[:, BEGIN].sum(axis=2), np.array([9.0, 1.0]), WITHIN_WEIGHT)[:, 1]
    return SequenceSkills(
        _favour_silence(_draw_to_crowd(counted, BOUNDS, BOUNDS_WEIGHT)),
        within,
        names if len(names) == n_workers + 1 else names[-1:],
        stray / stray.sum(),
        moves,
    )


def _count_bounds(marks: IntArray, kinds: FloatArray, n_workers: int) -> FloatArray:
    """Return how often each worker said what where, (W, 5 true, 2 inside before, 3 said), given chances (T, 5)."""
    token, worker, before, said, _ = marks.T
    cell = (worker * 2 + before) * 3 + said
    counted = [np.bincount(cell, weights=kinds[token, kind], minlength=n_workers * 6) for kind in range(KINDS)]
    return np.stack([counts.reshape(n_workers, 2, 3).astype(np.float64) for counts in counted], axis=1)


def _favour_silence(bounds: FloatArray) -> FloatArray:
    """Return bounds by which nobody begins a span early more often than not."""
    silent, early = bounds[:, LEADING, 0, OUTSIDE].copy(), bounds[:, LEADING, 0, BEGIN].copy()
    bounds[:, LEADING, 0, OUTSIDE] = np.maximum(silent, (silent + early) / 2)
    bounds[:, LEADING, 0, BEGIN] = np.minimum(early, (silent + early) / 2)
    return bounds


def _count_names(first: IntArray, within: FloatArray, n_workers: int) -> FloatArray:
    """Return expected names (W, K true, K said) of marks that begin spans; as of one where there are too many."""
    n_categories = within.shape[1]
    groups, namer = (n_workers, first[:, 1]) if n_workers * n_categories**2 <= MOST_NUMBERS else (1, 0 * first[:, 1])
    cell, size = namer * n_categories + first[:, 4], groups * n_categories
    named = np.zeros((groups, n_categories, n_categories))
    for category, column in enumerate(within[first[:, 0]].T):
        named[:, category] = np.bincount(cell, weights=column, minlength=size).reshape(groups, n_categories)
    return named


def _draw_to_crowd(counts: FloatArray, prior: FloatArray, weight: float | FloatArray) -> FloatArray:
    """Return rows of chances of workers, and the crowd's last, from counts (W, …, said)."""
    crowd = counts.sum(axis=0) + prior
    crowd /= crowd.sum(axis=-1, keepdims=True)
    own = counts + weight * crowd
    own /= own.sum(axis=-1, keepdims=True)
    return np.maximum(np.concatenate([own, crowd[None]]), LEAST)


def believe_tags(marks: IntArray, lengths: IntArray, skills: SequenceSkills, truths: IntArray | None = None) -> Chains:
    """Return the chances of true tags given marks; a worker out of range is judged as the crowd."""
    token, worker, before, said, category = marks.T
    known = np.where((worker >= 0) & (worker < skills.n_workers), worker, skills.n_workers)
    namer = np.minimum(known, len(skills.names) - 1)
    n_tokens, n_categories = int(lengths.sum()), len(skills.moves.categories)
    heard = np.log(skills.bounds[known, :, before, said])  # (M, 5)
    begins = said == BEGIN
    heard[np.ix_(begins, [OUTSIDE, TRAILING])] += np.log(skills.stray[category[begins]])[:, None]
    kinds = np.column_stack([np.bincount(token, weights=column, minlength=n_tokens) for column in heard.T])
    logs: FloatArray = np.repeat(kinds, [1, n_categories, n_categories, n_categories, 1], axis=1)
    names = np.log(skills.names[namer[begins], :, category[begins]])  # (B, K true)
    by_category = [np.bincount(token[begins], weights=column, minlength=n_tokens) for column in names.T]
    if by_category:
        logs[:, 1:-1] += np.tile(np.column_stack(by_category), 3)
    told = np.full(n_tokens, -1) if truths is None else truths
    return run_chains(INDEPENDENT * logs, lengths, skills.moves, _possible(marks, told, n_categories))
