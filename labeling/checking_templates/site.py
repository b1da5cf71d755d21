"""The few pages that a frame needs, given to the browser without a server; any other address is refused."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from playwright.sync_api import Route

from labeling.views.frames import MODULES, frame_policy

ORIGIN = "https://portal.invalid"
STORE = "https://store.invalid"  # another origin: an address without one leads to the portal, and is refused
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Template</title>
<link rel="stylesheet" href="/static/css/tokens.css">
<style>body { margin: 0 } iframe { position: fixed; inset: 0; width: 100%; height: 100%; border: 0 }</style>
</head><body></body></html>"""
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:; font-src 'self'; "
    f"connect-src 'self'; frame-src {ORIGIN}/frame/"
)


def modules() -> dict[str, str]:
    """Return the elements' modules, by the bare name that frames import."""
    return {name: f"/static/{name}.js" for name in MODULES}


def answer_to(refused: Callable[[str], None]) -> Callable[[Route], None]:
    """Return what answers the browser's requests; `refused` is told each address that is none of ours."""

    def answer(route: Route) -> None:
        url = route.request.url
        if not url.startswith(ORIGIN + "/"):
            refused(url)
            return route.abort("blockedbyclient")
        return _serve(route, urlsplit(url).path)

    return answer


def _serve(route: Route, path: str) -> None:
    if path == "/":
        return route.fulfill(body=PAGE, content_type="text/html", headers={"Content-Security-Policy": PAGE_POLICY})
    if path == "/frame/":
        headers = {"Content-Security-Policy": frame_policy(STORE)}
        return route.fulfill(body=render_to_string("labeling/frame.html"), content_type="text/html", headers=headers)
    root = Path(settings.BASE_DIR) / "static"
    file = (root / path.removeprefix("/static/")).resolve()
    if path.startswith("/static/") and file.is_relative_to(root.resolve()) and file.is_file():
        kind = mimetypes.guess_type(file.name)[0] or "text/plain"
        return route.fulfill(body=file.read_bytes(), content_type=kind)
    return route.fulfill(status=404, body="")
