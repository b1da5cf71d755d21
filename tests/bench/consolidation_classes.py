"""Measure classes: accuracy, macro-F1 and calibration of the one default setting, beside majority vote."""

from __future__ import annotations

import csv
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from labeling.consolidation import Skills, calibrate, fit, settle, settle_by_vote
from labeling.consolidation.calibration import expected_calibration_error
from labeling.consolidation.votes import FloatArray, IntArray
from tests.bench.consolidation_files import Pair

HEADER, TRUTH = ("task", "worker", "label"), ("task", "truth")
COLUMNS = (
    "set | objects | labels | model | accuracy | macro-F1 | ECE | ECE audited | seconds | MV accuracy | MV F1 | MV ECE"
)
DRAWS = 50  # of the audited objects


@dataclass(frozen=True)
class Crowd:
    """One set's answers as numbers, and the names behind them."""

    name: str
    votes: IntArray
    tasks: list[str]
    workers: list[str]
    categories: list[str]


@dataclass(frozen=True)
class Outcome:
    """One method's labels (N,), confidence (N,) and the seconds it took."""

    labels: IntArray
    confidence: FloatArray
    seconds: float


def read_crowd(name: str, rows: list[list[str]]) -> Crowd:
    """Number tasks, workers and categories in order of their names."""
    names = [sorted(set(column)) for column in zip(*rows, strict=True)] if rows else [[], [], []]
    numbers = [{value: number for number, value in enumerate(column)} for column in names]
    votes = [[table[value] for table, value in zip(numbers, row, strict=True)] for row in rows]
    return Crowd(name, np.array(votes, dtype=np.int64).reshape(-1, 3), *names)


def settle_crowd(crowd: Crowd) -> tuple[Outcome, Skills]:
    """Fit and settle with the defaults, timed."""
    started = time.perf_counter()
    n_objects, n_categories = len(crowd.tasks), len(crowd.categories)
    skills = fit(crowd.votes, n_objects=n_objects, n_workers=len(crowd.workers), n_categories=n_categories)
    labels, confidence, _ = settle(crowd.votes, skills, n_objects=n_objects)
    return Outcome(labels, confidence, time.perf_counter() - started), skills


def vote_crowd(crowd: Crowd) -> Outcome:
    """Majority vote, confidence the share of the answers."""
    labels, probs = settle_by_vote(crowd.votes, n_objects=len(crowd.tasks), n_categories=len(crowd.categories))
    return Outcome(labels, probs[np.arange(len(labels)), labels], 0.0)


def macro_f1(truth: list[str], said: list[str]) -> float:
    """Mean F1 over the categories that occur in the truth or are said."""
    true, got = np.array(truth), np.array(said)
    hits = {name: 2 * int(((true == name) & (got == name)).sum()) for name in {*truth, *said}}
    sizes = {name: int((true == name).sum() + (got == name).sum()) for name in hits}
    return float(np.mean([hits[name] / sizes[name] for name in hits])) if hits else 0.0


def score(crowd: Crowd, outcome: Outcome, truth: dict[str, str]) -> dict[str, float]:
    """Accuracy, macro-F1 and ECE over the tasks that have a truth and an answer."""
    judged = [number for number, task in enumerate(crowd.tasks) if task in truth]
    true = [truth[crowd.tasks[number]] for number in judged]
    said = [crowd.categories[outcome.labels[number]] for number in judged]
    right = np.array([a == b for a, b in zip(true, said, strict=True)], dtype=np.float64)
    return {
        "accuracy": float(right.mean()) if len(right) else 0.0,
        "macro_f1": macro_f1(true, said),
        "ece": expected_calibration_error(outcome.confidence[judged], right),
    }


def audited_error(crowd: Crowd, outcome: Outcome, skills: Skills, truth: dict[str, str], count: int) -> float | None:
    """ECE on the objects that were not audited, where `count` random ones were: mean over DRAWS seeded draws.

    None where the set has no more objects with a truth than that.
    """
    judged, true = judged_numbers(crowd, truth)
    if len(judged) <= count:
        return None
    errors = []
    for seed in range(DRAWS):
        drawn = np.random.default_rng(seed).permutation(len(judged))
        audited, others = drawn[:count], judged[drawn[count:]]
        taught = calibrate(
            crowd.votes, skills, audited=judged[audited], truth=true[audited], n_objects=len(crowd.tasks)
        )
        _, sure, _ = settle(crowd.votes, skills, n_objects=len(crowd.tasks), calibration=taught)
        right = (outcome.labels[others] == true[drawn[count:]]).astype(np.float64)
        errors.append(expected_calibration_error(sure[others], right))
    return float(np.mean(errors))


def judged_numbers(crowd: Crowd, truth: dict[str, str]) -> tuple[IntArray, IntArray]:
    """The numbers of the tasks that have a truth, and of their true categories, -1 for one that nobody named."""
    numbers = {name: number for number, name in enumerate(crowd.categories)}
    judged = [number for number, task in enumerate(crowd.tasks) if task in truth]
    true = [numbers.get(truth[crowd.tasks[number]], -1) for number in judged]
    return np.array(judged, dtype=np.int64), np.array(true, dtype=np.int64)


def measure_classes(pair: Pair, audited: int | None) -> tuple[Crowd, Outcome, dict[str, float], str]:
    """One set's crowd, labels, figures and row of the table."""
    crowd = read_crowd(pair.name, pair.answers.rows)
    truth = {row[0]: row[1] for row in pair.truth.rows if len(row) > 1}
    outcome, skills = settle_crowd(crowd)
    figures = {**score(crowd, outcome, truth), "seconds": outcome.seconds}
    if audited is not None and (error := audited_error(crowd, outcome, skills, truth, audited)) is not None:
        figures["ece_audited"] = error
    return crowd, outcome, figures, format_row(crowd, skills, figures, score(crowd, vote_crowd(crowd), truth))


def format_row(crowd: Crowd, skills: Skills, ours: dict[str, float], vote: dict[str, float]) -> str:
    model = f"{skills.model} {skills.strength:g}" if skills.confusion is not None else skills.model
    first = [crowd.name, str(len(crowd.tasks)), str(len(crowd.votes)), model]
    numbers = [f"{ours[key]:.4f}" for key in ("accuracy", "macro_f1", "ece")]
    numbers += [f"{ours['ece_audited']:.4f}" if "ece_audited" in ours else "", f"{ours['seconds']:.2f}"]
    numbers += [f"{vote[key]:.4f}" for key in ("accuracy", "macro_f1", "ece")]
    return f"| {' | '.join(first + numbers)} |"


def write_predictions(path: Path, settled: list[tuple[Crowd, Outcome]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["set", "task", "label", "confidence"])
        for crowd, outcome in settled:
            for task, label, sure in zip(crowd.tasks, outcome.labels, outcome.confidence, strict=True):
                writer.writerow([crowd.name, task, crowd.categories[label], f"{sure:.6f}"])
