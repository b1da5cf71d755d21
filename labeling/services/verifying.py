"""What others say of labels that rules found wrong: which objects they see, and who was right."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from groundtruth import clock
from labeling.models import Finding, Job, Label, Sent, StepKind
from labeling.models.jobs import BY_OTHERS, REWORK
from labeling.pictures import put_back_all
from projects import task_types
from projects.task_types import Answer, Settled

ADJUSTED = 0.95  # agreement from which a label that people began with was right: they left it as it was


def sent_by(job: Job) -> QuerySet[Finding]:
    """Return the findings that a job of others looks at: those sent by the last look of the rules before it."""
    looks = Job.objects.filter(
        batch=job.batch_id, attribute=job.attribute, kind=StepKind.VALIDATE, position__lt=job.position
    )
    last = list(looks.order_by("-position").values_list("pk", flat=True)[:1])
    return Finding.objects.filter(job__in=last).exclude(sent=Sent.NOT)


def labelling_before(job: Job) -> Job | None:
    """Return the job whose labels people give anew in this one; None for any other job.

    Who mends a label begins with it: how they drew or marked without one tells nothing of that.
    """
    return labelling_under(job) if job.kind == StepKind.VERIFY else None


def labelling_under(job: Job) -> Job | None:
    """Return the job whose labels people of this one give anew, or mend; None for any other job."""
    if job.kind not in BY_OTHERS:
        return None
    alike = Job.objects.filter(batch=job.batch_id, attribute=job.attribute, task_type=job.task_type, schema=job.schema)
    made = alike.filter(kind__in=(StepKind.LABEL, REWORK), position__lt=job.position)
    return made.select_related("schema", "batch").defer("skills").order_by("-position").first()


def proposals_of(job: Job, objects: Sequence[int]) -> dict[int, Answer]:
    """Return by object the answer that the tool begins with: the label that is to be mended. Raises StoreError.

    One whose picture is lost, or lies in the customer's store, is begun anew.
    """
    kind, schema = task_types.get(job.task_type), job.asks
    rows = Label.objects.filter(findings__in=sent_by(job), data_object__in=objects).distinct()
    found = [row for row in rows.values_list("data_object_id", "payload", "blob_key") if row[2] or not kind.has_picture]
    payloads = put_back_all([(said, key) for _, said, key in found])
    there = zip((pk for pk, _, _ in found), payloads, strict=True)
    return {pk: kind.answer_of(payload, schema) for pk, payload in there if payload is not None}


def judge(job: Job, objects: Sequence[int], settled: Sequence[Settled]) -> dict[int, bool]:
    """Return by object whether its label was wrong, by the final labels of the others; outside of any transaction.

    An object whose earlier label cannot be read any more is not judged. Raises StoreError where the store is away.
    """
    kind, schema = task_types.get(job.task_type), job.asks
    if job.kind not in BY_OTHERS or kind.checked is None:
        return {}
    rows = Label.objects.filter(findings__in=sent_by(job), data_object__in=objects).distinct()
    found = list(rows.values_list("data_object_id", "payload", "blob_key"))
    before = dict(zip((pk for pk, _, _ in found), put_back_all([(said, key) for _, said, key in found]), strict=True))
    same = ADJUSTED if job.kind == StepKind.ADJUST else kind.checked(schema).same
    return {
        pk: kind.agreement(kind.answer_of(old, schema), kind.answer_of(new.payload, schema), schema) < same
        for pk, new in zip(objects, settled, strict=True)
        if (old := before.get(pk)) is not None
    }


def resolve(job: Job, judged: dict[int, bool]) -> None:
    """Write who was right of the findings that others have looked at, once; in the caller's transaction."""
    if not judged:
        return
    now = clock.now()
    open_ones = sent_by(job).filter(is_wrong=None)
    for is_wrong in (True, False):
        if objects := [pk for pk, wrong in judged.items() if wrong is is_wrong]:
            open_ones.filter(label__data_object__in=objects).update(is_wrong=is_wrong, resolved_at=now)
