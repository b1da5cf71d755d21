"""The drawing tools on a 4K picture with many shapes: our own work for a frame while one is dragged.

`python3 -m tests.bench.drawing [--shapes 1000] [--seconds 5]` mounts each tool in the real frame in headless Chromium
and drags one of its shapes, or paints. What counts is the time in our listeners plus our drawing, frame by frame (the
browser's own rasterising is not in it). The last line is JSON: {"polygon": {"frames": …, "p95_ms": …, "max_ms": …}}.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

WIDTH, HEIGHT = 3840, 2160
TOOLS = ("bounding-box", "polygon", "keypoint", "semantic-segmentation")
# From the first listener of a pointer's move to the last, and each drawing of a layer, summed by frame.
WATCH = """() => {
    const spent = [];
    let [begun, frame] = [0, 0];
    addEventListener("pointermove", () => { begun = performance.now(); }, true);
    addEventListener("pointermove", () => { frame += performance.now() - begun; });
    new PerformanceObserver((list) => {
        for (const entry of list.getEntriesByName("crowd-frame")) frame += entry.duration;
    }).observe({ type: "measure" });
    const turn = () => { if (frame) spent.push(frame); frame = 0; requestAnimationFrame(turn); };
    requestAnimationFrame(turn);
    globalThis.spent = spent;
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=5.0)
    options = parser.parse_args()
    figures = measure(options.shapes, options.seconds)
    print(f"Dragging on {WIDTH} × {HEIGHT} with {options.shapes:,} shapes\n")
    print("| tool | frames | p95 ms | max ms |\n|---|---|---|---|")
    for tool, found in figures.items():
        print(f"| {tool} | {found['frames']} | {found['p95_ms']} | {found['max_ms']} |")
    print(json.dumps(figures))


def measure(shapes: int, seconds: float) -> dict[str, Any]:
    """Drag in each tool and return its figures."""
    with blank_page() as show:
        return {tool: drag(show(form(tool, shapes)), seconds) for tool in TOOLS}


@contextmanager
def blank_page() -> Iterator[Callable[[str], Any]]:
    """Give what shows HTML in the real frame, in headless Chromium, and returns that frame."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "groundtruth.settings")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    import django

    django.setup()
    from playwright.sync_api import sync_playwright

    from tests import services
    from tests.browser.elements import MOUNT
    from tests.browser.work_server import Desk, module_urls, serve

    with serve(Desk("")) as desk, sync_playwright() as playwright:
        program = services.chromium()
        browser = playwright.chromium.launch(executable_path=program, args=services.CHROMIUM_FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})

        def show(html: str) -> Any:
            page.goto(f"{desk.url}/blank/")
            page.evaluate(MOUNT, {"html": html, "setup": {}, "modules": module_urls()})
            return page.frames[1]

        yield show
        browser.close()


def drag(frame: Any, seconds: float) -> dict[str, Any]:
    page = frame.page
    frame.wait_for_selector("img.there")
    page.wait_for_timeout(1500)
    box = frame.locator("img.there").bounding_box()
    assert box is not None
    scale = box["width"] / WIDTH
    frame.evaluate(WATCH)
    page.mouse.move(box["x"] + 1900 * scale, box["y"] + 1000 * scale)
    page.keyboard.press("v")
    page.mouse.down()
    for step in range(int(seconds * 60)):
        page.mouse.move(box["x"] + (1900 + step * 3 % 900) * scale, box["y"] + (1000 + step % 600) * scale)
    page.mouse.up()
    spent = sorted(frame.evaluate("() => globalThis.spent"))
    at = spent[int(len(spent) * 0.95)] if spent else 0.0
    return {"frames": len(spent), "p95_ms": round(at, 2), "max_ms": round(spent[-1], 2) if spent else 0.0}


def form(tool: str, shapes: int) -> str:
    """Return a form with the tool, its shapes spread over the picture and one in the middle, under the pointer."""
    value = "" if tool == "semantic-segmentation" else f"initial-value='{json.dumps(spread(tool, shapes))}'"
    labels = '["Car", "Bus", "Person", "Cyclist"]'
    return (
        f"<crowd-form><crowd-{tool} name='it' src='{picture()}' labels='{labels}' {value}></crowd-{tool}></crowd-form>"
    )


def spread(tool: str, shapes: int) -> list[dict[str, Any]]:
    places = [((n * 7919) % (WIDTH - 60), (n * 104729) % (HEIGHT - 60)) for n in range(shapes - 1)]
    makers = {
        "bounding-box": lambda x, y, r: {"left": x, "top": y, "width": r, "height": r},
        "polygon": lambda x, y, r: {"vertices": [{"x": x, "y": y}, {"x": x + r, "y": y}, {"x": x, "y": y + r}]},
        "keypoint": lambda x, y, r: {"x": x, "y": y},
    }
    make = makers[tool]
    middle = make(1900, 1000, 0) if tool == "keypoint" else make(1850, 950, 200)
    return [{"label": "Car", **shape} for shape in [*(make(x, y, 40) for x, y in places), middle]]


def picture() -> str:
    """Return a 4K picture as a data address."""
    from PIL import Image

    out = BytesIO()
    Image.radial_gradient("L").resize((WIDTH, HEIGHT)).convert("RGB").save(out, "JPEG", quality=70)
    return f"data:image/jpeg;base64,{base64.b64encode(out.getvalue()).decode()}"


if __name__ == "__main__":
    main()
