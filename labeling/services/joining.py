"""A model's opinion joins people's at the last fit of a job, where the job wants it and its objects' features are made.

The model is taught by the labels that people alone make, each object judged by what the others taught. What it says is
kept in the store, its key beside the skills; people's answers stay as they are, and so does what is delivered of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from batches.models import DataObject
from groundtruth.work import keep
from labeling import encoders
from labeling.consolidation.joined import Opinions, name_band, read_opinions, tells
from labeling.model_opinions import read_kept
from labeling.models import Job, LoopRun, StepKind
from labeling.services import featuring, hooks
from labeling.services.answers import Answers, answers_of, spread
from labeling.services.arrays import put_arrays
from labeling.services.wishes import refuses_machine
from labeling.validation.opinions import form_opinions
from projects import task_types
from projects.task_types import TaskType, Vote

CHUNK = 2000
ALL = 10**9
KEY = "opinions"  # among the skills: where what the model said is kept


def wants(job: Job) -> bool:
    """Tell whether a model may join: the job says so, and something else needs its objects' features anyway."""
    kind = task_types.get(job.task_type)
    if not job.model_joins or kind.fit_joined is None or not encoders.sets(kind.modality):
        return False
    if job.template or hooks.has_post(job) or refuses_machine(job):
        return False
    checks = Job.objects.filter(batch=job.batch_id, round=job.round, kind=StepKind.VALIDATE)
    return job.machine_labels or checks.exists()


def begin(job: Job) -> None:
    """Have the features made, in the caller's transaction."""
    if wants(job):
        featuring.begin(job.batch, task_types.get(job.task_type).modality)


def is_ready(job: Job) -> bool:
    """Tell whether the last fit may begin: no features are still being made that it waits for."""
    if not wants(job):
        return True
    made, of, is_lost = featuring.made(job.batch, task_types.get(job.task_type).modality)
    return is_lost or made == of


def ask_model(run: LoopRun, skills: dict[str, Any]) -> str:
    """Return the key of what a model says of the job's objects; "" where it may not join, or had better not.

    skills: what people's answers alone teach. Raises StoreError.
    """
    job = run.job
    kind = task_types.get(job.task_type)
    if not wants(job) or not _judges(kind, skills):
        return ""
    labels = _labels_alone(run, skills)
    ordinals = np.array(sorted(labels), dtype=np.int64)
    if not len(ordinals):
        return ""
    given = np.array([labels[ordinal] for ordinal in ordinals.tolist()], dtype=np.int64)
    views = featuring.load(job.batch, ordinals, kind.modality)
    if not isinstance(views, list):
        return ""
    opinions = read_opinions(form_opinions(views, given, classes=len(job.asks.categories)))
    return _put(job, ordinals, opinions) if tells(opinions, given) else ""


def _judges(kind: TaskType, skills: dict[str, Any]) -> bool:
    """Tell whether people could be compared; where they could not, nobody weighs anything, nor may a model."""
    return kind.weight is not None and any(kind.weight(skills, name) for name in skills.get("workers", ()))


def _labels_alone(run: LoopRun, skills: dict[str, Any]) -> dict[int, int]:
    """Return the categories that people's answers make, by ordinal."""
    job = run.job
    found: dict[int, int] = {}
    kind = task_types.get(job.task_type)
    assert kind.consolidate_many is not None
    ids = spread(job, ALL)
    for first in range(0, len(ids), CHUNK):
        objects = answers_of(job, ids[first : first + CHUNK])
        numbers = [one.object_id for one in objects]
        settled = kind.consolidate_many([one.votes for one in objects], skills, job.asks, numbers)
        places = _ordinals_of(job, numbers)
        found |= {places[number]: int(one.payload) for number, one in zip(numbers, settled, strict=True)}
        keep(run)
    return found


def _put(job: Job, ordinals: np.ndarray, opinions: Opinions) -> str:
    there = opinions.said >= 0
    arrays = {
        "ordinals": ordinals[there],
        "said": opinions.said[there].astype(np.int16),
        "sure": opinions.sure[there].astype(np.float32),
        "band": opinions.band[there].astype(np.int8),
    }
    return put_arrays(f"{job.batch.project.prefix}models/{job.public_id}/", arrays)


def _ordinals_of(job: Job, object_ids: Sequence[int]) -> Mapping[int, int]:
    """Return the ordinals of those of the objects that are of the job's batch: known answers may be of another."""
    found: dict[int, int] = {}
    for first in range(0, len(object_ids), CHUNK):
        rows = DataObject.objects.filter(batch=job.batch_id, pk__in=object_ids[first : first + CHUNK])
        found |= dict(rows.values_list("pk", "ordinal"))
    return found


def hear(job: Job, skills: dict[str, Any], objects: Sequence[Answers]) -> Sequence[Answers]:
    """Return the objects with the model's votes after people's, where it joined them. Raises StoreError."""
    if KEY not in skills or not objects:
        return objects
    kind, schema, places = task_types.get(job.task_type), job.asks, _ordinals_of(job, [o.object_id for o in objects])
    said = read_kept(skills[KEY]).of(places.get(one.object_id, -1) for one in objects)
    return [
        one
        if opinion is None
        else replace(one, votes=(*one.votes, Vote(name_band(opinion.band), kind.answer_of(opinion.category, schema))))
        for one, opinion in zip(objects, said, strict=True)
    ]
