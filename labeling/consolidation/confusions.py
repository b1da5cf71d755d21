"""Which categories people say for one another: pairs of answers to an object that differ."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations, product

EXAMPLES = 5  # objects of each confusion that are kept, the first ones


@dataclass(frozen=True)
class Confusion:
    """Two categories, in order, that `count` pairs of answers put in each other's place.

    share: of all such pairs of answers and categories in the job, 0..1; objects: the first of them, by id.
    """

    first: int
    second: int
    count: int
    share: float
    objects: tuple[int, ...]


@dataclass
class Confusions:
    """Sums over the objects that were added; at most K² counts, and EXAMPLES objects each."""

    counts: Counter[tuple[int, int]] = field(default_factory=Counter)
    examples: dict[tuple[int, int], list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, object_id: int, said: Mapping[frozenset[int], int]) -> None:
        """Add one object. said: how many answers named exactly these categories."""
        found: Counter[tuple[int, int]] = Counter()
        for one, other in combinations(said, 2):
            for a, b in product(one - other, other - one):
                found[min(a, b), max(a, b)] += said[one] * said[other]
        self.add_pairs(object_id, found)

    def add_pairs(self, object_id: int, found: Mapping[tuple[int, int], int]) -> None:
        """Add one object. found: how often two answers said the one category in the other's place, the lower first."""
        self.counts.update(found)
        for pair in found:
            if len(self.examples[pair]) < EXAMPLES:
                self.examples[pair].append(object_id)

    def worst(self, most: int) -> list[Confusion]:
        """Return the most frequent confusions, the worst first; of equals the one of the first categories."""
        total = sum(self.counts.values())
        ranked = sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))
        return [Confusion(*pair, count, count / total, tuple(self.examples[pair])) for pair, count in ranked[:most]]


def grouped(answers: Iterable[frozenset[int]]) -> Counter[frozenset[int]]:
    """Return how many answers named exactly the same categories."""
    return Counter(answers)
