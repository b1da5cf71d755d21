"""What a hostile template tries in the frame of the real page, under the real policy: it reads and reaches nothing.

A server elsewhere counts what arrives, connections too; a socket for UDP as well, since calls between browsers pass a
content policy by.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as product
from django.urls import reverse
from playwright.sync_api import Frame, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from labeling.models import Job
from projects import grants
from tests.browser.portal import PLAIN, give_session
from tests.factories import make_job, make_running_batch, make_team, make_worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
Show = Callable[[str], Frame]

FORM = '<crowd-form><p>A task</p><button type="button" id="go">Go</button></crowd-form>'
SCRIPTS = Path(__file__).resolve().parent / "hostile"
# A window of its own has what was taken out of the frame's; what a call between browsers sends, no policy stops.
CALL = (
    "const c = new RTCPeerConnection({iceServers: [{urls: `stun:127.0.0.1:UDP`}]}); c.createDataChannel(`x`);"
    "c.createOffer().then((o) => c.setLocalDescription(o))"
)
CALL_FROM_A_NEW_WINDOW = {
    "frame": f'tag("iframe", {{ srcdoc: "<script>{CALL}<" + "/script>" }});',
    "attribute": f'tag("iframe", {{}}).setAttribute("srcdoc", "<script>{CALL}<" + "/script>");',
    "hidden frame": (
        'const root = tag("div", {}).attachShadow({ mode: "closed" });'
        f'root.innerHTML = `<iframe srcdoc="<script>{CALL.replace("`", "&#96;")}</` + `script>"></iframe>`;'
    ),
    "taken remove": (
        "Element.prototype.remove = Node.prototype.removeChild = () => {};"
        f'tag("iframe", {{ srcdoc: "<script>{CALL}<" + "/script>" }});'
    ),
    "written": f'document.write(`<iframe srcdoc="<script>{CALL.replace("`", "&#96;")}</` + `script>"></iframe>`);',
    "script address": f'tag("iframe", {{ src: "javascript:{CALL}" }});',
    "new document": f'location.href = "javascript:\'<script>{CALL}<" + "/script>\'";',
    "parsed elsewhere": (
        "const text = `<iframe srcdoc='<script>" + CALL.replace("`", "&#96;") + "</` + `script>'></iframe>`;"
        "const asked = new XMLHttpRequest(); asked.responseType = 'document'; asked.open('GET',"
        " URL.createObjectURL(new Blob([text], { type: 'text/html' }))); asked.send();"
        "asked.onload = () => document.body.append(document.adoptNode(asked.response.querySelector('iframe')));"
    ),
}
LEAVE_BY_ITSELF = {
    "address": 'location.href = "ELSEWHERE/self";',
    "link": 'tag("a", { href: "ELSEWHERE/link" }).click();',
    "form": 'const form = tag("form", { action: "ELSEWHERE/form" }); HTMLFormElement.prototype.submit.call(form);',
    "refresh": 'tag("meta", { httpEquiv: "refresh", content: "0; url=ELSEWHERE/refresh" });',
}


@dataclass
class Elsewhere:
    """A server that nobody may reach, and what reached it."""

    url: str
    udp: socket.socket
    asked: list[str] = field(default_factory=list)

    @property
    def reached(self) -> list[str]:
        calls = []
        with_nothing_more = (BlockingIOError, TimeoutError)
        try:
            while data := self.udp.recv(2048):
                calls.append(f"udp {len(data)}")
        except with_nothing_more:
            pass
        return [*self.asked, *calls]


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            """Say nothing: the test speaks."""

        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()

        do_POST = do_OPTIONS = do_HEAD = do_GET

    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 0))
    udp.setblocking(False)

    class Server(ThreadingHTTPServer):
        def verify_request(self, request: Any, client_address: Any) -> bool:
            asked.append("connection")  # tells of itself, whatever is asked then
            return True

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Elsewhere(f"http://127.0.0.1:{server.server_port}", udp, asked)
    server.shutdown()
    server.server_close()
    udp.close()


@pytest.fixture
def show(live_server: LiveServer, settings: Settings, page: Page, elsewhere: Elsewhere) -> Show:
    """Open the real labelling page of a job with this template, and return the frame on screen."""
    settings.STORAGES = {**product.STORAGES, "staticfiles": PLAIN}
    settings.GROUNDTRUTH_URL = settings.STORE_ORIGIN = live_server.url
    grants._kept.clear()
    worker = make_worker(make_team())
    job = make_job(make_running_batch(texts=("a", "b")), team=worker.teams.get(), workers_each=1)
    give_session(page.context, worker.user, live_server.url)

    def opened(tries: str) -> Frame:
        udp = str(elsewhere.udp.getsockname()[1])
        text = (SCRIPTS / "start.js").read_text() + tries
        text = text.replace("ELSEWHERE", elsewhere.url).replace("HERE", live_server.url).replace("UDP", udp)
        Job.objects.filter(pk=job.pk).update(template=f"{FORM}<script>{text}</script>")
        page.goto(live_server.url + reverse("work_job", args=[job.public_id]))
        frame = page.locator("iframe.shown").element_handle(timeout=60_000).content_frame()
        assert frame is not None
        return frame

    return opened


def script(name: str) -> str:
    return (SCRIPTS / f"{name}.js").read_text()


def told(frame: Frame) -> dict[str, Any]:
    frame.wait_for_selector("html[data-tries]", timeout=60_000)
    return json.loads(frame.evaluate("document.documentElement.dataset.tries"))


def test_a_template_reads_no_cookie_no_storage_and_nothing_of_the_page(show: Show, page: Page) -> None:
    found = told(show(script("reads")))["tries"]

    # What stands in for a store and for cookies in the frame holds nothing that the template did not put there.
    assert {name: what for name, what in found.items() if what != "refused"} == {
        "cookie": "got ",
        "set cookie": "got undefined",
        "localStorage": "got 0",
        "sessionStorage": "got 0",
    }
    assert len(found) == 13
    assert "a=b" not in page.evaluate("document.cookie")


def test_a_template_reaches_no_address_but_the_store(show: Show, elsewhere: Elsewhere, live_server: LiveServer) -> None:
    found = told(show(script("reaches")))

    assert elsewhere.reached == []
    got = {name for name, what in found["tries"].items() if what != "refused"}
    assert got <= {"beacon"}, found  # a browser says that it took a beacon even where the policy drops it
    blocked = {tuple(one) for one in found["broken"]}
    assert ("connect-src", f"{live_server.url}/healthz") in blocked
    assert ("img-src", f"{live_server.url}/static/favicon.svg") in blocked


def test_a_template_opens_no_window_and_moves_neither_page_nor_form(
    show: Show, page: Page, elsewhere: Elsewhere
) -> None:
    frame = show(script("leaves"))
    before = page.url
    frame.click("#go", timeout=60_000)
    found = told(frame)

    assert (page.url, page.context.pages, elsewhere.reached) == (before, [page], [])
    assert found["tries"]["window"] == "refused"
    assert found["tries"]["top"] == "refused"
    assert found["tries"]["parent"] == "refused"


@pytest.mark.parametrize("how", LEAVE_BY_ITSELF)
def test_a_template_that_leaves_its_frame_arrives_nowhere(
    how: str, show: Show, page: Page, elsewhere: Elsewhere
) -> None:
    show(LEAVE_BY_ITSELF[how])
    page.wait_for_timeout(3000)

    assert elsewhere.reached == []
    assert page.url.startswith(page.evaluate("location.origin") + "/work/")
    expect(page.locator("#count")).to_contain_text("done today")


@pytest.mark.parametrize("how", CALL_FROM_A_NEW_WINDOW)
def test_a_template_makes_no_call_from_a_new_window(how: str, show: Show, page: Page, elsewhere: Elsewhere) -> None:
    show(CALL_FROM_A_NEW_WINDOW[how])
    page.wait_for_timeout(2500)

    assert elsewhere.reached == []


def test_a_template_that_brings_a_frame_with_content_gets_none(show: Show, page: Page, elsewhere: Elsewhere) -> None:
    frame = show("")
    call = CALL.replace("`", "&#96;").replace("UDP", str(elsewhere.udp.getsockname()[1]))
    brought = f"<iframe srcdoc='<script>{call}</script>'></iframe>"
    shadow = f"<div><template shadowrootmode=closed>{brought}</template></div>"
    Job.objects.update(template=f"{FORM}{brought}{shadow}")
    page.reload()
    frame = page.locator("iframe.shown").element_handle(timeout=60_000).content_frame()
    assert frame is not None
    frame.wait_for_selector("#go")
    page.wait_for_timeout(2500)

    assert elsewhere.reached == []
