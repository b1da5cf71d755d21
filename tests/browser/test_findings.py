"""Steps of a workflow, and what rules found, in a browser: put in order by hand, and usable on desk and phone."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings as product
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from labeling.models import WorkflowStep
from projects.models import User
from tests.browser.faults import faults
from tests.browser.portal import PLAIN, sign_in
from tests.factories import make_staff
from tests.labeling.found import Found

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture(autouse=True)
def served(live_server: LiveServer, settings: Settings) -> None:
    settings.STORAGES = {**product.STORAGES, "staticfiles": PLAIN}
    settings.GROUNDTRUTH_URL = settings.STORE_ORIGIN = live_server.url


@pytest.fixture
def found() -> Found:
    found = Found()
    WorkflowStep.objects.create(
        project=found.batch.project, position=1, task_type="text-classification", attribute="kind",
        title="What is it?", team=found.look.team,
    )  # fmt: skip
    return found


@pytest.fixture
def olga(page: Page, live_server: LiveServer) -> User:
    person = make_staff()
    sign_in(page, person, live_server.url)
    return person


def test_steps_are_added_moved_and_taken_off(found: Found, olga: User, page: Page, console_errors: list[str]) -> None:
    page.goto(reverse("admin:project_steps", args=[found.batch.project_id]))
    page.get_by_label("at most, %").fill("7")
    page.get_by_role("button", name="Add this step").first.click()
    page.get_by_role("button", name="Add this step").last.click()
    page.get_by_role("button", name="Add this step").first.click()
    page.get_by_role("button", name="Up Rules look at the labels").click()

    rows = page.get_by_role("row")
    expect(rows.nth(3)).to_contain_text("At most 10 % of the labels are looked at again.")
    expect(rows.nth(4)).to_contain_text("Others label what was found")
    page.get_by_role("button", name="Remove Others label what was found").click()
    expect(rows).to_have_count(4)
    assert console_errors == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_the_pages_are_usable_and_axe_finds_no_fault(
    theme: str, width: int, height: int, found: Found, olga: User, page: Page, tmp_path: Path
) -> None:
    project, organization = found.batch.project, found.batch.project.organization
    steps, first = reverse("admin:project_steps", args=[project.pk]), found.batch.data_objects.get(ordinal=0)
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": height})
    page.goto(steps)
    page.get_by_role("button", name="Add this step").first.click()
    page.get_by_role("button", name="Add this step").last.click()
    shown = {
        "steps": steps,
        "set-up": reverse("admin:project_set_up", args=[project.pk]),
        "findings": reverse("admin:batch_findings", args=[found.batch.pk]),
        "object": reverse("object", args=[organization.slug, project.slug, found.batch.slug, first.public_id]),
        "batch": reverse("batch", args=[organization.slug, project.slug, found.batch.slug]),
    }
    for name, url in shown.items():
        page.goto(url)
        if name == "batch":
            expect(page.get_by_text("5 labels were looked at again by others")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == width, name
        assert name == "set-up" or faults(page) == [], name
        page.screenshot(path=str(tmp_path / f"{name}-{width}-{theme}.png"), full_page=True)
