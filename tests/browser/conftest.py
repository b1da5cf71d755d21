"""Fixtures of the tests that mount elements: a small server, and a way to show HTML in the real frame."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.browser.elements import MOUNT, PLAIN, Mount
from tests.browser.road import Road
from tests.browser.work_server import Desk, module_urls, serve
from tests.conftest import DESKTOP


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


@pytest.fixture(scope="session")
def warm(browser: Browser) -> Iterator[BrowserContext]:
    """A profile that all roads share, so that each module is fetched once: else that is a third of a road's time."""
    context = browser.new_context(viewport=DESKTOP)
    yield context
    context.close()


@pytest.fixture
def road(warm: BrowserContext, live_server: LiveServer, settings: Settings) -> Iterator[Road]:
    """A project of its own with people on it; nobody is signed in, and no page is open."""
    settings.STORAGES = {**settings.STORAGES, "staticfiles": PLAIN}
    settings.GROUNDTRUTH_URL = settings.STORE_ORIGIN = live_server.url
    warm.clear_cookies()
    page = warm.new_page()
    yield Road(page, live_server.url)
    page.close()
