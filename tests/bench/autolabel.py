"""Measure automated labelling: `python3 -m tests.bench.autolabel DIR [--seeds 5] [--target 0.95] [--noise 0.1]`.

Every set in DIR (NAME.csv.gz of id,text,label; NAME.zip of labels.csv and pictures; NAME.npz of sound or pictures) is
labelled by our loop and by the one that the service's guide documents, people being simulated. Prints a Markdown
table, what one iteration on 100,000 objects takes, and a last line of JSON by set.
"""

from __future__ import annotations

import argparse
import csv
import json
import multiprocessing
import os
import resource
import sys
import time
import traceback
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from labeling.autolabel.loop import MINIMUM, Known, Promise, step
from tests.bench.autolabel_arrays import Unknown
from tests.bench.autolabel_loops import People, Run, run_documented, run_ours
from tests.bench.autolabel_options import read_options
from tests.bench.autolabel_sets import LabelledSet, read_set

LOOPS = {"ours": run_ours, "documented": run_documented}
COLUMNS = "set | loop | share | accuracy | worst | broken | human | whole set | forecast held | seconds"
Jobs = dict[tuple[str, str], list[Run]]


@lru_cache(maxsize=1)
def kept_set(path: Path, base: bool) -> LabelledSet:
    return read_set(path, base=base)


def run_one(path: Path, base: bool, loop: str, seed: int, target: float, noise: float) -> Run:
    """Run one loop on one set from one seed."""
    labelled = kept_set(path, base)
    return LOOPS[loop](labelled, People(labelled, noise, seed), Promise(target), seed)


def measure_step(objects: int, features: int = 640) -> dict[str, float]:
    """Take the first iteration of a job, choosing all settings anew; return its seconds and the peak memory."""
    rng, labels = np.random.default_rng(0), objects // 5
    truth = rng.integers(10, size=objects)
    view = rng.standard_normal((objects, features), dtype=np.float32)
    view += rng.standard_normal((10, features), dtype=np.float32)[truth] / 5
    rows = np.sort(rng.permutation(objects)[:labels])
    known = Known(rows, truth[rows].tolist(), np.arange(labels) < 1000)
    started, busy = time.perf_counter(), time.process_time()
    step([view], known, Promise(0.95), "classes", 10, {}, 0)
    seconds = time.perf_counter() - started
    busy = time.process_time() - busy
    return {"seconds": round(seconds, 1), "cpu_seconds": round(busy, 1), "peak_mb": peak_kilobytes() // 1024}


def peak_kilobytes() -> int:
    """Return the most memory that this process held. Linux counts the parent's into what `getrusage` tells."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))


def summed(runs: list[Run], target: float) -> dict[str, Any]:
    """Return the figures of several runs: means, the worst accuracy, and how many were below the target.

    Runs without a label of the machine have no accuracy; it is None where none has.
    """
    accuracy = [run.accuracy for run in runs if run.accuracy is not None]
    return {
        "share": round(float(np.mean([run.share for run in runs])), 4),
        "accuracy": round(float(np.mean(accuracy)), 4) if accuracy else None,
        "worst": round(min(accuracy), 4) if accuracy else None,
        "broken": sum(one < target for one in accuracy),
        "runs": len(runs),
        "human": round(float(np.mean([run.human for run in runs]))),
        "whole": round(float(np.mean([run.whole for run in runs])), 4),
        "forecast": round(float(np.mean([run.forecast for run in runs])), 2),
        "seconds": round(float(np.mean([run.seconds for run in runs])), 1),
    }


def format_row(name: str, loop: str, one: dict[str, Any]) -> str:
    held = f"{one['forecast']:.0%}" if loop == "ours" else ""
    accuracy, worst = ("–" if one[kind] is None else f"{one[kind]:.2%}" for kind in ("accuracy", "worst"))
    cells = [name, loop, f"{one['share']:.1%}", accuracy, worst]
    cells += [f"{one['broken']}/{one['runs']}", str(one["human"]), f"{one['whole']:.2%}", held, str(one["seconds"])]
    return f"| {' | '.join(cells)} |"


def write_predictions(path: Path, sets: dict[str, LabelledSet], jobs: Jobs) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["set", "loop", "seed", "object", "label", "confidence"])
        for (name, loop), runs in jobs.items():
            one = sets[name]
            for seed, run in enumerate(runs):
                for row, said, sure in zip(run.rows, run.said, run.confidence, strict=True):
                    writer.writerow([name, loop, seed, one.names[row], one.categories[said], f"{sure:.6f}"])


def readable_sets(folder: Path, base: bool) -> Iterator[tuple[Path, LabelledSet]]:
    """Yield the sets, their features made; say which files are skipped and why."""
    there: set[str] = set()
    for path in sorted(folder.iterdir()):
        try:
            labelled = read_set(path, base=base, least=MINIMUM)
            if labelled.name in there:
                raise Unknown(f"another file is called {labelled.name} already")
        except Unknown as problem:
            print(f"skipped {path.name}: {problem}.", flush=True)
            continue
        there.add(labelled.name)
        print(f"{labelled.name}: {len(labelled.truth)} objects, {', '.join(labelled.views)}", flush=True)
        yield path, labelled


@contextmanager
def processes(count: int) -> Iterator[ProcessPoolExecutor]:
    """Give fresh processes of one thread each."""
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
    with ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


def run_all(found: dict[str, Path], options: argparse.Namespace) -> Jobs:
    """Run each set's loops from each seed, in two processes. A run that fails is told, and its loop left out."""
    with processes(2) as pool:
        waiting = {
            (name, loop): [
                pool.submit(run_one, path, options.base, loop, seed, options.target, options.noise)
                for seed in range(options.seeds)
            ]
            for name, path in found.items()
            for loop in LOOPS
        }
        return dict(_told(waiting))


def _told(waiting: dict[tuple[str, str], list[Future[Run]]]) -> Iterator[tuple[tuple[str, str], list[Run]]]:
    for (name, loop), runs in waiting.items():
        problem = next((found for run in runs if (found := run.exception())), None)
        if problem is None:
            yield (name, loop), [run.result() for run in runs]
        else:
            print(f"failed {name}, {loop}: {type(problem).__name__}: {problem}", flush=True)
            traceback.print_exception(problem)


def print_figures(jobs: Jobs, names: Iterable[str], target: float) -> dict[str, dict[str, Any]]:
    """Print the table; return its figures by set and loop."""
    results: dict[str, dict[str, Any]] = {name: {} for name in names}
    print(f"\n| {COLUMNS} |\n|{'---|' * 10}")
    for (name, loop), runs in jobs.items():
        results[name][loop] = summed(runs, target)
        print(format_row(name, loop, results[name][loop]), flush=True)
    return results


def main(arguments: list[str] | None = None, large: int = 100_000) -> int:
    """Measure and print; 1 where a run failed. One iteration is taken on a `large` job."""
    options = read_options(arguments)
    paths, sets = {}, {}
    for path, labelled in readable_sets(options.folder, options.base):
        paths[labelled.name], sets[labelled.name] = path, labelled
    jobs = run_all(paths, options)
    results = print_figures(jobs, paths, options.target)
    with processes(1) as pool:
        taken = pool.submit(measure_step, large).result()
    seconds, busy, peak = (taken[name] for name in ("seconds", "cpu_seconds", "peak_mb"))
    print(f"\nOne iteration on {large:,} objects: {seconds} s, {busy} s of one core, {peak} MB at the peak\n")
    print(json.dumps(results), flush=True)
    if options.predictions:
        write_predictions(options.predictions, sets, jobs)
    return int(len(jobs) < len(paths) * len(LOOPS))


if __name__ == "__main__":
    sys.exit(main())
