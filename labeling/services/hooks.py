"""A job's pre- and post-annotation functions (spec/templates.md 3 and 4): what they are told, what they may reply.

What fails is counted on the job. An object whose pre-annotation call fails, or of which the post-annotation function
makes no label, fails alone. A post-annotation call that fails as a whole fails nothing: it is made again each minute.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet

from batches.models import DataObject
from groundtruth.storage import StoreError, get_store, object_address
from labeling.models import Job, Task
from labeling.services.calling import CallFailed, call, function_name, is_built_in
from labeling.states import BY_FUNCTION
from projects.grants import sign_for
from projects.task_types import Settled, Vote

VERSION = "2018-10-16"
THREADS = 4
AT_ONCE = 200  # tasks looked at in one go
GO_SECONDS = 60.0  # no call begins later in one go
YIELD_SECONDS = 1.0
NOT_FOR_PEOPLE = "The pre-annotation function said that people are not needed."


def has_pre(job: Job) -> bool:
    return not is_built_in(function_name(job.pre_function))


def has_post(job: Job) -> bool:
    return not is_built_in(function_name(job.post_function))


def job_arn(job: Job) -> str:
    """Return the job's name as the service's functions are told it."""
    return f"arn:aws:sagemaker:home:000000000000:labeling-job/{job.name.lower()}"


# --- before people ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Prepared:
    """What a pre-annotation function made of an object: the template's input, or why people do not get it."""

    task_id: int
    task_input: dict[str, Any] | None
    refusal: str = ""


def prepare_next(tasks: QuerySet[Task], most: int, job: Job) -> Iterator[list[Prepared]]:
    """Call the pre-annotation function for the first of these tasks; yield what is ready every second.

    Nothing is written. Ends when so many were looked at, or `GO_SECONDS` are over and the calls then open have ended.
    """
    rows = list(tasks.order_by("priority", "id").values_list("pk", "data_object__line")[: min(most, AT_ONCE)])
    until = time.monotonic() + GO_SECONDS
    pool = ThreadPoolExecutor(THREADS)
    try:
        calls = {pool.submit(prepare, job, *row) for row in rows}
        while calls:
            ended, calls = wait(calls, timeout=YIELD_SECONDS)
            yield [call.result() for call in ended]
            if time.monotonic() >= until:
                calls = {call for call in calls if not call.cancel()}
    finally:
        pool.shutdown(cancel_futures=True)


def prepare(job: Job, task_id: int, line: str) -> Prepared:
    """Call the pre-annotation function for one object."""
    event = {"version": VERSION, "labelingJobArn": job_arn(job), "dataObject": json.loads(line)}
    try:
        reply = call(job.pre_function, event)
    except CallFailed as problem:
        return Prepared(task_id, None, f"The pre-annotation function failed: {problem}")
    if not isinstance(reply, dict) or not isinstance(reply.get("taskInput"), dict):
        return Prepared(task_id, None, "The pre-annotation function gave no taskInput.")
    wanted = reply.get("isHumanAnnotationRequired", reply.get("humanAnnotationRequired", True))
    if _is_false(wanted):
        return Prepared(task_id, None, NOT_FOR_PEOPLE)
    return Prepared(task_id, reply["taskInput"])


def _is_false(value: Any) -> bool:
    """Booleans come as text too: "false" must not be true."""
    return value is False or (isinstance(value, str) and value.strip().lower() == "false")


# --- after people ----------------------------------------------------------------------------------------


def consolidate(job: Job, objects: Sequence[tuple[int, Sequence[Vote]]]) -> dict[int, Settled]:
    """Let the post-annotation function make labels of answers; return them by object id, without those it left out.

    objects: (object id, votes). Raises CallFailed where the call failed as a whole.
    """
    rows = DataObject.objects.filter(pk__in=[pk for pk, _ in objects])
    found = {row.pk: row for row in rows.only("pk", "ordinal", "source_ref", "source_text")}
    asked = [_asked(found[pk], votes) for pk, votes in objects]
    reply = call(job.post_function, _event(job, asked))
    by_ordinal = {str(row.ordinal): row.pk for row in found.values()}
    return {by_ordinal[number]: settled for number, settled in _settled(job, reply).items() if number in by_ordinal}


def _asked(row: DataObject, votes: Sequence[Vote]) -> dict[str, Any]:
    source = {"s3Uri": row.source_ref} if row.source_ref else {"content": row.source_text}
    said = [{"workerId": v.worker, "annotationData": {"content": json.dumps(v.answer)}} for v in votes]
    return {"datasetObjectId": str(row.ordinal), "dataObject": source, "annotations": said}


def _event(job: Job, asked: list[dict[str, Any]]) -> dict[str, Any]:
    """Store the payload and return the event that names it: by its address, and by a link that any client can read."""
    data = json.dumps(asked).encode()
    project = job.batch.project
    key = f"{project.prefix}answers/{job.batch.public_id}/payload/{sha256(data).hexdigest()[:40]}.json"
    address = object_address(settings.GROUNDTRUTH_BUCKET, key)
    try:
        get_store().put(address, data, "application/json")
        url = get_store().sign(address, settings.SIGNED_URL_SECONDS) or sign_for(project.pk, address.uri)
    except StoreError as problem:
        raise CallFailed(f"The answers could not be stored for the function: {problem}") from problem
    return {
        "version": VERSION,
        "labelingJobArn": job_arn(job),
        "labelCategories": list(job.schema.categories),
        "labelAttributeName": job.attribute,
        "roleArn": "",
        "payload": {"s3Uri": address.uri, "url": url},
    }


def _settled(job: Job, reply: Any) -> dict[str, Settled]:
    """Read the reply; of repeated objects the last entry wins (AWS's own sample gives one entry a worker).

    An entry without a label of the job's name is none.
    """
    if not isinstance(reply, list):
        raise CallFailed("The post-annotation function gave no list.")
    found = {}
    for entry in reply:
        with suppress(KeyError, TypeError, IndexError, AttributeError):
            content = entry["consolidatedAnnotation"]["content"]
            value, metadata = content[job.attribute], content.get(f"{job.attribute}-metadata", {})
            found[str(entry["datasetObjectId"])] = settled(value, metadata if isinstance(metadata, dict) else {})
    return found


def settled(value: Any, metadata: dict[str, Any]) -> Settled:
    """Return a label as the function made it; a confidence in its metadata is the label's own."""
    confidence = metadata.get("confidence", 0.0)
    is_share = isinstance(confidence, int | float) and not isinstance(confidence, bool) and 0 <= confidence <= 1
    own = {name: said for name, said in metadata.items() if name != "confidence"}
    return Settled({"value": value, "metadata": own}, float(confidence) if is_share else 0.0, BY_FUNCTION)


def count_failures(job: Job, count: int, problem: str) -> None:
    """Note that calls failed, for operations to see."""
    Job.objects.filter(pk=job.pk).update(hook_failures=F("hook_failures") + count, hook_error=problem[:2000])
