"""Spans of a text from several people's: a hidden Markov chain of true tags, with each worker's errors.

Model: the true tags of a text's tokens (outside, or the beginning or inside of a span of category k) are a chain, see
`chains`. Given the true tag of a token, and whether the worker is inside a span of theirs just before it, worker w says
outside, begin or inside with chance bounds[w, true, before, said]; who begins a span names its category j with chance
names[w, k, j] where the token belongs to a span of k, and at random elsewhere. So who misses a long name misses it
once and not a token at a time. The chain with worker confusions is that of Nguyen et al. 2017,
doi:10.18653/v1/P17-1028, section 3.1; that a worker's tag hangs on their last is from Simpson and Gurevych 2019,
doi:10.18653/v1/D19-1101, section 4. Rows of a worker are drawn to the crowd's, and the crowd's to the tables below.
With errors by true category and steps by category EM drifted away from the truth (F1 .74 against .78).

| name | what |
|---|---|
| `marks` | (M, 5) int: token, worker, inside before (0, 1), said (OUTSIDE, BEGIN, INSIDE), category (-1 outside) |
| `lengths` | (S,) int: tokens of each text, which follow one another |
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np

from labeling.consolidation.chains import BEGIN, Chains, Moves, run_chains
from labeling.consolidation.votes import FloatArray, IntArray

# The crowd's bounds by true tag, inside before, said: as so many answers (true outside, begin, inside; each twice).
BOUNDS = np.array([[[18, 2, 0], [6, 2, 12]], [[6, 14, 0], [4, 10, 6]], [[10, 8, 0], [2, 2, 16]]]) + 0.05
STEPS = np.array([[45.0, 5.0, 0.0], [6.0, 0.5, 3.5], [6.0, 0.5, 3.5]])  # the chain's, as so many steps
RIGHT, NAMES = 0.8, 5.0  # the crowd names the right category so often; answers that this weighs, a category
BOUNDS_WEIGHT, NAMES_WEIGHT = 5.0, 2.0  # answers that the crowd weighs in a worker's row
CATEGORIES = 2.0  # spans that "all categories alike" weighs, a category
INDEPENDENT = 0.9  # of an answer's weight: people err together, and .8 to 1 did within .005 F1 alike
MOST_NUMBERS = 300_000  # W * K * K over this: categories are taken to be confused as by the crowd
ROUNDS, TOLERANCE = 30, 1e-5
LEAST = 1e-6


@dataclass(frozen=True, eq=False)
class SequenceSkills:
    """What a job's spans teach. The crowd's tables stand last, for workers who are not known.

    bounds: (W + 1, 3, 2, 3); names: (W + 1, K, K), or (1, K, K), the crowd's, where there are too many; stray: (K,),
    categories of spans where nothing is; moves: the chain's.
    """

    bounds: FloatArray
    names: FloatArray
    stray: FloatArray
    moves: Moves

    @property
    def n_workers(self) -> int:
        return len(self.bounds) - 1

    @property
    def accuracy(self) -> FloatArray:
        """Each worker's chance (W,) to begin a true span where it begins, with its category."""
        named = np.einsum("wkk,k->w", self.names, self.moves.categories)
        return np.asarray((self.bounds[:, BEGIN, 0, BEGIN] * named)[:-1])

    def to_json(self) -> str:
        """Write as JSON, numbers to six decimals."""
        tables = {"bounds": self.bounds, "names": self.names, "stray": self.stray}
        tables |= {"steps": self.moves.steps, "categories": self.moves.categories}
        return json.dumps({name: np.round(table, 6).tolist() for name, table in tables.items()}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> SequenceSkills:
        """Read what `to_json` wrote; raises KeyError or ValueError on anything else."""
        content = json.loads(text)
        tables = {name: np.array(content[name], dtype=np.float64) for name in ("bounds", "names", "stray")}
        moves = Moves(np.array(content["steps"], dtype=np.float64), np.array(content["categories"], dtype=np.float64))
        return cls(**tables, moves=moves)


def presume(n_categories: int) -> SequenceSkills:
    """Return what is held of people before any answer."""
    alike = np.full(n_categories, 1 / max(n_categories, 1))
    bounds = BOUNDS / BOUNDS.sum(axis=2, keepdims=True)
    moves = Moves(STEPS / STEPS.sum(axis=1, keepdims=True), alike)
    return SequenceSkills(bounds[None], _usual_names(n_categories)[None], alike, moves)


def _usual_names(n_categories: int) -> FloatArray:
    return np.asarray(RIGHT * np.eye(n_categories) + (1 - RIGHT) / max(n_categories, 1))


def fit_sequences(marks: IntArray, lengths: IntArray, *, n_workers: int, n_categories: int) -> SequenceSkills:
    """Learn who misses, invents, cuts and confuses what, by EM from the shares of the answers.

    Order of marks and names of workers change nothing but the last digits. No marks give `presume` for everybody.
    """
    marks = marks[np.lexsort(marks.T[::-1])]
    states = _start(marks, int(lengths.sum()), n_categories)
    skills, steps = presume(n_categories), np.zeros((3, 3))
    for _ in range(ROUNDS):
        skills = _estimate(marks, states, steps, n_workers)
        chains = believe_tags(marks, lengths, skills)
        before, states, steps = states, chains.states, chains.steps
        if not states.size or np.abs(states - before).mean() < TOLERANCE:
            break
    return skills


def _start(marks: IntArray, n_tokens: int, n_categories: int) -> FloatArray:
    """Return the shares of the answers, with one more spread over all, as chances of states (T, 1 + 2K)."""
    n_states = 1 + 2 * n_categories
    token, _, _, said, category = marks.T
    state = np.where(said == 0, 0, 1 + category + (said - 1) * n_categories)
    counts = (
        np.bincount(token * n_states + state, minlength=n_tokens * n_states).reshape(n_tokens, n_states) + 1 / n_states
    )
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def _estimate(marks: IntArray, states: FloatArray, steps: FloatArray, n_workers: int) -> SequenceSkills:
    """Return the skills that the chances of states (T, 1 + 2K) and expected steps (3, 3) speak for."""
    n_categories = states.shape[1] // 2
    begun, inside = states[:, 1 : 1 + n_categories], states[:, 1 + n_categories :]
    kinds = np.column_stack([states[:, 0], begun.sum(axis=1), inside.sum(axis=1)])
    token, worker, before, said, _ = marks.T
    cell = (worker * 2 + before) * 3 + said
    counted = [np.bincount(cell, weights=kinds[token, kind], minlength=n_workers * 6) for kind in range(3)]
    bounds = np.stack([counts.reshape(n_workers, 2, 3).astype(np.float64) for counts in counted], axis=1)
    first = marks[said == BEGIN]
    named = _count_names(first, begun + inside, n_workers)
    names = _draw_to_crowd(named, NAMES * _usual_names(n_categories), NAMES_WEIGHT)
    stray = np.bincount(first[:, 4], weights=states[first[:, 0], 0], minlength=n_categories) + 1.0
    moved = steps + STEPS
    categories = begun.sum(axis=0) + CATEGORIES
    moves = Moves(moved / moved.sum(axis=1, keepdims=True), categories / categories.sum())
    return SequenceSkills(
        _draw_to_crowd(bounds, BOUNDS, BOUNDS_WEIGHT),
        names if len(names) == n_workers + 1 else names[-1:],
        stray / stray.sum(),
        moves,
    )


def _count_names(first: IntArray, within: FloatArray, n_workers: int) -> FloatArray:
    """Return expected names (W, K true, K said) of marks that begin spans; as of one where there are too many."""
    n_categories = within.shape[1]
    groups, namer = (n_workers, first[:, 1]) if n_workers * n_categories**2 <= MOST_NUMBERS else (1, 0 * first[:, 1])
    cell, size = namer * n_categories + first[:, 4], groups * n_categories
    counted = [np.bincount(cell, weights=column, minlength=size) for column in within[first[:, 0]].T]
    return np.stack([counts.reshape(groups, n_categories).astype(np.float64) for counts in counted], axis=1)


def _draw_to_crowd(counts: FloatArray, prior: FloatArray, weight: float) -> FloatArray:
    """Return rows of chances of workers, and the crowd's last, from counts (W, …, said)."""
    crowd = counts.sum(axis=0) + prior
    crowd /= crowd.sum(axis=-1, keepdims=True)
    own = counts + weight * crowd
    own /= own.sum(axis=-1, keepdims=True)
    return np.maximum(np.concatenate([own, crowd[None]]), LEAST)


def believe_tags(marks: IntArray, lengths: IntArray, skills: SequenceSkills) -> Chains:
    """Return the chances of true tags given marks; a worker out of range is judged as the crowd."""
    token, worker, before, said, category = marks.T
    known = np.where((worker >= 0) & (worker < skills.n_workers), worker, skills.n_workers)
    namer = np.minimum(known, len(skills.names) - 1)
    n_tokens = int(lengths.sum())
    heard = np.log(skills.bounds[known, :, before, said])  # (M, 3)
    begins = said == BEGIN
    heard[begins, 0] += np.log(skills.stray[category[begins]])
    kinds = np.column_stack([np.bincount(token, weights=column, minlength=n_tokens) for column in heard.T])
    names = np.log(skills.names[namer[begins], :, category[begins]])  # (B, K true)
    by_category = [np.bincount(token[begins], weights=column, minlength=n_tokens) for column in names.T]
    within = np.column_stack(by_category) if by_category else np.empty((n_tokens, 0))
    logs = np.hstack([kinds[:, :1], kinds[:, 1:2] + within, kinds[:, 2:] + within])
    return run_chains(INDEPENDENT * logs, lengths, skills.moves)
