"""Pre-labelling: people are shown what the machine thinks of an object, and correct it.

Only objects that people are asked about because the machine is unsure: what the promise rests on, the random samples
and the check before writing, stays free of what the machine thinks. Of the rest a random tenth is shown as ever, so
that the time saved is measured on objects that differ in nothing else.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from django.db.models import Q, QuerySet

from groundtruth.work import keep
from labeling.models import Job, LoopRun, Task
from labeling.services.answers import chunk_of
from projects import task_types
from projects.task_types import Answer

WITHHELD = 0.1  # of what could be shown, in each round the same: rounds differ, and their shares must not
STREAM = 1  # of the random numbers of a job's iteration: others are drawn with the same seeds
WRITE_CHUNK, ROWS = 2000, 500  # tasks between two looks at the lease, and at most in one statement
MANY = 20  # equal answers, in the mean, that are worth a statement
HAS_ONE = Q(proposal__isnull=False) | Q(withheld__isnull=False)


def propose(run: LoopRun, job: Job, tasks: Sequence[int], said: Sequence[tuple[Any, float]]) -> None:
    """Write what the machine said, each with its confidence, of tasks that still wait in the pool.

    Nobody sees a task of the pool, so this comes before the run decides and asks them: killed between, it is written
    anew, and what was written of others is taken away.
    """
    pool = Task.objects.filter(job=job, state="pooled")
    pool.filter(HAS_ONE).update(proposal=None, withheld=None)
    hidden = draw_withheld(len(tasks), job.pk, run.iteration)
    size = chunk_of(job, WRITE_CHUNK)
    for first in range(0, len(tasks), size):
        chunk = slice(first, first + size)
        _write(pool, job, tasks[chunk], said[chunk], hidden[chunk])
        keep(run)


def draw_withheld(count: int, job_id: int, iteration: int) -> np.ndarray:
    """Return for so many tasks whether the proposal is withheld: a tenth, rounded by lot, and the same if drawn again.

    bool [count]; each is chosen with the same probability, whatever the count.
    """
    rng = np.random.default_rng([job_id, iteration, STREAM])
    hidden = np.arange(count) < int(WITHHELD * count + rng.random())
    return rng.permutation(hidden)


def _write(
    pool: QuerySet[Task], job: Job, tasks: Sequence[int], said: Sequence[tuple[Any, float]], hidden: np.ndarray
) -> None:
    kind, asks = task_types.get(job.task_type), job.asks
    assert kind.propose is not None
    answers = [kind.answer_of(kind.propose(*one, asks), asks) for one in said]
    for column, is_hidden in (("proposal", False), ("withheld", True)):
        places = np.flatnonzero(hidden == is_hidden).tolist()
        _set(pool, column, [(tasks[place], answers[place]) for place in places])


def _set(pool: QuerySet[Task], column: str, wanted: Sequence[tuple[int, Answer]]) -> None:
    """Write answers in a column; equal ones together where they are many, as categories are: twenty times faster."""
    alike: dict[str, list[int]] = defaultdict(list)
    for pk, answer in wanted:
        alike[json.dumps(answer, sort_keys=True)].append(pk)
    if len(alike) * MANY > len(wanted):
        pool.bulk_update([Task(pk=pk, **{column: answer}) for pk, answer in wanted], [column], batch_size=ROWS)
        return
    for text, pks in alike.items():
        pool.filter(pk__in=pks).update(**{column: json.loads(text)})


def drop_proposals(job: Job) -> None:
    """Take back what nobody has answered yet: the model is not to be believed."""
    waiting = Task.objects.filter(job=job, state__in=("pooled", "waiting", "open"), answers=0)
    waiting.filter(HAS_ONE).update(proposal=None, withheld=None)
