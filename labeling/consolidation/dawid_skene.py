"""EM for the true categories and the workers' errors, with priors that keep few answers honest.

Model: object i has a true category z_i drawn from the class prior; worker w answers j with probability
theta[w, z_i, j], independently. Dawid and Skene 1979, doi:10.2307/2346806, give the EM for free theta.

- One coin: theta[w, k, k] = a_w, every error equally likely. Raykar et al. 2010 (JMLR 11, 1297-1322).
- Confusion: the row theta[w, k] has a Dirichlet prior of weight `strength` round a base, learned from
  all answers, so that a worker with three answers is judged as the crowd: the hierarchical idea of Paun
  et al. 2018, doi:10.1162/tacl_a_00040. The base is half the crowd's confusion, half the worker's own
  coin with the crowd's errors; either half alone failed on sets that the other carried.
- The class prior is drawn to the share of the answers, by a weight that grows as the root of N: left
  free it swallows the smaller class of a small job with two or three answers an object; held fast, it
  misses the skew of a large one.
- An answer is weighed by what its worker did on the other objects: its own part in theta comes off first
  (leave one out). Else a guess about an object bears itself out through the workers who made it, the
  more the fewer answers they have.
- Of an object whose truth is known, z_i is that in every round, so that workers are judged by it; how common a
  category is such objects do not tell, as somebody may have chosen them (semi-supervised EM, whose
  labelled rows keep their class: Nigam et al. 2000, doi:10.1023/A:1007692713085).

Cost of a round: O(M K) time and O(N K + W K^2 + M) memory for confusions, O(M + N K) for coins.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from labeling.consolidation.votes import FloatArray, IntArray

COIN_WEIGHT = 4.0  # answers that the crowd's accuracy weighs in a worker's coin
ERROR_WEIGHT = 20.0  # errors that "all errors alike" weighs in a row of the crowd's errors
CROWD_WEIGHT = 2.0  # answers, an entry, that the crowd's coin weighs in the crowd's confusion
CLASS_WEIGHT = 10.0  # objects, times the root of N, that the share of answers weighs in the class prior
SURE = 1e-3  # nobody is taken to be nearer than this to always right or always wrong
LEAST_KNOWN = 20  # answered objects of known truth by which workers are judged from the start
TINY = 1e-9  # of an answer, lest a difference of sums in another order fall below 0


@dataclass(frozen=True)
class Fitted:
    """One model after EM: probs (N, K), and for coins no confusion (W, K, K), seen (W, K), crowd_confusion (K, K)."""

    probs: FloatArray
    class_prior: FloatArray
    accuracy: FloatArray
    crowd_accuracy: float
    confusion: FloatArray | None = None
    crowd_confusion: FloatArray | None = None
    seen: FloatArray | None = None


@dataclass(frozen=True)
class Answers:
    """The votes with their sizes, checked. known: (A, 2), objects and their true categories, no object twice.

    n_people: the workers from this number on are a model's voices (see `joined`), judged as any, but by whom the crowd
    is not judged and nothing begins; None: all are people.
    """

    votes: IntArray
    n_objects: int
    n_workers: int
    n_categories: int
    known: IntArray = field(default_factory=lambda: np.empty((0, 2), dtype=np.int64))
    n_people: int | None = None

    def start(self) -> FloatArray:
        """First probs (N, K): the votes, with half a vote spread over all categories; the truth where it is known.

        A vote counts by the root of the number of its worker's (`even_votes`). Where enough is known, votes count as
        far as their workers were right of that: a majority that errs alike would bear itself out.
        """
        votes = self.votes if self.n_people is None else self.votes[self.votes[:, 1] < self.n_people]
        met = ~self.is_open()[votes[:, 0]]
        if len(np.unique(votes[met, 0])) >= LEAST_KNOWN:
            return self.hold(self._believe_by_known(votes, votes[met]))
        cells = votes[:, 0] * self.n_categories + votes[:, 2]
        size = self.n_objects * self.n_categories
        counts = np.bincount(cells, weights=even_votes(votes[:, 1]), minlength=size) + 0.5 / self.n_categories
        counts = counts.reshape(self.n_objects, self.n_categories)
        return self.hold(counts / counts.sum(axis=1, keepdims=True))

    def _believe_by_known(self, votes: IntArray, met: IntArray) -> FloatArray:
        """Probs (N, K) of votes by coins learnt from those that met known objects."""
        true = np.zeros(self.n_objects, dtype=np.int64)
        true[self.known[:, 0]] = self.known[:, 1]
        right = np.bincount(met[:, 1], weights=met[:, 2] == true[met[:, 0]], minlength=self.n_workers)
        answered = np.bincount(met[:, 1], minlength=self.n_workers).astype(np.float64)
        coins, _ = estimate_coins(right.astype(np.float64), answered, self.n_people)
        return normalise_logs(coin_logs(votes, coins, (self.n_objects, self.n_categories)))

    def hold(self, probs: FloatArray) -> FloatArray:
        """Return probs (N, K) with the truth in the rows of known objects, in place."""
        probs[self.known[:, 0]] = 0.0
        probs[self.known[:, 0], self.known[:, 1]] = 1.0
        return probs

    def is_open(self) -> NDArray[np.bool_]:
        """Which objects' truth is to be found: (N,)."""
        found = np.ones(self.n_objects, dtype=bool)
        found[self.known[:, 0]] = False
        return found

    def class_pull(self) -> FloatArray:
        """What the class prior holds before any object is counted: (K,)."""
        said, count = self.votes[:, 2], self.n_objects
        if len(self.known):
            said, count = said[self.is_open()[self.votes[:, 0]]], max(count - len(self.known), 1)
        share = np.bincount(said, minlength=self.n_categories) + 1.0
        return np.asarray(CLASS_WEIGHT * np.sqrt(count) * share / share.sum())

    def class_prior(self, totals: FloatArray, pull: FloatArray) -> FloatArray:
        """Class prior (K,) from the sums of probs over all objects (K,): known ones come off again."""
        counts = totals - np.bincount(self.known[:, 1], minlength=self.n_categories)
        counts = np.maximum(counts, 0.0)  # sums in another order may fall a hair below
        return np.asarray((counts + pull) / (self.n_objects - len(self.known) + pull.sum()))


def even_votes(workers: IntArray) -> FloatArray:
    """Weights (M,) of votes, of mean 1: one over the root of how many their worker gave.

    Of two categories the truth and its opposite are equally likely, and EM goes to the one that it begins nearer to.
    One worker of whom all is wrong, beside 40 who share the other answer of each of 200 objects, turned all of them
    round where votes count alike; so they turn none, and on the seven crowds of the benchmark no label changes.
    """
    weights = 1 / np.sqrt(np.bincount(workers)[workers]) if len(workers) else np.zeros(0)
    return np.asarray(weights * (len(weights) / max(weights.sum(), TINY)))


def normalise_logs(logs: FloatArray) -> FloatArray:
    """Turn log weights (N, K) into probs; the row's greatest comes off first, lest exp overflow."""
    weights = logs - logs.max(axis=1, keepdims=True)
    np.exp(weights, out=weights)
    weights /= weights.sum(axis=1, keepdims=True)
    return np.asarray(weights)


def estimate_coins(right: FloatArray, answered: FloatArray, n_people: int | None = None) -> tuple[FloatArray, float]:
    """Accuracy of each worker (W,) from expected right answers, drawn to the crowd's, which comes second."""
    crowd = float((right[:n_people].sum() + 1.0) / (answered[:n_people].sum() + 2.0))
    accuracy = (right + COIN_WEIGHT * crowd) / (answered + COIN_WEIGHT)
    return np.clip(accuracy, SURE, 1 - SURE), crowd


def coin_odds(accuracy: FloatArray, n_categories: int) -> FloatArray:
    """Log odds (W,) that an answer of each worker gives its category against any other."""
    return np.asarray(np.log(accuracy) - np.log1p(-accuracy) + np.log(n_categories - 1))


def coin_logs(votes: IntArray, accuracy: FloatArray, shape: tuple[int, int]) -> FloatArray:
    """Log likelihood (N, K) of the votes under coins (W,), up to a constant an object."""
    cells = votes[:, 0] * shape[1] + votes[:, 2]
    odds = coin_odds(accuracy, shape[1])
    total = np.bincount(cells, weights=odds[votes[:, 1]], minlength=shape[0] * shape[1])
    return np.asarray(total.reshape(shape), dtype=np.float64)


def fit_one_coin(answers: Answers, *, rounds: int = 50, tolerance: float = 1e-4) -> Fitted:
    """EM with one accuracy a worker. Needs two categories or more. It ends when no coin moves by `tolerance`."""
    n_workers, n_objects, n_categories = answers.n_workers, answers.n_objects, answers.n_categories
    objects, workers, said = (np.ascontiguousarray(column) for column in answers.votes.T)
    # By category first, so that sums over categories go along memory: half the time of a round.
    cells = said * n_objects + objects
    probs, pull = np.ascontiguousarray(answers.start().T), answers.class_pull()
    answered = np.bincount(workers, minlength=n_workers).astype(np.float64)
    accuracy, crowd, class_prior = np.zeros(n_workers), 0.5, pull
    for _ in range(rounds):
        right = np.bincount(workers, weights=probs.ravel()[cells], minlength=n_workers).astype(np.float64)
        before, (accuracy, crowd) = accuracy, estimate_coins(right, answered, answers.n_people)
        class_prior = answers.class_prior(probs.sum(axis=1), pull)
        if np.abs(accuracy - before).max(initial=0.0) < tolerance:
            break
        odds = coin_odds(accuracy, n_categories)[workers]
        probs = np.bincount(cells, weights=odds, minlength=probs.size).astype(np.float64, copy=False)
        probs = probs.reshape(n_categories, n_objects)
        probs += np.log(class_prior)[:, None]
        probs -= probs.max(axis=0)
        np.exp(probs, out=probs)
        probs /= probs.sum(axis=0)
        answers.hold(probs.T)
    return Fitted(np.ascontiguousarray(probs.T), class_prior, accuracy, crowd)


def build_base(expected: FloatArray, n_people: int | None = None) -> tuple[FloatArray, FloatArray, FloatArray, float]:
    """The prior's base from expected answers (W, K true, K answered).

    Returns the base (W, K, K), the crowd's confusion (K, K), the coins (W,) and the crowd's coin. A weak model's voices
    in the crowd's confusion made everybody look worse: .70 right became .59 where errors are alike.
    """
    n_categories = expected.shape[1]
    eye = np.eye(n_categories)
    alike = (1 - eye) / (n_categories - 1)
    accuracy, crowd = estimate_coins(np.einsum("wkk->w", expected), expected.sum(axis=(1, 2)), n_people)
    pooled = expected[:n_people].sum(axis=0)
    errors = pooled * (1 - eye) + ERROR_WEIGHT * alike
    errors /= errors.sum(axis=1, keepdims=True)
    confusion = pooled + CROWD_WEIGHT * n_categories * (crowd * eye + (1 - crowd) * alike)
    confusion /= confusion.sum(axis=1, keepdims=True)
    coins = accuracy[:, None, None] * eye + (1 - accuracy)[:, None, None] * errors
    return (coins + confusion) / 2, confusion, accuracy, crowd


def fit_confusion(answers: Answers, strength: float, *, rounds: int = 50, tolerance: float = 1e-4) -> Fitted:
    """EM with a confusion matrix a worker, its rows drawn to a base by a prior worth `strength` answers."""
    n_workers, n_categories = answers.n_workers, answers.n_categories
    probs, pull = answers.start(), answers.class_pull()
    by_answer = _index(answers)
    for _ in range(rounds):
        expected = (by_answer @ probs).reshape(n_workers, n_categories, n_categories).transpose(0, 2, 1)
        base, crowd_confusion, accuracy, crowd = build_base(expected, answers.n_people)
        weights = expected + strength * base
        seen = weights.sum(axis=2)
        class_prior = answers.class_prior(probs.sum(axis=0), pull)
        logs = held_out_logs(answers.votes, weights, seen, probs) + np.log(class_prior)
        before, probs = probs, answers.hold(normalise_logs(logs))
        if np.abs(probs - before).max() < tolerance:
            break
    return Fitted(probs, class_prior, accuracy, crowd, weights / seen[:, :, None], crowd_confusion, seen)


def held_out_logs(
    votes: IntArray, weights: FloatArray, seen: FloatArray, probs: FloatArray, floor: FloatArray | None = None
) -> FloatArray:
    """Log likelihood (N, K) of the votes, each by its worker's answers to other objects.

    weights: (W, K, K) expected answers with the prior's, of which each vote's own part, probs (N, K), comes off;
    seen: (W, K), their sums. floor: (K, K), what stays at least, where a vote may not be among the answers counted.
    """
    objects, workers, said = votes.T
    logs = np.empty_like(probs)
    for category in range(probs.shape[1]):
        own = probs[objects, category]
        least = TINY if floor is None else floor[category, said]
        left = np.maximum(weights[workers, category, said] - own, least)
        left /= np.maximum(seen[workers, category] - own, left)
        logs[:, category] = np.bincount(objects, weights=np.log(left), minlength=len(probs))
    return logs


def table_logs(confusion: FloatArray) -> FloatArray:
    """Log chances as a table (W * K answered, K true): one row for each thing that a worker can say."""
    table = confusion.transpose(0, 2, 1).reshape(-1, confusion.shape[1])
    return np.log(np.maximum(table, 1e-12))


def _index(answers: Answers) -> "sparse.csr_matrix":
    """Sparse (W * K, N): how often each worker gave each answer to each object."""
    said = answers.votes[:, 1] * answers.n_categories + answers.votes[:, 2]
    shape = (answers.n_workers * answers.n_categories, answers.n_objects)
    return sparse.csr_matrix((np.ones(len(said)), (said, answers.votes[:, 0])), shape=shape)
