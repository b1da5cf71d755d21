"""Hidden Markov chains over the tags of tokens, with spans of K categories, many sequences at once.

A token is OUTSIDE, at the BEGIN of a span or INSIDE one; LEADING up to a span that begins after it, or TRAILING: the
first one after a span. The last two hold no span either. They are there so that who begins too early and who goes on
too long is told from who invents: what people do beside a span says nothing of what they do far from any.

A token's state is 0 outside, 1 + k at the beginning of a span of category k, 1 + K + k inside one, 1 + 2K + k leading
up to one, 1 + 3K trailing. Only transitions that make sense are there: inside follows the beginning or the inside of
the same category, a beginning or more leading follows leading, trailing follows a span. A category does not change the
chance to go on or to begin, as nobody could learn that for hundreds of categories. Forward-backward with scaling:
Rabiner 1989, doi:10.1109/5.18626, section V.A; a step costs O(K) a token.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from labeling.consolidation.votes import FloatArray, IntArray

OUTSIDE, BEGIN, INSIDE, LEADING, TRAILING = range(5)
KINDS = 5
FREE = [OUTSIDE, BEGIN, INSIDE, TRAILING]  # after which anything may begin
LEAST_LOG = -60.0  # a token's least likely state against its likeliest, lest a forward step find no mass at all
LEAST = 1e-100  # the least chance of a possible state given the tokens up to it, so that none is lost on a long way


Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True, eq=False)
class Moves:
    """Chances of a step. steps: (5, 5), from and to each kind; categories: (K,), of what begins."""

    steps: FloatArray
    categories: FloatArray


@dataclass(frozen=True, eq=False)
class Chains:
    """What forward-backward found of T tokens in sequences one after the other.

    states: (T, 2 + 3K), chance of each state given all tokens. steps: (5, 5), expected steps. ahead: (T, 2 + 3K), given
    the tokens up to this one; behind: (T, 2 + 3K), weight of the tokens after it; emitted: (T, 2 + 3K), each token's
    likelihood over its scale. moves: those it was done with; ends: (T,), one past the last token of its sequence.
    """

    states: FloatArray
    steps: FloatArray
    ahead: FloatArray
    behind: FloatArray
    emitted: FloatArray
    moves: Moves
    ends: IntArray


def run_chains(logs: FloatArray, lengths: IntArray, moves: Moves, possible: NDArray[np.bool_]) -> Chains:
    """Run forward-backward over sequences of `lengths` (S,) tokens.

    logs: (T, 2 + 3K), log likelihoods of states; possible: the same shape, which of them may be. Some way through the
    possible states of each sequence, none of them leading, must make sense.
    """
    if not len(logs):
        return Chains(logs, np.zeros((KINDS, KINDS)), logs, logs, logs, moves, np.zeros(0, dtype=np.int64))
    starts = np.cumsum(lengths) - lengths
    possible = possible.copy()
    split_kinds(possible)[LEADING][(starts + lengths - 1)[lengths > 0]] = False  # nothing leads beyond a sequence
    best = np.where(possible, logs, -np.inf).max(axis=1, keepdims=True)
    emitted = np.where(possible, np.exp(np.clip(logs - best, LEAST_LOG, 0.0)), 0.0)
    columns = _columns(starts, lengths)
    ahead = _forward(emitted, columns, moves)
    behind, steps = _backward(emitted, columns, moves, ahead)
    states = ahead * behind
    states /= np.maximum(states.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
    return Chains(states, steps, ahead, behind, emitted, moves, np.repeat(starts + lengths, lengths))


def _columns(starts: IntArray, lengths: IntArray) -> list[IntArray]:
    """Return the first tokens of all sequences, then the second ones, and so on; longer sequences stand first."""
    order = np.argsort(-lengths, kind="stable")
    having = len(lengths) - np.searchsorted(np.sort(lengths), np.arange(int(lengths.max(initial=0))), side="right")
    return [starts[order[:count]] + place for place, count in enumerate(having.tolist())]


def split_kinds(table: NDArray[Number]) -> tuple[NDArray[Number], ...]:
    """Return a table's columns of each kind, by the kinds' numbers."""
    n_categories = table.shape[1] // 3
    ends = [0, 1, *(1 + n_categories * part for part in (1, 2, 3)), 2 + 3 * n_categories]
    return tuple(table[:, start:end] for start, end in pairwise(ends))


def _forward(emitted: FloatArray, columns: list[IntArray], moves: Moves) -> FloatArray:
    """Return `ahead`, and divide `emitted` by each token's scale in place."""
    ahead, steps = np.zeros_like(emitted), moves.steps
    start = np.zeros((1, emitted.shape[1]))  # before the first token there is nothing
    start[:, OUTSIDE] = 1.0
    for place, rows in enumerate(columns):
        parts = split_kinds(ahead[rows - 1] if place else np.repeat(start, len(rows), axis=0))
        masses = np.column_stack([part.sum(axis=1) for part in parts])
        onward = masses[:, FREE] @ steps[FREE]  # (R, 5); LEADING goes on by category
        found = [
            onward[:, [OUTSIDE]],
            onward[:, [BEGIN]] * moves.categories + parts[LEADING] * steps[LEADING, BEGIN],
            parts[BEGIN] * steps[BEGIN, INSIDE] + parts[INSIDE] * steps[INSIDE, INSIDE],
            onward[:, [LEADING]] * moves.categories + parts[LEADING] * steps[LEADING, LEADING],
            onward[:, [TRAILING]],
        ]
        weight = np.hstack(found) * emitted[rows]
        scale = weight.sum(axis=1, keepdims=True)
        ahead[rows] = np.maximum(weight / scale, LEAST * (emitted[rows] > 0))
        emitted[rows] /= scale
    return ahead


def _backward(
    emitted: FloatArray, columns: list[IntArray], moves: Moves, ahead: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return `behind` and the expected steps."""
    behind, steps, counts = np.ones_like(emitted), moves.steps, np.zeros((KINDS, KINDS))
    for after in reversed(columns[1:]):
        to = split_kinds(emitted[after] * behind[after])
        parts, found = split_kinds(ahead[after - 1]), [np.zeros(0)] * KINDS
        fresh = {kind: (to[kind] * moves.categories).sum(axis=1, keepdims=True) for kind in (BEGIN, LEADING)}
        fresh |= {kind: to[kind] for kind in (OUTSIDE, TRAILING)}
        same = {BEGIN: [INSIDE], INSIDE: [INSIDE], LEADING: [BEGIN, LEADING]}  # what goes on in the same category
        for source in range(KINDS):
            ways = [(kind, fresh[kind]) for kind in fresh if source != LEADING]
            ways += [(kind, to[kind]) for kind in same.get(source, [])]
            found[source] = np.zeros_like(parts[source])
            for kind, weight in ways:
                found[source] += steps[source, kind] * weight
                counts[source, kind] += steps[source, kind] * float((parts[source] * weight).sum())
        behind[after - 1] = np.hstack(found)
    return behind, counts


def span_chances(chains: Chains, start: int, end: int) -> FloatArray:
    """Chance of each category (K,) that a span of it begins at token `start` and ends just before token `end`."""
    steps = chains.moves.steps
    chance, last = split_kinds(chains.ahead[start : start + 1])[BEGIN][0], BEGIN
    for token in range(start + 1, end):
        chance = chance * steps[last, INSIDE] * split_kinds(chains.emitted[token : token + 1])[INSIDE][0]
        last = INSIDE
    if end == chains.ends[start]:
        return chance
    to = split_kinds(chains.emitted[end : end + 1] * chains.behind[end : end + 1])
    leaving = steps[last, TRAILING] * to[TRAILING][0, 0]
    leaving += sum(steps[last, kind] * float(to[kind][0] @ chains.moves.categories) for kind in (BEGIN, LEADING))
    return np.asarray(np.minimum(chance * leaving, 1.0))


def empty_chance(chains: Chains, start: int, end: int) -> float:
    """Chance that tokens `start` to `end`, a whole sequence, hold no span."""
    stay = chains.moves.steps[OUTSIDE, OUTSIDE]
    rest = chains.emitted[start + 1 : end, 0] * stay
    return float(min(chains.ahead[start, 0] * rest.prod(), 1.0))
