"""What goes back to people: what was called wrong, and what failed and can be shown by now; never what still cannot."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from batches import rework, services
from batches.models import Batch, BatchDay, BatchDecision, DataObject, ObjectFeedback
from batches.references import NO_GRANT, NO_PICTURE, NOT_THERE
from groundtruth.states import Refused
from groundtruth.storage import Unreachable, get_store, parse_uri
from projects.models import AuditEvent, DataGrant, Project
from tests.factories import make_grant, make_project, make_running_batch, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def put_picture(project: Project, name: str) -> str:
    out = BytesIO()
    Image.new("RGB", (8, 6)).save(out, "PNG")
    uri = services.own_folder(project, "in") + name
    get_store().put(parse_uri(uri), out.getvalue())
    return uri


@pytest.fixture
def batch() -> Batch:
    """Three pictures that failed: one is there by now, one is not, one lies where the project may not read."""
    project = make_project(state="pilot_in_progress")
    make_grant(project, "in")
    batch = make_running_batch(project, texts=("there", "gone", "other"), failed=3, state="in_progress")
    uris = [put_picture(project, "there.png"), services.own_folder(project, "in") + "gone.png", "s3://other/x.png"]
    for row, uri in zip(batch.data_objects.order_by("ordinal"), uris, strict=True):
        DataObject.objects.filter(pk=row.pk).update(source_text="", source_ref=uri, failure=NO_PICTURE)
    return batch


def failures(batch: Batch) -> list[str]:
    return list(batch.data_objects.order_by("ordinal").values_list("failure", flat=True))


def test_only_what_can_be_shown_by_now_is_tried_again(batch: Batch) -> None:
    shown = rework.look_anew(batch)

    assert shown == [batch.data_objects.get(ordinal=0).pk]
    assert failures(batch) == [NO_PICTURE, NOT_THERE, NO_GRANT]


def test_a_place_that_is_granted_meanwhile_is_read(batch: Batch) -> None:
    DataGrant.objects.all().delete()

    assert rework.look_anew(batch) == []
    assert failures(batch) == [NO_GRANT, NO_GRANT, NO_GRANT]


def test_a_text_in_the_manifest_can_always_be_shown() -> None:
    batch = make_running_batch(texts=("a",), failed=1)
    DataObject.objects.update(failure="Every person declined it: cut off")

    assert rework.look_anew(batch) == [DataObject.objects.get().pk]


def test_a_store_that_does_not_answer_changes_nothing(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    def stat(*args: object) -> None:
        raise Unreachable("no route to host")

    monkeypatch.setattr(type(get_store()), "stat", stat)  # the far side of the network

    with pytest.raises(Refused, match="does not answer now"):
        rework.look_anew(batch)
    assert failures(batch) == [NO_PICTURE] * 3


def test_clear_failures_takes_them_back_once(batch: Batch) -> None:
    ids = list(batch.data_objects.order_by("ordinal").values_list("pk", flat=True))[:2]

    cleared = [rework.clear_failures(batch, None, ids), rework.clear_failures(batch, None, ids)]

    batch.refresh_from_db()
    assert cleared == [ids, []]
    assert batch.failed == 1
    assert BatchDay.objects.get(batch=batch).failed == -2
    assert AuditEvent.objects.filter(verb="retry failed objects").count() == 1


def test_rework_needs_an_object_that_somebody_called_wrong_or_that_was_mended() -> None:
    with pytest.raises(Refused, match="No object was called wrong"):
        rework.send_for_rework(make_running_batch(state="rejected"), None)


def test_what_still_cannot_be_shown_is_no_reason_for_a_rework(batch: Batch) -> None:
    DataGrant.objects.all().delete()
    Batch.objects.update(state="rejected")
    batch.refresh_from_db()

    with pytest.raises(Refused, match="No object was called wrong"):
        rework.send_for_rework(batch, None)
    batch.refresh_from_db()
    assert (batch.state, batch.round, batch.failed) == ("rejected", 1, 3)


def test_rework_takes_up_what_was_mended_and_shows_it_in_its_review(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labeling.services.jobs.create_rework", lambda batch, by: None)
    Batch.objects.update(state="rejected")
    batch.refresh_from_db()

    rework.send_for_rework(batch, None)

    batch.refresh_from_db()
    assert (batch.state, batch.round, batch.failed) == ("sent_for_rework", 2, 2)
    assert failures(batch) == ["", NOT_THERE, NO_GRANT]
    assert list(batch.data_objects.filter(sample_round=2).values_list("ordinal", flat=True)) == [0]


def test_rework_begins_a_round_and_the_same_batch_is_decided_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeling.services.jobs.create_rework", lambda batch, by: None)
    batch = make_running_batch(state="ready_for_review")
    first = batch.data_objects.get(ordinal=0)
    ObjectFeedback.objects.create(data_object=first, round=1, author=make_user("Ben"), verdict="wrong")
    DataObject.objects.filter(batch=batch).update(done_by="human")
    services.decide(batch, make_user("Ada"), accept=False)

    rework.send_for_rework(batch, None)
    services.finish(batch)
    services.decide(batch, make_user("Ada"), accept=True)

    batch.refresh_from_db()
    assert (batch.state, batch.round, batch.to_review) == ("accepted", 2, 0)
    assert list(BatchDecision.objects.order_by("round").values_list("verdict", flat=True)) == ["reject", "accept"]
    assert list(batch.data_objects.filter(sample_round=2)) == [first]
