"""Bringing data in: what is taken, what is refused with which words, and that a repeat or a kill adds nothing."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image
from pytest_django import Settings

from batches import ingest
from batches.models import BadLine, Batch, DataObject, Manifest
from batches.services import own_folder, pause, resume
from groundtruth import clock
from groundtruth.storage import get_store, parse_uri
from groundtruth.work import LeaseLost, advance
from projects.models import DataGrant, Direction, Notice, Project
from tests.factories import (
    make_batch,
    make_manifest_file,
    make_member,
    make_organization,
    make_project,
    make_staff,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def transfer(batch: Batch) -> Batch:
    """Run the batch's transfer to where it stops, as the cluster would."""
    manifest = Manifest.objects.get(batch=batch)
    while advance("batches.manifest", manifest.pk) == "more":
        batch.refresh_from_db()
        if batch.state != "data_transfer_in_progress":
            break
    batch.refresh_from_db()
    return batch


def make_images(project: Project, files: dict[str, bytes], *, folder: str = "pictures") -> str:
    uri = own_folder(project, folder)
    for name, data in files.items():
        get_store().put(parse_uri(uri + name), data)
    return uri


def picture(kind: str = "PNG", size: tuple[int, int] = (8, 6)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size).save(out, kind)
    return out.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of some hundred bytes that says it has this many pixels."""

    def piece(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + piece(b"IHDR", header) + piece(b"IDAT", zlib.compress(b"\0" * 100)) + piece(b"IEND", b"")
    )


def problems(batch: Batch) -> list[tuple[int, str]]:
    return list(BadLine.objects.filter(manifest__batch=batch).order_by("number").values_list("number", "reason"))


# --- a manifest --------------------------------------------------------------------------------------


def test_every_good_line_becomes_an_object_in_its_order() -> None:
    project = make_project(modality="text", task_type="text-classification")
    lines = ['{"source": "one", "trace":"A-77"}', '{ "b":1.50,"source":"two" }']
    batch = transfer(make_batch(project, input_uri=make_manifest_file(project, lines)))

    rows = (
        DataObject.objects.filter(batch=batch)
        .order_by("ordinal")
        .values_list("ordinal", "line_number", "line", "source_text")
    )
    assert list(rows) == [(0, 1, lines[0], "one"), (1, 2, lines[1], "two")]
    assert (batch.state, batch.total, batch.failed, batch.bad_lines) == ("data_received", 2, 0, 0)
    assert batch.size_bytes == sum(len(line) + 1 for line in lines)
    assert Manifest.objects.get(batch=batch).state == "complete"


HOSTILE: list[tuple[bytes, str]] = [
    (b"not json", "The line is not JSON: Expecting value at character 1."),
    (b'{"text":"a"}', "The line has neither source-ref nor source."),
    (
        b'{"source":"a","source-ref":"s3://in/a.jpg"}',
        "The line has both source-ref and source; it must have exactly one.",
    ),
    (b'{"source":"a","note":"' + b"x" * 100_000 + b'"}', "The line is longer than 100,000 characters."),
    (b'{"source":"' + b"x" * 20_001 + b'"}', "The attribute source is longer than 20,000 characters."),
    (b'{"source":"a","source":"b"}', "The line names one key twice, so that its meaning is open."),
    (b'{"source":7}', "The value of source-ref or source is not text."),
    (b'{"source":"a\\u0000b"}', "The line holds a NUL character."),
    (b'{"source":"caf\xe9"}', "The line is not UTF-8."),
    (
        b'{"source-ref":"s3://groundtruth/a/../../etc/passwd"}',
        "source-ref is not an object's address. "
        "The key must not hold the segments . or .., which mean other folders on a disk.",
    ),
    (b"[1]", "The line is JSON, but not an object in braces."),
    (b"", "The line is blank."),
]


@pytest.mark.parametrize(("line", "reason"), HOSTILE)
def test_a_bad_line_is_reported_with_number_and_reason_and_the_rest_is_taken(line: bytes, reason: str) -> None:
    project = make_project(modality="text", task_type="text-classification")
    uri = own_folder(project, "data") + "bad.manifest"
    get_store().put(parse_uri(uri), b'{"source":"good"}\n' + line + b'\n{"source":"also"}\n')

    batch = transfer(make_batch(project, input_uri=uri))

    assert problems(batch) == [(2, reason)]
    assert (batch.state, batch.total, batch.bad_lines) == ("data_received", 2, 1)


def test_mixed_line_ends_and_a_byte_order_mark_are_read() -> None:
    project = make_project(modality="text", task_type="text-classification")
    uri = own_folder(project, "data") + "mixed.manifest"
    get_store().put(parse_uri(uri), b'\xef\xbb\xbf{"source":"a"}\r\n{"source":"b"}\n{"source":"c"}')

    batch = transfer(make_batch(project, input_uri=uri))

    assert list(DataObject.objects.filter(batch=batch).values_list("source_text", flat=True)) == ["a", "b", "c"]
    assert (batch.state, batch.bad_lines) == ("data_received", 0)


def test_an_empty_manifest_fails_with_a_reason_and_a_mail() -> None:
    organization = make_organization()
    make_member(organization)
    project = make_project(organization, modality="text", task_type="text-classification")

    batch = transfer(make_batch(project, input_uri=make_manifest_file(project, [])))

    assert (batch.state, batch.failure) == (
        "data_transfer_failed",
        "The input holds no objects. Add some, then create a new batch.",
    )
    assert list(Notice.objects.values_list("kind", "payload__reason")) == [("batch_failed", batch.failure)]


def test_a_manifest_without_a_good_line_names_the_first_bad_one() -> None:
    project = make_project(modality="text", task_type="text-classification")
    batch = transfer(make_batch(project, input_uri=make_manifest_file(project, ["{", "}"])))

    assert batch.state == "data_transfer_failed"
    assert batch.failure.startswith("None of the 2 lines of the input is an object. Line 1: The line is not JSON:")
    assert len(problems(batch)) == 2


def test_the_only_line_is_told_as_one_and_a_made_manifests_line_by_its_file() -> None:
    project = make_project(modality="text", task_type="text-classification")
    uri = own_folder(project, "data") + "a.txt"
    get_store().put(parse_uri(uri), b"\xff\n")

    batch = transfer(make_batch(project, input_uri=uri))

    assert batch.failure == "The only line of the input is no object. a.txt, line 1: The line is not UTF-8."
    assert [str(line) for line in BadLine.objects.all()] == ["a.txt, line 1: The line is not UTF-8."]


def test_text_has_no_place_in_a_project_of_images() -> None:
    project = make_project()
    uri = make_images(project, {"a.png": picture()})
    lines = [{"source-ref": f"{uri}a.png"}, {"source": "words"}]

    batch = transfer(make_batch(project, input_uri=make_manifest_file(project, lines)))

    assert problems(batch) == [(2, "A project of images needs source-ref and not source.")]
    assert (batch.state, batch.total) == ("data_received", 1)


# --- the files that it names -----------------------------------------------------------------------------


def test_files_that_cannot_be_shown_fail_one_by_one_with_reasons() -> None:
    project = make_project()
    DataGrant.objects.create(project=project, direction=Direction.IN, bucket="lost", prefix="", revoked_at=clock.now())
    uri = make_images(
        project,
        {
            "good.jpg": picture("JPEG"), "named.jpg": picture("PNG"), "gif.png": picture("GIF"),
            "bomb.png": bomb(50_000, 50_000), "large.png": bomb(12_000, 12_000),
            "empty.png": b"", "words.jpg": b"no picture", "notes.pdf": b"%PDF",
        },
    )  # fmt: skip
    names = [
        "good.jpg",
        "named.jpg",
        "gif.png",
        "bomb.png",
        "large.png",
        "empty.png",
        "words.jpg",
        "notes.pdf",
        "gone.jpg",
    ]
    lines: list[Any] = [{"source-ref": uri + name} for name in names]
    lines += [{"source-ref": "s3://elsewhere/a.jpg"}, {"source-ref": "s3://lost/a.jpg"}]

    batch = transfer(make_batch(project, input_uri=make_manifest_file(project, lines)))

    rows = DataObject.objects.filter(batch=batch).order_by("ordinal")
    assert list(rows.values_list("failure", flat=True)) == [
        "",
        "",
        "The file is not a readable JPEG or PNG picture.",
        "The picture has more than 100,000,000 pixels.",
        "The picture has 12,000 × 12,000 pixels; at most 100,000,000 can be shown.",
        "The file is empty.",
        "The file is not a readable JPEG or PNG picture.",
        "notes.pdf is not one of the formats .jpeg, .jpg, .png.",
        "There is no such object in the store.",
        "The object lies outside the places that the project's data access names.",
        "The access to this object's place was revoked.",
    ]
    assert list(rows.values_list("media_type", flat=True)[:2]) == ["image/jpeg", "image/png"]
    assert (batch.state, batch.total, batch.failed) == ("data_received", 11, 9)
    assert batch.days.get().failed == 9


def test_a_batch_whose_every_file_fails_is_refused() -> None:
    project = make_project()
    batch = transfer(
        make_batch(project, input_uri=make_manifest_file(project, [{"source-ref": "s3://elsewhere/a.jpg"}]))
    )

    assert batch.failure == (
        "The only object cannot be shown to people. "
        "The object lies outside the places that the project's data access names."
    )


def test_a_text_file_is_checked_for_nul_and_encoding() -> None:
    project = make_project(modality="text", task_type="text-classification")
    uri = make_images(project, {"a.txt": b"fine", "b.txt": b"a\0b", "c.txt": b"caf\xe9", "d.csv": b"a,b"})
    lines = [{"source-ref": uri + name} for name in ("a.txt", "b.txt", "c.txt", "d.csv")]

    batch = transfer(make_batch(project, input_uri=make_manifest_file(project, lines)))

    assert list(DataObject.objects.filter(batch=batch).order_by("ordinal").values_list("failure", flat=True)) == [
        "",
        "The text holds a NUL character.",
        "The text is not UTF-8.",
        "d.csv is not one of the formats .txt.",
    ]


# --- folders and files of texts ----------------------------------------------------------------------------


def test_a_folder_becomes_a_manifest_in_our_own_prefix_and_tells_what_it_left_out() -> None:
    project = make_project()
    uri = make_images(project, {"b.png": picture(), "a.jpg": picture("JPEG"), "readme.md": b"hello"})

    batch = transfer(make_batch(project, input_uri=uri))

    manifest = Manifest.objects.get(batch=batch)
    assert manifest.made
    assert manifest.uri.startswith(f"s3://groundtruth/{project.prefix}manifests/{batch.public_id}/dataset-")
    rows = DataObject.objects.filter(batch=batch).order_by("ordinal")
    assert list(rows.values_list("source_ref", flat=True)) == [f"{uri}a.jpg", f"{uri}b.png"]
    assert problems(batch) == [(3, "readme.md is not one of the formats .jpeg, .jpg, .png.")]


def test_a_folder_of_texts_gives_an_object_a_line_and_a_row() -> None:
    project = make_project(modality="text", task_type="text-classification")
    uri = make_images(
        project, {"a.txt": b"\xef\xbb\xbfone\n\ntwo\ncaf\xe9\n", "b.csv": b'text,id\n"three, more",1\nfour,2\n'}
    )

    batch = transfer(make_batch(project, input_uri=uri))

    rows = DataObject.objects.filter(batch=batch).order_by("ordinal")
    assert list(rows.values_list("source_text", flat=True)) == ["one", "two", "three, more", "four"]
    assert problems(batch) == [(3, "a.txt, line 4: The line is not UTF-8.")]


def test_an_empty_folder_is_refused_by_name() -> None:
    project = make_project()
    make_images(project, {"a.png": picture()})
    uri = own_folder(project, "nothing")

    batch = transfer(make_batch(project, input_uri=uri))

    assert batch.failure == f"There is nothing at {uri}. Check the location, then create a new batch."


# --- limits --------------------------------------------------------------------------------------------------


def test_more_files_than_the_limit_fail_the_batch(settings: Settings) -> None:
    settings.MAX_BATCH_FILES = 2
    project = make_project()
    folder = make_images(project, {f"{n}.png": picture() for n in range(3)})
    manifest = make_manifest_file(project, [{"source-ref": f"{folder}{n}.png"} for n in range(3)])

    batches = [transfer(make_batch(project, input_uri=uri)) for uri in (folder, manifest)]

    said = "There are more than 2 files. Split them into batches of at most 2 files."
    assert [(b.state, b.failure) for b in batches] == [("data_transfer_failed", said)] * 2


def test_inline_texts_are_one_file(settings: Settings) -> None:
    settings.MAX_BATCH_FILES = 1
    assert transfer(make_batch(objects=5)).state == "data_received"


@pytest.mark.parametrize("as_folder", [True, False])
def test_a_file_over_the_limit_fails_the_batch(settings: Settings, as_folder: bool) -> None:
    project = make_project()
    folder = make_images(project, {"a.png": picture() + b"x" * 2000})
    uri = folder if as_folder else make_manifest_file(project, [{"source-ref": f"{folder}a.png"}])
    settings.MAX_FILE_BYTES = 1000

    batch = transfer(make_batch(project, input_uri=uri))

    assert batch.state == "data_transfer_failed"
    size = len(picture()) + 2000
    assert batch.failure == f"a.png has {size:,} bytes. A file may have at most 1,000."


def test_the_total_must_stay_below_its_limit(settings: Settings) -> None:
    project = make_project()
    folder = make_images(project, {"a.png": picture(), "b.png": picture()})
    uri = make_manifest_file(project, [{"source-ref": f"{folder}{n}.png"} for n in "ab"])
    settings.MAX_BATCH_BYTES = 2 * len(picture())  # reached exactly is too much

    batch = transfer(make_batch(project, input_uri=uri))

    assert batch.failure.endswith("bytes or more together. Split them into batches of less.")


# --- grants, turns, pauses ----------------------------------------------------------------------------------


def test_a_grant_revoked_before_its_turn_ends_the_transfer() -> None:
    batch = make_batch()
    DataGrant.objects.filter(project=batch.project, direction=Direction.IN).update(revoked_at=clock.now())

    transfer(batch)

    assert batch.state == "data_transfer_failed"
    assert batch.failure == f"The access to {batch.input_uri} was revoked. Grant it again, then create a new batch."
    assert not DataObject.objects.filter(batch=batch).exists()


def test_a_sixth_batch_of_a_customer_waits_for_its_turn(settings: Settings) -> None:
    settings.MAX_BATCHES_IN_TRANSFER = 1
    first = make_batch()
    other = make_project(first.project.organization, modality="text", task_type="text-classification")
    second, stranger = make_batch(other), make_batch()
    Batch.objects.filter(pk=first.pk).update(state="data_transfer_in_progress")

    assert transfer(second).state == "request_submitted"
    assert transfer(stranger).state == "data_received"
    first.refresh_from_db()
    assert transfer(first).state == "data_received"
    assert Manifest.objects.get(batch=second).rung  # told that its turn has come
    assert transfer(second).state == "data_received"


def test_a_paused_batch_waits_and_goes_on_when_resumed() -> None:
    batch, olga = make_batch(), make_staff()
    pause(batch, olga)

    assert transfer(batch).state == "paused"
    resume(batch, olga)

    assert transfer(batch).state == "data_received"


def test_a_closed_batch_is_left_alone() -> None:
    batch = make_batch(closed_at=clock.now(), closed_reason="a mistake")
    assert transfer(batch).state == "request_submitted"
    assert not DataObject.objects.filter(batch=batch).exists()


# --- repeated, interrupted, raced ---------------------------------------------------------------------------


def test_a_transfer_that_stops_after_each_chunk_loses_and_doubles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "READ_CHUNK", 3)
    monkeypatch.setattr(ingest, "CHORE_SECONDS", -1)
    batch = transfer(make_batch(objects=10))

    texts = DataObject.objects.filter(batch=batch).order_by("ordinal").values_list("ordinal", "source_text")
    assert list(texts) == [(n, f"text {n}") for n in range(10)]
    assert (batch.state, batch.total) == ("data_received", 10)


def test_a_chunk_read_by_two_chores_is_inserted_once() -> None:
    batch = make_batch(objects=4)
    Batch.objects.filter(pk=batch.pk).update(state="data_transfer_in_progress")
    one = Manifest.objects.get(batch=batch)
    ingest.pin(one)
    two = Manifest.objects.get(batch=batch)
    chunk = next(ingest._chunks(ingest.items_from(get_store().stream(parse_uri(one.uri)), 0, 0, made=False)))

    ingest.insert_chunk(one, chunk, "text")
    with pytest.raises(LeaseLost):
        ingest.insert_chunk(two, chunk, "text")

    batch.refresh_from_db()
    assert (DataObject.objects.filter(batch=batch).count(), batch.total) == (4, 4)


def test_a_finished_transfer_run_again_changes_nothing() -> None:
    batch = transfer(make_batch(objects=3))
    manifest = Manifest.objects.get(batch=batch)

    assert ingest.advance(manifest) is True
    assert DataObject.objects.filter(batch=batch).count() == 3


def test_a_manifest_replaced_while_it_is_read_fails_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = make_batch(objects=3)
    Batch.objects.filter(pk=batch.pk).update(state="data_transfer_in_progress")
    manifest = Manifest.objects.get(batch=batch)
    ingest.pin(manifest)
    get_store().put(parse_uri(manifest.uri), b'{"source":"another"}\n')

    transfer(batch)

    assert batch.failure == ingest.CHANGED
    assert not DataObject.objects.filter(batch=batch).exists()


def test_what_fails_at_every_attempt_ends_with_a_reason() -> None:
    batch = make_batch()
    ingest.give_up(Manifest.objects.get(batch=batch), "The object store does not answer.")
    batch.refresh_from_db()
    said = "The transfer failed at every attempt. Create a new batch, or ask us. The object store does not answer."
    assert (batch.state, batch.failure) == ("data_transfer_failed", said)


def test_a_fault_of_ours_is_not_spelled_out_to_the_customer() -> None:
    batch = make_batch()
    ingest.give_up(Manifest.objects.get(batch=batch), "OSError: [Errno 28] No space left on device: '/srv/store/x'")
    batch.refresh_from_db()
    assert batch.failure == "The transfer failed at every attempt. Create a new batch, or ask us."


def test_bad_lines_beyond_the_cap_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "KEPT_BAD_LINES", 2)
    project = make_project(modality="text", task_type="text-classification")
    uri = make_manifest_file(project, ['{"source":"a"}', "x", "x", "x"])

    batch = transfer(make_batch(project, input_uri=uri))

    assert (len(problems(batch)), batch.bad_lines) == (2, 3)


@pytest.mark.object_store
def test_a_folder_of_pictures_comes_in_from_a_real_store(object_store: Any, bucket: str, settings: Settings) -> None:
    keys = {"access_key": object_store.access_key, "secret_key": object_store.secret_key}
    settings.GROUNDTRUTH_S3 = {"endpoint_url": object_store.endpoint, "region_name": "us-east-1", **keys}
    settings.GROUNDTRUTH_BUCKET = bucket
    project = make_project()
    uri = make_images(project, {"a.png": picture(), "b.png": b"no picture"})

    batch = transfer(make_batch(project, input_uri=uri))

    assert (batch.state, batch.total, batch.failed) == ("data_received", 2, 1)
    assert list(DataObject.objects.filter(batch=batch).order_by("ordinal").values_list("source_ref", flat=True)) == [
        f"{uri}a.png",
        f"{uri}b.png",
    ]
