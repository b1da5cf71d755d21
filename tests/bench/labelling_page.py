"""The labelling page as a worker meets it: how fast the next task is there, and how much comes over the wire.

    python3 -m tests.bench.labelling_page [--tasks 50]

The product runs under gunicorn with files as they are deployed (compressed, named by their content), on a database and
a store of the run's own. In headless Chromium a worker answers one task after the other: a swap is from the key's
going down to the next task's paint. Bytes are those over the wire, heads included, as the browser counts them,
without the objects: of a first visit with an empty cache, and of a second one by the same browser. The last line is
JSON: {"swap_p95_ms": …, "first_visit_bytes": …, "second_visit_bytes": …, "within": …}; exit 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests import services
from tests.bench.worker_loop import gunicorn, make_job, prepare

ROOT = Path(__file__).resolve().parents[2]
BARS = {"swap_p95_ms": 100, "first_visit_bytes": 150_000, "second_visit_bytes": 10_000}
SIZE = {"width": 1440, "height": 900}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=50)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), options.tasks) as (url, job, session):
        figures = measure(url, job, session, options.tasks)
    found = {name: figures[name] for name in BARS}
    print(f"Labelling page, text classification, {options.tasks} tasks\n\n| figure | found | bar |\n|---|---|---|")
    for name, bar in BARS.items():
        print(f"| {name} | {found[name]:,} | {bar:,} |")
    print("\nThe second visit's largest:", ", ".join(f"{path} {size:,}" for path, size in figures["largest"]))
    within = all(found[name] <= bar for name, bar in BARS.items())
    print(json.dumps({**found, "within": within}))
    sys.exit(0 if within else 1)


@contextmanager
def serving(folder: Path, tasks: int) -> Iterator[tuple[str, str, str]]:
    """Run the product with one job of texts; give its address, the job's id and the session of its worker."""
    port = services.free_ports(1)
    url = f"http://localhost:{port}"
    environment = {
        "DJANGO_SETTINGS_MODULE": "groundtruth.settings",
        "GROUNDTRUTH_VAR": str(folder / "var"),
        "GROUNDTRUTH_URL": url,
        "LOG_LEVEL": "ERROR",
    }
    (folder / "var").mkdir()
    prepare(environment)
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"]
    subprocess.run(collect, cwd=ROOT, check=True)
    job, [headers] = make_job(3 * tasks, 1)
    session = headers["Cookie"].partition(";")[0].removeprefix("sessionid=")
    with gunicorn("groundtruth.wsgi", port, environment):
        yield url, job.public_id, session


def measure(url: str, job: str, session: str, tasks: int) -> dict[str, Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        program = services.chromium()
        browser = playwright.chromium.launch(executable_path=program, args=services.CHROMIUM_FLAGS)
        context = browser.new_context(viewport=SIZE)
        context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
        first, _largest = visit(context, f"{url}/work/{job}/")
        second, largest = visit(context, f"{url}/work/{job}/")
        swaps = sorted(swap(context, f"{url}/work/{job}/", tasks))
        browser.close()
    p95 = swaps[int(len(swaps) * 0.95)]
    return {"swap_p95_ms": round(p95, 1), "first_visit_bytes": first, "second_visit_bytes": second, "largest": largest}


def visit(context: Any, address: str) -> tuple[int, list[tuple[str, int]]]:
    """Open the page until its task stands and return the bytes that came, and the largest of them by path."""
    page = context.new_page()
    wire = context.new_cdp_session(page)
    paths: dict[str, str] = {}
    sizes: dict[str, int] = {}
    wire.send("Network.enable")
    wire.on("Network.requestWillBeSent", lambda told: paths.update({told["requestId"]: told["request"]["url"]}))
    wire.on("Network.loadingFinished", lambda told: sizes.update({told["requestId"]: int(told["encodedDataLength"])}))
    page.goto(address)
    page.frame_locator("iframe.shown").get_by_role("radio").first.wait_for()
    page.wait_for_load_state("networkidle")
    wanted = {key: size for key, size in sizes.items() if size and "/store/" not in paths.get(key, "")}
    largest = sorted(((paths.get(key, "?"), size) for key, size in wanted.items()), key=lambda pair: -pair[1])[:5]
    page.close()
    return sum(wanted.values()), largest


# When keys went down in the frames, and when each task after the first was painted: milliseconds since 1970.
WATCH = """() => {
    const now = () => performance.timeOrigin + performance.now();
    window.pressed = [];
    window.painted = [];
    addEventListener("message", ({ data }) => data?.pressed && pressed.push(data.pressed));
    const painted_ = () => requestAnimationFrame(() => setTimeout(() => painted.push(now())));
    const look = (changes) => changes.some(({ target }) => target.matches("iframe.shown")) && painted_();
    new MutationObserver(look).observe(document.body, { subtree: true, attributeFilter: ["class"] });
}"""
LISTEN = """() => addEventListener("keydown", (event) => {
    parent.postMessage({ pressed: performance.timeOrigin + event.timeStamp }, "*");
}, { capture: true, once: true })"""


def swap(context: Any, address: str, tasks: int) -> list[float]:
    """Answer the tasks by key and return how long each took to be followed by the next, in milliseconds."""
    page = context.new_page()
    page.goto(address)
    shown = page.frame_locator("iframe.shown").get_by_role("radio").first
    shown.wait_for()
    page.evaluate(WATCH)
    for done in range(tasks):
        shown.wait_for()
        page.wait_for_function("() => document.activeElement?.classList.contains('shown')")
        page.locator("iframe.shown").element_handle().content_frame().evaluate(LISTEN)
        page.keyboard.press("1")
        page.wait_for_function("(done) => painted.length > done && pressed.length > done", arg=done)
        page.wait_for_timeout(400)  # a person looks before the next key, and the one after is fetched meanwhile
    pressed, painted = page.evaluate("[pressed, painted]")
    page.close()
    return [end - start for start, end in zip(pressed, painted, strict=True)]


if __name__ == "__main__":
    main()
