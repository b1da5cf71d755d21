"""What a job's answers teach about its workers, as a value that can be stored."""

import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.consolidation.votes import FloatArray


@dataclass(frozen=True, eq=False)
class Skills:
    """The chosen model of a job's workers. Compare two by `to_json`.

    model: "vote", "one-coin", "shrunk" or "full".
    strength: how many answers the prior of a worker's row weighs ("shrunk" and "full").
    class_prior: (K,), sums to 1.
    accuracy: (W,), each worker's chance to name the true category, drawn towards the crowd's;
        .5 throughout under "vote", which judges nobody.
    crowd_accuracy: the same for the crowd; serves workers that are not known.
    confusion: (W, K, K) for "shrunk" and "full", else None; [w, k, j] is the chance that w answers j
        where k is true.
    crowd_confusion: (K, K) for "shrunk" and "full", else None; serves workers that are not known.
    seen: (W, K) for "shrunk" and "full", else None; [w, k] is how many answers where k is true speak for the row
        confusion[w, k], those of the prior included. Without it (skills written before) no answer is held out.
    category_keys: (K,) uint64, for the draw between tied categories.
    """

    model: str
    strength: float
    class_prior: FloatArray
    accuracy: FloatArray
    crowd_accuracy: float
    category_keys: NDArray[np.uint64]
    confusion: FloatArray | None = None
    crowd_confusion: FloatArray | None = None
    seen: FloatArray | None = None

    @property
    def n_workers(self) -> int:
        return len(self.accuracy)

    @property
    def n_categories(self) -> int:
        return len(self.class_prior)

    def to_json(self) -> str:
        """Write as JSON, numbers to six decimals: the copy gives the same labels but for near ties."""
        content = {
            "model": self.model,
            "strength": self.strength,
            "class_prior": _write(self.class_prior),
            "accuracy": _write(self.accuracy),
            "crowd_accuracy": self.crowd_accuracy,
            "category_keys": [int(key) for key in self.category_keys],
            "confusion": _write(self.confusion),
            "crowd_confusion": _write(self.crowd_confusion),
            "seen": _write(self.seen),
        }
        return json.dumps(content, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Skills":
        """Read what `to_json` wrote; raises KeyError or ValueError on anything else."""
        content = json.loads(text)
        n_categories = len(content["class_prior"])
        confusion, seen = _read(content["confusion"]), _read(content.get("seen"))
        return cls(
            model=content["model"],
            strength=float(content["strength"]),
            class_prior=np.array(content["class_prior"], dtype=np.float64),
            accuracy=np.array(content["accuracy"], dtype=np.float64),
            crowd_accuracy=float(content["crowd_accuracy"]),
            category_keys=np.array(content["category_keys"], dtype=np.uint64),
            confusion=None if confusion is None else confusion.reshape(-1, n_categories, n_categories),
            crowd_confusion=_read(content["crowd_confusion"]),
            seen=None if seen is None else seen.reshape(-1, n_categories),
        )


def _write(array: FloatArray | None) -> list[object] | None:
    return None if array is None else list(np.round(array, 6).tolist())


def _read(content: list[object] | None) -> FloatArray | None:
    return None if content is None else np.array(content, dtype=np.float64)
