"""Ada reviews a sample: the label drawn read-only, keys, feedback kept as typed, submit, and the decision."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings as product
from django.urls import reverse
from PIL import Image, ImageDraw
from playwright.sync_api import FrameLocator, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from batches import services
from batches.models import Batch, DataObject, ObjectFeedback, Review
from groundtruth.storage import get_store, parse_uri
from labeling.models import Job, Label
from projects import grants
from projects.models import User
from tests.browser.faults import faults
from tests.browser.portal import PLAIN, once_it_is, sign_in
from tests.factories import make_grant, make_job, make_member, make_project, make_running_batch

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
OBJECTS = 5


@dataclass
class Sample:
    """A batch ready for review, all of whose objects are in the sample: birds and planes by turns."""

    batch: Batch
    ada: User

    def url(self, name: str, *more: str) -> str:
        project = self.batch.project
        return reverse(name, args=[project.organization.slug, project.slug, self.batch.slug, *more])

    @property
    def rows(self) -> list[DataObject]:
        return list(DataObject.objects.filter(batch=self.batch).order_by("ordinal"))


@pytest.fixture
def sample(live_server: LiveServer, settings: Settings, page: Page) -> Sample:
    settings.STORAGES = {**product.STORAGES, "staticfiles": PLAIN}
    settings.GROUNDTRUTH_URL = settings.STORE_ORIGIN = live_server.url
    grants._kept.clear()
    project = make_project(state="pilot_in_progress", sample_percent=100)
    make_grant(project, "in")
    make_grant(project, "out")
    batch = make_running_batch(project, texts=())
    DataObject.objects.bulk_create(stored_picture(batch, n) for n in range(OBJECTS))
    job = make_job(batch, workers_each=1)
    label_all(batch, job)
    services.draw_sample(batch)
    ada = make_member(project.organization)
    sign_in(page, ada, live_server.url)
    return Sample(Batch.objects.get(pk=batch.pk), ada)


def stored_picture(batch: Batch, number: int) -> DataObject:
    uri = f"s3://{product.GROUNDTRUTH_BUCKET}/{batch.project.prefix}in/street-{number}.png"
    image = Image.new("RGB", (960, 600), (150, 180, 210 - 20 * number))
    ImageDraw.Draw(image).polygon([(200, 500), (480, 120), (760, 500)], fill=(90, 100, 80))
    data = BytesIO()
    image.save(data, "PNG")
    get_store().make_bucket(product.GROUNDTRUTH_BUCKET)
    get_store().put(parse_uri(uri), data.getvalue())
    line = json.dumps({"source-ref": uri})
    return DataObject(batch=batch, ordinal=number, line_number=number + 1, line=line, source_ref=uri)


def label_all(batch: Batch, job: Job) -> None:
    for row in DataObject.objects.filter(batch=batch):
        Label.objects.create(
            data_object=row, attribute="kind", job=job, payload=row.ordinal % 2, confidence=0.8, method="votes"
        )
    DataObject.objects.filter(batch=batch).update(done_by="human")
    counts = {"total": OBJECTS, "done": OBJECTS, "human": OBJECTS, "to_review": OBJECTS}
    Batch.objects.filter(pk=batch.pk).update(state="ready_for_review", **counts)


def drawn(page: Page) -> FrameLocator:
    """The frame of the label, once its picture is there."""
    frame = page.frame_locator("iframe.shown")
    expect(frame.locator("img").first).to_have_class(re.compile("there"), timeout=15_000)
    return frame


def place(page: Page) -> str:
    return re.sub(r"\s+", " ", page.get_by_role("heading", level=1).inner_text())


def test_the_label_is_drawn_and_cannot_be_changed(sample: Sample, page: Page, console_errors: list[str]) -> None:
    page.goto(sample.url("review"))
    frame = drawn(page)

    chosen = frame.get_by_role("radio", name="bird")
    expect(chosen).to_be_checked()
    expect(chosen).to_be_disabled()
    expect(frame.get_by_role("button", name="Submit")).to_have_count(0)
    page.keyboard.press("2")
    frame.locator("img").first.click()
    page.keyboard.press("2")
    expect(chosen).to_be_checked()
    assert place(page) == f"Object 1 of {OBJECTS}"
    assert console_errors == []


def test_keys_move_through_the_sample_also_from_the_picture(sample: Sample, page: Page) -> None:
    page.goto(sample.url("review"))
    drawn(page)
    page.keyboard.press("j")
    page.wait_for_url("**object=2")
    drawn(page).locator("img").first.click()
    page.keyboard.press("j")
    page.wait_for_url("**object=3")
    drawn(page).locator("img").first.click()
    page.keyboard.press("k")
    page.wait_for_url("**object=2")
    drawn(page)
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**object=3")
    drawn(page)
    drawn(page).locator("img").first.click()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**object=2")

    page.get_by_label("What should change").fill("j and k")
    page.keyboard.press("j")
    assert page.url.endswith("object=2")
    page.goto(sample.url("review"))
    assert place(page) == f"Object 2 of {OBJECTS}"  # it goes on where Ada stopped


def test_zoom_contrast_and_fit_work_on_a_label(sample: Sample, page: Page) -> None:
    page.goto(sample.url("review"))
    frame = drawn(page)
    image = frame.locator("img").first
    before = image.evaluate("node => node.style.transform")

    frame.get_by_role("button", name=re.compile("Zoom in")).click()
    assert image.evaluate("node => node.style.transform") != before
    frame.get_by_role("button", name=re.compile("^Fit")).click()
    assert image.evaluate("node => node.style.transform") == before
    contrast = frame.get_by_role("button", name=re.compile("contrast"))
    contrast.click()
    frame.get_by_label("Invert").check()
    expect(contrast).to_have_attribute("aria-pressed", "true")
    assert image.evaluate("node => getComputedStyle(node).filter") != "none"


def test_feedback_is_kept_as_typed_and_stands_after_a_reload(
    sample: Sample, page: Page, console_errors: list[str]
) -> None:
    page.goto(sample.url("review"))
    drawn(page)
    page.get_by_text("Needs work").click()
    expect(page.locator("#kept")).to_contain_text("Kept")
    page.get_by_label("What should change").press_sequentially("that is a plane")
    page.wait_for_function("document.querySelector('#kept .live')")
    expect(page.locator("#kept")).to_contain_text("Kept")
    assert once_it_is(True, ObjectFeedback.objects.filter(comment="that is a plane").exists, page)

    page.reload()

    expect(page.get_by_role("radio", name="Needs work")).to_be_checked()
    expect(page.get_by_label("What should change")).to_have_value("that is a plane")
    said = ObjectFeedback.objects.get()
    assert (said.verdict, said.author, said.data_object) == ("wrong", sample.ada, sample.rows[0])
    assert console_errors == []


def test_what_was_typed_goes_along_when_one_moves_on_at_once(sample: Sample, page: Page) -> None:
    page.goto(sample.url("review"))
    drawn(page)
    page.get_by_label("What should change").fill("the wing is cut")
    page.get_by_role("link", name="Next").click()
    page.wait_for_url("**object=2")

    page.goto(sample.url("review") + "?object=1")

    expect(page.get_by_label("What should change")).to_have_value("the wing is cut")


def test_the_sample_is_sent_and_the_batch_accepted_with_a_reason(sample: Sample, page: Page) -> None:
    page.goto(sample.url("review"))
    drawn(page)
    page.get_by_text("Needs work").click()
    expect(page.locator("#kept")).to_contain_text("Kept")
    page.reload()
    page.get_by_role("button", name="Submit feedback of 1 object").click()

    expect(page.get_by_text("Your feedback was sent. Now accept or reject the batch.")).to_be_visible()
    services.store_review(Review.objects.get())  # the chore that the supervisor does
    page.locator("[data-opens=accept]").click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_role("textbox").fill("Good enough to train on")
    dialog.get_by_role("button", name="Accept batch").click()

    expect(page.get_by_text("Accepted. The result is being written.")).to_be_visible()
    batch = Batch.objects.get(pk=sample.batch.pk)
    decision = batch.decisions.get()
    assert (batch.state, decision.verdict, decision.reason) == ("accepted", "accept", "Good enough to train on")
    page.goto(sample.url("review"))
    drawn(page)
    expect(page.get_by_text("Needs work")).to_be_visible()
    expect(page.get_by_label("What should change")).to_have_count(0)


def test_an_object_is_opened_from_the_list(sample: Sample, page: Page, console_errors: list[str]) -> None:
    page.goto(sample.url("objects"))
    expect(page.get_by_role("row")).to_have_count(OBJECTS + 1)
    page.get_by_role("link", name="street-3.png").click()
    expect(drawn(page).get_by_role("radio", name="plane")).to_be_checked()
    expect(page.get_by_role("heading", name="street-3.png")).to_be_visible()
    assert console_errors == []
    with page.expect_response("**/store/**") as opened:
        page.get_by_role("link", name="Original file").click()
    assert opened.value.status == 200


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_picture_is_usable_and_axe_finds_no_fault(
    theme: str, width: int, sample: Sample, page: Page, tmp_path: Path
) -> None:
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 844})
    for name, more in (("review", ()), ("object", (sample.rows[0].public_id,)), ("objects", ())):
        page.goto(sample.url(name, *more))
        if name != "objects":
            box = drawn(page).locator("img").first.bounding_box()
            assert box is not None
            assert box["width"] >= width * 0.6 if width < 600 else box["width"] > 500
            assert box["y"] < 500  # on screen without scrolling
        assert faults(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") == width
        page.screenshot(path=str(tmp_path / f"{name}-{width}-{theme}.png"))
        if name != "objects":
            settled = drawn(page).locator("img").first.bounding_box()
            assert settled is not None
            assert settled["width"] == pytest.approx(box["width"], rel=0.02)
