"""A real gunicorn is killed between the click and the answer: what the worker said is stored once, and not lost."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from labeling.demonstration.client import Browser as Caller
from tests import services
from tests.browser.wire import Wire, wire_to
from tests.conftest import ROOT

pytestmark = pytest.mark.browser
TEXTS = tuple(f"Meal {n}: the soup was cold." for n in range(1, 21))
SECONDS = 60
PREPARE = """
import json
import django; django.setup()
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("createcachetable", verbosity=0)
from tests import factories
team = factories.make_team()
user = factories.make_worker(team).user
job = factories.make_job(factories.make_running_batch(texts=%r), team=team, workers_each=1)
session = SessionStore()
session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
session.save()
print(json.dumps({"session": session.session_key, "job": job.public_id}))
"""


class Product:
    """The product as it runs in production: gunicorn on a port and a database of its own."""

    def __init__(self, folder: Path) -> None:
        self.database, self.log, self.port = folder / "groundtruth.sqlite3", folder / "web.log", services.free_ports(1)
        self.environment = {
            **os.environ,
            "GROUNDTRUTH_VAR": str(folder),
            "DATABASE_URL": f"sqlite:///{self.database}",
            "DJANGO_SETTINGS_MODULE": "groundtruth.settings",
            "PLAIN_STATIC": "1",
            "WHITENOISE_USE_FINDERS": "1",
        }
        command = [sys.executable, "-c", PREPARE % (TEXTS,)]
        made = subprocess.run(command, env=self.environment, cwd=ROOT, check=True, capture_output=True, text=True)
        self.made: dict[str, str] = json.loads(made.stdout.splitlines()[-1])
        self.server: subprocess.Popen[bytes] | None = None

    @property
    def path(self) -> str:
        return f"/work/{self.made['job']}/"

    def start(self) -> None:
        shape = ["--workers", "2", "--worker-class", "gthread", "--threads", "4", "--preload", "--no-control-socket"]
        command = [sys.executable, "-m", "gunicorn", "groundtruth.wsgi", *shape, "--bind", f"127.0.0.1:{self.port}"]
        with self.log.open("ab") as log:
            self.server = subprocess.Popen(
                command, env=self.environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )
        services.wait_until(self.answers, what="gunicorn", log=self.log)

    def answers(self) -> bool:
        line = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            line.request("GET", "/work/frame/")
            return line.getresponse().status == 200
        except OSError:
            return False
        finally:
            line.close()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the server and its workers: a session of their own, nobody else is in it."""
        assert self.server
        os.killpg(self.server.pid, number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        assert self.server
        self.server.wait()
        self.server = None

    def stored(self) -> list[tuple[str, str]]:
        """Each answer that the database has: the text, and the category it was given."""
        connection = sqlite3.connect(self.database, timeout=20)
        try:
            rows = connection.execute(
                "SELECT o.source_text, json_extract(a.payload, '$.\"crowd-classifier\".label')"
                " FROM labeling_annotation a JOIN batches_dataobject o ON o.id = a.data_object_id ORDER BY a.id"
            )
            return rows.fetchall()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One installation for all tests of this file: each leaves it running, with more answers than before."""
    made = Product(tmp_path_factory.mktemp("product"))
    try:
        made.start()
        yield made
    finally:  # a start that took too long has left a server too
        if made.server:
            made.kill()


@pytest.fixture
def wire(product: Product) -> Iterator[Wire]:
    with wire_to(f"http://127.0.0.1:{product.port}") as wire:
        yield wire


@pytest.fixture
def wei(product: Product, wire: Wire, page: Page) -> Page:
    """The labelling page with a task on it, and the next ready behind."""
    page.context.add_cookies([{"name": "sessionid", "value": product.made["session"], "url": wire.url}])
    page.goto(wire.url + product.path)
    words(page)
    expect(page.locator("iframe")).to_have_count(3)
    return page


def words(page: Page) -> str:
    """The text of the task on screen."""
    frame = page.frame_locator("iframe.shown")
    expect(frame.get_by_role("radio").first).to_be_visible(timeout=SECONDS * 1000)
    found = re.search(r"Meal \d+: [^.]+\.", frame.locator("body").inner_text())
    assert found
    return found.group()


def until(condition: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come in {SECONDS} s"
        time.sleep(0.02)


def is_kept(page: Page) -> None:
    expect(page.locator("#saved [data-word]")).to_have_text("Kept on this device", timeout=SECONDS * 1000)


def is_saved(page: Page) -> None:
    expect(page.locator("body[data-saved=saved]")).to_have_count(1, timeout=SECONDS * 1000)


# --- the moments at which it is killed: each answers, kills, and returns how many answers are stored by then --------


def before_it_reads(product: Product, wire: Wire, page: Page) -> int:
    """The request lies in the server's socket; nobody has looked at it."""
    product.signal(signal.SIGSTOP)
    page.keyboard.press("2")
    until(lambda: wire.carried, "the request")
    product.kill()
    return 0


def while_it_waits_for_the_database(product: Product, wire: Wire, page: Page) -> int:
    """The view has the answer, and its transaction waits for another's."""
    other = sqlite3.connect(product.database, timeout=20, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    page.keyboard.press("2")
    until(lambda: wire.carried, "the request")
    page.wait_for_timeout(1000)
    product.kill()
    other.execute("ROLLBACK")
    other.close()
    return 0


def after_it_stored(product: Product, wire: Wire, page: Page) -> int:
    """The answer is in the database, and its receipt is lost."""
    before = len(product.stored())
    wire.lose = "silence"
    page.keyboard.press("2")
    until(lambda: len(product.stored()) > before, "the answer")
    product.kill()
    return 1


@pytest.mark.parametrize("killed", [before_it_reads, while_it_waits_for_the_database, after_it_stored])
def test_an_answer_is_stored_once_when_the_server_is_killed_over_it(
    killed: Callable[..., int], product: Product, wire: Wire, wei: Page
) -> None:
    before, said = product.stored(), (words(wei), "plane")
    by_then = killed(product, wire, wei)
    is_kept(wei)
    assert product.stored() == before + [said] * by_then

    wire.mend()
    product.start()
    is_saved(wei)

    assert product.stored() == [*before, said]
    following = (words(wei), "bird")
    wei.keyboard.press("1")
    until(lambda: len(product.stored()) == len(before) + 2, "the next answer")
    is_saved(wei)
    assert product.stored() == [*before, said, following]


def test_an_answer_outlives_the_server_and_the_tab(product: Product, wire: Wire, wei: Page) -> None:
    before, said = product.stored(), (words(wei), "plane")
    while_it_waits_for_the_database(product, wire, wei)
    is_kept(wei)
    wei.close()

    wire.mend()
    product.start()
    again = wei.context.new_page()
    again.goto(wire.url + product.path)
    is_saved(again)

    assert product.stored() == [*before, said]
    assert words(again) != said[0]


def test_ten_megabytes_are_refused_and_the_sender_hears_it(product: Product) -> None:
    """A server that hangs up while they come cuts its own answer off, and the page would send them for ever."""
    before = product.stored()
    caller = Caller(f"http://127.0.0.1:{product.port}")
    caller.cookies["sessionid"] = product.made["session"]
    config = caller.get(product.path).data("work-config")
    body = {"key": config["tasks"][0]["key"], "answer": {"crowd-classifier": {"label": "x" * 10_000_000}}}

    status, said = caller.call(f"{product.path}submit/", body, config["csrf"])

    caller.close()
    assert (status, said["error"]["message"]) == (413, "An answer has at most 8 MB.")
    assert product.stored() == before
