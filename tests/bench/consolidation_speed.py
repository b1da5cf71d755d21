"""Measure speed: a million annotations of 200,000 objects by 2,000 workers in ten classes, beside crowd-kit.

Each runs in a process of its own, one after the other, so that neither's memory counts for the other; that is the
process's peak with the annotations in it. crowd-kit stands in requirements/bench.lock and is no part of the product.
"""

from __future__ import annotations

import importlib.util
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from labeling.consolidation.votes import IntArray

ANNOTATIONS, OBJECTS, WORKERS, CATEGORIES = 1_000_000, 200_000, 2_000, 10


def make_crowd() -> tuple[IntArray, IntArray]:
    """Votes (M, 3) of five different workers an object, right in 40 to 95 of 100, and the truth (N,)."""
    random = np.random.default_rng(0)
    truth = random.integers(CATEGORIES, size=OBJECTS)
    accuracy = random.uniform(0.4, 0.95, WORKERS)
    each = ANNOTATIONS // OBJECTS
    first = random.integers(WORKERS, size=OBJECTS)
    workers = (first[:, None] + np.arange(each) * (1 + random.integers(WORKERS // each, size=OBJECTS))[:, None]).ravel()
    workers %= WORKERS
    objects = np.repeat(np.arange(OBJECTS), each)
    right = random.random(ANNOTATIONS) < accuracy[workers]
    wrong = (truth[objects] + random.integers(1, CATEGORIES, size=ANNOTATIONS)) % CATEGORIES
    return np.column_stack([objects, workers, np.where(right, truth[objects], wrong)]), truth


def run_ours() -> dict[str, float]:
    """Fit and settle with the defaults."""
    from labeling.consolidation import fit, settle  # here, so that the other process does not load it

    votes, truth = make_crowd()
    started = time.perf_counter()
    skills = fit(votes, n_objects=OBJECTS, n_workers=WORKERS, n_categories=CATEGORIES)
    labels, _, _ = settle(votes, skills, n_objects=OBJECTS)
    return report(started, float((labels == truth).mean()))


def run_theirs() -> dict[str, float]:
    """crowd-kit's Dawid-Skene with its defaults."""
    import pandas as pd
    from crowdkit.aggregation import DawidSkene

    votes, truth = make_crowd()
    table = pd.DataFrame(votes, columns=["task", "worker", "label"])
    started = time.perf_counter()
    labels = DawidSkene().fit_predict(table).sort_index().to_numpy()
    return report(started, float((labels == truth).mean()))


def report(started: float, accuracy: float) -> dict[str, float]:
    seconds = time.perf_counter() - started
    return {
        "seconds": seconds,
        "megabytes": peak_megabytes(),
        "accuracy": accuracy,
    }


def peak_megabytes() -> float:
    """This process's own peak; the system's usual figure starts from that of the process that started this one."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    peaks = [line.split()[1] for line in lines if line.startswith("VmHWM")]
    return int(peaks[0]) / 1024 if peaks else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run_apart(which: str) -> dict[str, float]:
    """Run one of the two in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.consolidation_speed", which]
    told = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(told.stdout.splitlines()[-1])
    return figures


def measure_speed() -> dict[str, float]:
    """Print both and their ratio, ours as the middle one of three; without crowd-kit ours alone, and a sentence."""
    ours = sorted((run_apart("ours") for _ in range(3)), key=lambda told: told["seconds"])[1]
    print(f"\nours: {ours['seconds']:.2f} s, {ours['megabytes']:.0f} MB, accuracy {ours['accuracy']:.4f}")
    figures = {f"our_{name}": value for name, value in ours.items()}
    if importlib.util.find_spec("crowdkit") is None:
        print("crowd-kit is not installed: pip install -r requirements/bench.lock to compare with it.")
        return figures
    theirs = run_apart("theirs")
    ratio = theirs["seconds"] / ours["seconds"]
    print(
        f"crowd-kit: {theirs['seconds']:.2f} s, {theirs['megabytes']:.0f} MB, accuracy {theirs['accuracy']:.4f}"
        f"\nratio: {ratio:.1f}"
    )
    return {**figures, **{f"their_{name}": value for name, value in theirs.items()}, "ratio": ratio}


if __name__ == "__main__":
    print(json.dumps({"ours": run_ours, "theirs": run_theirs}[sys.argv[1]]()))
