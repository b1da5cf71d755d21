"""The links of the store on disk: what they open, what they do not, and with which headers."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import time_machine
from django.conf import settings as settings_
from django.http import HttpResponseBase
from django.test import RequestFactory

from groundtruth import clock
from groundtruth.storage import Address, BadAddress, get_store
from groundtruth.storage.choice import embedded_store
from groundtruth.storage.links import link
from groundtruth.store_view import store_object

pytestmark = pytest.mark.django_db  # closing a response looks at the connections that are open

SAFE = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
}
IMAGE = Address("bucket", "acme/in/café & co?.jpg")


def ask(url: str, method: str = "GET", **headers: str) -> HttpResponseBase:
    """Ask the view alone: no middleware, no session, no user."""
    parts = urlsplit(url)
    request = RequestFactory().generic(method, f"{parts.path}?{parts.query}", headers=headers)
    _, _, bucket, key = request.path_info.split("/", 3)
    response = store_object(request, bucket, key)
    for name, value in SAFE.items():
        assert response[name] == value
    return response


def body(response: HttpResponseBase) -> bytes:
    data = b"".join(response) if response.streaming else response.content
    response.close()
    return data


@pytest.fixture
def url() -> str:
    get_store().put(IMAGE, b"0123456789")
    return get_store().sign(IMAGE, 300)


def test_link_is_absolute_and_opens_its_object(url, settings):
    response = ask(url)

    assert url.startswith(settings.GROUNDTRUTH_URL + "/store/bucket/acme/in/caf%C3%A9%20%26%20co%3F.jpg?e=")
    assert response.status_code == 200
    assert response["Content-Type"] == "image/jpeg"
    assert response["Content-Length"] == "10"
    assert response["Accept-Ranges"] == "bytes"
    assert re.fullmatch('"[0-9a-f]{32}"', response["ETag"])
    assert body(response) == b"0123456789"


def test_link_works_through_all_middleware_without_a_session(url, client):
    response = client.get(url)

    assert response.status_code == 200
    assert b"".join(response.streaming_content) == b"0123456789"
    assert response["Content-Security-Policy"] == SAFE["Content-Security-Policy"]
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")


def test_head_tells_the_same_without_the_bytes(url):
    response = ask(url, "HEAD")

    assert (response.status_code, response["Content-Length"], response.content) == (200, "10", b"")


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
def test_nothing_is_written_here(url, method):
    response = ask(url, method)

    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert get_store().read(IMAGE) == b"0123456789"


def test_preflight_of_a_sandboxed_frame_is_answered():
    response = ask("/store/bucket/x", "OPTIONS", origin="null")

    assert response.status_code == 204
    assert response["Access-Control-Allow-Methods"] == "GET, HEAD"
    assert "Range" in response["Access-Control-Allow-Headers"]


def test_unsigned_link_is_refused_whether_or_not_the_object_exists(url):
    path = urlsplit(url).path

    assert ask(path).status_code == 403
    assert ask("/store/bucket/nothing").status_code == 403
    assert ask("/store/bucket/").status_code == 403
    assert ask(path + "?e=9999999999&s=x").status_code == 403
    assert ask(path + "?e=x&s=%ff").status_code == 403


@pytest.mark.parametrize("name", ["e", "s", "f", "t"])
def test_every_part_of_a_link_is_signed(name):
    get_store().put(IMAGE, b"x")
    url = get_store().sign(IMAGE, 300, filename="a.jpg", content_type="image/png")
    query = {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}
    assert ask(url).status_code == 200

    changed = {**query, name: query[name][:-1] + ("A" if query[name][-1] != "A" else "B")}
    dropped = {key: value for key, value in query.items() if key != name}

    assert ask(f"{urlsplit(url).path}?{urlencode(changed)}").status_code == 403
    assert ask(f"{urlsplit(url).path}?{urlencode(dropped)}").status_code == 403


def test_link_opens_no_other_object(url):
    get_store().put(Address("bucket", "acme/in/other.jpg"), b"x")
    get_store().put(Address("bucket2", "acme/in/other.jpg"), b"x")
    query = urlsplit(url).query

    assert ask(f"/store/bucket/acme/in/other.jpg?{query}").status_code == 403
    assert ask(f"/store/bucket2/acme/in/other.jpg?{query}").status_code == 403


def test_shifting_text_between_the_parts_forges_nothing():
    one = link(Address("bucket", "a"), 60, filename="bc")
    query = parse_qs(urlsplit(one).query)
    moved = urlencode({"e": query["e"][0], "f": "c", "s": query["s"][0]})

    assert ask(f"/store/bucket/ab?{moved}").status_code == 403


def test_another_key_of_the_server_ends_all_links(url, settings):
    settings.SECRET_KEY = "another"

    assert ask(url).status_code == 403


def test_link_expires_and_is_cached_no_longer_than_that(url):
    with time_machine.travel(clock.now() + timedelta(seconds=200), tick=False):
        response = ask(url)
    with time_machine.travel(clock.now() + timedelta(seconds=301), tick=False):
        late = ask(url)

    assert response.status_code == 200
    assert 95 <= int(response["Cache-Control"].removeprefix("private, max-age=")) <= 101
    assert late.status_code == 403
    assert late["Cache-Control"] == "no-store"


def test_no_link_lives_longer_than_the_settings_allow(settings):
    get_store().put(IMAGE, b"x")
    url = get_store().sign(IMAGE, 10**9)

    assert ask(url)["Cache-Control"] in ("private, max-age=600", "private, max-age=599")
    settings.SIGNED_URL_SECONDS = 60  # made stricter: links made before are too long now
    assert ask(url).status_code == 403


def test_signed_link_to_nothing_is_not_found():
    url = get_store().sign(Address("bucket", "nothing"), 60)

    assert ask(url).status_code == 404


def test_signed_link_never_lists_or_climbs(url):
    for key in ("acme/in/", "acme/in", "../secret", "acme/../acme/in/x"):
        assert ask(link(Address("bucket", key), 60)).status_code == 404


def test_store_refuses_to_sign_a_bad_address():
    with pytest.raises(BadAddress):
        get_store().sign(Address("bucket", "../secret"), 60)


def test_nothing_is_served_from_disk_where_s3_is_used(url, settings):
    settings.GROUNDTRUTH_S3 = {"endpoint_url": "http://127.0.0.1:9"}

    assert ask(url).status_code == 404


@pytest.mark.parametrize(
    ("wanted", "part", "told"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-4", b"6789", "bytes 6-9/10"),
        ("bytes=-400", b"0123456789", "bytes 0-9/10"),
        ("bytes=8-800", b"89", "bytes 8-9/10"),
    ],
)
def test_range_gives_its_part(url, wanted, part, told):
    response = ask(url, range=wanted)

    assert (response.status_code, response["Content-Range"]) == (206, told)
    assert response["Content-Length"] == str(len(part))
    assert body(response) == part


@pytest.mark.parametrize("wanted", ["bytes=10-", "bytes=99-100", "bytes=-0"])
def test_range_outside_the_object_is_refused(url, wanted):
    response = ask(url, range=wanted)

    assert (response.status_code, response["Content-Range"]) == (416, "bytes */10")


@pytest.mark.parametrize(
    "wanted", ["bytes=0-1,3-4", "bytes=5-2", "bytes=-", "pages=1-2", "bytes=a-b", "bytes=" + "9" * 40 + "-"]
)
def test_range_that_we_do_not_understand_gives_the_whole(url, wanted):
    response = ask(url, range=wanted)

    assert response.status_code == 200
    assert body(response) == b"0123456789"


def test_range_of_an_older_version_gives_the_whole_new_one(url):
    etag = ask(url, "HEAD")["ETag"]
    assert ask(url, **{"range": "bytes=0-1", "if-range": etag}).status_code == 206

    get_store().put(IMAGE, b"abcdefghij")

    assert body(ask(url, **{"range": "bytes=0-1", "if-range": etag})) == b"abcdefghij"


def test_a_versions_mark_says_neither_when_the_object_came_in_nor_its_size(url):
    with embedded_store().open(IMAGE) as file:
        modified = os.fstat(file.fileno()).st_mtime_ns
    before = ask(url, "HEAD")["ETag"]
    path = Path(settings_.GROUNDTRUTH_STORE_ROOT) / IMAGE.bucket / IMAGE.key

    os.utime(path, ns=(modified + 1, modified + 1))

    assert ask(url, "HEAD")["ETag"] != before
    assert f"{modified:x}" not in before
    assert "Last-Modified" not in ask(url, "HEAD")


def test_known_version_is_not_sent_again(url):
    etag = ask(url, "HEAD")["ETag"]

    response = ask(url, **{"if-none-match": etag})

    assert (response.status_code, body(response)) == (304, b"")


@pytest.mark.parametrize(
    ("key", "served"),
    [
        ("page.html", "text/plain; charset=utf-8"),
        ("page.XHTML", "text/plain; charset=utf-8"),
        ("script.js", "text/plain; charset=utf-8"),
        ("feed.xml", "text/plain; charset=utf-8"),
        ("drawing.svg", "image/svg+xml"),  # a picture in an image element; the sandbox holds it elsewhere
        ("clip.mp4", "video/mp4"),
        ("cloud.bin", "application/octet-stream"),
        ("noext", "application/octet-stream"),
    ],
)
def test_nothing_active_is_served(key, served):
    get_store().put(Address("bucket", key), b"<script>alert(1)</script>")

    assert ask(get_store().sign(Address("bucket", key), 60))["Content-Type"] == served
    forced = get_store().sign(Address("bucket", key), 60, content_type="text/html")
    assert ask(forced)["Content-Type"] == "text/plain; charset=utf-8"


def test_filename_makes_a_download_and_cannot_break_the_header(url):
    named = get_store().sign(IMAGE, 60, filename='résumé"\r\nX-Evil: 1.jpg')

    response = ask(named)

    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''r%C3%A9sum%C3%A9")
    assert "X-Evil" not in response.headers
    assert "Content-Disposition" not in ask(url)


def test_large_object_is_streamed_in_blocks():
    data = bytes(range(256)) * 4096
    get_store().put(Address("bucket", "large.bin"), data)

    response = ask(get_store().sign(Address("bucket", "large.bin"), 60))

    blocks = list(response)
    assert len(blocks) == 4
    assert b"".join(blocks) == data


def test_file_is_closed_even_when_nothing_was_read(url):
    response = ask(url)
    file = response._iterator if hasattr(response, "_iterator") else None

    response.close()

    assert file is not None
    with pytest.raises(ValueError, match="closed file"):
        next(iter(file))
