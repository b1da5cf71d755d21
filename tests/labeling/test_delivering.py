"""A delivery: every file of spec/manifests.md 8, original keys untouched; a kill or a revoked grant loses nothing."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_django import Settings

from batches import delivery as writer
from batches import services
from batches.manifests import one_line, output_line
from batches.models import Batch, DataObject, Delivery, Manifest
from groundtruth import clock
from groundtruth.storage import Address, Denied, get_store, parse_uri
from groundtruth.storage.embedded import EmbeddedStore
from groundtruth.work import LeaseLost, advance
from labeling.models import Annotation, Assignment, Job, Label, Task
from labeling.services import delivering
from projects.models import DataGrant, Direction, Notice
from tests.factories import (
    make_batch,
    make_grant,
    make_job,
    make_member,
    make_organization,
    make_project,
    make_running_batch,
    make_schema,
    make_staff,
    make_worker,
    say,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]
AT = datetime(2026, 1, 5, 18, 59, 58, 321000, UTC)


def make_delivery(texts: tuple[str, ...] = ("a", "b", "c"), **job: Any) -> Delivery:
    """A batch of texts, accepted, whose objects each have a label and the answers of two people."""
    project = make_project(state="pilot_in_progress", modality="text", task_type="text-classification")
    make_schema(project)
    for direction in Direction.values:
        make_grant(project, direction)
    batch = make_running_batch(project, texts=texts)
    made = make_job(batch, workers_each=2, **job)
    workers = [make_worker(made.team, name) for name in ("Wei", "Noor")]
    for task in Task.objects.filter(job=made).order_by("data_object__ordinal"):
        for worker in workers:
            answer(task, worker)
        Label.objects.create(
            data_object=task.data_object, attribute="kind", job=made, payload=task.data_object.ordinal % 2,
            confidence=0.75, method="votes", state="confirmed",
        )  # fmt: skip
    DataObject.objects.filter(batch=batch).update(done_by="human")
    Batch.objects.filter(pk=batch.pk).update(state="accepted", done=len(texts), human=len(texts))
    return Delivery.objects.create(batch=Batch.objects.get(pk=batch.pk), round=1, prefix=batch.output_uri)


def answer(task: Task, worker: Any) -> None:
    turn = Assignment.objects.create(
        task=task,
        worker=worker,
        state="submitted",
        claimed_at=AT,
        shown_at=AT,
        lease_until=AT,
        submitted_at=AT,
        seconds=40.5,
    )
    Annotation.objects.create(data_object=task.data_object, assignment=turn, payload=say("bird"))


def deliver(delivery: Delivery) -> Delivery:
    while advance("batches.delivery", delivery.pk) == "more":
        pass
    delivery.refresh_from_db()
    return delivery


def folder_of(delivery: Delivery) -> Address:
    root = parse_uri(delivery.prefix)
    return Address(root.bucket, f"{root.key}{Job.objects.filter(batch=delivery.batch).order_by('position')[0].name}/")


def files_of(delivery: Delivery) -> dict[str, bytes]:
    folder, store = folder_of(delivery), get_store()
    found = store.list(folder.bucket, folder.key)
    return {entry.key.removeprefix(folder.key): store.read(Address(folder.bucket, entry.key)) for entry in found}


def lines_of(delivery: Delivery) -> list[dict[str, Any]]:
    return [json.loads(line) for line in files_of(delivery)[writer.MANIFEST].splitlines()]


# --- what is delivered ---------------------------------------------------------------------------------


def test_the_manifest_holds_each_line_with_its_label_in_order() -> None:
    delivery = deliver(make_delivery())

    name = Job.objects.get().name
    first, second, third = lines_of(delivery)
    created = first["kind-metadata"].pop("creation-date")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}", created)
    assert first == {
        "source": "a",
        "kind": 0,
        "kind-metadata": {
            "class-name": "bird",
            "confidence": 0.75,
            "type": "groundtruth/text-classification",
            "job-name": f"labeling-job/{name}",
            "human-annotated": "yes",
        },
    }
    assert [second["source"], second["kind"], third["source"], third["kind"]] == ["b", 1, "c", 0]
    delivery.batch.refresh_from_db()
    assert (delivery.state, delivery.batch.state) == ("complete", "data_delivered")


def test_what_the_customer_wrote_comes_back_byte_for_byte() -> None:
    delivery = make_delivery(("a",))
    line = '{ "trace":"A-77" ,"source":"a","weight":1.50, "caf\\u00e9":[1,  2]}'
    DataObject.objects.update(line=line)

    deliver(delivery)

    assert files_of(delivery)[writer.MANIFEST].decode().startswith(line[:-1] + ',"kind":0,"kind-metadata":{')


def test_all_answers_to_an_object_lie_in_one_file() -> None:
    delivery = deliver(make_delivery(("a", "b")))

    name = "annotations/worker-response/iteration-1/1/2026-01-05_18-59-58.json"
    answers = json.loads(files_of(delivery)[name])["answers"]
    wei = Annotation.objects.filter(data_object__ordinal=1).order_by("id")[0].assignment.worker
    assert len(answers) == 2
    assert answers[0] == {
        "answerContent": say("bird"),
        "submissionTime": "2026-01-05T18:59:58.321Z",
        "acceptanceTime": "2026-01-05T18:59:58.321Z",
        "timeSpentInSeconds": 40.5,
        "workerId": wei.wire_id,
    }


def test_every_directory_is_there_and_every_checksum_is_right() -> None:
    delivery = deliver(make_delivery(("a", "b")))

    files = files_of(delivery)
    listed = dict(reversed(line.split("  ")) for line in files[writer.CHECKSUMS].decode().splitlines())
    assert listed == {n: hashlib.sha256(data).hexdigest() for n, data in files.items() if n != writer.CHECKSUMS}
    assert set(files) == {
        "annotations/consolidated-annotation/consolidation-request/iteration-1/000000000.json",
        "annotations/consolidated-annotation/consolidation-response/iteration-1/000000000.json",
        "annotations/intermediate/output.manifest",
        "annotations/worker-response/iteration-1/0/2026-01-05_18-59-58.json",
        "annotations/worker-response/iteration-1/1/2026-01-05_18-59-58.json",
        "checksums.sha256",
        "manifests/output/output.manifest",
        "receipt.json",
    }
    assert delivery.sha256 == hashlib.sha256(files[writer.MANIFEST]).hexdigest()


def test_consolidation_files_hold_what_went_in_and_came_out() -> None:
    files = files_of(deliver(make_delivery(("a",))))

    folder = "annotations/consolidated-annotation/consolidation-"
    asked = json.loads(files[folder + "request/iteration-1/000000000.json"])
    made = json.loads(files[folder + "response/iteration-1/000000000.json"])
    assert (asked[0]["datasetObjectId"], asked[0]["dataObject"]) == ("0", {"content": "a"})
    assert json.loads(asked[0]["annotations"][0]["annotationData"]["content"]) == say("bird")
    assert made[0]["consolidatedAnnotation"]["content"]["kind"] == 0


def test_a_failed_object_has_its_reason_and_no_label() -> None:
    delivery = make_delivery()
    Label.objects.filter(data_object__ordinal=1).delete()
    failed = DataObject.objects.filter(ordinal=1)
    failed.update(done_by="", failure="There is no such object in the store.")

    deliver(delivery)

    line = lines_of(delivery)[1]
    assert "kind" not in line
    assert line["kind-metadata"]["failure-reason"] == "There is no such object in the store."
    receipt = json.loads(files_of(delivery)[writer.RECEIPT])
    assert (receipt["objects"], receipt["labelled"], receipt["failed"], receipt["answers"]) == (3, 2, 1, 6)
    assert receipt["sha256_of_every_file"] == writer.CHECKSUMS
    assert receipt["failed_objects"] == [
        {"line": 2, "object": failed.get().public_id, "source": "", "reason": "There is no such object in the store."}
    ]
    assert delivery.receipt["failures"] == receipt["failed_objects"]


def test_a_label_that_the_line_brought_along_is_left_as_it_was() -> None:
    delivery = make_delivery(("a",))
    line = '{"source":"a","kind":"1","kind-metadata":{"class-name":"plane","job-name":"theirs"}}'
    DataObject.objects.update(line=line)
    Label.objects.update(method="given")

    deliver(delivery)

    assert files_of(delivery)[writer.MANIFEST].decode() == line + "\n"


def test_files_are_the_same_byte_for_byte_with_known_answers_among_the_work() -> None:
    delivery = deliver(make_delivery())
    before, job = files_of(delivery), Job.objects.get()
    later = make_job(make_running_batch(job.batch.project, texts=("d",)), position=2)
    ann = make_worker(job.team, "Ann")
    for mixed_in, named in ((job, "b"), (later, "a")):  # in the batch's own job, and in another batch's
        row = DataObject.objects.get(source_text=named)
        answer(Task.objects.create(job=mixed_in, data_object=row, round=0, state="gold", wanted=0, open_slots=0), ann)

    delivery.delete()
    Batch.objects.update(state="accepted")
    again = Delivery.objects.create(batch=Batch.objects.get(pk=job.batch_id), round=1, prefix=delivery.prefix)
    after = files_of(deliver(again))

    assert again.state == "complete"
    assert after == before


def test_the_customer_is_told_once() -> None:
    delivery = make_delivery(("a",))
    make_member(delivery.batch.project.organization)
    deliver(delivery)
    assert [notice.kind for notice in Notice.objects.all()] == ["batch_delivered"]


def test_a_customers_own_people_are_named_by_who_vouches_for_them() -> None:
    delivery = make_delivery(("a",))
    worker = Annotation.objects.order_by("id")[0].assignment.worker
    vendor = worker.vendor
    vendor.tier, vendor.organization = "private", make_organization()
    vendor.save(update_fields=["tier", "organization"])

    deliver(delivery)

    files = files_of(delivery)
    answers = json.loads(next(data for name, data in files.items() if "worker-response" in name))["answers"]
    identity = answers[0]["workerMetadata"]["identityData"]
    assert (identity["identityProviderType"], identity["sub"]) == ("Oidc", worker.public_id)


# --- chaining --------------------------------------------------------------------------------------------


def test_a_delivered_manifest_is_the_input_of_a_second_batch() -> None:
    delivery = deliver(make_delivery())
    folder = folder_of(delivery)
    uri = f"s3://{folder.bucket}/{folder.key}{writer.MANIFEST}"

    second = make_batch(delivery.batch.project, input_uri=uri)
    assert advance("batches.manifest", Manifest.objects.get(batch=second).pk) == "done"

    second.refresh_from_db()
    assert (second.state, second.total, second.bad_lines) == ("data_received", 3, 0)
    lines = DataObject.objects.filter(batch=second).order_by("ordinal").values_list("line", flat=True)
    assert [json.loads(line) for line in lines] == lines_of(delivery)


# --- interrupted, refused, repeated ------------------------------------------------------------------------


def test_a_delivery_that_stops_after_each_chunk_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = make_delivery(tuple("abcdefg"))
    deliver(whole)
    expected = files_of(whole)[writer.MANIFEST]
    Delivery.objects.filter(pk=whole.pk).update(state="waiting", written=0, done_at=None)
    Batch.objects.filter(pk=whole.batch_id).update(state="accepted")
    monkeypatch.setattr(delivering, "CHUNK", 2)
    monkeypatch.setattr(delivering, "CHORE_SECONDS", -1)

    deliver(whole)

    assert files_of(whole)[writer.MANIFEST] == expected
    assert whole.receipt["objects"] == 7
    assert not list(get_store().list("groundtruth", f"{whole.batch.project.prefix}out/{whole.batch.public_id}/"))


def test_an_answer_cut_short_by_a_kill_is_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    delivery = make_delivery(tuple("abcd"))
    monkeypatch.setattr(delivering, "CHUNK", 2)
    folder, create, made = folder_of(delivery), EmbeddedStore._create, []

    def cut_short(store: EmbeddedStore, name: str, at: int, data: bytes) -> None:
        made.append(name)
        create(store, name, at, data[:20] if len(made) == 6 else data)
        if len(made) == 6:  # in the second chunk
            raise KeyboardInterrupt

    monkeypatch.setattr(EmbeddedStore, "_create", cut_short)
    with pytest.raises(KeyboardInterrupt):
        advance("batches.delivery", delivery.pk)
    monkeypatch.undo()
    name = "annotations/worker-response/iteration-1/3/2026-01-05_18-59-58.json"
    assert get_store().stat(Address(folder.bucket, folder.key + name)).size == 20
    monkeypatch.setattr(delivering, "CHUNK", 2)
    Delivery.objects.update(lease_until=None)

    files = files_of(deliver(delivery))

    listed = dict(reversed(line.split("  ")) for line in files[writer.CHECKSUMS].decode().splitlines())
    assert listed == {n: hashlib.sha256(data).hexdigest() for n, data in files.items() if n != writer.CHECKSUMS}
    assert len(json.loads(files[name])["answers"]) == 2


def test_the_manifest_appears_last(monkeypatch: pytest.MonkeyPatch) -> None:
    delivery = make_delivery(("a",))
    join = writer._join

    def interrupted(place: writer.Place, name: str, kind: str) -> Any:
        if name == writer.MANIFEST:
            raise KeyboardInterrupt
        return join(place, name, kind)

    monkeypatch.setattr(writer, "_join", interrupted)
    with pytest.raises(KeyboardInterrupt):
        advance("batches.delivery", delivery.pk)
    assert writer.MANIFEST not in files_of(delivery)
    assert {writer.RECEIPT, writer.CHECKSUMS} <= set(files_of(delivery))
    monkeypatch.undo()
    Delivery.objects.update(lease_until=None)

    assert deliver(delivery).state == "complete"
    assert writer.MANIFEST in files_of(delivery)


def test_a_revoked_grant_fails_the_delivery_until_it_is_granted_again() -> None:
    delivery = make_delivery(("a",))
    DataGrant.objects.filter(direction=Direction.OUT).update(revoked_at=clock.now())

    deliver(delivery)
    assert delivery.state == "failed"
    said = f"The access to write {delivery.prefix} was revoked. Grant it again, then try the delivery again."
    assert delivery.last_error == said
    folder = folder_of(delivery)
    assert get_store().stat(Address(folder.bucket, folder.key + writer.MANIFEST)) is None
    make_grant(delivery.batch.project, Direction.OUT)
    services.retry_delivery(delivery, make_staff())

    assert deliver(delivery).state == "complete"
    delivery.batch.refresh_from_db()
    assert delivery.batch.state == "data_delivered"


def test_a_store_that_refuses_ends_the_attempt_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    delivery = make_delivery(("a",))

    def refuse(*_: Any) -> None:
        raise Denied("The object store refuses access to s3://groundtruth.")

    monkeypatch.setattr(writer, "_write_receipt", refuse)
    deliver(delivery)

    assert delivery.state == "failed"
    assert delivery.last_error.startswith(f"{delivery.prefix} cannot be written: The object store refuses access")


def test_two_chores_write_one_chunk_once() -> None:
    delivery = make_delivery(("a",))
    place = writer.open_place(delivery, "job")
    writer.begin(delivery, place)
    Delivery.objects.filter(pk=delivery.pk).update(written=1)

    with pytest.raises(LeaseLost):
        writer.write(delivery, place, delivering.Source.of(delivery).chunks(0), 0)


def test_a_complete_delivery_run_again_changes_nothing() -> None:
    delivery = deliver(make_delivery(("a",)))
    assert delivering.deliver(delivery) is True


@pytest.mark.parametrize(
    "line",
    [
        '{"source":"a"}',
        '{"source":"a"} ',
        ' {"source":"a"}',
        '{"source":"a" }',
        '{"source":"a","kind":3,"x":1}',
        '{"kind" : 3, "source":"a"}',
        '{"source":"a","\\u006bind":3}',
        '{"source":"say \\"kind\\""}',
        '{"source":"a","also":{"kind":1}}',
        '{"source":"a","tags":["kind"]}',
        "{}",
        "{ }",
    ],
)
@pytest.mark.parametrize("new", [{}, {"kind": 0, "kind-metadata": {"class-name": "bird\u2028", "confidence": 0.5}}])
def test_a_line_is_completed_as_output_line_does(line: str, new: dict[str, Any]) -> None:
    assert delivering.full_line(line, new, one_line(new)) == output_line(line, new)


@pytest.mark.parametrize(
    ("kept", "wire"),
    [
        ("2026-01-05 18:59:58.321456", "2026-01-05T18:59:58.321456"),
        ("2026-01-05 18:59:58.321+00", "2026-01-05T18:59:58.321000"),
        ("2026-01-05 18:59:58.3+00", "2026-01-05T18:59:58.300000"),
        ("2026-01-05 18:59:58+00", "2026-01-05T18:59:58.000000"),
        ("2026-01-05 18:59:58", "2026-01-05T18:59:58.000000"),
    ],
)
def test_times_of_both_databases_are_written_alike(kept: str, wire: str) -> None:
    assert delivering.microseconds(kept) == wire
    assert delivering.milliseconds(kept) == wire[:-3] + "Z"


@pytest.mark.object_store
def test_a_real_store_gets_the_same_files(object_store: Any, bucket: str, settings: Settings) -> None:
    keys = {"access_key": object_store.access_key, "secret_key": object_store.secret_key}
    settings.GROUNDTRUTH_S3 = {"endpoint_url": object_store.endpoint, "region_name": "us-east-1", **keys}
    settings.GROUNDTRUTH_BUCKET = bucket
    delivery = make_delivery(("a", "b"))
    Delivery.objects.update(prefix=f"s3://{bucket}/{delivery.batch.project.prefix}out/")
    delivery.refresh_from_db()

    deliver(delivery)

    assert [line["kind"] for line in lines_of(delivery)] == [0, 1]
    assert len(files_of(delivery)) == 8
