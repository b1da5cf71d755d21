"""Measure how well wrong labels are found: `python3 -m tests.bench.label_errors [--seeds 5] [--objects N]`.

Scikit-learn's digits, a tenth of the labels made wrong: "uniform", to any other digit, and "pair", to the next one.
What ranks them is what the rule "unlikely" of `labeling/validation` reckons with its defaults, from the features
that the base installation makes of pictures. Prints a Markdown table with the mean over the seeds (and the lowest),
and a last line of JSON by noise.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass

# As the product does: the products of matrices are small here, and threads would only wait for one another.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.metrics import average_precision_score

from labeling.encoders import NEEDS, encode, sets
from labeling.validation.confident import doubt_labels

SHARE = 0.1  # of the labels that are made wrong
REVIEWED = 0.2  # of the objects, the worst first
NOISES = ("uniform", "pair")
COLUMNS = ("noise", "AUPRC", "lowest", "precision at the number of errors", "errors found in the top 20 %", "seconds")


@dataclass(frozen=True)
class Found:
    """How well one run found the errors: shares, 0 to 1, and the time."""

    auprc: float
    precision: float
    reviewed: float
    seconds: float


def read_digits(count: int | None) -> tuple[list[np.ndarray], np.ndarray]:
    """Return the base installation's features of the first `count` pictures (None: of all), and the digits."""
    digits = load_digits()
    grey = np.round(digits.images[:count] * (255 / 16)).astype(np.uint8)
    pictures = [Image.fromarray(one).convert("RGB") for one in grey]
    names = [name for name in sets("image") if name not in NEEDS]
    return [encode(name, pictures) for name in names], digits.target[:count]


def spoil(truth: np.ndarray, noise: str, seed: int) -> np.ndarray:
    """Return the labels with SHARE of them wrong."""
    rng = np.random.default_rng(seed)
    wrong = rng.permutation(len(truth))[: int(len(truth) * SHARE)]
    classes = int(truth.max()) + 1
    step = np.ones(len(wrong), dtype=int) if noise == "pair" else rng.integers(1, classes, len(wrong))
    labels = truth.copy()
    labels[wrong] = (truth[wrong] + step) % classes
    return labels


def measure(views: Sequence[np.ndarray], truth: np.ndarray, labels: np.ndarray) -> Found:
    """Rank the labels by doubt and compare with the truth."""
    started = time.perf_counter()
    doubts, _ = doubt_labels(views, labels, classes=int(truth.max()) + 1)
    seconds = time.perf_counter() - started
    errors = labels != truth
    worst = errors[np.argsort(-doubts, kind="stable")]
    return Found(
        auprc=float(average_precision_score(errors, doubts)),
        precision=float(worst[: errors.sum()].mean()),
        reviewed=float(worst[: int(len(worst) * REVIEWED)].sum() / errors.sum()),
        seconds=seconds,
    )


def format_row(noise: str, runs: Sequence[Found]) -> str:
    def mean(name: str) -> float:
        return float(np.mean([getattr(run, name) for run in runs]))

    shares = [mean("auprc"), min(run.auprc for run in runs), mean("precision"), mean("reviewed")]
    cells = [noise, *(f"{share:.4f}" for share in shares), f"{mean('seconds'):.1f}"]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--objects", type=int, help="the first so many (default: all 1,797)")
    options = parser.parse_args()
    seeds = range(options.seeds)
    views, truth = read_digits(options.objects)
    print(f"| {' | '.join(COLUMNS)} |", f"|{' --- |' * len(COLUMNS)}", sep="\n")
    figures = {}
    for noise in NOISES:
        runs = [measure(views, truth, spoil(truth, noise, seed)) for seed in seeds]
        print(format_row(noise, runs), flush=True)
        figures[noise] = {"auprc": round(float(np.mean([run.auprc for run in runs])), 4)}
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
