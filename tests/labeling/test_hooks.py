"""A job's own functions: signed calls of a real web hook, entry points in Python, and what their replies do."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from batches.models import Batch, DataObject
from groundtruth import work
from groundtruth.storage import get_store, parse_uri
from labeling.models import Job, Label, LoopRun, Task
from labeling.services import calling, claiming, hooks, releasing, showing, submitting
from tests.factories import make_job, make_project, make_running_batch, make_staff, make_worker

pytestmark = [pytest.mark.django_db, pytest.mark.database]


class Hook:
    """A web hook that answers what it is told to, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[dict[str, str], bytes]] = []
        self.replies: list[tuple[int, bytes]] = []
        self.make: Any = None

    def reply(self, *values: Any, status: int = 200) -> None:
        self.replies += [(status, json.dumps(value).encode()) for value in values]

    def answer(self, body: bytes) -> tuple[int, bytes]:
        if self.replies:
            return self.replies.pop(0)
        return 200, json.dumps(self.make(json.loads(body))).encode()


@pytest.fixture
def hook(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    told = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.asked.append((dict(self.headers), body))
            status, reply = told.answer(body)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *args: object) -> None:
            """Say nothing: the test speaks."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.ANNOTATION_FUNCTIONS = {"hook": f"http://127.0.0.1:{server.server_port}/"}
    monkeypatch.setattr(calling, "WAITS", (0, 0))
    yield told
    server.shutdown()
    server.server_close()


def job_with(texts: str = "ab", **fields: Any) -> Job:
    project = make_project(state="pilot_in_progress", modality="text", task_type="custom")
    batch = make_running_batch(project, texts=tuple(texts))
    job = make_job(batch, workers_each=1, template="<crowd-form>{{ task.input.word }}</crowd-form>", **fields)
    Task.objects.filter(job=job).update(state="waiting", opened_at=None)
    Job.objects.filter(pk=job.pk).update(attribute="verdict")
    job.refresh_from_db()
    return job


# --- calls ------------------------------------------------------------------------------------------------


def test_a_call_is_signed_and_its_reply_returned(hook: Hook) -> None:
    hook.reply({"n": 1})

    reply = calling.call("arn:aws:lambda:us-east-1:123456789012:function:hook", {"a": "é"})

    [(headers, body)] = hook.asked
    seconds, digest = (part.partition("=")[2] for part in headers["X-Groundtruth-Signature"].split(","))
    key = calling.signing_key("hook").encode()
    assert reply == {"n": 1}
    assert json.loads(body) == {"a": "é"}
    assert digest == hmac.new(key, f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()


def test_the_key_of_a_function_is_printed_for_its_receiver(hook: Hook) -> None:
    out = StringIO()

    call_command("annotation_key", "arn:aws:lambda:r:1:function:hook", stdout=out)

    assert out.getvalue().strip() == calling.signing_key("hook")
    with pytest.raises(CommandError, match="There is no function “other”"):
        call_command("annotation_key", "other")


def test_a_call_is_tried_three_times(hook: Hook) -> None:
    hook.reply("down", "down", status=503)
    hook.reply({"taskInput": {}})

    assert calling.call("hook", {}) == {"taskInput": {}}
    assert len(hook.asked) == 3


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (500, b"{}", "answered 500"),
        (302, b"", "answered 302"),
        (200, b"<html>", "not JSON"),
        (200, b'"{"', "not JSON"),
        (200, b'{"taskInput": NaN}', "not JSON"),
        (200, b'{"taskInput": 1e999}', "too large"),
        (200, b'{"taskInput": "\\u0000"}', "NUL"),
        (200, b'{"taskInput": "\\ud800"}', "surrogate"),
        (200, b'{"taskInput": "\xff"}', "not UTF-8"),
        (200, b"[" * 500 + b"]" * 500, "nested deeper"),
    ],
)
def test_a_function_that_fails_is_told_in_words(hook: Hook, status: int, body: bytes, words: str) -> None:
    hook.replies = [(status, body)] * 3

    with pytest.raises(calling.CallFailed, match=words):
        calling.call("hook", {})


@pytest.mark.parametrize("said", [b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"])
def test_a_hook_that_speaks_no_http_is_told_in_words(
    said: bytes, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            self.request.sendall(said)

    server = ThreadingTCPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.ANNOTATION_FUNCTIONS = {"hook": f"http://127.0.0.1:{server.server_address[1]}/"}
    monkeypatch.setattr(calling, "WAITS", (0, 0))

    with pytest.raises(calling.CallFailed, match="does not answer"):
        calling.call("hook", {})

    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("reply", "words"), [(float("nan"), "not finite"), ({1, 2}, "no JSON"), ("\0", "holds a NUL")])
def test_what_a_function_in_python_hands_over_is_looked_at_too(
    reply: Any, words: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ANNOTATION_FUNCTIONS = {"own": f"{__name__}:raising"}
    monkeypatch.setattr(calling, "WAITS", (0, 0))
    monkeypatch.setitem(globals(), "raising", lambda event, context: reply)

    with pytest.raises(calling.CallFailed, match=words):
        calling.call("own", {})


def test_a_hook_that_drips_is_cut_when_the_time_of_the_call_is_over(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            with suppress(OSError):
                for byte in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100:
                    self.request.sendall(bytes([byte]))
                    time.sleep(0.05)

    server = ThreadingTCPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.ANNOTATION_FUNCTIONS = {"hook": f"http://127.0.0.1:{server.server_address[1]}/"}
    settings.ANNOTATION_SECONDS = 0.3
    monkeypatch.setattr(calling, "WAITS", ())
    began = time.monotonic()

    with pytest.raises(calling.CallFailed, match=r"The function “hook” took longer than 0\.3 seconds\."):
        calling.call("hook", {})

    assert time.monotonic() - began < 3
    server.shutdown()
    server.server_close()


def test_only_the_settings_name_functions(settings: Settings) -> None:
    settings.ANNOTATION_FUNCTIONS = {"plain": "http://hooks.example/", "gone": "no.such:thing"}

    assert "There is no function “other”" in calling.problem_of("other")
    assert calling.problem_of("arn:aws:lambda:r:1:function:PRE-BoundingBox") == ""
    for name, words in (("other", "no function"), ("plain", "https"), ("gone", "cannot be loaded")):
        with pytest.raises(calling.CallFailed, match=words):
            calling.call(name, {})


def raising(event: dict[str, Any], context: Any) -> Any:
    raise KeyError("lost")


def test_an_entry_point_that_raises_is_told_in_words(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ANNOTATION_FUNCTIONS = {"own": f"{__name__}:raising"}
    monkeypatch.setattr(calling, "WAITS", ())

    with pytest.raises(calling.CallFailed, match="raised KeyError: 'lost'"):
        calling.call("own", {})


# --- before people ------------------------------------------------------------------------------------------


def test_the_pre_annotation_function_fills_in_what_the_template_shows(hook: Hook) -> None:
    job = job_with(pre_function="hook")
    hook.make = lambda event: {"taskInput": {"word": f"<{event['dataObject']['source']}>"}}

    releasing.release(job)
    worker = make_worker(job.team)
    [first, _] = claiming.hand_out(worker, job)

    # Several objects are asked for at a time, so the calls come in any order.
    event = min((json.loads(body) for _, body in hook.asked), key=lambda event: event["dataObject"]["source"])
    assert event == {
        "version": "2018-10-16",
        "labelingJobArn": f"arn:aws:sagemaker:home:000000000000:labeling-job/{job.name}",
        "dataObject": {"source": "a"},
    }
    assert "&lt;a&gt;" in showing.shown(first, job)["html"]


@pytest.mark.parametrize("said", [False, "false", "False"])
@pytest.mark.parametrize("key", ["isHumanAnnotationRequired", "humanAnnotationRequired"])
def test_an_object_that_needs_no_people_is_not_sent_to_them(hook: Hook, key: str, said: Any) -> None:
    job = job_with(pre_function="hook")
    hook.make = lambda event: {"taskInput": {}, **({key: said} if event["dataObject"]["source"] == "a" else {})}

    releasing.release(job)

    assert dict(Task.objects.filter(job=job).values_list("data_object__source_text", "state")) == {
        "a": "failed",
        "b": "open",
    }
    job.refresh_from_db()
    assert job.hook_failures == 0


def test_an_object_whose_call_fails_fails_alone_and_is_counted(hook: Hook) -> None:
    job = job_with(pre_function="hook")

    def make(event: dict[str, Any]) -> Any:
        return {"nothing": 1} if event["dataObject"]["source"] == "a" else {"taskInput": {"word": "w"}}

    hook.make = make

    releasing.release(job)

    job.refresh_from_db()
    assert DataObject.objects.get(source_text="a").failure == "The pre-annotation function gave no taskInput."
    assert Batch.objects.get(pk=job.batch_id).failed == 1
    assert (job.hook_failures, job.ended) == (1, 1)
    assert Task.objects.get(data_object__source_text="b").state == "open"


def test_slow_calls_are_written_as_they_come_and_the_rest_is_left_to_another_go(
    hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_with("abcdefghijkl", pre_function="hook")
    monkeypatch.setattr(hooks, "GO_SECONDS", 0.2)
    monkeypatch.setattr(hooks, "YIELD_SECONDS", 0.1)

    def make(event: dict[str, Any]) -> Any:
        time.sleep(0.3)
        return {"taskInput": {"word": "w"}}

    hook.make = make
    hooks_per_go = hooks.THREADS

    assert releasing.release(job) == hooks_per_go

    job.refresh_from_db()
    assert (job.rung, Task.objects.filter(state="open").count()) == (True, hooks_per_go)
    assert releasing.release(job) + releasing.release(job) == 12 - hooks_per_go


def test_what_a_failed_call_said_outlives_the_chore(hook: Hook) -> None:
    job = job_with("a", pre_function="hook")
    hook.make = lambda event: {"nothing": 1}

    finish(job)

    job.refresh_from_db()
    assert (job.hook_error, job.last_error) == ("The pre-annotation function gave no taskInput.", "")


# --- after people -------------------------------------------------------------------------------------------


def finish(job: Job) -> None:
    releasing.release(job)
    worker = make_worker(job.team)
    for _ in range(10):
        held = claiming.hand_out(worker, job)
        if not held:
            break
        submitting.submit(worker.user_id, held[0].submit_key, {"mood": held[0].source_text}, fetch_next=False)
    work.advance(job._meta.label_lower, job.pk)
    for run in LoopRun.objects.filter(job=job):
        work.advance(run._meta.label_lower, run.pk)


def test_the_post_annotation_function_makes_the_labels(hook: Hook) -> None:
    job = job_with(post_function="hook")
    payloads: list[Any] = []

    def make(event: dict[str, Any]) -> Any:
        asked = json.loads(get_store().read(parse_uri(event["payload"]["s3Uri"])))
        payloads.append((event, asked))
        content = {
            "verdict": {"seen": asked[0]["datasetObjectId"]},
            "verdict-metadata": {"confidence": 0.75, "by": "us"},
        }
        first = {"datasetObjectId": asked[0]["datasetObjectId"], "consolidatedAnnotation": {"content": {"verdict": 0}}}
        last = [
            {"datasetObjectId": one["datasetObjectId"], "consolidatedAnnotation": {"content": content}} for one in asked
        ]
        return [first, *last]

    hook.make = make

    finish(job)

    event, asked = payloads[0]
    assert event["labelAttributeName"] == "verdict"
    assert asked[0]["dataObject"] == {"content": "a"}
    assert json.loads(asked[0]["annotations"][0]["annotationData"]["content"]) == {"mood": "a"}
    labels = Label.objects.exclude(state="superseded").order_by("data_object__ordinal")
    assert [label.payload for label in labels] == [{"value": {"seen": "0"}, "metadata": {"by": "us"}}] * 2
    assert {label.confidence for label in labels} == {0.75}
    assert {label.method for label in labels} == {"function"}


def verdict(number: str, value: Any = 1) -> dict[str, Any]:
    return {"datasetObjectId": number, "consolidatedAnnotation": {"content": {"verdict": value}}}


def test_a_post_annotation_function_that_fails_loses_nothing_and_is_called_until_it_answers(
    hook: Hook, client: Client
) -> None:
    job = job_with("a", post_function="hook")
    hook.replies = [(500, b"")] * 18

    finish(job)
    for _ in range(5):
        Job.objects.filter(pk=job.pk).update(lease_until=None)
        assert work.advance(job._meta.label_lower, job.pk) == "later"

    job.refresh_from_db()
    said = "The function “hook” answered 500."
    assert (job.hook_failures, job.hook_error, job.last_error, job.gave_up) == (6, said, said, False)
    assert Task.objects.get().state == "answered"
    client.force_login(make_staff())
    assert said in client.get(reverse("admin:index")).content.decode()

    hook.make = lambda event: [verdict("0")]
    Job.objects.filter(pk=job.pk).update(lease_until=None)
    work.advance(job._meta.label_lower, job.pk)

    job.refresh_from_db()
    assert Label.objects.get(state="proposed").payload == {"value": 1, "metadata": {}}
    assert (job.hook_error, job.last_error) == (said, "")


def test_the_last_fit_waits_for_its_function_too(hook: Hook) -> None:
    job = job_with("a", post_function="hook")
    hook.replies = [(200, json.dumps([verdict("0")]).encode()), *[(500, b"")] * 3]

    finish(job)

    run = LoopRun.objects.get(job=job)
    assert (run.last_error, run.attempts, run.done_at) == ("The function “hook” answered 500.", 0, None)


@pytest.mark.parametrize("entry", [None, 7, {}, {"datasetObjectId": "1", "consolidatedAnnotation": {"content": []}}])
def test_an_object_without_a_label_by_the_function_fails_alone(hook: Hook, entry: Any) -> None:
    job = job_with("ab", post_function="hook")
    hook.make = lambda event: [verdict("0", "good"), *([entry] if entry is not None else [])]

    finish(job)

    batch = Batch.objects.get(pk=job.batch_id)
    job.refresh_from_db()
    assert Label.objects.get().payload == {"value": "good", "metadata": {}}
    assert (
        DataObject.objects.get(source_text="b").failure == "The post-annotation function made no label of its answers."
    )
    assert (batch.failed, batch.human, job.state, job.hook_failures) == (1, 1, "Completed", 1)
    assert job.hook_error == "The post-annotation function made no label of its answers. (1 of 2 objects)"


def test_what_the_function_leaves_out_of_the_last_fit_keeps_its_label(hook: Hook) -> None:
    job = job_with("ab", post_function="hook")
    hook.replies = [(200, json.dumps([verdict("0", "first"), verdict("1", "first")]).encode())]
    hook.make = lambda event: [verdict("0", "last")]

    finish(job)

    labels = Label.objects.exclude(state="superseded").order_by("data_object__ordinal")
    assert [label.payload["value"] for label in labels] == ["last", "first"]
