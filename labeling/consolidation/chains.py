"""Hidden Markov chains over tags OUTSIDE, BEGIN and INSIDE of K categories, many sequences at once.

A token's state is 0 outside, 1 + k at the beginning of a span of category k, 1 + K + k inside one. Only transitions
that make sense are there: inside follows the beginning or the inside of the same category. A category does not change
the chance to go on or to begin, as nobody could learn that for hundreds of categories. Forward-backward with scaling:
Rabiner 1989, doi:10.1109/5.18626, section V.A; a step costs O(K) a token.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labeling.consolidation.votes import FloatArray, IntArray

OUTSIDE, BEGIN, INSIDE = 0, 1, 2
LEAST_LOG = -60.0  # a token's least likely state against its likeliest, lest a forward step find no mass at all


@dataclass(frozen=True, eq=False)
class Moves:
    """Chances of a step. steps: (3, 3), from and to OUTSIDE, BEGIN, INSIDE; categories: (K,), of what begins."""

    steps: FloatArray
    categories: FloatArray


@dataclass(frozen=True, eq=False)
class Chains:
    """What forward-backward found of T tokens in sequences one after the other.

    states: (T, 1 + 2K), chance of each state given all tokens. steps: (3, 3), expected steps. ahead: (T, 1 + 2K), given
    the tokens up to this one; behind: (T, 1 + 2K), weight of the tokens after it; emitted: (T, 1 + 2K), each token's
    likelihood over its scale. moves: those it was done with; ends: (T,), one past the last token of its sequence.
    """

    states: FloatArray
    steps: FloatArray
    ahead: FloatArray
    behind: FloatArray
    emitted: FloatArray
    moves: Moves
    ends: IntArray


def run_chains(logs: FloatArray, lengths: IntArray, moves: Moves) -> Chains:
    """Run forward-backward over sequences of `lengths` (S,) tokens; logs: (T, 1 + 2K), log likelihoods of states."""
    if not len(logs):
        return Chains(logs, np.zeros((3, 3)), logs, logs, logs, moves, np.zeros(0, dtype=np.int64))
    starts = np.cumsum(lengths) - lengths
    emitted = np.exp(np.maximum(logs - logs.max(axis=1, keepdims=True), LEAST_LOG))
    columns = _columns(starts, lengths)
    ahead = _forward(emitted, columns, moves)
    behind, steps = _backward(emitted, columns, moves, ahead)
    states = ahead * behind
    states /= states.sum(axis=1, keepdims=True)
    return Chains(states, steps, ahead, behind, emitted, moves, np.repeat(starts + lengths, lengths))


def _columns(starts: IntArray, lengths: IntArray) -> list[IntArray]:
    """Return the first tokens of all sequences, then the second ones, and so on; longer sequences stand first."""
    order = np.argsort(-lengths, kind="stable")
    having = len(lengths) - np.searchsorted(np.sort(lengths), np.arange(int(lengths.max(initial=0))), side="right")
    return [starts[order[:count]] + place for place, count in enumerate(having.tolist())]


def _split(table: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    n_categories = table.shape[1] // 2
    return table[:, :1], table[:, 1 : 1 + n_categories], table[:, 1 + n_categories :]


def _forward(emitted: FloatArray, columns: list[IntArray], moves: Moves) -> FloatArray:
    """Return `ahead`, and divide `emitted` by each token's scale in place."""
    ahead, n_categories, steps = np.zeros_like(emitted), emitted.shape[1] // 2, moves.steps
    for place, rows in enumerate(columns):
        if place:
            parts = _split(ahead[rows - 1])
            masses = np.column_stack([part.sum(axis=1) for part in parts])
            inside = parts[1] * steps[BEGIN, INSIDE] + parts[2] * steps[INSIDE, INSIDE]
        else:  # before the first token there is nothing
            masses = np.tile([1.0, 0.0, 0.0], (len(rows), 1))
            inside = np.zeros((len(rows), n_categories))
        outside, begun = masses @ steps[:, OUTSIDE], masses @ steps[:, BEGIN]
        found = np.hstack([outside[:, None], begun[:, None] * moves.categories, inside]) * emitted[rows]
        scale = found.sum(axis=1, keepdims=True)
        ahead[rows] = found / scale
        emitted[rows] /= scale
    return ahead


def _backward(
    emitted: FloatArray, columns: list[IntArray], moves: Moves, ahead: FloatArray
) -> tuple[FloatArray, FloatArray]:
    behind, steps, counts = np.ones_like(emitted), moves.steps, np.zeros((3, 3))
    for after in reversed(columns[1:]):
        weight = emitted[after] * behind[after]
        outside, begun, inside = _split(weight)
        begun = (begun * moves.categories).sum(axis=1, keepdims=True)
        behind[after - 1, :1] = steps[OUTSIDE, OUTSIDE] * outside + steps[OUTSIDE, BEGIN] * begun
        parts = _split(ahead[after - 1])
        size = inside.shape[1]
        for source, places in ((BEGIN, slice(1, 1 + size)), (INSIDE, slice(1 + size, None))):
            leaving = steps[source, OUTSIDE] * outside + steps[source, BEGIN] * begun
            behind[after - 1, places] = leaving + steps[source, INSIDE] * inside
            counts[source, INSIDE] += steps[source, INSIDE] * float((parts[source] * inside).sum())
        for source in (OUTSIDE, BEGIN, INSIDE):
            mass = parts[source].sum(axis=1, keepdims=True)
            counts[source, OUTSIDE] += steps[source, OUTSIDE] * float((mass * outside).sum())
            counts[source, BEGIN] += steps[source, BEGIN] * float((mass * begun).sum())
    return behind, counts


def span_chances(chains: Chains, start: int, end: int) -> FloatArray:
    """Chance of each category (K,) that a span of it begins at token `start` and ends just before token `end`."""
    steps = chains.moves.steps
    _, begun, _ = _split(chains.ahead)
    chance, last = begun[start], BEGIN
    for token in range(start + 1, end):
        chance = chance * steps[last, INSIDE] * _split(chains.emitted[token : token + 1])[2][0]
        last = INSIDE
    if end == chains.ends[start]:
        return chance
    outside, begun, _ = _split(chains.emitted[end : end + 1] * chains.behind[end : end + 1])
    leaving = steps[last, OUTSIDE] * outside[0, 0] + steps[last, BEGIN] * float(begun[0] @ chains.moves.categories)
    return np.asarray(np.minimum(chance * leaving, 1.0))


def empty_chance(chains: Chains, start: int, end: int) -> float:
    """Chance that tokens `start` to `end`, a whole sequence, hold no span."""
    stay = chains.moves.steps[OUTSIDE, OUTSIDE]
    rest = chains.emitted[start + 1 : end, 0] * stay
    return float(min(chains.ahead[start, 0] * rest.prod(), 1.0))
