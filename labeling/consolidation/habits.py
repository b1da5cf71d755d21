"""Ways of answering that an honest worker hardly has, each with the evidence that a person can look at.

Nothing is concluded here: a habit is shown with what speaks for it, and who answered so may have had a reason. Each is
a test against what the other workers did on the same objects, so that easy objects, skewed categories or a manifest
sorted by category make nobody suspicious. Levels are shared between all that is tested (Bonferroni).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from labeling.consolidation.votes import FloatArray, IntArray, count_votes

LEAST = 30  # answers of a worker, below which nothing is said
LEVEL = 1e-4  # chance to say anything of an honest crowd, by habit
QUICK = 0.05  # of all answers: as fast as that is fast
LEAST_SECONDS = 0.5  # where so little is fast, nobody reads and no haste stands out
MOSTLY = 0.3  # of a worker's answers as fast, before it is a habit
SAME = 0.9  # of a worker's answers in one category
MORE = 0.25  # by how much that is more than others say on the same objects
RUN = 12  # answers of one category in a row, at least
MOST_EACH = 200  # answers of an object, above which its pairs are not gone through
# Of answers against the rest that are another's. Honest people who take an instruction the same wrong way share many:
# up to 87 % by sentence in the crowd of Rodrigues et al. 2014 (names of CoNLL), and in one of 39 people who looked for
# ducks in pictures up to 93 %, of whom 9 would be named without this.
NEARLY_ALL = 0.95
SHARED = 8  # answers against the rest that two workers share, at least


@dataclass(frozen=True)
class Answers:
    """A job's answers in the order in which they came.

    votes: (M, 3) int of object, worker, category, numbered from 0; seconds: (M,) of work on each, 0 where not known.
    """

    votes: IntArray
    seconds: FloatArray
    n_objects: int
    n_workers: int
    n_categories: int


@dataclass(frozen=True)
class Habit:
    """What was noticed of a worker: `what` is a key of SENTENCES, `values` those of its sentence, JSON.

    objects: some on which it can be seen, as numbers. chance: of evidence as strong in a worker like the others.
    """

    worker: int
    what: str
    values: Mapping[str, Any]
    objects: tuple[int, ...]
    chance: float


SENTENCES = {
    "hasty": "%(share)s %% of the answers took less than %(seconds)s s, as 5 %% of the others’ on the same objects do.",
    "one category": "%(share)s %% of the answers are category %(category)s; others say so in %(expected)s %% of these.",
    "streak": "%(count)s answers in a row are category %(category)s, of which others say so in %(agreeing)s.",
    "one answer": "%(share)s %% of the answers are one and the same; others give it to %(expected)s %% of these.",
    "identical": "%(shared)s of %(met)s answers are in every detail those of %(other)s; hardly any two people’s are.",
    "copied": "%(shared)s of %(errors)s answers against the rest are those of %(other)s, too; usual is %(expected)s.",
}


def find_habits(answers: Answers) -> list[Habit]:
    """Return what is noticed, by worker and kind. The names of workers and the numbers of objects change nothing."""
    counts = count_votes(answers.votes, answers.n_objects, answers.n_categories)
    by_category = [*_one_category(answers, counts), *_streaks(answers, counts)]
    found = [*find_hasty(answers), *by_category, *find_copied(answers, counts)]
    return sorted(found, key=lambda habit: (habit.worker, habit.what, habit.values.get("other", -1)))


def _of_workers(answers: Answers) -> Iterator[tuple[int, IntArray]]:
    """Yield each worker with enough answers, and the rows of these in their order."""
    workers = answers.votes[:, 1]
    order = np.argsort(workers, kind="stable")
    starts = np.searchsorted(workers[order], np.arange(answers.n_workers + 1))
    for worker in range(answers.n_workers):
        rows = order[starts[worker] : starts[worker + 1]]
        if len(rows) >= LEAST:
            yield worker, rows


def _level(answers: Answers) -> float:
    return LEVEL / max(answers.n_workers, 1)


def find_hasty(answers: Answers) -> list[Habit]:
    """Answers faster than nearly all of the others', on the whole: a share of QUICK is to be expected."""
    known = answers.seconds > 0
    found = []
    for worker, rows in _of_workers(answers):
        mine = rows[known[rows]]
        others = known & (answers.votes[:, 1] != worker) & np.isin(answers.votes[:, 0], answers.votes[mine, 0])
        if len(mine) < LEAST or others.sum() < LEAST:
            continue
        quick = float(np.quantile(answers.seconds[others], QUICK))
        fast = mine[answers.seconds[mine] < quick]
        if quick < LEAST_SECONDS:
            continue
        chance = float(binom.sf(len(fast) - 1, len(mine), QUICK))
        if chance < _level(answers) and len(fast) > MOSTLY * len(mine):
            values = {"share": _percent(len(fast) / len(mine)), "seconds": round(quick, 1)}
            found.append(Habit(worker, "hasty", values, _some(answers, fast), chance))
    return found


def _others_say(answers: Answers, counts: FloatArray, rows: IntArray, categories: IntArray | int) -> FloatArray:
    """Return the chance of categories by what others said of the objects of these answers (m,).

    The share of all answers that are of the category counts as one other's answer.
    """
    objects, said = answers.votes[rows, 0], answers.votes[rows, 2]
    usual = counts.sum(axis=0) / max(counts.sum(), 1.0)
    same = counts[objects, categories] - (said == categories)
    return np.asarray((same + usual[categories]) / counts[objects].sum(axis=1))


def _is_alone(answers: Answers, counts: FloatArray) -> NDArray[np.bool_]:
    """Tell of each answer whether others answered the object, and none of them so."""
    objects, _, said = answers.votes.T
    return np.asarray((counts[objects, said] == 1) & (counts[objects].sum(axis=1) > 1))


def _one_category(answers: Answers, counts: FloatArray) -> list[Habit]:
    """One category nearly always, and oftener than others on the same objects."""
    found = []
    for worker, rows in _of_workers(answers):
        said = answers.votes[rows, 2]
        top = int(np.bincount(said, minlength=answers.n_categories).argmax())
        share = float((said == top).mean())
        others = _others_say(answers, counts, rows, top)
        expected = float(others.mean())
        chance = float(binom.sf(int((said == top).sum()) - 1, len(rows), min(expected, 1.0)))
        if share >= SAME and share - expected >= MORE and chance < _level(answers):
            values = {"share": _percent(share), "category": top, "expected": _percent(expected)}
            against = rows[(said == top) & (others < 0.5)]
            found.append(Habit(worker, "one category", values, _some(answers, against), chance))
    return found


def _streaks(answers: Answers, counts: FloatArray) -> list[Habit]:
    """A run of one category in which nobody else says so far oftener than of other answers."""
    contradicted = _is_alone(answers, counts)
    usual = float(contradicted.mean()) if len(contradicted) else 0.0
    found = []
    for worker, rows in _of_workers(answers):
        said = answers.votes[rows, 2]
        ends = np.append(np.flatnonzero(np.diff(said)) + 1, len(said))
        starts = np.append(0, ends[:-1])
        long = ends - starts >= RUN
        against = np.append(0, np.cumsum(contradicted[rows]))
        chances = binom.sf((against[ends] - against[starts])[long] - 1, (ends - starts)[long], usual) * long.sum()
        if not len(chances) or chances.min() >= _level(answers):
            continue
        place = int(chances.argmin())
        run = rows[starts[long][place] : ends[long][place]]
        agreeing = int((~contradicted[run]).sum())
        values = {"count": len(run), "category": int(said[starts[long][place]]), "agreeing": agreeing}
        found.append(Habit(worker, "streak", values, _some(answers, run), float(chances[place])))
    return found


def find_copied(answers: Answers, counts: FloatArray) -> list[Habit]:
    """Answers against the rest, nearly all of which two workers share, and far oftener than either of them and others.

    Who is right says what the others say, so only answers against two or more who agree tell, and nothing can be told
    of objects of fewer than four answers. Of honest people as well some are shared, since the rest errs, too.
    """
    first, second = _against_rest(answers, counts)
    workers, said = answers.votes[:, 1], answers.votes[:, 2]
    size = max(answers.n_workers, 1)
    pairs = workers[first] * size + workers[second]
    same = said[first] == said[second]
    known, place = np.unique(pairs, return_inverse=True)
    met, shared = np.bincount(place), np.bincount(place, weights=same)
    mine = known // size
    of_mine = np.bincount(mine, weights=shared, minlength=size)[mine] - shared
    others = np.bincount(mine, weights=met, minlength=size)[mine] - met
    usual = (shared.sum() - shared + 1) / (met.sum() - met + 2)
    rate = np.maximum((of_mine + 1) / (others + 2), usual)
    rate = np.where(others > 0, rate, usual)
    chance = binom.sf(shared - 1, met, np.minimum(rate, 1.0))
    found = []
    many = (shared >= SHARED) & (shared >= NEARLY_ALL * met)
    for number in np.flatnonzero(many & (chance < LEVEL / max(len(known), 1))).tolist():
        rows = first[(place == number) & same]
        values = {
            "shared": int(shared[number]),
            "errors": int(met[number]),
            "other": int(known[number] % size),
            "expected": f"{_percent(float(rate[number]))} %",
        }
        found.append(Habit(int(mine[number]), "copied", values, _some(answers, rows), float(chance[number])))
    return found


def _against_rest(answers: Answers, counts: FloatArray) -> tuple[IntArray, IntArray]:
    """Return pairs of rows, answers of one object by two workers, the first of which is against the rest."""
    order = np.argsort(answers.votes[:, 0], kind="stable")
    sizes = np.bincount(answers.votes[:, 0], minlength=answers.n_objects)
    starts = np.cumsum(sizes) - sizes
    firsts, seconds = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for size in np.unique(sizes[(sizes > 3) & (sizes <= MOST_EACH)]).tolist():
        some = np.flatnonzero(sizes == size)
        rows = order[starts[some][:, None] + np.arange(size)]
        for one in range(size):
            for other in range(size):
                if one != other:
                    first, second = rows[:, one], rows[:, other]
                    against = _is_against(answers, counts[some], first, second)
                    firsts.append(first[against])
                    seconds.append(second[against])
    return np.concatenate(firsts), np.concatenate(seconds)


def _is_against(answers: Answers, counts: FloatArray, first: IntArray, second: IntArray) -> NDArray[np.bool_]:
    """Tell where of all answers but these two at least two agree, and oftener than any with the first."""
    rest, places = counts.copy(), np.arange(len(first))
    rest[places, answers.votes[first, 2]] -= 1
    rest[places, answers.votes[second, 2]] -= 1
    most = rest.max(axis=1)
    return np.asarray((most >= 2) & (most > rest[places, answers.votes[first, 2]]))


def _percent(share: float) -> int:
    return round(100 * share)


def _some(answers: Answers, rows: IntArray, most: int = 6) -> tuple[int, ...]:
    """Return the objects of the first of these answers."""
    return tuple(answers.votes[rows[:most], 0].tolist())
