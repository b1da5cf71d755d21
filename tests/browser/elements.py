"""The page's side of a frame with elements (the fixture `mount` shows HTML in it), and what the frame said."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import FrameLocator, Page

PLAIN = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
# The page's side of the protocol, in a page of the same origin as the loader.
MOUNT = """async ({html, setup, modules}) => {
    const { Frame, moduleTexts } = await import("/static/js/work/frame.js");
    document.querySelector("iframe")?.remove();
    const frame = new Frame({ loader: "/work/frame/", title: "Task", place: document.body });
    const size = { position: "fixed", inset: 0, width: "100%", height: "100%" };
    Object.assign(frame.element.style, { ...size, border: 0, opacity: 1 });
    window.heard = [];
    for (const type of ["submit", "changed", "key", "failed", "height", "blocked"]) {
        frame.on(type, (message) => window.heard.push(message));
    }
    await frame.load({ html, modules: await moduleTexts(modules, html), setup: { words: {}, ...setup } });
    window.ready = await frame.ready;
    window.frame_ = frame;
    frame.element.focus();
    frame.post("show", { last: null });
    await new Promise((resolve) => setTimeout(resolve, 150));
}"""
Mount = Callable[..., FrameLocator]


def heard(page: Page, kind: str) -> list[dict[str, Any]]:
    page.wait_for_timeout(300)
    return page.evaluate("window.heard.filter(({ type }) => type === arguments)".replace("arguments", json.dumps(kind)))


def sent(page: Page) -> Any:
    """The one answer that was submitted."""
    for _ in range(15):
        if heard(page, "submit"):
            break
    [message] = heard(page, "submit")
    return message["answer"]


def rows(frame: FrameLocator) -> list[str]:
    """What stands in the rows of a tool's list; not their inner text, which a row that is not drawn yet has not."""
    parts = "row => [...row.querySelectorAll('span')].map((span) => span.textContent.trim()).filter(Boolean).join(' ')"
    return frame.locator(".pick").evaluate_all(f"rows => rows.map({parts})")


def stroke(page: Page, *points: tuple[float, float]) -> None:
    """Move one finger over the page, from the first point to the last."""
    cdp = page.context.new_cdp_session(page)
    kinds = ["touchStart"] + ["touchMove"] * (len(points) - 1)
    for kind, (x, y) in zip(kinds, points, strict=True):
        cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    cdp.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
