"""A stand-in for the worker's views: serves the real page and files, plays the protocol, and fails on demand."""

from __future__ import annotations

import json
import mimetypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import override

from labeling.templating import render
from labeling.views.frames import MODULES, frame_policy

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
LABELS = ["Readable", "Dirty", "Faded", "Covered", "Bent or turned", "Cannot tell"]
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def picture(number: int) -> str:
    """An SVG photograph of sorts, wide, with a sign in it."""
    hue = number * 47 % 360
    shapes = (
        '<rect width="960" height="340" fill="#9fc0dc"/><rect y="340" width="960" height="260" fill="#7b9667"/>',
        '<path d="M0 600L380 340h40l220 260z" fill="#6d7278"/><circle cx="700" cy="120" r="120" fill="#4f7a3a"/>',
        f'<circle cx="450" cy="240" r="120" fill="hsl({hue} 60% 45%)"/>',
        f'<text x="450" y="270" font-size="90" text-anchor="middle" fill="#fff">{number}</text>',
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="960" height="600">{"".join(shapes)}</svg>'


def module_urls() -> dict[str, str]:
    return {name: f"/static/{name}.js" for name in MODULES}


@dataclass
class Desk:
    """What the server knows, and how it shall misbehave."""

    template: str
    total: int = 40
    preview: bool = False
    language: str = "en"
    guide: dict[str, Any] = field(default_factory=dict)
    labels: list[str] = field(default_factory=lambda: list(LABELS))
    stored: dict[str, Any] = field(default_factory=dict)  # submit key → answer, in order of arrival
    deliveries: list[str] = field(default_factory=list)  # every submit that reached the server, repeats too
    declined: dict[str, str] = field(default_factory=dict)
    corrected: dict[str, Any] = field(default_factory=dict)
    beats: int = 0
    reads: int = 0
    stuck: dict[str, str] = field(default_factory=dict)  # submit key → what its page reported
    questions: list[dict[str, Any]] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)  # further parts of the page's config
    given: int = 0
    held: list[str] = field(default_factory=list)  # keys at place 0 and 1
    signed_in: bool = True
    fail_next: list[tuple[int, dict[str, Any]]] = field(default_factory=list)  # replies to the next submits
    lose_replies: bool = False  # submits are stored, but a gateway says that it had no reply
    url: str = ""

    def task(self, key: str) -> dict[str, Any]:
        number = int(key.removeprefix("key-"))
        html = render(
            self.template, self.task_input(number), sign=lambda uri: f"{self.url}/store/{uri.rsplit('/', 1)[1]}"
        )
        return {"key": key, "id": f"a{number}", "html": html, "seconds": 300, "left": None, "draft": None}

    def task_input(self, number: int) -> dict[str, Any]:
        uri = f"s3://signs/{number}.svg"
        return {"taskObject": uri, "labels": self.labels, "header": "Is the sign readable?", "number": number}

    def fill(self) -> list[str]:
        fresh = []
        while len(self.held) < 2 and self.given < self.total:
            self.given += 1
            self.held.append(f"key-{self.given}")
            fresh.append(self.held[-1])
        return fresh

    def counts(self) -> dict[str, int]:
        return {"today": len(self.stored), "left": self.total - len(self.stored) - len(self.declined)}

    def claim(self) -> dict[str, Any]:
        self.fill()
        return {"tasks": [self.task(key) for key in self.held], **self.counts()}

    def settle(self, key: str) -> dict[str, Any]:
        if key in self.held:
            self.held.remove(key)
        fresh = self.fill()
        return {"next": self.task(fresh[0]) if fresh else None, **self.counts()}

    def submit(self, body: dict[str, Any]) -> dict[str, Any]:
        key = body["key"]
        is_repeat = key in self.stored
        self.deliveries.append(key)
        self.stored.setdefault(key, body["answer"])
        return {"stored": True, "repeat": is_repeat, **self.settle(key)}

    def config(self) -> dict[str, Any]:
        acts = ("claim", "submit", "decline", "release", "pause", "resume", "beat", "back", "correct", "ask", "keys")
        urls = {name: f"/api/{name}" for name in (*acts, "stuck", "read")} | {"home": "/work/", "signin": "/signin"}
        tasks = self.claim()["tasks"]
        job = {"id": "j1", "title": "Road signs: readable?", "seconds": 300}
        config = {
            "urls": urls,
            "words": "/work/words/",
            "frame": "/work/frame/",
            "modules": module_urls(),
            "tasks": tasks,
            "csrf": "t",
            "job": job,
        }
        return (
            config
            | self.counts()
            | {"preview": self.preview, "keys": self.keys, "questions": self.questions}
            | self.more
        )

    def page(self) -> str:
        guide = {"title": "Is the sign readable?", "version": "1.4", "short": [], "full": ""} | self.guide
        job = {"title": "Road signs: readable?", "kind": "Image classification", "public_id": "j1", "seconds": 300}
        with override(self.language):
            return render_to_string("labeling/work.html", {"job": job, "guide": guide, "config": self.config()})

    def back(self) -> dict[str, Any]:
        keys = list(self.stored)[::-1][:10]
        answer = {key: self.corrected.get(self.task(key)["id"], self.stored[key]) for key in keys}
        rows = [
            {"id": self.task(key)["id"], "html": self.task(key)["html"], "answer": answer[key], "open": True}
            for key in keys
        ]
        return {"answers": rows}

    def reply(self, act: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if not self.signed_in:
            return 401, {"error": {"code": "signin", "message": "Sign in first.", "problems": []}}
        if act == "submit" and self.fail_next:
            return self.fail_next.pop(0)
        if act == "submit":
            reply = self.submit(body)
            return (504, {}) if self.lose_replies else (200, reply)
        if act in ("decline", "release"):
            self.declined[body["key"]] = body.get("reason", "")
            return 200, self.settle(body["key"])
        if act == "correct":
            self.corrected[body["id"]] = body["answer"]
            return 200, {"stored": True}
        if act == "stuck":
            self.stuck[body["key"]] = body["what"]
            return 200, {"stored": True}
        if act == "read":
            self.reads += 1
            return 200, {"stored": True}
        if act == "beat":
            self.beats += 1
            for row in self.questions:
                row["seen"] = row["seen"] or row["id"] in body.get("seen", [])
            news = [row for row in self.questions if row["answer"] and not row["seen"]]
            return (200, {"questions": news}) if news else (204, {})
        if act == "ask":
            task = "a" + body["key"].removeprefix("key-")
            row = {"id": len(self.questions) + 1, "task": task, "text": body["text"], "answer": "", "seen": False}
            self.questions.append(row)
            return 200, {"questions": self.questions}
        if act == "keys":
            self.keys = body["keys"]
            return 200, {"keys": self.keys}
        clocks = {"pause": lambda: {"left": 120}, "resume": lambda: {"left": 115}}
        return 200, {"claim": self.claim, "back": self.back, **clocks}[act]()


def handler_for(desk: Desk) -> type[BaseHTTPRequestHandler]:
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            """Say nothing: the test speaks."""

        def send(self, status: int, body: bytes, kind: str, **headers: str) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path.startswith("/api/"):
                return self.answer(path.removeprefix("/api/"), {})
            if path == "/work/j1/":
                return self.send(200, desk.page().encode(), "text/html", Content_Security_Policy=PAGE_POLICY)
            if path == "/blank/":
                blank = b"<!doctype html><html lang=en><title>Blank</title><main></main></html>"
                return self.send(200, blank, "text/html", Content_Security_Policy=PAGE_POLICY)
            if path == "/work/words/":
                return self.send(200, render_to_string("labeling/_work_words.html").encode(), "text/html")
            if path == "/work/frame/":
                policy = frame_policy(desk.url)
                html = render_to_string("labeling/frame.html")
                return self.send(
                    200, html.encode(), "text/html", Content_Security_Policy=policy, Cache_Control="max-age=3600"
                )
            if path.startswith("/store/"):
                svg = picture(int(path.removeprefix("/store/").removesuffix(".svg")))
                return self.send(200, svg.encode(), "image/svg+xml", Access_Control_Allow_Origin="*")
            file = STATIC / path.removeprefix("/static/")
            if path.startswith("/static/") and file.is_file():
                return self.send(200, file.read_bytes(), mimetypes.guess_type(file.name)[0] or "text/plain")
            return self.send(404, b"not here", "text/plain")

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.answer(self.path.removeprefix("/api/"), body)

        def answer(self, act: str, body: dict[str, Any]) -> None:
            with lock:
                status, reply = desk.reply(act, body)
            if status == 204:
                self.send_response(204)
                return self.end_headers()
            return self.send(status, json.dumps(reply).encode(), "application/json")

    return Handler


@contextmanager
def serve(desk: Desk) -> Iterator[Desk]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_for(desk))
    server.daemon_threads = True
    desk.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield desk
    finally:
        server.shutdown()
        server.server_close()
