"""Manifests made from folders, texts and tables."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batches.made_manifests import (
    check_reference,
    is_header,
    made_lines_from_csv,
    made_lines_from_text,
    manifest_name,
)
from batches.manifests import BadLine, Line, read_lines


def sources(lines: object) -> list[str]:
    """Read the made lines as a manifest, as ingest will."""
    made = "\n".join(lines)
    items = list(read_lines([made.encode()]))
    assert all(isinstance(item, Line) for item in items)
    return [item.source_ref or item.source_text for item in items]


def test_name_tells_the_moment():
    assert manifest_name(datetime(2026, 1, 5, 9, 7, 3, tzinfo=UTC)) == "dataset-260105T090703.manifest"


@pytest.mark.parametrize(
    ("key", "modality"),
    [("a.jpg", "image"), ("a.MP4", "video"), ("a.bin", "point_cloud"), ("a.json", "video_frames"), ("a.xyz", "custom")],
)  # fmt: skip
def test_reference_in_a_format_of_the_modality(key, modality):
    assert check_reference(key, modality) is None


@pytest.mark.parametrize(
    ("key", "modality"), [("a.gif", "image"), ("a", "image"), ("in/a.jpg", "video"), (".jpg", "image")]
)
def test_reference_in_another_format_is_told_which_are_good(key, modality):
    assert check_reference(key, modality).startswith(key.rpartition("/")[2] + " is not one of the formats .")


def test_each_line_of_a_text_is_an_item():
    data = '\ufeffThe soup was cold.\r\n\n"quoted", \\ and tab\t\n  \nlast é'.encode()

    assert sources(made_lines_from_text([data[:20], data[20:]])) == [
        "The soup was cold.",
        '"quoted", \\ and tab\t',
        "last é",
    ]


def test_unreadable_lines_of_a_text_are_reported_in_place():
    made = list(made_lines_from_text([b"one\n\xff\nthree\na\0b\n" + b"x" * 500_000 + b"\nlast"]))

    assert made[0] == '{"source":"one"}'
    assert [(bad.number, bad.code) for bad in made if isinstance(bad, BadLine)] == [
        (2, "encoding"),
        (4, "nul"),
        (5, "too_long"),
    ]
    assert made[-1] == '{"source":"last"}'


def test_first_column_of_a_table_with_quotes_and_breaks_inside():
    data = b'text,id\n"one, ""two""",1\r\n"three\nfour",2\n,3\n\nfive,4'

    assert sources(made_lines_from_csv([data])) == ['one, "two"', "three\nfour", "five"]


@pytest.mark.parametrize(
    ("first", "second", "header"),
    [
        (["text"], ["The soup"], True),
        (["Sentence "], [], True),
        (["id", "label"], ["A good film.", "positive"], True),
        (["review_text", "stars"], ["Great!", "5"], True),
        (["The soup was cold."], ["It was not."], False),
        (["good", "positive"], ["bad", "negative"], False),
        (["Great!", "5"], ["Poor.", "1"], False),
        (["a", "a"], ["Great!", "5"], False),
        ([], [], False),
    ],
)
def test_header_is_told_from_a_first_item(first, second, header):
    assert is_header(first, second) is header


def test_table_without_header_keeps_its_first_row():
    assert sources(made_lines_from_csv([b"Great!,5\nPoor.,1\n"])) == ["Great!", "Poor."]
    assert sources(made_lines_from_csv([b"only"])) == ["only"]
    assert list(made_lines_from_csv([b"text\n"])) == []
    assert list(made_lines_from_csv([b""])) == []


def test_unreadable_lines_of_a_table_are_reported():
    made = list(made_lines_from_csv([b"one\n\xff\nthree\na\0b\n"]))

    assert [line for line in made if isinstance(line, str)] == ['{"source":"one"}', '{"source":"three"}']
    assert [(bad.number, bad.code) for bad in made if isinstance(bad, BadLine)] == [(2, "encoding"), (4, "nul")]


def test_quote_that_never_closes_ends_at_the_limit_of_a_field():
    made = list(made_lines_from_csv([b'one\n"open\n' + b"word\n" * 100_000]))

    assert made[0] == '{"source":"one"}'
    bad = [item for item in made if isinstance(item, BadLine)]
    assert [item.code for item in bad] == ["not_csv"]
    assert 25_000 < bad[0].number < 27_000  # 131,072 characters on
    assert made[-1] == '{"source":"word"}'


def test_quote_that_is_open_at_the_end_swallows_no_row_in_silence():
    made = list(made_lines_from_csv([b'text,id\n"one",1\n"two,2\nthree,3\n']))

    assert made[0] == '{"source":"one"}'
    (bad,) = made[1:]
    assert (bad.number, bad.code, bad.reason) == (3, "not_csv", "A quote opens here and is never closed.")


@given(st.lists(st.binary(max_size=20), max_size=10))
def test_any_bytes_make_lines_or_reasons(lines):
    data = b"\n".join(lines)

    for made in (*made_lines_from_text([data]), *made_lines_from_csv([data])):
        if isinstance(made, str):
            (item,) = read_lines([made.encode()])
            assert isinstance(item, Line) or item.code == "empty_source"
