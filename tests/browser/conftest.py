"""Fixtures of the tests that mount elements: a small server, and a way to show HTML in the real frame."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page
from pytest_django import Settings

from tests.browser.elements import MOUNT, PLAIN, Mount
from tests.browser.work_server import Desk, module_urls, serve


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    settings.STORAGES = {**settings.STORAGES, "staticfiles": PLAIN}
    with serve(Desk("")) as running:
        yield running


@pytest.fixture
def mount(desk: Desk, page: Page) -> Mount:
    def show(html: str, **setup: Any) -> FrameLocator:
        page.goto(f"{desk.url}/blank/")
        page.evaluate(MOUNT, {"html": html, "setup": setup, "modules": module_urls()})
        return page.frame_locator("iframe")

    return show
