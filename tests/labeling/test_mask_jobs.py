"""A job whose answers are pictures: they lie in the store, and who paints as the others do weighs more."""

from __future__ import annotations

from base64 import b64encode
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from batches.models import Batch, DataObject
from groundtruth.storage import get_store, object_address
from labeling.consolidation.mask_files import write_ids
from labeling.models import Annotation, Job, Label
from labeling.pictures import put_back, read_picture
from labeling.services import claiming, consolidating, reviewed, submitting
from labeling.services.answers import spread
from labeling.services.scoring import scores_of
from labeling.task_types import semantic_segmentation
from tests.factories import make_job, make_project, make_running_batch, make_staff, make_team, make_worker
from tests.labeling.test_calibrating import review
from workforce.models import Worker

pytestmark = [pytest.mark.django_db, pytest.mark.database]
COLORS = {"bird": "#2acf59", "plane": "#1f77b4"}
LEFT, RIGHT = (
    np.repeat(np.array([row], dtype=np.uint8), 6, axis=0) for row in ([1, 1, 1, 0, 0, 0], [0, 0, 0, 0, 2, 2])
)


def painted(ids: np.ndarray) -> dict[str, Any]:
    mappings = {name: {"color": color} for name, color in COLORS.items()}
    picture = {"pngImageData": b64encode(write_ids(ids, list(COLORS.values()))).decode()}
    size = {"width": ids.shape[1], "height": ids.shape[0]}
    return {
        "crowd-semantic-segmentation": {
            "labelMappings": mappings,
            "labeledImage": picture,
            "inputImageProperties": size,
        }
    }


def answer_all(worker: Worker, job: Job, ids: np.ndarray) -> None:
    while turns := claiming.hand_out(worker, job):
        for turn in turns:
            submitting.submit(worker.user_id, turn.submit_key, painted(ids), fetch_next=False)


@pytest.fixture
def job() -> Job:
    return painted_job("abcd")


def painted_job(names: str) -> Job:
    team = make_team()
    project = make_project(state="pilot_in_progress", modality="image", task_type="semantic-segmentation")
    batch = make_running_batch(project, texts=tuple(names))
    made = make_job(batch, team=team, attribute="mask-ref", workers_each=3)
    for name, ids in (("Ann", LEFT), ("Bo", LEFT), ("Cy", RIGHT)):
        answer_all(make_worker(team, name), made, ids)
    return made


def test_who_paints_as_the_others_do_weighs_more(job: Job) -> None:
    assert consolidating.settle_answered(job) == 4

    job.refresh_from_db()
    ann, bo, cy = (
        job.skills["weights"][str(worker)] for worker in Worker.objects.order_by("pk").values_list("pk", flat=True)
    )
    assert ann == bo > 1 > cy
    assert set(Label.objects.values_list("method", flat=True)) == {"pixel EM, smoothed"}


def test_the_skills_are_learnt_from_some_objects_spread_over_the_job(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = list(DataObject.objects.order_by("pk").values_list("pk", flat=True))

    assert spread(job, 2) == [ids[0], ids[2]]
    assert spread(job, 100) == ids
    assert spread(job, 0) == []


def test_an_answer_and_a_label_hold_their_pictures_in_the_store(job: Job) -> None:
    consolidating.settle_answered(job)

    answer, label = Annotation.objects.order_by("pk")[0], Label.objects.order_by("pk")[0]
    assert answer.payload["crowd-semantic-segmentation"]["labeledImage"] == {}
    assert put_back(answer.payload, answer.blob_key) == painted(LEFT)
    assert label.payload["labeledImage"] == {}
    shown = semantic_segmentation.numbers_of(label.payload["labelMappings"], job.asks)
    whole = put_back(label.payload, label.blob_key)
    assert (semantic_segmentation._masks.mask_of(whole, shown) == LEFT).all()


def test_an_answer_whose_picture_was_damaged_counts_no_more_and_an_object_without_any_fails_alone(job: Job) -> None:
    first, second = DataObject.objects.order_by("pk")[:2]
    same = Annotation.objects.filter(data_object__in=[first, second])
    for number, answer in enumerate(same.order_by("data_object", "pk")):
        key = f"{answer.blob_key.rpartition('/')[0]}/{number}/{PurePosixPath(answer.blob_key).name}"
        data = b"not a picture" if answer.data_object_id == first.pk or number == 5 else read_picture(answer.blob_key)
        get_store().put(object_address(settings.GROUNDTRUTH_BUCKET, key), data)
        Annotation.objects.filter(pk=answer.pk).update(blob_key=key)

    assert consolidating.settle_answered(job) == 4

    first.refresh_from_db()
    batch = Batch.objects.get(pk=job.batch_id)
    assert (first.failure, batch.failed, batch.human) == ("Its answers were stored, and can be read no more.", 1, 3)
    label = Label.objects.get(data_object=second)
    shown = semantic_segmentation.numbers_of(label.payload["labelMappings"], job.asks)
    whole = put_back(label.payload, label.blob_key)
    assert (semantic_segmentation._masks.mask_of(whole, shown) == LEFT).all()


def test_people_are_judged_by_category_where_pictures_are_read(job: Job) -> None:
    consolidating.settle_answered(job)

    ann, _, cy = scores_of(job, most_pictures=3)

    # Most painted a bird on the left. Who painted a plane on the right missed that one and made up the other.
    assert (ann["right"], ann["seen"], ann["categories"]) == (3.0, 3, {"0": [3.0, 3]})
    assert (cy["right"], cy["seen"], cy["categories"]) == (0.0, 3, {"0": [0.0, 3], "1": [0.0, 3]})
    assert scores_of(job) == []


def test_so_many_pictures_are_read_as_were_asked_for_whatever_the_job_s_size() -> None:
    job = painted_job("abcde")
    consolidating.settle_answered(job)

    ann, *_ = scores_of(job, most_objects=3, most_pictures=2)

    assert ann["seen"] == 2  # of a, b and d; two spread over all five are a and c


def test_reviews_judge_pictures_of_some_objects(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    consolidating.settle_answered(job)
    review(job, 4, wrong=1)

    ann, _, cy = scores_of(job)
    monkeypatch.setattr(reviewed, "MOST_PICTURES", 2)
    some, *_ = scores_of(job)

    # Of the label that is wrong, hers is wrong, and whether the other's is right nobody can tell.
    assert ann["review"] == {"right": 3.0, "seen": 4, "open": 0, "categories": {"0": [3.0, 3]}}
    assert cy["review"] == {"right": 0.0, "seen": 3, "open": 1, "categories": {"0": [0.0, 3], "1": [0.0, 3]}}
    assert some["review"] == {"right": 1.0, "seen": 2, "open": 0, "categories": {"0": [1.0, 1]}}


def test_the_desk_shows_a_jobs_people_while_the_store_is_away(job: Job, client: Client, settings: Any) -> None:
    consolidating.settle_answered(job)
    review(job, 4, wrong=1)
    client.force_login(make_staff())
    where = reverse("admin:job_people", args=[job.pk])
    before = client.get(where).context
    gone = {"endpoint_url": "http://127.0.0.1:9", "region_name": "us-east-1", "access_key": "key", "secret_key": "none"}
    settings.GROUNDTRUTH_S3 = gone | {"public_endpoint_url": None}

    after = client.get(where).context

    assert (before["is_reckoned"], before["people"][0].review.answers) == (True, 4)
    assert (after["is_reckoned"], len(after["people"]), after["people"][0].review) == (False, 3, None)
