"""Wei's day on the real labelling page: signs in, labels, goes back, declines, pauses, loses the net."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as product
from django.contrib.sessions.models import Session
from django.urls import reverse
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, FrameLocator, Page, Route, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from batches.models import Batch, DataObject
from groundtruth import clock
from groundtruth.storage import get_store, parse_uri
from labeling.models import Annotation, Assignment, Job, Task
from labeling.services import claiming, submitting
from projects import grants
from projects.models import AuditEvent
from tests.browser.faults import faults
from tests.browser.portal import PLAIN, once_it_is, sign_in
from tests.browser.wire import Wire, wire_to
from tests.factories import PASSWORD, make_grant, make_job, make_project, make_running_batch, make_team, make_worker
from workforce.models import Worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
PHONE = {"width": 390, "height": 844}
TEXTS = tuple(f"Meal {n}: the soup was {'warm' if n % 2 else 'cold'}." for n in range(1, 13))
WAIT = 15_000


@dataclass
class Road:
    """Wei, a job, and the wire between the browser and the server."""

    worker: Worker
    wire: Wire
    job: Job | None = None

    @property
    def url(self) -> str:
        assert self.job
        return self.wire.url + reverse("work_job", args=[self.job.public_id])


@pytest.fixture
def road(live_server: LiveServer, settings: Settings) -> Iterator[Road]:
    with wire_to(live_server.url) as wire:
        settings.STORAGES = {**product.STORAGES, "staticfiles": PLAIN}
        settings.GROUNDTRUTH_URL = settings.STORE_ORIGIN = wire.url
        grants._kept.clear()
        worker = make_worker(make_team())
        worker.user.set_password(PASSWORD)
        worker.user.save()
        EmailAddress.objects.create(user=worker.user, email=worker.user.email, verified=True, primary=True)
        yield Road(worker, wire)


@pytest.fixture
def texts(road: Road, page: Page) -> Road:
    """A job of texts, and Wei signed in."""
    road.job = make_job(make_running_batch(texts=TEXTS), team=road.worker.teams.get(), workers_each=1, seconds=300)
    sign_in(page, road.worker.user, road.wire.url)
    return road


@pytest.fixture
def pictures(road: Road, page: Page) -> Road:
    """A job of pictures in the store on disk, and Wei signed in."""
    project = make_project(state="pilot_in_progress", categories=["bird", "plane"])
    make_grant(project)
    batch = make_running_batch(project, texts=())
    DataObject.objects.bulk_create(stored_picture(batch, n) for n in range(8))
    Batch.objects.filter(pk=batch.pk).update(total=8)
    road.job = make_job(batch, team=road.worker.teams.get(), workers_each=1, seconds=300)
    sign_in(page, road.worker.user, road.wire.url)
    return road


def stored_picture(batch: Batch, number: int) -> DataObject:
    uri = f"s3://{product.GROUNDTRUTH_BUCKET}/{batch.project.prefix}in/{number}.png"
    image = Image.new("RGB", (640, 400), (40 + 20 * number, 120, 160))
    ImageDraw.Draw(image).ellipse((220, 100, 420, 300), fill="white")
    data = BytesIO()
    image.save(data, "PNG")
    get_store().make_bucket(product.GROUNDTRUTH_BUCKET)
    get_store().put(parse_uri(uri), data.getvalue())
    line = json.dumps({"source-ref": uri})
    return DataObject(batch=batch, ordinal=number, line_number=number + 1, line=line, source_ref=uri)


def task(page: Page) -> FrameLocator:
    """The frame of the task on screen, once its element stands."""
    frame = page.frame_locator("iframe.shown")
    expect(frame.get_by_role("radio").first).to_be_visible(timeout=WAIT)
    expect(page.locator("#panel")).to_be_hidden()
    return frame


def words(page: Page) -> str:
    """The text of the task on screen."""
    found = re.search(r"Meal \d+: [^.]+\.", task(page).locator("body").inner_text())
    assert found
    return found.group()


def answer(page: Page, key: str) -> str:
    """Press a key and wait for another text; returns the one that was answered."""
    before = words(page)
    page.keyboard.press(key)
    expect(page.frame_locator("iframe.shown").get_by_text(before)).to_have_count(0, timeout=WAIT)
    words(page)
    return before


def is_saved(page: Page) -> None:
    expect(page.locator("body[data-saved=saved]")).to_have_count(1, timeout=40_000)


def stored() -> dict[str, str]:
    """What the database has: each text, and the category it was given. A second row for one text fails."""
    rows = Annotation.objects.values_list("data_object__source_text", "payload")
    found = {text: payload["crowd-classifier"]["label"] for text, payload in rows}
    assert len(found) == len(rows)
    return found


def held_of(road: Road) -> list[int]:
    rows = Assignment.objects.filter(worker=road.worker, state="held").order_by("place")
    return list(rows.values_list("place", flat=True))


def test_wei_signs_in_by_password_and_labels_a_whole_job(road: Road, page: Page, console_errors: list[str]) -> None:
    road.job = make_job(make_running_batch(texts=TEXTS[:8]), team=road.worker.teams.get(), workers_each=1, seconds=300)
    page.goto(f"{road.wire.url}/")
    page.get_by_label("E-mail").fill(road.worker.user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{road.wire.url}/work/")
    page.locator(f'a[href="{reverse("work_job", args=[road.job.public_id])}"]').first.click()

    said = {answer(page, "1"): "bird", answer(page, "2"): "plane", answer(page, "1"): "bird"}
    before = words(page)
    task(page).get_by_role("radio", name="plane").click()
    expect(page.frame_locator("iframe.shown").get_by_text(before)).to_have_count(0)
    said[before] = "plane"
    is_saved(page)

    page.keyboard.press("u")  # the one just given, then one further back
    expect(page.locator("#back")).to_contain_text("Earlier answer 1 of 4")
    page.keyboard.press("u")
    expect(page.locator("#back")).to_contain_text("Earlier answer 2 of 4")
    corrected = words(page)
    page.keyboard.press("2")
    expect(page.locator("#back")).to_be_hidden()
    said[corrected] = "plane"

    declined = words(page)
    page.keyboard.press("d")
    dialog = page.get_by_role("dialog", name="Decline this task")
    dialog.get_by_role("radio", name="I cannot tell").check()
    dialog.get_by_role("button", name="Decline", exact=True).click()
    expect(page.frame_locator("iframe.shown").get_by_text(declined)).to_have_count(0)
    is_saved(page)

    words(page)
    page.keyboard.press("p")
    expect(page.get_by_role("heading", name="Paused")).to_be_visible()
    assert Assignment.objects.filter(state="stopped").count() == 1
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Paused")).to_be_hidden()
    said[answer(page, "1")] = "bird"
    page.reload()
    said[answer(page, "2")] = "plane"
    said[words(page)] = "bird"
    page.keyboard.press("1")
    expect(page.locator("#panel h2")).to_have_text("No more tasks for now", timeout=WAIT)
    is_saved(page)

    assert stored() == said
    assert len(said) == 7
    assert declined not in said
    assert Assignment.objects.get(state="declined").reason == "cannot tell"
    assert AuditEvent.objects.filter(verb="correct").count() == 1
    assert held_of(road) == []
    assert console_errors == []


def test_any_answer_is_changed_from_the_history_while_its_job_runs(texts: Road, page: Page) -> None:
    page.goto(texts.url)
    said = [answer(page, "1") for _ in TEXTS[:-1]]
    said.append(words(page))
    page.keyboard.press("1")
    expect(page.locator("#panel h2")).to_have_text("No more tasks for now", timeout=WAIT)
    is_saved(page)

    page.goto(texts.wire.url + reverse("work_history"))
    rows = page.get_by_role("row")
    expect(rows).to_have_count(len(TEXTS) + 1)
    rows.last.get_by_role("link", name="Change").click()  # the oldest: further back than the last ten
    expect(page.locator("#back")).to_contain_text("Earlier answer 1 of 1.")
    assert words(page) == said[0]
    page.keyboard.press("2")
    expect(page.locator("#back")).to_be_hidden()
    expect(page.locator("#panel h2")).to_have_text("No more tasks for now", timeout=WAIT)
    is_saved(page)

    assert stored() == {**dict.fromkeys(said, "bird"), said[0]: "plane"}
    page.keyboard.press("u")  # from where no task is on screen
    expect(page.locator("#back")).to_contain_text("Earlier answer 1 of 10.")
    expect(page.locator("#panel")).to_be_hidden()
    assert words(page) == said[-1]
    assert "answer=" not in page.url


def test_the_task_on_screen_is_the_one_whose_time_runs(texts: Road, page: Page) -> None:
    """Declining leaves the task fetched ahead on screen: the server has to know it too."""
    page.goto(texts.url)
    words(page)
    page.keyboard.press("d")
    dialog = page.get_by_role("dialog", name="Decline this task")
    dialog.get_by_role("radio", name="I cannot tell").check()
    dialog.get_by_role("button", name="Decline", exact=True).click()
    is_saved(page)
    expect(page.locator("iframe")).to_have_count(3)  # shown, next, spare

    on_screen = words(page)
    timed = Assignment.objects.filter(state="held", shown_at__isnull=False)
    texts_timed = timed.values_list("task__data_object__source_text", flat=True)

    assert once_it_is([on_screen], lambda: list(texts_timed.all()), page) == [on_screen]
    assert held_of(texts) == [0, 1]


def test_a_pause_beyond_the_time_limit_ends_with_the_next_task(texts: Road, page: Page) -> None:
    page.goto(texts.url)
    lost = words(page)
    page.keyboard.press("p")
    expect(page.get_by_role("heading", name="Paused")).to_be_visible()
    Assignment.objects.filter(state="stopped").update(lease_until=clock.now())
    claiming.expire()

    page.get_by_role("button", name="Go on").click()

    expect(page.get_by_role("heading", name="Paused")).to_be_hidden()
    expect(page.locator("#trouble")).to_contain_text("The time of the task ended while you paused")
    expect(page.frame_locator("iframe.shown").get_by_text(lost)).to_have_count(0, timeout=WAIT)
    on_screen = words(page)
    expect(page.locator("iframe")).to_have_count(3)
    timed = Assignment.objects.get(state="held", shown_at__isnull=False)
    assert timed.task.data_object.source_text == on_screen
    page.keyboard.press("2")
    expect(page.frame_locator("iframe.shown").get_by_text(on_screen)).to_have_count(0, timeout=WAIT)
    is_saved(page)
    assert stored() == {on_screen: "plane"}
    assert list(Task.objects.filter(data_object__source_text=lost).values_list("state", "open_slots")) == [("open", 1)]


def test_a_draft_and_a_comment_outlive_a_reload(pictures: Road, page: Page) -> None:
    page.goto(pictures.url)
    picture(page)
    before = Assignment.objects.get(state="held", place=0).pk
    task(page).get_by_role("button", name="Add a comment").click()
    task(page).get_by_label("Add a comment").fill("half of it is missing")
    expect(page.locator("#saved [data-word]")).to_have_text("Kept on this device")

    page.reload()

    again = picture(page)
    assert Assignment.objects.get(state="held", place=0).pk == before
    expect(task(page).get_by_label("Add a comment").last).to_have_value("half of it is missing")
    task(page).get_by_role("radio", name="bird").click()
    task(page).get_by_role("button", name="Submit").click()
    expect(page.frame_locator("iframe.shown").locator(f'img[src="{again}"]')).to_have_count(0)
    is_saved(page)
    row = Annotation.objects.get()
    assert row.payload["crowd-image-classifier"] == {"label": "bird", "workerComment": "half of it is missing"}


# --- the network goes -------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["close", "silence"])
def test_a_reply_that_never_comes_leaves_one_row_and_work_goes_on(how: str, texts: Road, page: Page) -> None:
    page.goto(texts.url)
    said = {answer(page, "1"): "bird"}
    is_saved(page)

    texts.wire.lose = how
    said[answer(page, "2")] = "plane"
    expect(page.locator("#saved [data-word]")).to_have_text("Kept on this device", timeout=6_000)
    said[words(page)] = "bird"
    page.keyboard.press("1")
    expect(page.locator("#saved [data-word]")).to_have_text("2 kept on this device", timeout=6_000)
    expect(page.locator("#panel h2")).to_have_text("No network", timeout=6_000)
    assert texts.wire.lost > 0
    texts.wire.mend()
    said[answer(page, "1")] = "bird"
    is_saved(page)
    said[answer(page, "1")] = "bird"
    is_saved(page)

    assert stored() == said
    expect(page.locator("iframe")).to_have_count(3)
    assert held_of(texts) == [0, 1]
    on_screen = Assignment.objects.get(state="held", place=0).task.data_object.source_text
    assert words(page) == on_screen


def test_the_connection_is_cut_and_the_page_reloaded_when_it_is_back(texts: Road, page: Page) -> None:
    page.goto(texts.url)
    said = {answer(page, "1"): "bird"}
    is_saved(page)
    texts.wire.cut()
    said[answer(page, "2")] = "plane"
    expect(page.locator("#saved [data-word]")).to_have_text("Kept on this device")
    assert stored() == dict.fromkeys(stored(), "bird")

    texts.wire.mend()
    page.reload()
    words(page)
    is_saved(page)

    assert stored() == said


def test_offline_two_answers_wait_and_are_sent_in_order(texts: Road, page: Page) -> None:
    page.goto(texts.url)
    words(page)
    expect(page.locator("iframe")).to_have_count(3)
    page.wait_for_timeout(500)
    page.context.set_offline(True)
    said = {answer(page, "1"): "bird", words(page): "plane"}
    page.keyboard.press("2")
    expect(page.locator("#saved [data-word]")).to_have_text("2 kept on this device")
    assert stored() == {}

    page.context.set_offline(False)
    is_saved(page)
    words(page)

    assert stored() == said
    order = Annotation.objects.order_by("created_at").values_list("data_object__source_text", flat=True)
    assert list(order) == list(said)


def test_an_answer_to_what_was_taken_back_meanwhile_still_counts(texts: Road, page: Page) -> None:
    """Longer without a network than the server keeps what was fetched ahead: nobody else took it."""
    page.goto(texts.url)
    words(page)
    expect(page.locator("iframe")).to_have_count(3)
    page.wait_for_timeout(500)
    page.context.set_offline(True)
    said = {answer(page, "1"): "bird", words(page): "plane"}
    page.keyboard.press("2")
    expect(page.locator("#saved [data-word]")).to_have_text("2 kept on this device")
    Assignment.objects.filter(shown_at=None).update(lease_until=clock.now())
    claiming.expire()

    page.context.set_offline(False)
    is_saved(page)

    assert stored() == said
    expect(page.locator("#kept")).to_be_hidden()


def test_an_answer_left_behind_is_sent_from_home(texts: Road, page: Page) -> None:
    page.goto(texts.url)
    said = {answer(page, "1"): "bird"}
    is_saved(page)
    texts.wire.cut()
    said[answer(page, "2")] = "plane"
    expect(page.locator("#saved [data-word]")).to_have_text("Kept on this device")

    page.close()
    texts.wire.mend()
    home = page.context.new_page()
    home.goto(texts.wire.url + reverse("work_home"))

    expect(home.locator("#leftovers")).to_have_text("What was kept on this device is sent.", timeout=WAIT)
    assert stored() == said


def test_an_answer_left_behind_is_sent_from_another_job_and_stays_out_of_it(texts: Road, page: Page) -> None:
    schools = make_running_batch(texts=tuple(f"Meal {n}: the school was open." for n in range(50, 56)))
    other = make_job(schools, team=texts.worker.teams.get(), workers_each=1, seconds=300)
    page.goto(texts.url)
    said = {answer(page, "1"): "bird"}
    is_saved(page)
    texts.wire.cut()
    said[answer(page, "2")] = "plane"
    expect(page.locator("#saved [data-word]")).to_have_text("Kept on this device")

    page.close()
    texts.wire.mend()
    page = page.context.new_page()
    page.goto(texts.wire.url + reverse("work_job", args=[other.public_id]))
    assert "school" in words(page)
    is_saved(page)

    assert stored() == said
    for _ in range(2):
        of_school = answer(page, "1")
        assert "school" in of_school
        said[of_school] = "bird"
    is_saved(page)
    assert stored() == said
    expect(page.locator("#kept")).to_be_hidden()


def test_a_task_that_others_did_while_the_page_slept_is_replaced_at_once(texts: Road, page: Page) -> None:
    page.goto(texts.url)
    first = words(page)
    expect(page.locator("iframe")).to_have_count(3)
    Assignment.objects.filter(shown_at=None).update(lease_until=clock.now())
    claiming.expire()
    ben = make_worker(texts.worker.teams.get(), "Ben")
    assert texts.job
    taken = claiming.hand_out(ben, texts.job)[0]
    submitting.submit(ben.user_id, taken.submit_key, {"crowd-classifier": {"label": "plane"}}, fetch_next=False)

    page.keyboard.press("1")

    expect(page.locator("#trouble")).to_contain_text("was given to somebody else")
    expect(page.frame_locator("iframe.shown").get_by_text(taken.source_text)).to_have_count(0, timeout=WAIT)
    on_screen = words(page)
    assert on_screen not in (first, taken.source_text)
    answer(page, "2")
    is_saved(page)
    assert stored() == {first: "bird", taken.source_text: "plane", on_screen: "plane"}


def test_an_ended_session_is_begun_again_by_password_on_the_same_page(texts: Road, page: Page) -> None:
    page.goto(texts.url)
    before = words(page)
    page.evaluate("window.sameDocument = true")
    Session.objects.all().delete()
    page.keyboard.press("1")
    dialog = page.get_by_role("dialog", name="Sign in again")
    expect(dialog).to_be_visible()

    dialog.get_by_label("E-mail").fill(texts.worker.user.email)
    dialog.get_by_label("Password").fill("wrong")
    dialog.get_by_role("button", name="Sign in", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("not correct")
    assert stored() == {}
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in", exact=True).click()

    expect(dialog).to_be_hidden(timeout=WAIT)
    is_saved(page)
    assert stored() == {before: "bird"}
    answer(page, "2")
    is_saved(page)
    assert len(stored()) == 2
    assert page.evaluate("window.sameDocument") is True
    assert len(page.context.pages) == 1


def test_somebody_elses_session_takes_no_answer_and_gets_no_task(texts: Road, page: Page) -> None:
    ines = make_worker(texts.worker.teams.get(), "Ines")
    page.goto(texts.url)
    before = words(page)
    expect(page.locator("iframe")).to_have_count(3)
    sign_in(page, ines.user, texts.wire.url)

    page.keyboard.press("1")
    dialog = page.get_by_role("dialog", name="Sign in again")
    expect(dialog).to_contain_text("Somebody else is signed in in this browser by now.")
    expect(page.locator("#saved [data-word]")).to_have_text("Kept on this device")
    dialog.get_by_role("button", name="I have signed in").click()
    page.wait_for_timeout(500)
    expect(dialog).to_be_visible()
    assert stored() == {}
    assert not Assignment.objects.filter(worker=ines).exists()

    sign_in(page, texts.worker.user, texts.wire.url)
    dialog.get_by_role("button", name="I have signed in").click()
    expect(dialog).to_be_hidden(timeout=WAIT)
    is_saved(page)
    assert stored() == {before: "bird"}
    assert Annotation.objects.get().assignment.worker == texts.worker


def test_an_ended_session_asks_for_sign_in_on_the_same_page(texts: Road, page: Page) -> None:
    page.goto(texts.url)
    words(page)
    page.evaluate("window.sameDocument = true")
    Session.objects.all().delete()

    before = words(page)
    page.keyboard.press("1")
    dialog = page.get_by_role("dialog", name="Sign in again")
    expect(dialog).to_be_visible()
    assert stored() == {}
    with page.context.expect_page() as opened:
        dialog.get_by_role("link", name="Sign in in a new tab").click()
    door = opened.value
    door.get_by_label("E-mail").fill(texts.worker.user.email)
    door.get_by_label("Password").fill(PASSWORD)
    door.get_by_role("button", name="Sign in").click()
    door.wait_for_url("**/work/")
    door.close()
    page.bring_to_front()
    if dialog.is_visible():
        dialog.get_by_role("button", name="I have signed in").click()
    expect(dialog).to_be_hidden(timeout=WAIT)
    is_saved(page)

    assert stored() == {before: "bird"}
    assert page.evaluate("window.sameDocument") is True
    answer(page, "2")
    is_saved(page)
    assert len(stored()) == 2


# --- pictures ---------------------------------------------------------------------------------------


def picture(page: Page) -> str:
    """The address of the picture on screen, once it is there."""
    image = task(page).locator("img").first
    expect(image).to_have_class(re.compile("there"), timeout=WAIT)
    return image.get_attribute("src") or ""


def test_pictures_come_by_signed_links_and_a_canvas_may_read_them(
    pictures: Road, page: Page, console_errors: list[str]
) -> None:
    page.goto(pictures.url)
    for key in "121212":
        before = picture(page)
        page.keyboard.press(key)
        expect(page.frame_locator("iframe.shown").locator(f'img[src="{before}"]')).to_have_count(0)
    source = picture(page)
    is_saved(page)
    pixel = (
        task(page)
        .locator("img")
        .first.evaluate("""async (shown) => {
      const image = Object.assign(new Image(), { crossOrigin: "anonymous", src: shown.src });
      await image.decode();
      const context = Object.assign(document.createElement("canvas"), { width: 640, height: 400 }).getContext("2d");
      context.drawImage(image, 0, 0);
      return [...context.getImageData(320, 200, 1, 1).data];
    }""")
    )

    assert re.fullmatch(re.escape(f"{pictures.wire.url}/store/-/") + "[A-Za-z0-9_-]{1612}", source)
    assert pixel == [255, 255, 255, 255]
    assert Annotation.objects.count() == 6
    assert console_errors == []


def test_a_picture_whose_link_ended_is_asked_for_anew_and_the_draft_stays(
    pictures: Road, page: Page, settings: Settings
) -> None:
    settings.SIGNED_URL_SECONDS = 1
    held: list[Route] = []
    asked: list[str] = []

    def hold(route: Route) -> None:
        asked.append(route.request.url)
        held.append(route) if settings.SIGNED_URL_SECONDS == 1 else route.continue_()

    page.route("**/store/**", hold)
    page.goto(pictures.url)
    task(page).get_by_role("button", name="Add a comment").click()
    task(page).get_by_label("Add a comment").fill("half of it is missing")
    expect(page.locator("#saved [data-word]")).to_have_text("Kept on this device")
    page.wait_for_timeout(2000)  # the links of all that is held have ended
    refused = [(route, route.fetch()) for route in held]
    settings.SIGNED_URL_SECONDS = 600
    for route, response in refused:
        route.fulfill(response=response)
    fresh = picture(page)

    assert {response.status for _, response in refused} == {403}
    assert fresh in asked[len(held) :]  # not what had ended, but the address that came with the task a second time
    expect(page.frame_locator("iframe.shown").get_by_text("did not load")).to_be_hidden()
    expect(task(page).get_by_label("Add a comment").last).to_have_value("half of it is missing")
    task(page).get_by_role("radio", name="bird").click()
    task(page).get_by_role("button", name="Submit").click()
    expect(page.frame_locator("iframe.shown").locator(f'img[src="{fresh}"]')).to_have_count(0)
    picture(page)
    is_saved(page)
    said = {"label": "bird", "workerComment": "half of it is missing"}
    assert Annotation.objects.get().payload == {"crowd-image-classifier": said}


def test_a_picture_that_is_gone_is_told_after_one_more_try(pictures: Road, page: Page) -> None:
    assert pictures.job
    for row in DataObject.objects.filter(batch=pictures.job.batch):
        get_store().delete(parse_uri(row.source_ref))
    claims: list[str] = []
    page.on("request", lambda request: claims.append(request.url) if request.url.endswith("/claim/") else None)

    page.goto(pictures.url)
    expect(task(page).get_by_text("The picture did not load.")).to_be_visible(timeout=WAIT)
    page.wait_for_timeout(1500)

    expect(task(page).get_by_text("The picture did not load.")).to_be_visible()
    assert 1 <= len(claims) <= 3


# --- how it looks, for everybody ---------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_workers_pages_are_without_a_fault_that_axe_knows(theme: str, pictures: Road, page: Page) -> None:
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.add_init_script(f"localStorage.setItem('groundtruth-work-theme', '{theme}')")
    page.goto(pictures.url)
    picture(page)
    page.keyboard.press("1")
    picture(page)
    is_saved(page)
    found = {"work": faults(page)}
    for name in ("work_home", "work_history"):
        page.goto(pictures.wire.url + reverse(name))
        found[name] = faults(page)

    assert found == {"work": [], "work_home": [], "work_history": []}


def test_touch_alone_does_the_job_on_a_phone(pictures: Road, browser: Browser, page: Page) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)  # type: ignore[arg-type]
    context.add_cookies(page.context.cookies())  # type: ignore[arg-type]
    phone = context.new_page()
    phone.goto(pictures.url)
    for name in ("bird", "plane"):
        before = picture(phone)
        task(phone).get_by_role("radio", name=name).tap()
        expect(phone.frame_locator("iframe.shown").locator(f'img[src="{before}"]')).to_have_count(0)
    picture(phone)
    is_saved(phone)

    assert phone.evaluate("document.scrollingElement.scrollWidth") == PHONE["width"]
    labels = [row.payload["crowd-image-classifier"]["label"] for row in Annotation.objects.order_by("created_at")]
    context.close()
    assert labels == ["bird", "plane"]
