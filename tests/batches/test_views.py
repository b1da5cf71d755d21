"""The customer's pages: who sees them, what they show, what their forms do."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from batches import checking
from batches.models import BadLine, Batch, BatchDay, BatchDecision, DataObject, Delivery, Manifest
from groundtruth import clock
from groundtruth.storage import get_store, parse_uri
from projects.models import AuditEvent, Project, User
from tests.factories import (
    make_grant,
    make_member,
    make_organization,
    make_project,
    make_running_batch,
    make_staff,
    make_user,
)

pytestmark = [pytest.mark.django_db]

READERS = ("owner", "manager", "reviewer", "viewer", "operations")
PAGES = ("project", "batches", "batch", "failed_objects", "failed_csv", "bad_lines_csv")
POLL = {"HTTP_HX_REQUEST": "true"}


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


class Ground:
    """A project with a batch, and somebody of each role."""

    def __init__(self, state: str = "in_progress", project_state: str = "pilot_in_progress", **fields: Any) -> None:
        self.organization = make_organization()
        self.project = make_project(self.organization, state=project_state)
        self.batch = make_running_batch(self.project, state=state, **fields)
        self.ada = make_member(self.organization)

    def person(self, role: str) -> User:
        return make_staff() if role == "operations" else make_member(self.organization, role, name=role.title())

    def url(self, name: str, *more: Any) -> str:
        args = [self.organization.slug, self.project.slug]
        args += [self.batch.slug] if name not in ("project", "batches", "new_batch", "ask_project") else []
        return reverse(name, args=[*args, *more])

    def fresh(self) -> Batch:
        return Batch.objects.get(pk=self.batch.pk)


# --- who sees what --------------------------------------------------------------------------------


@pytest.mark.parametrize("role", READERS)
@pytest.mark.parametrize("name", PAGES)
def test_every_member_and_operations_may_read(name: str, role: str) -> None:
    ground = Ground()

    assert signed_in(ground.person(role)).get(ground.url(name)).status_code == 200


@pytest.mark.parametrize("name", [*PAGES, "new_batch"])
def test_a_stranger_is_told_nothing(name: str) -> None:
    ground = Ground()

    assert signed_in(make_user("Mallory")).get(ground.url(name)).status_code == 404


@pytest.mark.parametrize("name", [*PAGES, "new_batch"])
def test_who_is_not_signed_in_is_asked_to(name: str) -> None:
    answer = Client().get(Ground().url(name))

    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize(
    ("role", "status"), [("owner", 200), ("manager", 200), ("operations", 200), ("reviewer", 403), ("viewer", 403)]
)
def test_who_may_create_batches(role: str, status: int) -> None:
    ground = Ground()

    assert signed_in(ground.person(role)).get(ground.url("new_batch")).status_code == status


ACTS = {
    "decide_batch": {"verdict": "accept"},
    "ask_batch": {"wish": "pause", "reason": "So."},
    "close_batch": {"reason": "So."},
    "ask_project": {"wish": "pause", "reason": "So."},
    "new_batch": {"name": "x", "input_uri": "s3://in/x/", "output_uri": "s3://out/x/"},
}


@pytest.mark.parametrize("role", ["reviewer", "viewer", "operations"])
@pytest.mark.parametrize("name", ACTS)
def test_who_may_not_manage_may_not_act(name: str, role: str) -> None:
    ground = Ground("ready_for_review")

    answer = signed_in(ground.person(role)).post(ground.url(name), ACTS[name])

    assert answer.status_code == 403
    assert ground.fresh().state == "ready_for_review"
    assert Project.objects.get(pk=ground.project.pk).ask == ""


@pytest.mark.parametrize("name", ACTS)
def test_a_stranger_may_not_act(name: str) -> None:
    ground = Ground("ready_for_review")

    assert signed_in(make_user("Mallory")).post(ground.url(name), ACTS[name]).status_code == 404
    assert ground.fresh().state == "ready_for_review"


def test_a_batch_of_another_project_is_not_there() -> None:
    ground, other = Ground(), Ground()
    url = reverse("batch", args=[ground.organization.slug, ground.project.slug, other.batch.slug])

    assert signed_in(ground.ada).get(url).status_code == 404


@pytest.mark.parametrize("role", ["viewer", "operations"])
def test_nobody_sees_a_button_that_would_be_refused(role: str) -> None:
    ground = Ground("ready_for_review")
    client = signed_in(ground.person(role))

    for name in ("project", "batch", "batches"):
        page = client.get(ground.url(name)).content.decode()
        assert 'data-opens="accept"' not in page
        assert "ask-pause" not in page
        assert ground.url("new_batch") not in page
        assert '<form method="post" action="' + ground.url("decide_batch") not in page


def test_a_large_team_is_cut_short_on_the_projects_page() -> None:
    ground = Ground()
    for number in range(14):
        make_member(ground.organization, "viewer", name=f"Person {number}")

    page = signed_in(ground.ada).get(ground.url("project")).content.decode()

    assert (page.count("Viewer</span>"), "3 more" in page) == (11, True)


@pytest.mark.parametrize(
    ("state", "role", "shown"),
    [
        ("review_in_progress", "owner", True),
        ("review_in_progress", "manager", True),
        ("review_in_progress", "reviewer", False),
        ("review_in_progress", "operations", False),
        ("request_approved", "owner", False),
    ],
)
def test_a_request_under_review_can_be_withdrawn_from_its_page(state: str, role: str, shown: bool) -> None:
    ground = Ground(project_state=state)
    link = reverse("withdraw_project", args=[ground.organization.slug, ground.project.slug])

    page = signed_in(ground.person(role)).get(ground.url("project")).content.decode()

    assert (link in page) == shown


def test_the_projects_page_says_what_was_asked_for() -> None:
    ground = Ground()
    asked = {"objects_expected": 1200, "turnaround_days": 1, "languages": "Norwegian", "guideline_name": "guide.pdf"}
    Project.objects.update(**asked)
    link = reverse("guideline", args=[ground.organization.slug, ground.project.slug])

    page = signed_in(ground.ada).get(ground.url("project")).content.decode()

    for words in ("bird, plane", "1,200", "1 day<", "Norwegian", f'<a href="{link}" download>guide.pdf</a>'):
        assert words in page, words


# --- projects -------------------------------------------------------------------------------------


def test_the_projects_page_without_projects_says_what_to_do() -> None:
    organization = make_organization()

    page = signed_in(make_member(organization)).get(reverse("projects")).content.decode()

    assert "No projects yet" in page
    assert reverse("request_project") in page


def test_columns_are_chosen_and_remembered() -> None:
    ground = Ground()
    client = signed_in(ground.ada)
    assert "Creation date" in client.get(reverse("projects")).content.decode()

    client.post(reverse("choose_columns"), {"table": "projects", "col": ["created", "total", "nonsense"]})
    client.post(reverse("choose_columns"), {"table": "projects", "col": ["created", "total"], "back": "/projects/?q=a"})

    ground.ada.refresh_from_db()
    assert ground.ada.settings == {"projects_columns": ["total", "created"]}
    page = signed_in(ground.ada).get(reverse("projects"))
    assert page.context["shown"] == ("total", "created")
    assert '<th scope="col">Status</th>' not in page.content.decode()


@pytest.mark.parametrize(
    ("back", "goes"),
    [
        ("/projects/?q=a", "/projects/?q=a"),
        ("https://evil.test/", "/projects/"),
        ("//evil.test/", "/projects/"),
        ("", "/projects/"),
        ("work_home", "/projects/"),
        ("no such view", "/projects/"),
    ],
)
def test_choosing_columns_leads_back_and_nowhere_else(back: str, goes: str) -> None:
    ground = Ground()

    answer = signed_in(ground.ada).post(
        reverse("choose_columns"), {"table": "batches", "col": ["status"], "back": back}
    )

    assert answer["Location"] == goes


def test_a_poll_gets_the_part_and_nothing_when_nothing_changed() -> None:
    ground = Ground()
    client = signed_in(ground.ada)
    live = client.get(reverse("projects")).context["live"]

    same = client.get(reverse("projects"), {"seen": live["seen"], "still": live["still"]}, **POLL)
    Batch.objects.filter(pk=ground.batch.pk).update(done=1, human=1)
    changed = client.get(reverse("projects"), {"seen": live["seen"], "still": live["still"]}, **POLL)

    assert (same.status_code, same.content) == (204, b"")
    assert changed.status_code == 200
    body = changed.content.decode()
    assert "<html" not in body
    assert 'hx-swap-oob="true"' in body
    assert "HX-Trigger-After-Settle" not in changed


def test_a_poll_tells_the_page_when_the_batch_moved() -> None:
    ground = Ground()
    client = signed_in(ground.ada)
    live = client.get(ground.url("batch")).context["live"]
    Batch.objects.filter(pk=ground.batch.pk).update(state="ready_for_review")

    answer = client.get(ground.url("batch"), {"seen": live["seen"], "still": live["still"]}, **POLL)

    assert answer["HX-Trigger-After-Settle"] == "moved"
    assert "Ready for review" in answer.content.decode()


@pytest.mark.parametrize("name", ["projects", "project", "batches", "batch", "metrics"])
def test_a_page_takes_as_many_statements_for_many_rows_as_for_one(name: str) -> None:
    ground = Ground()
    client = signed_in(ground.ada)
    url = reverse(name) if name in ("projects", "metrics") else ground.url(name)
    client.get(url)

    with CaptureQueriesContext(connection) as one:
        client.get(url)
    for _ in range(6):
        make_running_batch(ground.project)
        make_running_batch(make_project(ground.organization))
    with CaptureQueriesContext(connection) as many:
        client.get(url)

    assert len(many) == len(one)


def test_the_line_of_what_is_paused_holds_no_button_without_words() -> None:
    ground = Ground(project_state="paused")

    page = signed_in(ground.ada).get(ground.url("project")).content.decode()

    line = page.split('class="next next-you"')[1].split('<ol class="stepper"')[0]
    assert "<strong>You: ask to resume</strong>" in line
    assert "btn-primary" not in line


def test_the_customer_asks_for_a_pause_of_the_project() -> None:
    ground = Ground()

    signed_in(ground.ada).post(ground.url("ask_project"), {"wish": "pause", "reason": "Our cameras changed."})

    project = Project.objects.get(pk=ground.project.pk)
    assert (project.ask, project.ask_reason) == ("pause", "Our cameras changed.")
    page = signed_in(ground.ada).get(ground.url("project")).content.decode()
    assert "Operations pause it" in page
    assert 'data-opens="ask-pause"' not in page


# --- a new batch ----------------------------------------------------------------------------------


@pytest.fixture
def granted() -> Ground:
    ground = Ground(project_state="request_approved")
    make_grant(ground.project, "in")
    make_grant(ground.project, "out")
    return ground


def form_of(ground: Ground, **changes: str) -> dict[str, str]:
    prefix = f"s3://{settings.GROUNDTRUTH_BUCKET}/{ground.project.prefix}"
    return {
        "name": "week-46",
        "description": "North.",
        "input_uri": f"{prefix}in/a/",
        "output_uri": f"{prefix}out/",
        **changes,
    }


def test_the_output_is_the_projects_own_place_at_first(granted: Ground) -> None:
    form = signed_in(granted.ada).get(granted.url("new_batch")).context["form"]

    assert form["output_uri"].value() == form_of(granted)["output_uri"]


def test_check_tells_what_is_there_and_sends_nothing(granted: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    report = checking.Report(
        "manifest", 4200, 11_400_000_000, types=((".jpg", 4190),), problems=(checking.Problem(17, "It is no JSON."),)
    )
    monkeypatch.setattr(checking, "check", lambda *args: asked.append(args) or report)
    form = form_of(granted)

    page = signed_in(granted.ada).post(granted.url("new_batch"), {**form, "check": ""}).content.decode()

    assert asked == [(granted.project, form["input_uri"], form["output_uri"])]
    for words in ("4,200", "11.4 GB", ".jpg", "4,190", "line 17", "It is no JSON.", 'value="week-46"', "North."):
        assert words in page
    assert not Batch.objects.filter(name="week-46").exists()


def test_check_reads_a_real_manifest(granted: Ground) -> None:
    Project.objects.filter(pk=granted.project.pk).update(modality="text", task_type="text-classification")
    uri = form_of(granted)["input_uri"] + "items.manifest"
    get_store().make_bucket(settings.GROUNDTRUTH_BUCKET)
    get_store().put(parse_uri(uri), b'{"source": "a bird"}\n{broken\n{"source": "a plane"}\n')

    page = signed_in(granted.ada).post(granted.url("new_batch"), {**form_of(granted, input_uri=uri), "check": ""})

    report = page.context["report"]
    assert (report.count, [problem.number for problem in report.problems]) == (2, [2])
    assert "line 2" in page.content.decode()


def test_submit_sends_the_batch(granted: Ground) -> None:
    answer = signed_in(granted.ada).post(granted.url("new_batch"), {**form_of(granted), "submit": ""})

    batch = Batch.objects.get(name="week-46")
    assert (batch.state, batch.created_by) == ("request_submitted", granted.ada)
    assert answer["Location"] == reverse("batch", args=[granted.organization.slug, granted.project.slug, batch.slug])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "This field is required"),
        ({"input_uri": "s3://other/x/"}, "no leave to read"),
        ({"input_uri": "nonsense"}, "s3://"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_typed_is_lost(granted: Ground, changes: dict[str, str], words: str) -> None:
    answer = signed_in(granted.ada).post(granted.url("new_batch"), {**form_of(granted, **changes), "submit": ""})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert "North." in page
    assert not Batch.objects.filter(project=granted.project).exclude(pk=granted.batch.pk).exists()


@pytest.mark.parametrize("button", ["check", "submit"])
@pytest.mark.parametrize(
    ("field", "typed", "problem"),
    [
        ("input_uri", "nonsense", "The address must begin with s3://."),
        ("input_uri", "s3://bucket//x/", "The key must not begin with a slash."),
        ("output_uri", "s3:///x/", "The address names no bucket."),
    ],
)  # fmt: skip
def test_what_is_no_location_is_told_beside_its_field(
    granted: Ground, field: str, typed: str, problem: str, button: str
) -> None:
    answer = signed_in(granted.ada).post(granted.url("new_batch"), {**form_of(granted, **{field: typed}), button: ""})

    assert answer.status_code == 422
    assert answer.context["form"].errors == {field: [problem]}


def test_a_project_that_takes_no_batches_says_so() -> None:
    ground = Ground(project_state="review_in_progress")

    page = signed_in(ground.ada).get(ground.url("new_batch")).content.decode()

    assert "takes no batches" in page


# --- a batch --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("verdict", "state"), [("accept", "accepted"), ("reject", "rejected")])
def test_a_decision_is_made_once(verdict: str, state: str) -> None:
    ground = Ground("ready_for_review")
    client = signed_in(ground.ada)

    first = client.post(ground.url("decide_batch"), {"verdict": verdict, "reason": "Seen."})
    again = client.post(ground.url("decide_batch"), {"verdict": "accept"}, follow=True)

    assert first["Location"] == ground.url("batch")
    assert ground.fresh().state == state
    assert BatchDecision.objects.get(batch=ground.batch).verdict == verdict
    assert "cannot go on" in again.content.decode()


def test_a_batch_is_closed_with_a_reason_and_not_without() -> None:
    ground = Ground()
    client = signed_in(ground.ada)

    without = client.post(ground.url("close_batch"), {"reason": ""}, follow=True).content.decode()
    assert ground.fresh().closed_at is None
    client.post(ground.url("close_batch"), {"reason": "Sent twice."})

    assert "Say why the batch is closed." in without
    page = client.get(ground.url("batch")).content.decode()
    assert "Nobody, closed" in page
    assert "Sent twice." in page


def test_the_customer_asks_for_a_pause_of_a_batch() -> None:
    ground = Ground()

    signed_in(ground.ada).post(ground.url("ask_batch"), {"wish": "pause", "reason": "Wrong folder."})

    assert (ground.fresh().ask, ground.fresh().ask_reason) == ("pause", "Wrong folder.")


def test_a_running_batch_shows_its_progress_charts_failures_and_bad_lines() -> None:
    ground = Ground(failed=1, human=1, done=1, bad_lines=1)
    DataObject.objects.filter(batch=ground.batch, ordinal=0).update(failure="It cannot be decoded.")
    BatchDay.objects.create(batch=ground.batch, day=clock.today(), human=1, labels=3, agreement=0.9, agreed=1)
    manifest = Manifest.objects.create(batch=ground.batch, uri="s3://in/x")
    BadLine.objects.create(manifest=manifest, number=17, reason="The line is no object.")

    page = signed_in(ground.ada).get(ground.url("batch")).content.decode()

    for words in (
        "33 %",
        "Workers are labelling",
        "Objects completed by day",
        "It cannot be decoded.",
        "The line is no object.",
    ):
        assert words in page


def test_failed_objects_and_bad_lines_are_given_as_csv() -> None:
    ground = Ground(failed=1)
    DataObject.objects.filter(batch=ground.batch, ordinal=1).update(failure="=too small")
    BadLine.objects.create(
        manifest=Manifest.objects.create(batch=ground.batch, uri="s3://in/x"), number=3, reason="No JSON."
    )
    client = signed_in(ground.ada)

    failed = client.get(ground.url("failed_csv")).getvalue().decode().splitlines()
    bad = client.get(ground.url("bad_lines_csv")).getvalue().decode().splitlines()

    public_id = ground.batch.data_objects.get(ordinal=1).public_id
    assert failed == ["object,line,source,reason", f"{public_id},2,b,'=too small"]
    assert bad == ["line,reason", "3,No JSON."]


def test_the_receipt_is_downloaded_by_a_signed_address_and_it_is_audited() -> None:
    ground = Ground("data_delivered")
    make_grant(ground.project, "out")
    delivery = Delivery.objects.create(
        batch=ground.batch, round=1, prefix=ground.batch.output_uri, state="complete", receipt={"job": "job-1"}
    )

    answer = signed_in(ground.ada).get(ground.url("delivery_file", 1, "receipt"))

    assert "/job-1/receipt.json?" in answer["Location"]
    event = AuditEvent.objects.get(verb="download")
    assert (event.actor_id, event.target_id, event.data) == (ground.ada.pk, delivery.pk, {"file": "job-1/receipt.json"})


@pytest.mark.parametrize(("code", "state"), [("secrets", "complete"), ("receipt", "writing")])
def test_what_was_not_delivered_is_not_signed(code: str, state: str) -> None:
    ground = Ground("data_delivered")
    Delivery.objects.create(batch=ground.batch, round=1, prefix="s3://out/", state=state, receipt={"job": "job-1"})

    assert signed_in(ground.ada).get(ground.url("delivery_file", 1, code)).status_code == 404
    assert not AuditEvent.objects.filter(verb="download").exists()


@pytest.mark.parametrize(("name", "more"), [("delivery_file", (1, "receipt")), ("delivery_zip", (1,))])
def test_a_stranger_downloads_nothing(name: str, more: tuple[Any, ...]) -> None:
    ground = Ground("data_delivered")
    Delivery.objects.create(batch=ground.batch, round=1, prefix="s3://out/", state="complete", receipt={"job": "job-1"})

    assert signed_in(make_user("Mallory")).get(ground.url(name, *more)).status_code == 404


@pytest.mark.parametrize(("name", "more"), [("delivery_file", (1, "receipt")), ("delivery_zip", (1,))])
def test_nothing_is_downloaded_from_a_place_whose_access_was_revoked(name: str, more: tuple[Any, ...]) -> None:
    ground = Ground("data_delivered")
    make_grant(ground.project, "out", bucket="theirs", prefix="other/")
    Delivery.objects.create(
        batch=ground.batch, round=1, prefix="s3://theirs/labels/", state="complete", receipt={"job": "job-1"}
    )

    answer = signed_in(ground.ada).get(ground.url(name, *more), follow=True)

    assert "the access to s3://theirs/labels/ was revoked" in answer.content.decode()
    assert not AuditEvent.objects.filter(verb="download").exists()


def test_everything_is_downloaded_as_one_zip_and_it_is_audited() -> None:
    ground = Ground("data_delivered")
    make_grant(ground.project, "out")
    Delivery.objects.create(
        batch=ground.batch, round=1, prefix=ground.batch.output_uri, state="complete", receipt={"job": "job-1"}
    )
    large = bytes(range(256)) * 4096  # of several blocks
    files = {"receipt.json": b"{}", "annotations/worker-response/iteration-1/0/a.json": b'{"answers":[]}', "x": large}
    for name, data in files.items():
        get_store().put(parse_uri(f"{ground.batch.output_uri}job-1/{name}"), data)
    get_store().put(parse_uri(f"{ground.batch.output_uri}job-10/another.json"), b"{}")

    answer = signed_in(ground.ada).get(ground.url("delivery_zip", 1))

    with ZipFile(BytesIO(answer.getvalue())) as found:
        assert {name: found.read(name) for name in found.namelist()} == {f"job-1/{n}": d for n, d in files.items()}
    assert answer["Content-Disposition"] == 'attachment; filename="job-1.zip"'
    assert AuditEvent.objects.get(verb="download").data == {"file": "job-1.zip"}


def test_a_name_that_is_markup_is_only_text() -> None:
    ground = Ground(closed_at=clock.now(), closed_reason="<script>alert(1)</script>")
    Batch.objects.filter(pk=ground.batch.pk).update(name="<img src=x onerror=alert(1)>")

    for name in ("batch", "batches", "project"):
        page = signed_in(ground.ada).get(ground.url(name)).content.decode()
        assert "<img src=x" not in page
        assert "<script>alert" not in page
        assert "&lt;img src=x" in page
