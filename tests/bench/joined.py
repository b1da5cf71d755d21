"""Measure what a model's opinion adds to people's: `python3 -m tests.bench.joined [--seeds 5] [--objects N]`.

Scikit-learn's digits, simulated answers of 60 people, right in .5 to .9 of cases; 9 of them answer by lot. Crowds:
"even", whose errors are any digit, and "hard", of which some objects mislead everybody and 7 of 10 errors are the next
digit. Answers an object: 5, 3 and 2. "alone": consolidation of their answers; "joined": with the opinion of a model
that the labels so far taught. Models: "sees" has the features that the base installation makes of pictures, "squints"
four mixtures of them with noise, "blind" noise alone. How sure labels are is uncalibrated. Prints a Markdown table of
means over the seeds, and a last line of JSON by crowd, model and answers an object.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Sequence
from itertools import product

# As the product does: the products of matrices are small here, and threads would only wait for one another.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

from labeling import consolidation
from labeling.consolidation.calibration import expected_calibration_error
from labeling.consolidation.choosing import fit_like
from labeling.consolidation.discarding import find_untelling
from labeling.consolidation.joined import add_opinions, joins, leave_out_overruling, read_opinions
from labeling.consolidation.skills import Skills
from labeling.validation.opinions import form_opinions
from tests.bench.label_errors import read_digits

PEOPLE, BY_LOT = 60, 9
ANSWERS = (5, 3, 2)
MODELS = ("sees", "squints", "blind")
CROWDS = ("even", "hard")
COLUMNS = ("crowd", "model", "answers", "alone", "joined", "least gain", "ECE alone", "ECE joined", "seconds")
Figures = tuple[float, float]  # accuracy and ECE


def look(views: Sequence[np.ndarray], model: str) -> list[np.ndarray]:
    """Return the features that a model has of the pictures."""
    rng = np.random.default_rng(7)
    if model == "sees":
        return list(views)
    if model == "blind":
        return [rng.normal(size=(len(views[0]), 4)).astype(np.float32)]
    even = np.concatenate([(view - view.mean(axis=0)) / (view.std(axis=0) + 1e-9) for view in views], axis=1)
    mixed = even @ rng.normal(size=(even.shape[1], 4))
    return [(mixed / mixed.std(axis=0) + 0.3 * rng.normal(size=mixed.shape)).astype(np.float32)]


def answer(truth: np.ndarray, crowd: str, each: int, seed: int) -> np.ndarray:
    """Return votes (M, 3) of `each` people an object."""
    rng = np.random.default_rng(seed)
    classes = int(truth.max()) + 1
    right = rng.uniform(0.5, 0.9, PEOPLE)
    right[:BY_LOT] = 1 / classes
    workers = rng.random((len(truth), PEOPLE)).argsort(axis=1)[:, :each].ravel()
    objects = np.repeat(np.arange(len(truth)), each)
    chance, step = right[workers], rng.integers(1, classes, len(objects))
    if crowd == "hard":
        hard = rng.beta(1, 2, len(truth))[objects] * (workers >= BY_LOT)
        chance = chance * (1 - hard) + 0.35 * hard
        step = np.where(rng.random(len(objects)) < 0.7, 1, step)
    wrong = rng.random(len(objects)) >= chance
    said = (truth[objects] + wrong * step) % classes
    return np.column_stack([objects, workers, said])


def settle(votes: np.ndarray, skills: Skills, n_objects: int, untelling: set[int]) -> tuple[np.ndarray, np.ndarray]:
    """Settle as the product does: what tells nothing left out, people who agree not overruled."""
    telling = votes[~np.isin(votes[:, 1], list(untelling))]
    kept = leave_out_overruling(telling, skills, n_people=PEOPLE, n_objects=n_objects)
    labels, confidence, _ = consolidation.settle(kept, skills, n_objects=n_objects)
    return labels, confidence


def learn(votes: np.ndarray, skills: Skills, n_objects: int) -> set[int]:
    return {one.worker for one in find_untelling(votes, skills, n_objects=n_objects)}


def measure(views: Sequence[np.ndarray], truth: np.ndarray, votes: np.ndarray) -> tuple[Figures, Figures]:
    """Return the figures alone and joined."""
    count, classes = len(truth), int(truth.max()) + 1
    skills = consolidation.fit(votes, n_objects=count, n_workers=PEOPLE, n_categories=classes)
    labels, confidence = settle(votes, skills, count, learn(votes, skills, count))
    alone = judge(labels, confidence, truth)
    opinions = read_opinions(form_opinions(views, labels, classes=classes))
    if not joins(skills, opinions, labels):
        return alone, alone
    joint = add_opinions(votes, opinions, n_workers=PEOPLE)
    fitted = fit_like(joint, skills, n_objects=count, n_workers=PEOPLE + opinions.n_bands)
    return alone, judge(*settle(joint, fitted, count, learn(joint, fitted, count)), truth)


def judge(labels: np.ndarray, confidence: np.ndarray, truth: np.ndarray) -> Figures:
    right = (labels == truth).astype(np.float64)
    return float(right.mean()), expected_calibration_error(confidence, right)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--objects", type=int, help="the first so many (default: all 1,797)")
    options = parser.parse_args()
    views, truth = read_digits(options.objects)
    print(f"| {' | '.join(COLUMNS)} |", f"|{' --- |' * len(COLUMNS)}", sep="\n")
    figures: dict[str, dict[str, float]] = {}
    for crowd, model, each in product(CROWDS, MODELS, ANSWERS):
        seen, started = look(views, model), time.perf_counter()
        votes = [answer(truth, crowd, each, seed) for seed in range(options.seeds)]
        runs = np.array([measure(seen, truth, given) for given in votes])
        seconds = (time.perf_counter() - started) / options.seeds
        (alone, gap), (joined, new_gap) = runs.mean(axis=0).tolist()
        shares = [alone, joined, float((runs[:, 1, 0] - runs[:, 0, 0]).min()), gap, new_gap]
        print(f"| {' | '.join([crowd, model, str(each), *(f'{one:.4f}' for one in shares), f'{seconds:.1f}'])} |")
        names = ("alone", "joined", "least_gain", "ece_alone", "ece_joined")
        figures[f"{crowd} {model} {each}"] = {n: round(s, 4) for n, s in zip(names, shares, strict=True)}
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
