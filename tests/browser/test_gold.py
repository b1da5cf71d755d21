"""Known answers in a browser: operations set one in the task's own tool, and a worker is told of a miss."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings as product
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from batches.models import DataObject
from labeling.models import Annotation, GoldAnswer, Job, Task
from labeling.services import gold
from projects.models import User
from tests.browser.faults import faults
from tests.browser.portal import PLAIN, once_it_is, sign_in
from tests.factories import make_staff, make_team, make_worker, say
from tests.labeling.golden import Falls, answer_known, make_gold, make_mixed
from workforce.models import Worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture(autouse=True)
def served(live_server: LiveServer, settings: Settings) -> None:
    settings.STORAGES = {**product.STORAGES, "staticfiles": PLAIN}
    settings.GROUNDTRUTH_URL = settings.STORE_ORIGIN = live_server.url


@pytest.fixture
def olga() -> User:
    return make_staff()


@pytest.fixture
def wei() -> Worker:
    return make_worker(make_team())


@pytest.fixture
def job(wei: Worker) -> Job:
    """A job with one object whose answer is known: a bird, as its label says."""
    job = make_mixed(wei.teams.get(), "abc", "x", gold_feedback=True)
    GoldAnswer.objects.update(explanation="It has feathers, and no engine.")
    return job


def test_operations_set_an_answer_in_the_tool(
    job: Job, olga: User, page: Page, live_server: LiveServer, console_errors: list[str]
) -> None:
    GoldAnswer.objects.all().delete()
    Task.objects.filter(state="gold").delete()
    sign_in(page, olga, live_server.url)

    page.goto(reverse("admin:labeling_job_change", args=[job.pk]))
    page.get_by_role("link", name="Known answers").click()
    expect(page.get_by_text("No answer is known yet.")).to_be_visible()
    page.get_by_role("link", name="Set its answer").click()
    tool = page.frame_locator("iframe.shown")
    expect(tool.get_by_role("radio", name=re.compile("bird"))).to_be_visible()
    tool.get_by_role("radio", name=re.compile("plane")).click()
    tool.get_by_role("button", name=re.compile("Submit")).click()
    expect(page.locator("#known-said")).to_have_text("Taken over: plane")
    page.get_by_label("Why it is right").fill("It has an engine.")
    page.get_by_role("button", name="Set the known answer").click()
    expect(page.get_by_text("The known answer is set.")).to_be_visible()

    row = GoldAnswer.objects.get()
    assert (row.payload, row.explanation, row.set_by) == (say("plane"), "It has an engine.", olga)
    assert Task.objects.filter(job=job, state="gold").count() == 1
    page.get_by_role("button", name="Retire").click()
    expect(page.get_by_text("It is handed out no more")).to_be_visible()
    assert GoldAnswer.objects.get().retired_at is not None
    assert console_errors == []


def test_a_miss_is_told_and_the_keys_work_on(
    job: Job,
    wei: Worker,
    page: Page,
    live_server: LiveServer,
    console_errors: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gold, "lot", Falls())
    sign_in(page, wei.user, live_server.url)
    page.goto(reverse("work_job", args=[job.public_id]))
    shown = page.frame_locator("iframe.shown")
    expect(shown.get_by_text("x", exact=True)).to_be_visible()

    page.keyboard.press("2")
    note = page.locator("#missed")
    expect(note).to_contain_text("“x” has a known answer: bird. You said: plane.")
    expect(note).to_contain_text("It has feathers, and no engine.")
    expect(shown.get_by_text("a", exact=True)).to_be_visible()
    page.keyboard.press("1")  # nothing has to be closed first
    expect(shown.get_by_text("b", exact=True)).to_be_visible()
    assert once_it_is(2, Annotation.objects.count, page) == 2
    expect(note).to_be_visible()  # it was there for a moment only
    page.keyboard.press("Escape")
    expect(note).to_be_hidden()
    page.keyboard.press("2")
    expect(shown.get_by_text("c", exact=True)).to_be_visible()
    assert once_it_is(3, Annotation.objects.count, page) == 3
    expect(note).to_be_hidden()  # of others nothing is known, and nothing told

    page.goto(reverse("work_quality"))
    expect(page.get_by_text("It has feathers, and no engine.")).to_be_visible()
    assert console_errors == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_the_pages_are_usable_and_axe_finds_no_fault(
    theme: str, width: int, height: int, job: Job, wei: Worker, olga: User, page: Page, live_server: LiveServer,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for number in range(4):
        answer_known(job, make_worker(wei.teams.get(), f"Worker {number}"), "plane" if number else "bird")
    ended = make_mixed(wei.teams.get(), "ab", "u")
    answer_known(ended, wei, "plane")
    Job.objects.filter(pk=ended.pk).update(state="Completed")
    make_gold(job, DataObject.objects.get(source_text="c"), retired_at=job.created_at)
    monkeypatch.setattr(gold, "lot", Falls())
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": height})
    known = DataObject.objects.get(source_text="x")
    shown = {
        "list": (olga, reverse("admin:job_gold", args=[job.pk])),
        "tool": (olga, reverse("admin:job_gold_answer", args=[job.pk, known.public_id])),
        "set-up": (olga, reverse("admin:project_set_up", args=[job.batch.project_id])),
        "quality": (wei.user, reverse("work_quality")),
        "work": (wei.user, reverse("work_job", args=[job.public_id])),
    }
    for name, (person, url) in shown.items():
        sign_in(page, person, live_server.url)
        page.goto(url)
        if name == "work":
            expect(page.frame_locator("iframe.shown").get_by_text("x", exact=True)).to_be_visible()
            page.keyboard.press("2")
            expect(page.locator("#missed")).to_be_visible()
        if name == "tool":
            expect(page.frame_locator("iframe.shown").get_by_role("radio", name=re.compile("bird"))).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == width, name
        page.screenshot(path=str(tmp_path / f"{name}-{width}-{theme}.png"), full_page=name != "work")
        assert name == "set-up" or faults(page) == [], name
