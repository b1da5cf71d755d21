"""The road of a task type through the product: set up, read in, labelled on the real page, reviewed, delivered.

A case says what a hand does and what the manifest then holds; a `Road` takes it from end to end. The labelling page
and the customer's review are seen in the browser; the rest is done by the services that pages call.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import numpy as np
from allauth.account.models import EmailAddress
from django.conf import settings
from django.urls import reverse
from PIL import ExifTags, Image
from playwright.sync_api import FrameLocator, Page, expect

from batches import delivery as writer
from batches import services
from batches.models import Batch, DataObject, Delivery, Manifest
from groundtruth.storage import get_store, parse_uri
from groundtruth.work import advance
from labeling.models import Job, LoopRun
from labeling.services import claiming, designing, submitting
from projects import task_types
from projects.models import Project
from tests.browser.portal import sign_in
from tests.browser.test_crowd_shapes import SIZE, Pad
from tests.browser.test_crowd_text import Hand
from tests.factories import (
    PASSWORD,
    make_batch,
    make_manifest_file,
    make_member,
    make_project,
    make_staff,
    make_team,
    make_worker,
)
from workforce.models import Worker

WAIT = 20_000
TRACE = {"trace": "A-7"}  # a key of the customer's own, which has to come back as it was
PICTURE = {"width": SIZE["width"], "height": SIZE["height"]}
PLAIN_COLOR, DIFFERS = (120, 150, 180), 12  # of the picture, and how far another colour is from it
READ_ROWS = "picks => picks.map((pick) => [...pick.children].map((part) => part.textContent))"
ARE_CUT = "nodes => nodes.filter((node) => node.scrollWidth > node.clientWidth).map((node) => node.innerText)"
SIGN = (704, 448, 896, 544)  # left, top, right, bottom: whole blocks of the JPEG, so that its edges stay sharp
TURN_RIGHT = 6  # as EXIF writes it
BUILT_IN_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}"
CUSTOM_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000"


class Hands(Hand):
    """What a worker has: keys, a pointer on words, and one on the pixels of a picture where there is one."""

    def __init__(self, page: Page, frame: FrameLocator, *, pad: Pad | None) -> None:
        super().__init__(page, frame)
        self._pad = pad

    @property
    def pad(self) -> Pad:
        assert self._pad is not None, "this task has no picture"
        return self._pad

    def box(self, words: str) -> dict[str, float]:
        """Where some words lie in the page, and not only in the frame."""
        box, frame = super().box(words), self.frame.owner.bounding_box()
        assert frame is not None
        return {**box, "left": box["left"] + frame["x"], "top": box["top"] + frame["y"]}

    def inked(self, *points: tuple[int, int]) -> list[bool]:
        """Tell for each pixel of the picture whether something is drawn over it."""
        seen = np.asarray(Image.open(BytesIO(self.page.screenshot())).convert("RGB")).astype(int)
        places = [tuple(round(side) for side in self.pad.at(x + 0.5, y + 0.5)) for x, y in points]
        return [bool(np.abs(seen[top, left] - PLAIN_COLOR).max() > DIFFERS) for left, top in places]

    def rows(self) -> list[str]:
        """What the list of shapes or spans says, newest first; also of rows that the browser has not laid out yet."""
        return [" ".join(" ".join(words).split()) for words in self.frame.locator(".pick").evaluate_all(READ_ROWS)]

    def chosen(self) -> list[str]:
        """The categories that are chosen."""
        return self.frame.locator('.answer[aria-checked="true"]').evaluate_all(
            "nodes => nodes.map((node) => node.dataset.category)"
        )


@dataclass(frozen=True)
class Case:
    """A task type, what a hand does with it and what comes of it.

    does: draws, edits, undoes and redoes, up to where `send` (a key, or an act) sends the answer.
    shows: asserts what the customer's review shows, and that nothing there can be changed.
    value, metadata: what the manifest says under the attribute, but for the names and times of this run; a value that
    is a function is given the address and asserts what lies there.
    others: the answers of further workers, who are not watched.
    """

    task_type: str
    does: Callable[[Hands], None]
    shows: Callable[[Hands], None]
    value: Any
    metadata: dict[str, Any]
    source: str = ""  # of texts; else the object is a picture
    keys: dict[str, Any] = field(default_factory=lambda: dict(TRACE))  # further keys of the line
    categories: Sequence[str] = ("car", "bus")
    options: dict[str, Any] = field(default_factory=dict)
    send: str | Callable[[Hands], None] = "Enter"
    others: Sequence[dict[str, Any]] = ()
    design: dict[str, Any] = field(default_factory=dict)  # further fields of the set-up
    words: str = ""  # how the review names the label beside the object
    stem: str = "thing"  # of the label attribute
    name: str = ""  # where a type has several cases

    @property
    def attribute(self) -> str:
        return f"{self.stem}-ref" if task_types.get(self.task_type).needs_ref else self.stem


class Road:
    """A project with its people, on which cases are taken from end to end."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.project = make_project(state="request_approved", sample_percent=100)
        self.staff = make_staff()
        self.team = make_team()
        self.worker = make_worker(self.team)
        self.ada = make_member(self.project.organization)
        let_in(self.worker)
        get_store().make_bucket(settings.GROUNDTRUTH_BUCKET)

    # --- before people ----------------------------------------------------------------------------------
    def set_up(self, case: Case) -> None:
        """Design the work, as operations do for the batches that come."""
        designing.set_up(
            self.project,
            self.staff,
            task_type=case.task_type,
            categories=list(case.categories),
            title="What is there?",
            attribute=case.attribute,
            team=self.team,
            workers_each=1 + len(case.others),
            seconds=300,
            sample_percent=100,
            options=case.options,
            **case.design,
        )
        Project.objects.filter(pk=self.project.pk).update(state="pilot_in_progress")
        self.project.refresh_from_db()

    def bring(self, case: Case, *, objects: int = 1) -> str:
        """Store what the customer brings, and return the address of its manifest."""
        source = {"source": case.source} if case.source else {"source-ref": store_picture(self.project)}
        return make_manifest_file(self.project, [{**source, **case.keys} for _ in range(objects)])

    def begin(self, manifest_uri: str) -> Job:
        """Read a manifest in as a batch, and start it."""
        batch = make_batch(self.project, input_uri=manifest_uri)
        assert advance("batches.manifest", Manifest.objects.get(batch=batch).pk) == "done"
        services.start(Batch.objects.select_related("project").get(pk=batch.pk), self.staff)
        job = Job.objects.get(batch=batch)
        advance("labeling.job", job.pk)
        return Job.objects.get(pk=job.pk)

    # --- people -----------------------------------------------------------------------------------------
    def open(self, job: Job) -> Hands:
        """Open the labelling page, the task on it."""
        sign_in(self.page, self.worker.user, self.url)
        self.page.goto(self.url + reverse("work_job", args=[job.public_id]))
        expect(self.page.locator("#panel")).to_be_hidden(timeout=WAIT)
        return self.hands(job, "iframe.shown")

    def hands(self, job: Job, selector: str) -> Hands:
        """Return hands at the frame, once what they work on stands."""
        frame = self.page.frame_locator(selector)
        expect(frame.locator("crowd-form").first).to_be_visible(timeout=WAIT)
        is_picture = DataObject.objects.filter(batch=job.batch_id).exclude(source_ref="").exists()
        return Hands(self.page, frame, pad=Pad(self.page, frame) if is_picture else None)

    def send(self, hands: Hands, send: str | Callable[[Hands], None]) -> None:
        """Send the answer and wait until it is stored."""
        with self.page.expect_response(
            lambda reply: reply.url.endswith(("/submit/", "/correct/")), timeout=WAIT
        ) as stored:
            hands.press(send) if isinstance(send, str) else send(hands)
        assert stored.value.status == 200, stored.value.text()

    def answer(self, job: Job, *answers: dict[str, Any]) -> None:
        """Give one answer each by further workers, who are not watched."""
        for answer in answers:
            worker = make_worker(self.team, "Noor")
            for turn in claiming.hand_out(worker, job):
                submitting.submit(worker.user_id, turn.submit_key, answer, fetch_next=False)

    # --- after people -----------------------------------------------------------------------------------
    def settle(self, job: Job) -> None:
        """Run the job's chores to its end."""
        advance("labeling.job", job.pk)
        for run in LoopRun.objects.filter(job=job):
            advance("labeling.looprun", run.pk)
        errors = [*Job.objects.filter(pk=job.pk), *LoopRun.objects.filter(job=job)]
        assert [row.last_error for row in errors] == ["", ""]
        assert Batch.objects.get(pk=job.batch_id).state == "ready_for_review"

    def review(self, job: Job, number: int = 1) -> Hands:
        """Open the customer's review, the label drawn on its object."""
        sign_in(self.page, self.ada, self.url)
        here = [self.project.organization.slug, self.project.slug, job.batch.slug]
        self.page.goto(f"{self.url}{reverse('review', args=here)}?object={number}")
        hands = self.hands(job, "[data-label-view] iframe.shown")
        expect(hands.frame.get_by_role("button", name="Submit")).to_be_hidden()
        assert self.page.locator(".review-side .panel").evaluate_all(ARE_CUT) == []
        return hands

    def deliver(self, job: Job) -> tuple[str, list[dict[str, Any]]]:
        """Accept and deliver the batch; return the address of its manifest and its lines."""
        services.decide(Batch.objects.get(pk=job.batch_id), self.ada, accept=True)
        delivery = Delivery.objects.get(batch=job.batch_id)
        assert advance("batches.delivery", delivery.pk) == "done"
        uri = f"{delivery.prefix}{job.name}/{writer.MANIFEST}"
        return uri, [json.loads(line) for line in get_store().read(parse_uri(uri)).decode().splitlines()]


# --- people and things ------------------------------------------------------------------------------------


def let_in(worker: Worker) -> None:
    """Let a worker sign in as one who has done so before."""
    worker.user.set_password(PASSWORD)
    worker.user.save(update_fields=["password"])
    EmailAddress.objects.create(user=worker.user, email=worker.user.email, verified=True, primary=True)


def store_picture(project: Project) -> str:
    """Store a picture of one colour with a sign in it, and return its address.

    Its camera lay on its side, and browsers turn it where they are not told otherwise: pixels count as stored.
    """
    uri = f"s3://{settings.GROUNDTRUTH_BUCKET}/{project.prefix}in/street.jpg"
    data, exif = BytesIO(), Image.Exif()
    exif[ExifTags.Base.Orientation] = TURN_RIGHT
    picture = Image.new("RGB", (SIZE["width"], SIZE["height"]), PLAIN_COLOR)
    picture.paste((200, 40, 40), SIGN)
    picture.save(data, "JPEG", quality=95, subsampling=0, exif=exif)
    get_store().put(parse_uri(uri), data.getvalue())
    return uri


def submit(hands: Hands) -> None:
    """Send by the button."""
    hands.frame.get_by_role("button", name="Submit").click()


# --- from end to end ----------------------------------------------------------------------------------------


def take(road: Road, case: Case) -> tuple[dict[str, Any], dict[str, Any]]:
    """Take a case from its set-up to its delivery; return the line that was delivered, and what it should be."""
    road.set_up(case)
    job = road.begin(road.bring(case))
    hands = road.open(job)
    case.does(hands)
    road.send(hands, case.send)
    road.answer(job, *case.others)
    road.settle(job)

    case.shows(road.review(job))
    expect(road.page.locator(".facts strong")).to_have_text(case.words)
    uri, [line] = road.deliver(job)
    brought = json.loads(DataObject.objects.get(batch=job.batch_id).line)
    return without_run(case, line, job, uri), expected_line(case, brought)


def expected_line(case: Case, brought: dict[str, Any]) -> dict[str, Any]:
    """Return the line that a case delivers of what was brought; what a function looked at is None."""
    value = None if callable(case.value) else case.value
    return {**brought, case.attribute: value, f"{case.attribute}-metadata": {**case.metadata, "human-annotated": "yes"}}


def without_run(case: Case, line: dict[str, Any], job: Job, uri: str, number: int = 0) -> dict[str, Any]:
    """Return a delivered line without what differs from run to run, having looked at that."""
    metadata = dict(line[f"{case.attribute}-metadata"])
    is_custom = metadata["type"] == "groundtruth/custom"
    assert metadata.pop("job-name") == (job.name if is_custom else f"labeling-job/{job.name}")
    assert re.fullmatch(CUSTOM_TIME if is_custom else BUILT_IN_TIME, metadata.pop("creation-date"))
    value = line[case.attribute]
    if callable(case.value):
        assert value == f"{uri.removesuffix(writer.MANIFEST)}annotations/consolidated-annotation/output/{number}.png"
        value = case.value(np.asarray(Image.open(BytesIO(get_store().read(parse_uri(value)))).convert("RGB")))
    return {**line, case.attribute: value, f"{case.attribute}-metadata": metadata}
