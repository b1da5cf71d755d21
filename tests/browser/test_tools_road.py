"""Each tool on its whole road: drawn on the real labelling page, settled, reviewed, read back as delivered."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from allauth.account.models import EmailAddress
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as product
from django.urls import reverse
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from batches import delivery as writer
from batches import services
from batches.models import Batch, DataObject, Delivery
from groundtruth.storage import Address, get_store, parse_uri
from groundtruth.work import advance
from labeling.models import Annotation, Job, LoopRun
from projects import grants, task_types
from projects.models import Direction
from tests.browser.portal import PLAIN, sign_in
from tests.browser.test_crowd_shapes import SIZE, Pad
from tests.factories import (
    PASSWORD,
    make_grant,
    make_job,
    make_member,
    make_project,
    make_running_batch,
    make_schema,
    make_team,
    make_worker,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
WAIT = 20_000


@dataclass(frozen=True)
class Tool:
    """A task type, what a hand does with it, and what the manifest then says: its value, and of its metadata."""

    slug: str
    hand: Callable[[Pad], None]
    value: Any
    metadata: dict[str, Any]
    attribute: str = "thing"
    line: Callable[[str], dict[str, Any]] = lambda uri: {}
    options: dict[str, Any] | None = None
    send: str = "Enter"  # the key that sends


IMAGE_SIZE = [{"width": 960, "height": 600, "depth": 3}]
PICTURE = {"image_size": IMAGE_SIZE, "inputImageProperties": {"width": 960, "height": 600}}
BOX = {"class_id": 1, "left": 100, "top": 100, "width": 200, "height": 100}
EARLIER = {
    "boxes": {"image_size": IMAGE_SIZE, "annotations": [{**BOX, "class_id": 0}]},
    "boxes-metadata": {
        "objects": [{"confidence": 0.8}],
        "class-map": {"0": "car"},
        "type": "groundtruth/object-detection",
    },
}


def draw_box(pad: Pad) -> None:
    pad.press("2")
    pad.drag((100, 100), (300, 200))


def adjust_box(pad: Pad) -> None:
    pad.press("n", "ArrowRight")


def outline(pad: Pad) -> None:
    pad.click((100, 100), (300, 100), (200, 300), (100, 100))


def trace(pad: Pad) -> None:
    pad.click((100, 100), (300, 120), (500, 100))
    pad.press("Enter")


def point(pad: Pad) -> None:
    pad.press("2")
    pad.click((200, 150))


def paint(pad: Pad) -> None:
    pad.press("o")
    pad.click((200, 200), (400, 200), (400, 400), (200, 400))
    pad.press("Enter")


def choose_two(pad: Pad) -> None:
    pad.press("1", "2")


def look(pad: Pad) -> None:
    expect(pad.frame.get_by_role("radio", name="bus")).to_be_visible()


def xy(*pairs: tuple[int, int]) -> list[dict[str, int]]:
    return [{"x": x, "y": y} for x, y in pairs]


TOOLS = [
    Tool(
        "bounding-box",
        draw_box,
        {"image_size": IMAGE_SIZE, "annotations": [BOX]},
        {"objects": [{"confidence": 0}], "class-map": {"1": "bus"}, "type": "groundtruth/object-detection"},
    ),
    Tool(
        "adjustment-bounding-box",
        adjust_box,
        {"image_size": IMAGE_SIZE, "annotations": [{**BOX, "class_id": 0, "left": 101}]},
        {"class-map": {"0": "car"}, "type": "groundtruth/object-detection", "adjustment-status": "adjusted"},
        line=lambda uri: EARLIER,
        options={"attribute": "boxes"},
    ),
    Tool(
        "verification-bounding-box",
        look,
        "1",
        {"class-name": "bus", "type": "groundtruth/label-verification"},
        line=lambda uri: EARLIER,
        options={"attribute": "boxes"},
        send="2",
    ),
    Tool(
        "polygon",
        outline,
        {**PICTURE, "polygons": [{"label": "car", "vertices": xy((100, 100), (300, 100), (200, 300))}]},
        {"type": "groundtruth/custom"},
    ),
    Tool(
        "polyline",
        trace,
        {**PICTURE, "polylines": [{"label": "car", "vertices": xy((100, 100), (300, 120), (500, 100))}]},
        {"type": "groundtruth/custom"},
    ),
    Tool(
        "keypoint",
        point,
        {**PICTURE, "keypoints": [{"label": "bus", "x": 200, "y": 150}]},
        {"type": "groundtruth/custom"},
    ),
    Tool(
        "image-multilabel",
        choose_two,
        [0, 1],
        {"class-map": {"0": "car", "1": "bus"}, "type": "groundtruth/image-classification-multilabel"},
    ),
    Tool(
        "semantic-segmentation",
        paint,
        None,
        {
            "internal-color-map": {
                "0": {"class-name": "BACKGROUND", "confidence": 0, "hex-color": "#ffffff"},
                "1": {"class-name": "car", "confidence": 0},
            },
            "type": "groundtruth/semantic-segmentation",
        },
        attribute="thing-ref",
    ),
    Tool("instance-segmentation", paint, None, {"type": "groundtruth/custom"}, attribute="thing-ref"),
]
KNOWN = {kind.slug for kind in task_types.every()}


@dataclass
class Shop:
    job: Job
    worker: Any
    url: str


@pytest.fixture
def shop(request: pytest.FixtureRequest, live_server: LiveServer, settings: Settings) -> Shop:
    tool: Tool = request.param
    settings.STORAGES = {**product.STORAGES, "staticfiles": PLAIN}
    settings.GROUNDTRUTH_URL = settings.STORE_ORIGIN = live_server.url
    grants._kept.clear()
    project = make_project(state="pilot_in_progress", task_type=tool.slug, sample_percent=100)
    make_schema(project, categories=("car", "bus"))
    for direction in Direction.values:
        make_grant(project, direction)
    batch = make_running_batch(project, texts=())
    store_picture(batch, tool)
    Batch.objects.filter(pk=batch.pk).update(total=1)
    worker = make_worker(make_team())
    job = make_job(batch, team=worker.teams.get(), workers_each=1, options=tool.options or {})
    Job.objects.filter(pk=job.pk).update(attribute=tool.attribute)
    job.refresh_from_db()
    worker.user.set_password(PASSWORD)
    worker.user.save()
    EmailAddress.objects.create(user=worker.user, email=worker.user.email, verified=True, primary=True)
    return Shop(job, worker, live_server.url)


def store_picture(batch: Batch, tool: Tool) -> None:
    uri = f"s3://{product.GROUNDTRUTH_BUCKET}/{batch.project.prefix}in/street.png"
    data = BytesIO()
    Image.new("RGB", (SIZE["width"], SIZE["height"]), (120, 150, 180)).save(data, "PNG")
    get_store().make_bucket(product.GROUNDTRUTH_BUCKET)
    get_store().put(parse_uri(uri), data.getvalue())
    line = json.dumps({"source-ref": uri, "trace": "A-7", **tool.line(uri)})
    size = {"width": SIZE["width"], "height": SIZE["height"], "depth": 3}
    DataObject.objects.create(batch=batch, ordinal=0, line_number=1, line=line, source_ref=uri, **size)


def label(page: Page, shop: Shop, tool: Tool) -> None:
    """Do the task on the real page and wait until the answer is stored."""
    sign_in(page, shop.worker.user, shop.url)
    page.goto(shop.url + reverse("work_job", args=[shop.job.public_id]))
    frame = page.frame_locator("iframe.shown")
    expect(frame.locator("img.there")).to_be_visible(timeout=WAIT)
    expect(page.locator("#panel")).to_be_hidden(timeout=WAIT)
    pad = Pad(page, frame)
    tool.hand(pad)
    found = Axe().run(page).response["violations"]
    assert [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found] == []
    with page.expect_response(lambda response: response.url.endswith("/submit/"), timeout=WAIT) as stored:
        page.keyboard.press(tool.send)
    assert stored.value.status == 200, stored.value.text()


def settle(job: Job) -> Batch:
    """Run the job's chores to its end."""
    advance("labeling.job", job.pk)
    for run in LoopRun.objects.filter(job=job):
        advance("labeling.looprun", run.pk)
    errors = Job.objects.values_list("last_error", flat=True), LoopRun.objects.values_list("last_error", flat=True)
    assert [list(found) for found in errors] == [[""], [""]]
    return Batch.objects.get(pk=job.batch_id)


def deliver(batch: Batch, job: Job, by: Any) -> tuple[dict[str, Any], Delivery]:
    """Accept the batch, deliver it, and return the line of its manifest."""
    services.decide(batch, by, accept=True)
    delivery = Delivery.objects.get(batch=batch)
    advance("batches.delivery", delivery.pk)
    root = parse_uri(delivery.prefix)
    [line] = get_store().read(Address(root.bucket, f"{root.key}{job.name}/{writer.MANIFEST}")).decode().splitlines()
    return json.loads(line), delivery


@pytest.mark.parametrize(
    ("shop", "tool"),
    [pytest.param(tool, tool, id=tool.slug) for tool in TOOLS if tool.slug in KNOWN],
    indirect=["shop"],
)
def test_what_is_drawn_is_reviewed_and_delivered(page: Page, browser: Browser, shop: Shop, tool: Tool) -> None:
    label(page, shop, tool)

    batch = settle(shop.job)
    assert batch.state == "ready_for_review"
    ada = make_member(batch.project.organization)
    context = browser.new_context()
    review(context.new_page(), shop, batch, ada)
    context.close()
    line, _ = deliver(batch, shop.job, ada)

    assert line["trace"] == "A-7"
    metadata = line[f"{tool.attribute}-metadata"]
    assert metadata["human-annotated"] == "yes"
    for name, expected in tool.metadata.items():
        assert drop_colors(metadata[name]) == expected, name
    if tool.value is not None:
        assert line[tool.attribute] == tool.value
    else:
        check_mask(line[tool.attribute])


def drop_colors(said: Any) -> Any:
    """A category's colour is the type's own choice; the background's is the service's."""
    if not isinstance(said, dict):
        return said
    return {
        key: {name: value for name, value in entry.items() if name != "hex-color" or value == "#ffffff"}
        if isinstance(entry, dict)
        else entry
        for key, entry in said.items()
    }


def check_mask(uri: str) -> None:
    """The square that was painted is there, in one colour, on white."""
    picture = np.asarray(Image.open(BytesIO(get_store().read(parse_uri(uri)))).convert("RGB"))
    painted = (picture != 255).any(axis=2)
    assert picture.shape == (600, 960, 3)
    assert painted.sum() == painted[200:400, 200:400].sum() == 200 * 200


def review(page: Page, shop: Shop, batch: Batch, ada: Any) -> None:
    """The label is drawn in the customer's review, and cannot be changed there."""
    sign_in(page, ada, shop.url)
    project = batch.project
    page.goto(shop.url + reverse("review", args=[project.organization.slug, project.slug, batch.slug]))
    frame = page.frame_locator("[data-label-view] iframe.shown")
    expect(frame.locator("img.there")).to_be_visible(timeout=WAIT)
    shown = frame.locator('.pick, [aria-checked="true"]').first
    expect(shown).to_be_visible(timeout=WAIT)
    expect(frame.get_by_role("button", name="Submit")).to_be_hidden()
    assert Annotation.objects.count() == 1
