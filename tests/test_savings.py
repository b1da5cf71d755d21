"""What spares the tests work changes nothing that they could see."""

from __future__ import annotations

import os
from pathlib import Path

from django.contrib.auth.hashers import check_password, make_password
from pytest_django import Settings
from whitenoise.middleware import WhiteNoiseMiddleware


def test_each_client_lists_the_static_files_that_are_there_now(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.WHITENOISE_AUTOREFRESH = False

    def server() -> WhiteNoiseMiddleware:
        return WhiteNoiseMiddleware(lambda request: None)

    (tmp_path / "a.css").write_text("a")
    (tmp_path / "staticfiles.json").write_text("{}")
    first, again = server(), server()
    (tmp_path / "b.css").write_text("b")
    os.utime(tmp_path / "staticfiles.json", (1, 1))
    collected = server()
    settings.WHITENOISE_MAX_AGE = 7
    other = server()

    names = ["/static/a.css", "/static/staticfiles.json"]
    assert sorted(first.files) == sorted(again.files) == names
    assert first.files is not again.files
    assert first.files["/static/a.css"] is again.files["/static/a.css"]
    assert sorted(collected.files) == ["/static/a.css", "/static/b.css", "/static/staticfiles.json"]
    assert dict(other.files["/static/a.css"].get_response("GET", {}).headers)["Cache-Control"] == "max-age=7, public"


def test_a_password_of_a_test_is_hashed_by_the_products_algorithm() -> None:
    made = make_password("correct horse")

    assert made.startswith("pbkdf2_sha256$1$")
    assert check_password("correct horse", made)
    assert not check_password("correct hors", made)
