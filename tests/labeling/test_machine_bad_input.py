"""Odd objects and odd answers in a job that the machine may label: each is told in a sentence, and people go on.

Whatever comes, every object ends with one label, and the machine labels nothing above a cut that is not certified.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Sequence
from io import BytesIO

import numpy as np
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from PIL import Image

from batches.models import Batch, DataObject
from batches.services import own_folder
from groundtruth import work
from groundtruth.states import Invalid
from groundtruth.storage import get_store, object_address, parse_uri
from labeling import desk_failures
from labeling.machine.queries import machine_of
from labeling.models import FeatureChunk, Job, Label, LoopRun, Task
from labeling.services import designing, featuring, taking_over
from labeling.services.arrays import get_arrays, put_arrays
from tests.factories import (
    make_grant,
    make_member,
    make_project,
    make_running_batch,
    make_schema,
    make_staff,
    make_team,
)
from tests.labeling.loops import OBJECTS, WORDS, advance_all, answer_asked, begun, carry_on, last_run, texts, truth_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]
COINS = np.random.default_rng(3).integers(2, size=OBJECTS)


def by_coin(ordinal: int) -> str:
    return list(WORDS)[COINS[ordinal]]


def sampled(job: Job) -> list[int]:
    """The ordinals that people are asked about first."""
    return sorted(Task.objects.filter(job=job, state="waiting").values_list("data_object__ordinal", flat=True))


def told(job: Job) -> list[str]:
    """What the pages say is odd."""
    found = machine_of(Batch.objects.get(pk=job.batch_id))
    assert found is not None
    return [*found.notes, *([found.note] if found.note else [])]


def labelled(job: Job, human: int) -> list[Label]:
    """The machine's labels, once it is sure that every object has one label and that none was let through."""
    batch = Batch.objects.get(pk=job.batch_id)
    current = list(Label.objects.filter(job=job).exclude(state="superseded").select_related("data_object"))
    auto = [label for label in current if label.author_kind == "auto"]
    assert sorted(label.data_object.ordinal for label in current) == list(range(OBJECTS))
    assert (batch.human, batch.auto, batch.failed, batch.total) == (human, len(auto), 0, OBJECTS)
    last = last_run(job).report
    assert not auto or (last["finished"], last["low"] >= job.target) == ("sure", True)
    assert all(label.confidence >= last["threshold"] - 1e-6 for label in auto)
    return auto


# --- answers ----------------------------------------------------------------------------------------------------


def test_a_category_seen_once_and_one_never_seen_are_told_and_not_proposed() -> None:
    job = begun(texts(), categories=("bird", "plane", "glider", "rocket"))
    once = sampled(job)[0]

    def truth(ordinal: int) -> str:
        return "glider" if ordinal == once else truth_of(ordinal)

    human = answer_asked(job, truth=truth)
    advance_all(job)
    first = told(job)
    human += carry_on(job, truth=truth)

    assert first == [
        "Nobody saw the category “rocket” so far; the model cannot propose it.",
        "The category “glider” was seen once so far; the model cannot be tried on it.",
    ]
    auto = labelled(job, human)
    assert len(auto) > OBJECTS / 2
    assert {label.payload for label in auto} == {0, 1}


def test_one_category_only_is_told_and_people_label_all() -> None:
    job = begun(texts())

    human = carry_on(job, truth=lambda _: "bird")

    assert told(job) == ["All answers so far are the same; the model can learn nothing from them."]
    assert labelled(job, human) == []


def test_the_same_object_called_now_this_now_that_is_left_to_people() -> None:
    job = begun(tuple(["heron over there", "jet over there"][n % 2] for n in range(OBJECTS)))

    human = sum([answer_asked(job, truth=by_coin), advance_all(job) or 0, answer_asked(job, truth=by_coin)])
    advance_all(job)
    found = machine_of(job.batch)
    human += carry_on(job, truth=by_coin)

    assert found is not None
    assert found.no_saving
    assert labelled(job, human) == []
    assert machine_of(job.batch).stands == "Done: the machine labelled nothing."  # type: ignore[union-attr]


def test_more_categories_than_people_can_choose_from_are_refused() -> None:
    project = make_project(modality="text", task_type="text-classification")
    design = {
        **{"task_type": "text-classification", "categories": [f"kind {n}" for n in range(500)], "title": "Which?"},
        **{"attribute": "kind", "team": make_team(), "workers_each": 3, "seconds": 300, "sample_percent": 5},
    }

    with pytest.raises(Invalid, match="Text classification takes 2 to 50 categories; these are 500."):
        designing.set_up(project, make_staff(), **design, machine_labels=True)


def test_500_categories_are_gone_through_and_those_that_nobody_saw_are_counted() -> None:
    """As an older job may have them, or a task type that takes more."""
    categories = tuple(f"kind {n}" for n in range(500))
    job = begun(tuple(f"word{n % 100} word{n % 100}" for n in range(OBJECTS)), categories=categories)

    def truth(ordinal: int) -> str:  # of all 500 a fit would take ten seconds here
        return categories[5 * (ordinal % 100)]

    human = answer_asked(job, truth=truth)
    advance_all(job)
    never, once = told(job)
    taking_over.retire(job, make_staff())
    human += carry_on(job, truth=truth)

    ten = r"(“kind \d+”, ){9}“kind \d+”"
    assert re.fullmatch(rf"Nobody saw the categories {ten} and [34]\d\d more so far; .*", never)
    assert re.fullmatch(rf"The categories {ten} and \d+ more were seen once each so far; .*", once)
    assert labelled(job, human) == []


# --- texts ------------------------------------------------------------------------------------------------------


def test_equal_objects_are_told_and_people_label_all() -> None:
    job = begun(("the same words",) * OBJECTS)

    human = carry_on(job, truth=by_coin)

    assert told(job) == ["All objects look the same to the model; people label them."]
    assert labelled(job, human) == []


def test_texts_of_one_character_are_learned_like_others() -> None:
    characters = "xö木😀"  # the first two birds
    job = begun(tuple(characters[n % 4] for n in range(OBJECTS)))

    human = carry_on(job, truth=lambda ordinal: list(WORDS)[ordinal % 4 // 2])

    for label in labelled(job, human):
        assert label.payload == label.data_object.ordinal % 4 // 2


# --- pictures ---------------------------------------------------------------------------------------------------


def picture(colour: object, mode: str = "RGB", kind: str = "PNG", side: int = 1) -> bytes:
    out = BytesIO()
    Image.new(mode, (side, side), colour).save(out, kind)  # type: ignore[arg-type]
    return out.getvalue()


def claiming_to_be(width: int) -> bytes:
    """A picture whose head says that it is a square so wide."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, width, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))


NO_PICTURES = {
    "empty": b"",
    "words": b"This is no picture.",
    "cut off": picture("red", side=64, kind="JPEG")[:300],
    "head alone": picture("red")[:40],
    "damaged": picture("red", side=32).replace(b"IDAT", b"IDAT\x00\x01"),
    "another kind": picture("red", kind="GIF"),
    "far too large": claiming_to_be(60_000),
    "nothing inside": claiming_to_be(8),
    "gone": None,
}


def pictures_begun(shown: Sequence[bytes | None]) -> Job:
    """A job of pictures; None stands for one that is no longer there. Equal pictures are one file."""
    project = make_project(state="pilot_in_progress")
    make_schema(project, categories=tuple(WORDS))
    make_grant(project)
    batch = make_running_batch(project, texts=())
    Batch.objects.filter(pk=batch.pk).update(total=len(shown))
    folder, names = own_folder(project, "data"), {content: n for n, content in enumerate(dict.fromkeys(shown))}
    for content, name in names.items():
        if content is not None:
            get_store().put(parse_uri(f"{folder}{name}.png"), content)
    DataObject.objects.bulk_create(
        DataObject(batch=batch, ordinal=n, line_number=n + 1, line="{}", source_ref=f"{folder}{names[content]}.png")
        for n, content in enumerate(shown)
    )
    return begun((), batch)


def test_pictures_that_are_none_are_told_and_people_label_them() -> None:
    good = (
        [picture((250, 40 + shade, 40)) for shade in range(40)],
        [picture((40, 40 + shade, 250)) for shade in range(40)],
    )
    bad = list(NO_PICTURES.values())
    shown = [bad[n // 13 % len(bad)] if n % 13 == 0 else good[n % 2][n % 40] for n in range(OBJECTS)]
    job = pictures_begun(shown)

    human = carry_on(job)

    assert told(job) == ["100 of 1,300 objects cannot be read; people label them."]
    auto = labelled(job, human)
    assert len(auto) > OBJECTS / 2
    assert not [label for label in auto if label.data_object.ordinal % 13 == 0]


def test_where_nothing_can_be_read_people_label_all() -> None:
    job = pictures_begun([*NO_PICTURES.values()] * 144 + [b"", b"x", b"", b"x"])

    human = carry_on(job)

    assert told(job) == ["1,300 of 1,300 objects cannot be read; people label them."]
    assert labelled(job, human) == []


def test_pictures_of_one_pixel_are_learned_like_others() -> None:
    dark = [picture(0, "L"), picture(0, "1"), picture((9, 9, 9)), picture((20, 20, 20, 0), "RGBA"), picture(99, "I;16")]
    light = [picture(255, "L"), picture(1, "1"), picture((250,) * 3, kind="JPEG"), picture((240, 255), "LA")]
    job = pictures_begun([(dark, light)[n % 2][n // 2 % (5, 4)[n % 2]] for n in range(OBJECTS)])

    human = carry_on(job)

    for label in labelled(job, human):
        assert label.payload == label.data_object.ordinal % 2


def test_pictures_are_read_a_few_at_once_in_their_order() -> None:
    shown = [*(picture((n, 200, 0), side=3) for n in range(2 * featuring.PICTURES)), b"", picture("blue")]

    together = featuring.features_of("hog-1", shown)

    alone = np.concatenate([featuring.features_of("hog-1", [one]) for one in shown])
    assert np.array_equal(together, alone, equal_nan=True)
    assert np.isnan(together).any(axis=1).tolist() == [False] * 2 * featuring.PICTURES + [True, False]


# --- features ---------------------------------------------------------------------------------------------------


def spoil(job: Job, rows: slice) -> None:
    """Make the job's features, and let some of what is stored be no numbers."""
    for chunk in FeatureChunk.objects.filter(batch=job.batch):
        featuring.make(chunk)
        chunk.refresh_from_db()
        kept = get_arrays(chunk.blob_key)
        kept["features"][rows] = np.nan
        kept["features"][rows][::2] = np.inf
        key = put_arrays(f"{job.batch.project.prefix}features/", kept)
        FeatureChunk.objects.filter(pk=chunk.pk).update(blob_key=key, done_at=job.created_at)


def test_features_that_are_no_numbers_are_told_and_people_label_their_objects() -> None:
    job = begun(texts())
    spoil(job, slice(40, 60))

    human = carry_on(job)

    assert told(job) == ["20 of 1,300 objects cannot be read; people label them."]
    auto = labelled(job, human)
    assert len(auto) > OBJECTS / 2
    assert not [label for label in auto if 40 <= label.data_object.ordinal < 60]


def test_features_without_any_number_leave_all_to_people() -> None:
    job = begun(texts())
    spoil(job, slice(0, OBJECTS))

    human = carry_on(job)

    assert told(job) == ["1,300 of 1,300 objects cannot be read; people label them."]
    assert labelled(job, human) == []


def test_features_that_are_lost_are_told_to_operations_who_go_on_with_people() -> None:
    job = begun(texts())
    answer_asked(job)
    chunk = FeatureChunk.objects.get()
    work.advance("labeling.featurechunk", chunk.pk)
    chunk.refresh_from_db()
    get_store().delete(object_address(settings.GROUNDTRUTH_BUCKET, chunk.blob_key))
    work.advance("labeling.job", job.pk)
    run = LoopRun.objects.get(job=job)
    for _ in range(work.MAX_ATTEMPTS + 1):
        LoopRun.objects.filter(pk=run.pk).update(lease_until=None)
        work.advance("labeling.looprun", run.pk)

    [line] = desk_failures.failed_work()
    assert line.title == f"Loop run of {job.batch.name}"
    assert line.detail.startswith("Missing: There is no object s3://groundtruth/")
    taking_over.retire(job, make_staff())
    assert 250 + carry_on(job) == OBJECTS
    assert told(job) == ["Operations took the machine off this job: people label the rest."]
    assert list(desk_failures.failed_work()) == []


def test_what_keeps_features_from_being_made_is_seen_by_operations_until_they_try_again(client: Client) -> None:
    job = begun(texts())
    chunk = FeatureChunk.objects.get()
    key = f"{job.batch.project.prefix}features"
    in_the_way = object_address(settings.GROUNDTRUTH_BUCKET, key)
    get_store().put(in_the_way, b"an object where the folder is to be", "text/plain")

    for _ in range(work.MAX_ATTEMPTS + 1):
        FeatureChunk.objects.filter(pk=chunk.pk).update(lease_until=None)
        work.advance("labeling.featurechunk", chunk.pk)

    chunk.refresh_from_db()
    client.force_login(make_staff())
    shown = client.get(reverse("admin:labeling_featurechunk_change", args=[chunk.pk])).content.decode()
    [line] = desk_failures.failed_work()
    assert (line.title, line.detail) == (f"Feature chunk of {job.batch.name}", chunk.last_error[:160])
    assert key in chunk.last_error
    assert escape(chunk.last_error) in shown
    get_store().delete(in_the_way)
    client.post(line.act_url)
    work.advance("labeling.featurechunk", chunk.pk)
    assert list(desk_failures.failed_work()) == []
    chunk.refresh_from_db()
    assert chunk.done_at is not None


# --- the page ---------------------------------------------------------------------------------------------------


def test_the_batch_page_says_what_is_odd(client: Client) -> None:
    job = begun(("the same words",) * OBJECTS)
    answer_asked(job, truth=lambda _: "bird")
    advance_all(job)
    client.force_login(make_member(job.batch.project.organization))
    project = job.batch.project

    page = client.get(reverse("machine", args=[project.organization.slug, project.slug, job.batch.slug]))

    assert "All objects look the same to the model; people label them." in page.content.decode()
    assert "All answers so far are the same; the model can learn nothing from them." in page.content.decode()
