"""Measure consolidation of classes: `python3 -m tests.bench.consolidation DIR [--predictions FILE]`.

Every pair NAME.labels.csv.gz and NAME.truth.csv.gz in DIR whose labels are `task,worker,label` is
settled with the one default setting; the truth, which may cover a part of the tasks, is read afterwards.
Prints a Markdown table beside majority vote, and a last line of JSON by set.
"""

import argparse
import csv
import gzip
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from labeling.consolidation import Skills, fit, settle, settle_by_vote
from labeling.consolidation.calibration import expected_calibration_error
from labeling.consolidation.votes import FloatArray, IntArray

HEADER = ["task", "worker", "label"]
COLUMNS = "set | objects | labels | model | accuracy | macro-F1 | ECE | seconds | MV accuracy | MV macro-F1 | MV ECE"


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


def read_rows(path: Path) -> list[list[str]]:
    """Return a table's rows without blank ones, and without a byte order mark."""
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as stream:
        return [row for row in csv.reader(stream) if row]


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


def list_pairs(folder: Path) -> Iterator[tuple[str, list[list[str]], dict[str, str]]]:
    """Name, answers and truth of each set; says which files it skips and why."""
    for path in sorted(folder.glob("*.labels.csv.gz")):
        name = path.name.removesuffix(".labels.csv.gz")
        truth_path = path.with_name(f"{name}.truth.csv.gz")
        header, *rows = read_rows(path) or [[]]
        if header != HEADER:
            print(f"skipped {name}: columns are {','.join(header)}")
        elif not truth_path.exists():
            print(f"skipped {name}: no {truth_path.name}")
        else:
            yield name, rows, {row[0]: row[1] for row in read_rows(truth_path)[1:]}


def format_row(crowd: Crowd, skills: Skills, ours: dict[str, float], vote: dict[str, float]) -> str:
    model = f"{skills.model} {skills.strength:g}" if skills.confusion is not None else skills.model
    first = [crowd.name, str(len(crowd.tasks)), str(len(crowd.votes)), model]
    numbers = [f"{ours[key]:.4f}" for key in ("accuracy", "macro_f1", "ece")] + [f"{ours['seconds']:.2f}"]
    numbers += [f"{vote[key]:.4f}" for key in ("accuracy", "macro_f1", "ece")]
    return f"| {' | '.join(first + numbers)} |"


def write_predictions(path: Path, settled: list[tuple[Crowd, Outcome]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["set", "task", "label", "confidence"])
        for crowd, outcome in settled:
            for task, label, sure in zip(crowd.tasks, outcome.labels, outcome.confidence, strict=True):
                writer.writerow([crowd.name, task, crowd.categories[label], f"{sure:.6f}"])


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure consolidation of classes.")
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--predictions", type=Path, metavar="FILE", help="every label, as CSV")
    options = parser.parse_args()
    if not options.folder.is_dir():
        parser.error(f"{options.folder} is no folder.")
    results: dict[str, dict[str, float]] = {}
    rows, settled = [], []
    for name, answers, truth in list_pairs(options.folder):
        crowd = read_crowd(name, answers)
        outcome, skills = settle_crowd(crowd)
        ours = {**score(crowd, outcome, truth), "seconds": round(outcome.seconds, 3)}
        rows.append(format_row(crowd, skills, ours, score(crowd, vote_crowd(crowd), truth)))
        results[name] = {key: round(value, 4) for key, value in ours.items()}
        settled.append((crowd, outcome))
    if options.predictions:
        write_predictions(options.predictions, settled)
    print(f"\n| {COLUMNS} |\n|{'---|' * 11}", *rows, "", json.dumps(results), sep="\n")


if __name__ == "__main__":
    main()
