"""What the Check button tells before a batch is sent, in bounded work."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from pytest_django import Settings

from batches import checking
from batches.checking import Problem, check
from batches.services import own_folder
from groundtruth.storage import get_store, parse_uri
from projects.models import Direction, Project
from tests.factories import make_grant, make_manifest_file, make_project

pytestmark = pytest.mark.django_db


def make_open_project(modality: str = "image") -> Project:
    project = make_project(modality=modality, task_type=f"{modality}-classification")
    for direction in Direction.values:
        make_grant(project, direction)
    return project


def output_of(project: Project) -> str:
    return f"s3://groundtruth/{project.prefix}out/"


def put(project: Project, name: str, data: bytes) -> str:
    uri = own_folder(project, "data") + name
    get_store().put(parse_uri(uri), data)
    return uri


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (4, 3)).save(out, "PNG")
    return out.getvalue()


def test_a_folder_is_counted_by_type_and_its_first_files_are_looked_at() -> None:
    project = make_open_project()
    for name, data in {"a.png": picture(), "b.png": b"no picture", "c.txt": b"words"}.items():
        put(project, name, data)

    report = check(project, own_folder(project, "data"), output_of(project))

    assert (report.kind, report.count, report.types) == ("folder", 2, ((".png", 2), (".txt", 1)))
    assert report.size_bytes == len(picture()) + len(b"no picture") + len(b"words")
    assert report.problems == (
        Problem(0, "c.txt is not one of the formats .jpeg, .jpg, .png."),
        Problem(0, "b.png: The file is not a readable JPEG or PNG picture."),
    )
    assert report.is_good


def test_a_manifest_tells_bad_lines_and_missing_files_by_number() -> None:
    project = make_open_project()
    good = put(project, "a.png", picture())
    lines = [{"source-ref": good}, "{", {"source-ref": f"{own_folder(project, 'data')}gone.png"}]

    report = check(project, make_manifest_file(project, lines), output_of(project))

    assert (report.kind, report.count, report.types) == ("manifest", 2, ((".png", 2),))
    assert [problem.number for problem in report.problems] == [2, 3]
    assert report.problems[1].reason == "There is no such object in the store."


def test_the_lines_beyond_the_first_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "FULL_LINES", 2)
    project = make_open_project("text")
    uri = make_manifest_file(project, [{"source": f"text {n}"} for n in range(50)])

    report = check(project, uri, output_of(project))

    assert (report.count, report.is_complete) == (50, True)


def test_a_long_count_stops_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "FULL_LINES", 2)
    monkeypatch.setattr(checking, "COUNT_SECONDS", -1.0)
    project = make_open_project("text")
    uri = make_manifest_file(project, [{"source": f"text {n}"} for n in range(50)])

    report = check(project, uri, output_of(project))

    assert (report.count, report.is_complete) == (3, False)


def test_texts_of_a_file_are_its_objects() -> None:
    project = make_open_project("text")

    report = check(project, put(project, "a.csv", b"text,id\none,1\ntwo,2\n"), output_of(project))

    assert (report.kind, report.count, report.types) == ("csv", 2, (("text", 2),))


def test_a_limit_is_told_before_anything_is_sent(settings: Settings) -> None:
    settings.MAX_BATCH_FILES = 1
    project = make_open_project()
    put(project, "a.png", picture())
    put(project, "b.png", picture())

    report = check(project, own_folder(project, "data"), output_of(project))

    assert report.limits == ("There are more than 1 files. Split them into batches of at most 1 files.",)
    assert not report.is_good


def test_places_without_a_grant_are_told_and_not_read() -> None:
    report = check(make_project(), "s3://elsewhere/in/", "https://example.test/")

    assert [problem.reason.split(".")[0] for problem in report.problems] == [
        "We have no leave to read s3://elsewhere/in/",
        "The address must begin with s3://",
    ]


def test_a_place_with_nothing_in_it_is_told() -> None:
    project = make_open_project()
    put(project, "a.png", picture())
    uri = own_folder(project, "empty")

    report = check(project, uri, output_of(project))

    assert report.problems == (Problem(0, f"There is nothing at {uri}. Check the location, then create a new batch."),)


def test_an_empty_input_says_why_it_is_not_ready() -> None:
    project = make_open_project()

    report = check(project, make_manifest_file(project, []), output_of(project))

    assert not report.is_good
    assert report.problems == (Problem(0, "The input holds no objects. Add some, then create a new batch."),)


def test_a_folder_of_other_files_alone_is_not_ready() -> None:
    project = make_open_project()
    put(project, "a.gif", b"GIF89a")

    report = check(project, own_folder(project, "data"), output_of(project))

    assert (report.count, report.is_good) == (0, False)
    assert report.problems == (Problem(0, "a.gif is not one of the formats .jpeg, .jpg, .png."),)


@pytest.mark.parametrize("way", ["manifest", "folder"])
def test_where_every_file_was_looked_at_and_none_is_good_it_is_not_ready(way: str) -> None:
    project = make_open_project()
    uris = [put(project, name, b"no picture") for name in ("a.png", "b.png")]
    manifest = own_folder(project, "other") + "x.manifest"
    get_store().put(parse_uri(manifest), "".join(f'{{"source-ref":"{uri}"}}\n' for uri in uris).encode())
    places = {"manifest": manifest, "folder": own_folder(project, "data")}

    report = check(project, places[way], output_of(project))

    assert (report.count, report.is_good) == (2, False)
    assert report.limits == ("None of the 2 objects can be shown to people.",)
    assert len(report.problems) == 2


def test_a_file_over_the_limit_that_a_manifest_names_is_not_sent_as_it_is(settings: Settings) -> None:
    settings.MAX_FILE_BYTES = 1000
    project = make_open_project()
    lines = [{"source-ref": put(project, "a.png", picture())}, {"source-ref": put(project, "b.png", b"x" * 1001)}]

    report = check(project, make_manifest_file(project, lines), output_of(project))

    assert report.limits == ("b.png has 1,001 bytes. A file may have at most 1,000.",)
    assert not report.is_good


def test_one_picture_is_no_manifest() -> None:
    project = make_open_project()

    report = check(project, put(project, "a.png", picture()), output_of(project))

    sentence = "a.png is one object and no manifest. Name the folder that holds it, or a manifest."
    assert report.problems == (Problem(0, sentence),)


def test_a_bad_line_of_a_text_is_told_by_its_own_file_and_line() -> None:
    project = make_open_project("text")
    put(project, "a.txt", b"one\n\n\xff\n")
    put(project, "b.txt", b"It begins so " + b"x" * 20_000)

    report = check(project, own_folder(project, "data"), output_of(project))

    assert report.problems == (
        Problem(0, "a.txt, line 3: The line is not UTF-8."),
        Problem(
            0,
            "b.txt, the text that begins “It begins so xxxxxxxxxxxxxxxxxxxxxxxxxxx”: "
            "The attribute source is longer than 20,000 characters.",
        ),
    )
