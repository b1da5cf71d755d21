"""What happens to a project: requested, approved with its data, paused, closed."""

from __future__ import annotations

import threading

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils.dateparse import parse_datetime

from groundtruth.states import Conflict, Invalid, Refused
from groundtruth.storage import get_store, object_address
from projects import services
from projects.models import AuditEvent, DataGrant, LabelSchema, Notice, Project
from tests.factories import REQUEST, make_grant, make_member, make_organization, make_project, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def form(**changes):
    return {
        **REQUEST,
        "title": "Birds",
        "wish": "any",
        "attests": True,
        **changes,
    }


def requested(guideline=None, **changes) -> Project:
    organization = make_organization()
    ada = make_member(organization)
    return services.request_project(ada, organization, form(**changes), guideline)


@pytest.fixture
def raw_bucket():
    get_store().make_bucket("acme-raw")
    get_store().put(object_address("acme-raw", "w42/a.png"), b"x")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"attests": False}, "no PHI, PCI or FedRAMP"),
        ({"task_type": "video-tracking"}, "cannot be done yet"),
        ({"modality": "text"}, "cannot be done yet"),
    ],
)
def test_a_request_that_cannot_be_taken_leaves_no_row(changes, words):
    with pytest.raises(Invalid, match=words):
        requested(**changes)

    assert not Project.objects.exists()


def test_a_request_is_audited_and_its_contact_told():
    project = requested()

    assert AuditEvent.objects.filter(verb="request project", project_id=project.pk).count() == 1
    assert Notice.objects.get(kind="project_requested").recipient == "ada@example.test"


def test_two_requests_of_one_title_get_two_files_or_none():
    organization = make_organization()
    ada = make_member(organization)
    services.request_project(ada, organization, form(), SimpleUploadedFile("a.txt", b"one"))

    with pytest.raises(Invalid, match="already has a project of this name"):
        services.request_project(ada, organization, form(title="BIRDS"), SimpleUploadedFile("a.txt", b"two"))

    files = list(get_store().list(settings.GROUNDTRUTH_BUCKET, f"{organization.slug}/"))
    assert [file.size for file in files] == [3]


@pytest.mark.django_db(transaction=True)
def test_two_fifth_requests_at_once_are_one():
    organization = make_organization()
    ada = make_member(organization)
    for _number in range(4):
        make_project(organization, state="review_in_progress")
    start, told = threading.Barrier(2), []

    def request(title: str) -> None:
        start.wait()
        try:
            services.request_project(ada, organization, form(title=title), SimpleUploadedFile("a.txt", b"x"))
            told.append("taken")
        except Refused:
            told.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=request, args=[title]) for title in ("Birds", "Planes")]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert sorted(told) == ["refused", "taken"]
    assert services.in_review(organization) == 5
    assert len(list(get_store().list(settings.GROUNDTRUTH_BUCKET, f"{organization.slug}/"))) == 1


def test_approving_grants_the_own_prefix_both_ways_and_what_was_stated(raw_bucket):
    project = requested(places={"in": ["s3://acme-raw/w42"], "out": []})

    services.approve(project, make_staff())

    assert project.state == "request_approved"
    grants = DataGrant.objects.filter(project=project, revoked_at=None).order_by("bucket", "direction")
    assert [(g.direction, g.bucket, g.prefix, g.verified_at is not None) for g in grants] == [
        ("in", "acme-raw", "w42/", True),
        ("in", "groundtruth", project.prefix, True),
        ("out", "groundtruth", project.prefix, True),
    ]
    assert Notice.objects.filter(kind="project_approved").count() == 1


def test_approving_copies_categories_and_a_text_guideline_into_the_set_up():
    project = requested(SimpleUploadedFile("how.md", b"Ein Vogel hat Federn."))

    services.approve(project, make_staff())

    schema = LabelSchema.objects.get(project=project)
    assert (schema.version, schema.categories, schema.full_instructions) == (
        1,
        ["bird", "plane"],
        "Ein Vogel hat Federn.",
    )


def test_a_guideline_that_is_no_text_stays_a_file():
    project = requested(SimpleUploadedFile("how.txt", b"\xff\xfe\x00\x01"))

    services.approve(project, make_staff())

    assert LabelSchema.objects.get(project=project).full_instructions == "Tell birds from planes."


def test_every_place_that_cannot_be_granted_is_named(raw_bucket):
    project = requested()
    taken = make_grant(make_project(), bucket="their-raw", prefix="a/")

    with pytest.raises(Invalid) as told:
        services.approve(
            project,
            make_staff(),
            input_places=["s3://acme-raw/w42/", "s3://no-such-bucket/x/", f"s3://{settings.GROUNDTRUTH_BUCKET}/other/"],
            output_places=["nonsense", f"s3://{taken.bucket}/a/b/"],
        )

    assert len(told.value.problems) == 4
    assert [
        word in " ".join(told.value.problems) for word in ("own prefix", "nonsense", "another customer", "no-such")
    ] == [True] * 4
    project.refresh_from_db()
    assert project.state == "review_in_progress"
    assert not DataGrant.objects.filter(project=project).exists()


def test_approving_twice_is_a_conflict_and_grants_nothing_twice():
    project = requested()
    services.approve(project, make_staff())

    with pytest.raises(Conflict):
        services.approve(Project.objects.get(pk=project.pk), make_staff())

    assert DataGrant.objects.filter(project=project).count() == 2


def test_a_withdrawn_request_is_not_approved():
    project = requested()
    stale = Project.objects.get(pk=project.pk)
    services.withdraw(project, project.requested_by)

    with pytest.raises(Refused, match="was closed"):
        services.approve(stale, make_staff())
    with pytest.raises(Conflict):
        services.withdraw(stale, project.requested_by)


def test_an_answered_request_is_not_withdrawn():
    with pytest.raises(Refused, match="answered already"):
        services.withdraw(make_project(state="request_approved"), None)


def test_closing_needs_a_reason_that_the_customer_reads():
    project = requested()

    with pytest.raises(Invalid):
        services.close_request(project, make_staff(), "  ")
    services.close_request(project, make_staff(), "No people for this language.")

    project.refresh_from_db()
    assert (project.state, project.closed_reason) == ("review_in_progress", "No people for this language.")
    assert Notice.objects.get(kind="project_closed").payload["reason"] == "No people for this language."


def test_work_under_way_is_not_closed():
    with pytest.raises(Refused):
        services.close_request(make_project(state="pilot_in_progress"), None, "no")


def test_one_more_place_is_granted_checked_and_revoked(raw_bucket):
    project = make_project()
    staff = make_staff()

    grant = services.add_grant(project, staff, direction="in", uri="s3://acme-raw/w42/")
    with pytest.raises(Invalid, match="granted already"):
        services.add_grant(project, staff, direction="in", uri="s3://acme-raw/w42/")
    checked = services.verify_grant(grant, staff)
    services.revoke_grant(grant, staff)
    services.revoke_grant(grant, staff)

    assert checked == ""
    assert DataGrant.objects.get(pk=grant.pk).revoked_at is not None
    assert list(
        AuditEvent.objects.filter(target_id=grant.pk, target_type="projects.datagrant").values_list("verb", flat=True)
    ) == [
        "grant",
        "revoke",
    ]


def test_a_place_that_went_away_is_told():
    grant = make_grant(make_project(), bucket="gone-bucket", prefix="")

    assert "cannot be listed" in services.verify_grant(grant, None)


@pytest.mark.parametrize("state", ["request_approved", "workflow_setup", "pilot_in_progress", "production_in_progress"])
def test_the_customer_asks_and_operations_pause_and_resume(state):
    project = make_project(state=state)
    ada = make_member(project.organization)

    services.ask(project, ada, wish="pause", reason="Our cameras are down.")
    stale = Project.objects.get(pk=project.pk)
    services.pause(project, make_staff())
    paused = Project.objects.get(pk=project.pk)
    before = paused.state_before_pause
    services.ask(paused, ada, wish="resume", reason="They are up again.")
    services.resume(paused, make_staff())

    assert (stale.ask, stale.ask_reason, before) == ("pause", "Our cameras are down.", state)
    after = Project.objects.get(pk=project.pk)
    assert (after.state, after.state_before_pause, after.ask) == (state, "", "")
    kinds = set(Notice.objects.values_list("kind", flat=True))
    assert {"project_paused", "project_resumed"} <= kinds


@pytest.mark.parametrize(
    ("state", "wish"), [("review_in_progress", "pause"), ("pilot_complete", "pause"), ("pilot_in_progress", "resume")]
)
def test_what_cannot_be_done_cannot_be_asked(state, wish):
    with pytest.raises(Refused, match=f"cannot be asked to {wish}"):
        services.ask(make_project(state=state), None, wish=wish, reason="Because.")


def test_asking_needs_a_reason():
    with pytest.raises(Invalid):
        services.ask(make_project(), None, wish="pause", reason=" ")


def test_a_pause_keeps_the_state_of_now_not_of_the_page():
    project = make_project(state="request_approved")
    stale = Project.objects.get(pk=project.pk)
    services.set_up(project, make_staff())

    services.pause(stale, make_staff(), reason="asked by phone")

    assert Project.objects.get(pk=project.pk).state_before_pause == "workflow_setup"


def test_the_consultation_is_kept_and_a_new_time_told_once():
    project, at = requested(), parse_datetime("2026-12-01T10:00:00Z")

    services.note_consultation(project, make_staff(), at=at, notes="five per cent sample")
    services.note_consultation(project, make_staff(), at=at, notes="ten per cent sample")

    project.refresh_from_db()
    assert (project.consultation_at, project.consultation_notes) == (at, "ten per cent sample")
    assert [n.payload["at"] for n in Notice.objects.filter(kind="consultation")] == ["2026-12-01 10:00 UTC"]
