"""The demonstration: its parts alone, and once the whole road as a person starts it, with real servers."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image
from pytest_django import Settings

from labeling.demonstration import accounts
from labeling.demonstration.client import Browser, Page, Unexpected
from labeling.demonstration.digits import CATEGORIES, COUNT, digits, number_of, truth_of
from labeling.demonstration.house import Trouble, remove_data
from labeling.demonstration.people import Person, accuracies
from labeling.demonstration.progress import Progress
from labeling.demonstration.report import SoFar
from labeling.demonstration.task import read_task
from projects.models import Membership, User
from tests import services
from workforce.models import Worker

ROOT = Path(__file__).resolve().parents[2]
ORIGIN = "http://localhost:1"


def page(html: str, path: str = "/here/") -> Page:
    return Page(200, ORIGIN + path, html.encode(), HTTPMessage())


# --- the browser --------------------------------------------------------------------------------------


def test_a_form_is_sent_as_a_browser_would_send_it_untouched():
    form = page(
        """<form method="post" action="/there/"><input name="a" value="1&amp;2"><input name="off" disabled value="x">
        <input type="checkbox" name="c" checked><input type="checkbox" name="d" value="no">
        <input type="radio" name="r" value="" checked><input type="radio" name="r" value="2">
        <textarea name="t">\nline\n</textarea><select name="s"><option value="p"><option value="q" selected></select>
        <select name="m" multiple><option value="1"></select><input type="file" name="f">
        <button name="go" value="yes">Go</button></form>"""
    ).form("a", "go")

    assert (form.action, form.method) == (f"{ORIGIN}/there/", "post")
    assert form.filled({}) == [("a", "1&2"), ("c", "on"), ("r", ""), ("t", "line\n"), ("s", "q")]
    assert form.filled({"a": None, "c": None, "r": "2", "t": "", "s": None, "d": ["no", "yes"], "go": "yes"}) == [
        ("d", "no"),
        ("d", "yes"),
        ("r", "2"),
        ("t", ""),
        ("go", "yes"),
    ]


def test_the_form_wanted_is_found_by_its_fields_or_where_it_goes():
    shown = page(
        """<form method="post" action="/out/"><input name="token"></form>
        <form method="post"><input name="token"><input name="name"></form>"""
    )

    assert shown.form("token", "name").action == f"{ORIGIN}/here/"
    assert shown.own_form() == shown.form("name")
    assert shown.form_to("/out/") == shown.form("token")
    with pytest.raises(Unexpected, match="shows no form with price"):
        shown.form("price")


def test_the_json_of_a_page_is_read_and_its_words_for_messages():
    shown = page(
        '<main><h1>No  way</h1><script id="c" type="application/json" nonce="x">{"a": "\\u003C"}</script></main>'
    )

    assert shown.data("c") == {"a": "<"}
    assert shown.words() == "No way"
    with pytest.raises(Unexpected, match="shows no other. No way"):
        shown.data("other")


def test_the_browser_leaves_its_site_for_nobody():
    with pytest.raises(Unexpected, match="lies outside"):
        Browser(ORIGIN).get("http://elsewhere.example/")


# --- people and digits ----------------------------------------------------------------------------------


def test_a_picture_is_fetched_from_where_the_site_sends_on_to_and_without_the_sites_cookies():
    asked: list[tuple[str, str | None]] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            """Say nothing: the test speaks."""

        def do_GET(self) -> None:
            asked.append((self.path, self.headers["Cookie"]))
            self.send_response(302 if self.path == "/store/-/x" else 200)
            self.send_header("Location", f"{store}/bucket/1.png?s=2")
            self.send_header("Content-Length", "0" if self.path == "/store/-/x" else "5")
            self.end_headers()
            if self.path != "/store/-/x":
                self.wfile.write(b"bytes")

    with served(Handler) as site, served(Handler) as store:
        browser = Browser(site)
        browser.cookies["sessionid"] = "secret"
        assert browser.fetch(f"{site}/store/-/x") == b"bytes"
        browser.close()

    assert asked == [("/store/-/x", "sessionid=secret"), ("/bucket/1.png?s=2", "")]


@contextmanager
def served(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Run a server and give its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def somebody(key: str, accuracy: float) -> Person:
    return Person(accounts.Account(key, "worker", key, f"{key}@demo.example", ""), accuracy, CATEGORIES)


def test_ten_people_are_right_from_82_to_98_percent_in_equal_steps():
    steps = accuracies(10)

    assert [round(share, 4) for share in steps] == [
        0.82, 0.8378, 0.8556, 0.8733, 0.8911, 0.9089, 0.9267, 0.9444, 0.9622, 0.98,
    ]  # fmt: skip


def test_a_person_is_as_often_right_as_said_errs_evenly_and_repeats_an_answer():
    person = somebody("wei", 0.82)

    said = [person.answer(str(n), "3") for n in range(20_000)]

    wrong = [category for category in said if category != "3"]
    assert abs(len(wrong) / len(said) - 0.18) < 0.01
    assert all(abs(wrong.count(category) / len(wrong) - 1 / 9) < 0.02 for category in CATEGORIES if category != "3")
    assert said[:50] == [person.answer(str(n), "3") for n in range(50)]
    assert said != [somebody("ivo", 0.82).answer(str(n), "3") for n in range(20_000)]


def test_every_digit_is_a_picture_of_its_own_that_can_be_seen():
    made = list(digits(COUNT))

    first = Image.open(io.BytesIO(made[0].picture))
    assert len({digit.mark for digit in made}) == COUNT == 1797
    assert made[0].mark == hashlib.sha256(made[0].picture).hexdigest()
    assert (first.format, first.size, made[0].key, made[-1].key) == (
        "PNG",
        (128, 128),
        "digits/0000.png",
        "digits/1796.png",
    )
    assert [digit.truth for digit in made[:12]] == truth_of(range(12)) == list("012345678901")
    assert number_of("s3://demo-digits/digits/0042.png") == 42


def test_a_task_is_read_from_its_html():
    task = read_task(
        '<crowd-form><crowd-image-classifier name="n" src="/store/a?e=1&amp;s=2"></crowd-image-classifier></crowd-form>'
    )

    assert (task.name, task.picture) == ("n", "/store/a?e=1&s=2")
    with pytest.raises(Unexpected, match="shows no crowd-image-classifier"):
        read_task("<crowd-form></crowd-form>")


# --- progress -------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_line_is_rewritten_on_a_terminal_and_repeated_in_a_file():
    now = [0.0]
    shown = {}
    for out in (Terminal(), io.StringIO()):
        now[0] = 0.0
        progress = Progress(out, clock=lambda: now[0])
        progress.show(SoFar(0, 40, 0, 0, None), 10)
        now[0] = 4.0
        due = progress.is_due
        progress.show(SoFar(20, 40, 1, 60, 0.95), 10)
        progress.say("Done.")
        shown[out.isatty()] = (due, out.getvalue())

    first = "done 0 of 40 · 10 people · 0 failed · 0.0 answers/s · accuracy so far –"
    second = "done 20 of 40 · 10 people · 1 failed · 15.0 answers/s · accuracy so far 95.0%"
    assert shown == {True: (True, f"\r{first}\r{second}\nDone.\n"), False: (False, f"{first}\n{second}\nDone.\n")}


# --- accounts and data ----------------------------------------------------------------------------------


@pytest.fixture
def var(settings: Settings, tmp_path: Path) -> Path:
    settings.VAR = tmp_path
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return tmp_path


@pytest.mark.django_db
def test_the_cast_is_made_once_with_passwords_that_only_the_owner_can_read(var: Path):
    said: list[str] = []

    first = accounts.seed(said.append)
    second = accounts.seed(said.append)

    assert first == second
    assert said == ["making the accounts …"]
    assert (var / "demo.json").stat().st_mode & 0o777 == 0o600
    assert len({account.password for account in first.everybody}) == 13
    assert all(User.objects.get(email=account.email).check_password(account.password) for account in first.everybody)
    assert list(User.objects.filter(is_staff=True).values_list("email", flat=True)) == [first.operations.email]
    assert sorted(Membership.objects.values_list("role", flat=True)) == ["owner", "reviewer"]
    assert Worker.objects.filter(status="active", teams__name="Demonstration").count() == 10


@pytest.mark.django_db
def test_a_database_of_somebody_gets_no_administrator(var: Path):
    User.objects.create_user("ada@example.org")

    with pytest.raises(accounts.Occupied):
        accounts.seed(print)

    assert User.objects.count() == 1


def test_fresh_removes_this_installations_data_and_keeps_what_is_made_from_the_code(var: Path):
    names = (
        "groundtruth.sqlite3",
        "groundtruth.sqlite3-wal",
        "demo.json",
        "secret_key",
        "store/a/b",
        "mail/1",
        "static/x",
    )
    for name in names:
        (var / name).parent.mkdir(parents=True, exist_ok=True)
        (var / name).write_text("x")

    remove_data(var / "groundtruth.sqlite3")

    assert sorted(path.name for path in var.rglob("*") if path.is_file()) == ["secret_key", "x"]


@pytest.mark.parametrize("database", [None, Path("/somewhere/else/groundtruth.sqlite3")])
def test_fresh_touches_no_data_where_the_database_is_not_in_var(var: Path, database: Path | None):
    (var / "demo.json").write_text("{}")

    with pytest.raises(Trouble, match="--fresh removes only an SQLite database in var/"):
        remove_data(database)

    assert (var / "demo.json").exists()


# --- the whole road ---------------------------------------------------------------------------------------


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """What starts a demo in a folder of the test's own. A demo that a failed test leaves running is ended."""
    started: list[subprocess.Popen[str]] = []
    left_out = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "PLAIN_STATIC")
    env = {name: value for name, value in os.environ.items() if name not in left_out}

    def start(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(ROOT / "manage.py"), "demo", *arguments]
        started.append(
            subprocess.Popen(
                command,
                env={**env, "GROUNDTRUTH_VAR": str(tmp_path / "var")},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
        return started[-1]

    yield start
    for running in started:
        if running.poll() is None:
            running.terminate()
            running.communicate(timeout=60)


def lines_until(running: subprocess.Popen[str], words: str) -> str:
    assert running.stdout is not None
    seen = ""
    for line in running.stdout:
        seen += line
        if words in line:
            return seen
    raise AssertionError(f"“{words}” was never said:\n{seen}")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.cluster
def test_the_demo_is_interrupted_goes_on_delivers_and_then_only_serves(
    demo: Callable[..., subprocess.Popen[str]], tmp_path: Path
):
    port = str(services.free_ports(1))

    begun = demo("--objects", "40", "--port", port)
    lines_until(begun, "simulated people sign in")
    second = demo("--port", port)
    refused = second.communicate(timeout=60)[0]
    begun.send_signal(signal.SIGINT)
    begun.communicate(timeout=60)
    free_between = is_free(int(port))
    whole = demo("--objects", "40", "--port", port, "--until", "delivered", "--json").communicate(timeout=240)[0]
    serving = demo("--port", port)
    told = lines_until(serving, "It runs until Ctrl-C.")
    sign_in = Browser(f"http://localhost:{port}")
    kept = json.loads((tmp_path / "var" / "demo.json").read_text())
    sign_in.sign_in("ada@demo.example", kept["owner"])
    began = time.monotonic()
    for _ in range(2):  # as `timeout` does, and whoever presses Ctrl-C again
        serving.send_signal(signal.SIGTERM)
        time.sleep(0.02)
    serving.communicate(timeout=60)

    assert (second.returncode, refused) == (
        1,
        "CommandError: A demo of this folder is running already. End it with Ctrl-C first.\n",
    )
    assert free_between
    result = json.loads(whole.splitlines()[-1])
    manifest = Path(result["manifest"]).read_text().splitlines()
    assert {name: result[name] for name in ("objects", "delivered", "failed")} == {
        "objects": 40,
        "delivered": 40,
        "failed": 0,
    }
    assert result["human_answers"] in (120, 123, 126)  # three people look again at the label or two that rules doubt
    assert len(manifest) == 40
    assert 0.78 <= result["people_accuracy"] <= 0.99
    assert 0.9 <= result["accuracy"] <= 1
    assert "The batch was delivered by an earlier start" in told
    assert "making the accounts" not in told
    assert serving.returncode == 0
    assert is_free(int(port))
    assert time.monotonic() - began < 60
