"""What a delivery says: labels as spec/manifests.md 3 and 4 print them, and every raw answer behind them (8)."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import F, TextField
from django.db.models.functions import Cast, Coalesce

from batches import delivery as writer
from batches.delivery import Chunk, File
from batches.manifests import metadata_key, one_line, output_line
from batches.models import DataObject, Delivery
from groundtruth.work import GiveUp, ring
from labeling.agreeing.receipt import headlines
from labeling.models import Annotation, Job, Label
from labeling.pictures import put_back, read_picture
from projects import task_types
from projects.task_types import Item
from workforce.models import Tier, Worker

CHUNK = 1000  # objects
PICTURES_CHUNK = 20  # objects with large pictures
CUSTOM = "groundtruth/custom"
CHORE_SECONDS = 60  # then the chore hands over to its successor


def deliver(delivery: Delivery) -> bool:
    """Write a delivery as far as time allows; True when it is complete. Killed, it goes on at its cursor.

    Raises GiveUp where the place may not be written; the store's errors that may pass are tried again.
    """
    if delivery.state not in ("waiting", "writing"):
        return True
    source = Source.of(delivery)
    place = writer.open_place(delivery, source.jobs[0].name)
    if delivery.state == "waiting":
        writer.begin(delivery, place)
    if not writer.write(delivery, place, source.chunks(delivery.written), time.monotonic() + CHORE_SECONDS):
        ring(delivery)
        return False
    writer.finish(delivery, place, source.about())
    return True


class ObjectRow(NamedTuple):
    """What is read of an object. Named tuples here and below: models cost four times as much, for every row."""

    pk: int
    public_id: str
    ordinal: int
    line_number: int
    line: str
    source_ref: str
    source_text: str
    failure: str
    width: int
    height: int
    depth: int

    @property
    def item(self) -> Item:
        return Item({}, self.width, self.height, self.depth)


class LabelRow(NamedTuple):
    data_object_id: int
    attribute: str
    payload: Any
    blob_key: str
    confidence: float
    method: str
    author_kind: str
    job_id: int
    made: str  # when, as the database writes it


@dataclass
class Answered:
    """The raw answers of one object, as JSON: by round their wire form, and what the consolidation got."""

    by_round: dict[int, list[str]] = field(default_factory=dict)
    last_at: dict[int, str] = field(default_factory=dict)
    votes: list[str] = field(default_factory=list)


class Said(NamedTuple):
    """What files say of a worker: the id, and the end of an answer's JSON."""

    wire_id: str
    end: str


@dataclass
class Source:
    """A batch's labels and answers, ready to be read in chunks of objects."""

    delivery: Delivery
    jobs: list[Job]  # in order of position
    workers: dict[int, Said] = field(default_factory=dict)  # by id

    @classmethod
    def of(cls, delivery: Delivery) -> Source:
        """Return the source of a delivery. Raises GiveUp where nobody worked on the batch."""
        jobs = list(Job.objects.filter(batch=delivery.batch_id).select_related("schema").order_by("position"))
        if not jobs:
            raise GiveUp("The batch has no job, so there is nothing to deliver.")
        return cls(delivery, jobs)

    def __post_init__(self) -> None:
        self.by_id = {job.pk: job for job in self.jobs}
        self.schemas = {job.pk: job.asks for job in self.jobs}
        self.types = {job.pk: task_types.get(job.task_type) for job in self.jobs}
        self.chunk = PICTURES_CHUNK if any(kind.has_picture for kind in self.types.values()) else CHUNK
        self.folder = f"{self.delivery.prefix}{self.jobs[0].name}/"

    def about(self) -> dict[str, Any]:
        """Return what the receipt says of the batch."""
        batch = self.delivery.batch
        names = {"organization": batch.project.organization.slug, "project": batch.project.slug, "batch": batch.slug}
        attributes = list(dict.fromkeys(job.attribute for job in self.jobs))
        names["job"] = self.jobs[0].name  # the folder that the files lie in
        about = {"round": self.delivery.round, "attributes": attributes, "bad_lines": batch.bad_lines}
        return {**names, **about, "agreement": headlines(self.jobs)}

    # --- reading ------------------------------------------------------------------------------------
    def chunks(self, first: int) -> Iterator[Chunk]:
        """Yield the batch's result from ordinal `first` on, in the manifest's order."""
        while True:
            objects = DataObject.objects.filter(batch=self.delivery.batch_id, ordinal__gte=first).order_by("ordinal")
            rows = list(map(ObjectRow._make, objects.values_list(*ObjectRow._fields)[: self.chunk]))
            if not rows:
                return
            yield self._chunk(first, rows)
            first = rows[-1].ordinal + 1

    def _chunk(self, first: int, rows: Sequence[ObjectRow]) -> Chunk:
        # By batch and ordinals: a list of a thousand ids costs Django more than the rows themselves.
        where: dict[str, Any] = {"data_object__batch": self.delivery.batch_id}
        where["data_object__ordinal__range"] = (first, rows[-1].ordinal)
        labels, answers = self._labels(where), self._answers(where)
        drawn = [(row, label) for row in rows for label in labels.get(row.pk, ()) if label.blob_key]
        pictures = [self._picture_file(row, label) for row, label in drawn]
        updates = [self._updates(row, labels.get(row.pk, ())) for row in rows]
        said = [one_line(new) for new in updates]
        return Chunk(
            first=first,
            after=rows[-1].ordinal + 1,
            lines=[full_line(row.line, new, text) for row, new, text in zip(rows, updates, said, strict=True)],
            files=[*self._responses(rows, answers), *self._consolidated(first, rows, answers, said), *pictures],
            failed=[failed_row(row) for row in rows if row.failure],
            labelled=sum(1 for row in rows if row.pk in labels and not row.failure),
            answers=sum(len(answered.votes) for answered in answers.values()),
        )

    def _labels(self, where: dict[str, Any]) -> dict[int, list[LabelRow]]:
        found: dict[int, list[LabelRow]] = defaultdict(list)
        current = Label.objects.filter(**where).exclude(state="superseded").order_by("job_id")
        made = current.annotate(made=Cast("created_at", TextField()))
        for row in map(LabelRow._make, made.values_list(*LabelRow._fields)):
            found[row.data_object_id].append(row)
        return dict(found)

    def _answers(self, where: dict[str, Any]) -> dict[int, Answered]:
        """Return the answers by object. JSON and times stay text: they are only passed on."""
        found: dict[int, Answered] = defaultdict(Answered)
        rows = Annotation.objects.for_labels().filter(**where).order_by("id").annotate(
            text=Cast("payload", TextField()),
            picture=F("blob_key"),
            accepted=Cast(Coalesce("assignment__shown_at", "assignment__claimed_at"), TextField()),
            submitted=Cast("assignment__submitted_at", TextField()),
        )  # fmt: skip
        columns = (
            "data_object_id", "text", "picture", "assignment__worker_id", "accepted", "submitted",
            "assignment__seconds", "assignment__task__job_id",
        )  # fmt: skip
        for pk, text, picture, worker_id, accepted, submitted, seconds, job_id in rows.values_list(*columns):
            text = one_line(put_back(json.loads(text), picture)) if picture else text
            worker = self.workers.get(worker_id) or self._worker(worker_id)
            number, answered = self.by_id[job_id].round, found[pk]
            answer = answer_text(text, worker, accepted, submitted, seconds)
            answered.by_round.setdefault(number, []).append(answer)
            answered.last_at[number] = max(submitted, answered.last_at.get(number, submitted))
            answered.votes.append(
                f'{{"workerId":"{worker.wire_id}","annotationData":{{"content":{json.dumps(text)}}}}}'
            )
        return dict(found)

    def _worker(self, worker_id: int) -> Said:
        """Return what a file says of a worker: an id, no name; of a customer's own people also who vouches for them."""
        worker = Worker.objects.select_related("vendor").get(pk=worker_id)
        told: dict[str, Any] = {"workerId": worker.wire_id}
        if worker.vendor.tier == Tier.PRIVATE:
            identity = {"identityProviderType": "Oidc", "issuer": settings.GROUNDTRUTH_URL, "sub": worker.public_id}
            told["workerMetadata"] = {"identityData": identity}
        self.workers[worker_id] = Said(worker.wire_id, one_line(told)[1:])
        return self.workers[worker_id]

    # --- writing ------------------------------------------------------------------------------------
    def _updates(self, row: ObjectRow, labels: Sequence[LabelRow]) -> dict[str, Any]:
        """Return the keys that a line gets: a label and its metadata for each attribute, or why there is none.

        A label that the line brought along stays as it was read.
        """
        new: dict[str, Any] = {}
        for label in labels:
            if label.method != "given":
                new[label.attribute], new[metadata_key(label.attribute)] = self._encoded(label, row)
        if row.failure:
            labelled = {label.attribute for label in labels}
            for job in self.jobs:
                if job.attribute not in labelled and f'"{job.attribute}"' not in row.line:
                    new[metadata_key(job.attribute)] = self._failure(job, row.failure)
        return new

    def _encoded(self, label: LabelRow, row: ObjectRow) -> tuple[Any, dict[str, Any]]:
        job = self.by_id[label.job_id]
        line = self.types[job.pk].encode(label.payload, label.confidence, self.schemas[job.pk], row.item)
        common = {
            "job-name": job_name(job, line.metadata["type"]),
            "human-annotated": "no" if label.author_kind == "auto" else "yes",
            "creation-date": creation_date(label.made, line.metadata["type"]),
        }
        if label.blob_key:
            return f"{self.folder}{self._picture_name(row, label)}", {**line.metadata, **common}
        return line.value, {**line.metadata, **common}

    def _picture_file(self, row: ObjectRow, label: LabelRow) -> File:
        return File(self._picture_name(row, label), read_picture(label.blob_key), "image/png")

    def _picture_name(self, row: ObjectRow, label: LabelRow) -> str:
        """Return where the picture of a label lies below the job's folder; a second attribute has its own folder."""
        own = "" if self.jobs[0].attribute == label.attribute else f"{label.attribute}/"
        return f"annotations/consolidated-annotation/output/{own}{row.ordinal}.png"

    def _failure(self, job: Job, reason: str) -> dict[str, Any]:
        return {
            "failure-reason": reason,
            "type": self.types[job.pk].groundtruth_type,
            "job-name": job_name(job, self.types[job.pk].groundtruth_type),
            "creation-date": f"{self.delivery.created_at:%Y-%m-%dT%H:%M:%S.%f}",
        }

    def _responses(self, rows: Sequence[ObjectRow], answers: dict[int, Answered]) -> Iterator[File]:
        for row in rows:
            if answered := answers.get(row.pk):
                for number, texts in answered.by_round.items():
                    stamp = answered.last_at[number][:19].replace(" ", "_").replace(":", "-")
                    name = f"annotations/worker-response/iteration-{number}/{row.ordinal}/{stamp}.json"
                    yield File(name, f'{{"answers":[{",".join(texts)}]}}'.encode())

    def _consolidated(
        self, first: int, rows: Sequence[ObjectRow], answers: dict[int, Answered], said: Sequence[str]
    ) -> Iterator[File]:
        """Yield what consolidation was given and what it made of it, a file each, in the order of the objects."""
        asked, made = [], []
        for row, new in zip(rows, said, strict=True):
            if answered := answers.get(row.pk):
                source = one_line({"s3Uri": row.source_ref} if row.source_ref else {"content": row.source_text})
                votes = ",".join(answered.votes)
                asked.append(f'{{"datasetObjectId":"{row.ordinal}","dataObject":{source},"annotations":[{votes}]}}')
            if new != "{}":
                made.append(f'{{"datasetObjectId":"{row.ordinal}","consolidatedAnnotation":{{"content":{new}}}}}')
        folder, name = "annotations/consolidated-annotation/", f"iteration-{self.delivery.round}/{first:09d}.json"
        if asked:
            yield File(f"{folder}consolidation-request/{name}", f"[{','.join(asked)}]".encode())
        if made:
            yield File(f"{folder}consolidation-response/{name}", f"[{','.join(made)}]".encode())


def job_name(job: Job, groundtruth_type: str) -> str:
    """Return a job's name as metadata write it: bare for custom work (spec/manifests.md 3)."""
    return job.name if groundtruth_type == CUSTOM else f"labeling-job/{job.name}"


def creation_date(made: str, groundtruth_type: str) -> str:
    """Return when a label was made: custom work writes a zone and no fraction (spec/templates.md 4)."""
    return f"{microseconds(made)[:19]}+0000" if groundtruth_type == CUSTOM else microseconds(made)


def full_line(line: str, new: dict[str, Any], text: str) -> str:
    """Return a manifest's line with keys set, as `output_line` does; `text` is `new` as JSON.

    Nearly always the keys are new, so that they only go to the end: without escapes, a line that has a key spells it.
    """
    ends = line[:1] == "{" and line[-1:] == "}" and line[-2:-1] not in " \t\r\n{"
    if not ends or not new or "\\" in line or any(f'"{key}"' in line for key in new):
        return output_line(line, new)
    return f"{line[:-1]},{text[1:]}"


def answer_text(content: str, worker: Said, accepted: str, submitted: str, seconds: float) -> str:
    """Return one answer as JSON; `content` is the answer's JSON, taken over as it is."""
    times = f'"submissionTime":"{milliseconds(submitted)}","acceptanceTime":"{milliseconds(accepted)}"'
    return f'{{"answerContent":{content},{times},"timeSpentInSeconds":{float(seconds)},{worker.end}'


def failed_row(row: ObjectRow) -> dict[str, Any]:
    """Return what the receipt says of an object without a label."""
    return {"line": row.line_number, "object": row.public_id, "source": row.source_ref, "reason": row.failure}


def milliseconds(at: str) -> str:
    """Return a database's time, UTC as text, as worker responses write it: `2026-01-05T18:59:58.321Z`."""
    return f"{microseconds(at)[:23]}Z"


def microseconds(at: str) -> str:
    """Return a database's time as manifests write it: `2026-01-05T10:00:00.000001`, no zone."""
    time, _, fraction = at[11:].partition("+")[0].partition(".")  # a zone, and zeros at the end, are left out by some
    return f"{at[:10]}T{time}.{fraction:0<6}"
