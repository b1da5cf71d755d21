"""Manifest lines: what is read, what is refused and why, and that results are written without touching the rest."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batches.manifests import (
    MAX_ATTRIBUTE_CHARS,
    MAX_LINE_CHARS,
    BadLine,
    Line,
    check_attribute_name,
    metadata_key,
    output_line,
    read_lines,
)
from groundtruth.strict_json import MAX_DEPTH

GOOD = b'{"source":"a"}'

TEXT = st.text(max_size=8).map(lambda text: text.replace("\0", ""))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)
KEYS = TEXT.filter(lambda key: key not in ("source", "source-ref") and not key.startswith("$"))
OBJECTS = st.dictionaries(KEYS, JSON, max_size=4)
# The first draw of a text builds a table of all characters, which is slow on a busy machine.
patient = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)


def cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def read(data: bytes) -> list[Line | BadLine]:
    return list(read_lines([data]))


def only(data: bytes) -> Line | BadLine:
    (item,) = read(data)
    return item


def codes(data: bytes) -> list[str]:
    return [item.code if isinstance(item, BadLine) else "good" for item in read(data)]


# --- good lines ------------------------------------------------------------------------------------
def test_line_with_a_reference_and_line_with_text():
    data = b'{"source-ref":"s3://acme/img/0001.jpg","trace":"A-77"}\n{"source":"The soup was cold."}\n'

    first, second = read(data)

    assert first == Line(
        1,
        55,
        '{"source-ref":"s3://acme/img/0001.jpg","trace":"A-77"}',
        {"source-ref": "s3://acme/img/0001.jpg", "trace": "A-77"},
        "s3://acme/img/0001.jpg",
        None,
    )
    assert second == Line(
        2, 87, '{"source":"The soup was cold."}', {"source": "The soup was cold."}, None, "The soup was cold."
    )


def test_both_line_ends_a_byte_order_mark_and_no_last_break():
    data = b'\xef\xbb\xbf{"source":"a"}\r\n{"source":"b"}\n{"source":"c"}'

    items = read(data)

    assert [item.source_text for item in items] == ["a", "b", "c"]
    assert [item.number for item in items] == [1, 2, 3]
    assert [item.end_offset for item in items] == [19, 34, 48]
    assert items[0].text == '{"source":"a"}'


def test_empty_manifest_has_no_lines():
    assert read(b"") == []
    assert read(b"\n\r\n  \n") == []
    assert read(b"\xef\xbb\xbf") == []


def test_blank_lines_count_in_the_middle_and_not_at_the_end():
    items = read(GOOD + b"\n\n \r\n" + GOOD + b"\n\n\n")

    assert [type(item) for item in items] == [Line, BadLine, Line]
    assert items[1] == BadLine(3, 19, "blank", "Lines 2 to 3 are blank.")
    assert read(b"\n" + GOOD)[0] == BadLine(1, 1, "blank", "The line is blank.")


def test_keys_of_the_service_come_back_in_a_chained_job():
    assert codes(b'{"source":"a","$label-attribute-name-object-id":"7","$sequencer":"1"}') == ["good"]


def test_longest_line_and_longest_attribute_are_good():
    attribute = "x" * MAX_ATTRIBUTE_CHARS
    shell = json.dumps({"source": "a", "b": attribute, "c": attribute, "d": attribute, "e": attribute, "f": ""})
    line = shell[:-2] + "é" * (MAX_LINE_CHARS - len(shell)) + '"}'

    assert len(line) == MAX_LINE_CHARS
    assert codes(line.encode()) == ["good"]
    assert codes(line.encode()[:-2] + b'y"}') == ["too_long"]
    assert codes(json.dumps({"source": "x" * (MAX_ATTRIBUTE_CHARS + 1)}).encode()) == ["attribute_too_long"]


# --- hostile lines ---------------------------------------------------------------------------------
HOSTILE = [
    (b'{"source":"\xff"}', "encoding"),
    (b'{"source":"\xed\xa0\x80"}', "encoding"),
    (b'{"source":"\\ud800"}', "encoding"),
    (b'{"source":"a","\\udfff":1}', "encoding"),
    (b"\xff\xfe{\x00", "encoding"),
    (b'{"source":"a"', "not_json"),
    (b'{"source":"a"} {"source":"b"}', "not_json"),
    (b"{'source':'a'}", "not_json"),
    (b'{"source":"a",}', "not_json"),
    (b'{"source":"a\tb"}', "not_json"),
    (b'{"source":"a\x00b"}', "nul"),
    (b'{"source":"a"}\x00', "nul"),
    (b'{"source":"a","x":NaN}', "not_json"),
    (b'{"source":"a","x":-Infinity}', "not_json"),
    (b'{"source":"a"}\x0c', "not_json"),
    (b'\xef\xbb\xbf\xef\xbb\xbf{"source":"a"}', "mark"),
    (b'{"source":"a","x":1e999}', "number"),
    (b'{"source":"a","x":-1e999}', "number"),
    (b'{"source":"a","x":' + b"9" * 5000 + b"}", "number"),
    (b'["source"]', "not_object"),
    (b'"source"', "not_object"),
    (b"17", "not_object"),
    (b"null", "not_object"),
    (b'{"source":"a","source":"b"}', "duplicate_key"),
    (b'{"source":"a","sourc\\u0065":"b"}', "duplicate_key"),
    (b'{"source":"a","x":{"y":1,"y":2}}', "duplicate_key"),
    (b'{"source":"a","source-ref":"s3://acme/a.jpg"}', "both_sources"),
    (b'{"source":"a","source-ref":null}', "both_sources"),
    (b"{}", "no_source"),
    (b'{"Source":"a"}', "no_source"),
    (b'{"source":""}', "empty_source"),
    (b'{"source":" \\n"}', "empty_source"),
    (b'{"source-ref":""}', "empty_source"),
    (b'{"source":null}', "source_type"),
    (b'{"source-ref":null}', "source_type"),
    (b'{"source":["a"]}', "source_type"),
    (b'{"source":17}', "source_type"),
    (b'{"source-ref":{"s3":"a"}}', "source_type"),
    (b'{"source-ref":"img/1.jpg"}', "bad_reference"),
    (b'{"source-ref":"https://acme/img/1.jpg"}', "bad_reference"),
    (b'{"source-ref":"file:///etc/passwd"}', "bad_reference"),
    (b'{"source-ref":"s3://acme/../other/1.jpg"}', "bad_reference"),
    (b'{"source-ref":"s3://acme//etc/passwd"}', "bad_reference"),
    (b'{"source-ref":"s3://acme/a\\u0001"}', "bad_reference"),
    (b'{"source-ref":"s3://acme/folder/"}', "bad_reference"),
    (b'{"source-ref":"s3://acme"}', "bad_reference"),
    (b'{"source":"a\\u0000b"}', "nul"),
    (b'{"source":"a","x":[{"y\\u0000":1}]}', "nul"),
    (b'{"source":"a","$model":1}', "reserved_key"),
    (b'{"source":"a","x":' + b"[" * 65 + b"]" * 65 + b"}", "too_deep"),
    (b'{"source":"a","x":' + b"[" * 40_000 + b"]" * 40_000 + b"}", "too_deep"),
    (b'{"source":"a","x":' + b'{"x":' * 15_000 + b"1" + b"}" * 15_001, "too_deep"),
    (b"[" * 90_000, "too_deep"),
    (b'{"source":"a","x":"' + b"x" * 100_000 + b'"}', "too_long"),
    (b"x" * 3_000_000, "too_long"),
    (b'{"source":"a","x":[' + b"1," * 10_000 + b"1]}", "attribute_too_long"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "code"), HOSTILE)
def test_hostile_line_is_reported_and_the_next_is_read(line, code):
    bad, good = read(line + b"\n" + GOOD)

    assert (bad.number, bad.code) == (1, code)
    assert bad.reason.endswith(".")
    assert len(bad.reason) < 250
    assert bad.end_offset == len(line) + 1
    assert (good.number, good.source_text) == (2, "a")


def test_escapes_that_only_look_broken_are_good():
    item = only(b'{"source":"\\\\u0000 \\\\ud800 \\ud83d\\ude00"}')

    assert item.source_text == "\\u0000 \\ud800 😀"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"source":"a\0b"}', "The line holds a NUL character."),
        (b'\xef\xbb\xbf{"source":"b"}', "The line begins with a byte order mark, which only a file may."),
        (
            b'{"source":"a"}\r{"source":"b"}',
            "The line holds a carriage return alone; lines end with \\n or \\r\\n.",
        ),
        (b"hello", "The line is not JSON: Expecting value at character 1."),
    ],
    ids=["nul", "mark of a joined file", "line ends of old", "no JSON"],
)
def test_what_an_editor_does_not_show_is_named(line, reason):
    good, bad = read(GOOD + b"\n" + line)

    assert (type(good), bad.reason) == (Line, reason)


def test_nesting_up_to_the_limit_is_good():
    inner = b"[" * (MAX_DEPTH - 1) + b"]" * (MAX_DEPTH - 1)

    assert codes(b'{"source":"a","x":' + inner + b"}") == ["good"]
    assert codes(b'{"source":"a","x":[' + inner + b"]}") == ["too_deep"]


def test_line_of_a_gigabyte_is_counted_in_flat_memory():
    block = b"x" * (1024 * 1024)

    def chunks() -> Iterator[bytes]:
        yield GOOD + b"\n{"
        for _ in range(1024):
            yield block
        yield b"}\n" + GOOD

    tracemalloc.start()
    items = list(read_lines(chunks()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    size = 1024 * len(block) + 2
    assert [item.number for item in items] == [1, 2, 3]
    assert (items[1].code, items[1].end_offset) == ("too_long", 15 + size + 1)
    assert items[2].end_offset == 15 + size + 1 + len(GOOD)
    assert peak < 4 * len(block)


# --- any cut, any place to go on -------------------------------------------------------------------
MANIFEST = (
    b"\xef\xbb\xbf"
    + b"\n".join([GOOD, "{'é'".encode(), b"", b" \r", '{"source":"é😀"}\r'.encode(), b"x" * 500_000, GOOD])
    + b"\n\n"
)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 4096, 400_003, 10**7])
def test_where_the_chunks_are_cut_changes_nothing(size):
    assert list(read_lines(cut(MANIFEST, size))) == read(MANIFEST)


def test_reading_goes_on_after_any_line():
    items = read(MANIFEST)

    for place, item in enumerate(items):
        rest = read_lines([MANIFEST[item.end_offset :]], item.end_offset, item.number)
        assert list(rest) == items[place + 1 :]


@given(st.lists(st.binary(max_size=30), max_size=8), st.integers(1, 20))
def test_any_bytes_are_read_without_an_error(lines, size):
    data = b"\n".join(lines)

    items = list(read_lines(cut(data, size)))

    assert items == read(data)
    assert all(one.end_offset < other.end_offset for one, other in zip(items, items[1:], strict=False))
    assert all(item.end_offset <= len(data) for item in items)


@patient
@given(OBJECTS, TEXT, st.booleans())
def test_every_json_object_with_a_source_is_good(others, text, ascii_only):
    value = {"source": "x" + text, **others}
    line = json.dumps(value, ensure_ascii=ascii_only)

    item = only(line.encode())

    assert (item.text, item.value, item.source_text) == (line, value, "x" + text)


# --- writing -----------------------------------------------------------------------------------------
def test_result_goes_to_the_end_and_the_rest_is_untouched():
    line = '{ "source-ref": "s3://acme/1.jpg",\t"n": 1.0, "e": 1E5, "z": -0, "t": "caf\\u00e9", "a": {"b" : [1, 2]} }'

    written = output_line(line, {"sport": 0, "sport-metadata": {"class-name": "Fußball", "confidence": 0.0}})

    assert written == (
        '{ "source-ref": "s3://acme/1.jpg",\t"n": 1.0, "e": 1E5, "z": -0, "t": "caf\\u00e9", "a": {"b" : [1, 2]}'
        ',"sport":0,"sport-metadata":{"class-name":"Fußball","confidence":0.0} }'
    )
    assert list(json.loads(written)) == ["source-ref", "n", "e", "z", "t", "a", "sport", "sport-metadata"]


def test_label_and_metadata_replace_those_that_the_line_has():
    line = '{"source":"a","sport":{"x":[1,"}"]},"trace":1.50,"sport-metadata" : "old"}'

    written = output_line(line, {"sport": 1, "sport-metadata": {"type": "t"}})

    assert written == '{"source":"a","sport":1,"trace":1.50,"sport-metadata" : {"type":"t"}}'


def test_label_replaces_a_key_that_is_spelled_with_escapes():
    assert output_line('{"source":"a","sp\\u006frt":0}', {"sport": 1}) == '{"source":"a","sp\\u006frt":1}'


def test_key_of_an_inner_object_is_not_the_label():
    assert output_line('{"a":{"sport":0}}', {"sport": 1}) == '{"a":{"sport":0},"sport":1}'


def test_no_update_gives_the_line_back_and_an_empty_object_needs_no_comma():
    assert output_line('{"source":"a"}', {}) == '{"source":"a"}'
    assert output_line(" {} ", {"a": 1, "b": None}) == '{"a":1,"b":null}'
    assert output_line("{}", {}) == "{}"


def test_line_breaks_of_other_readers_are_escaped_in_what_we_write():
    written = output_line('{"source":"a"}', {"x": "1\n2\r3\u20284\u20295\x856\x0b7"})

    assert written.splitlines() == [written]
    assert json.loads(written)["x"] == "1\n2\r3\u20284\u20295\x856\x0b7"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", {"a": ["\udfff"]}])
def test_what_is_no_json_is_not_written(value):
    with pytest.raises(ValueError):
        output_line('{"source":"a"}', {"x": value})


@pytest.mark.parametrize("line", ["", "[]", "17", '{"a":1', '{"a" 1}', "{'a':1}", '{"a":1,}', '{"a":}', "{"])
def test_result_is_not_written_into_what_is_no_object(line):
    with pytest.raises(ValueError):
        output_line(line, {"x": 1})


@patient
@given(OBJECTS, OBJECTS, st.sampled_from([None, 1]), st.booleans())
def test_written_line_holds_both_and_keeps_the_order(line, updates, indent, ascii_only):
    text = json.dumps(line, ensure_ascii=ascii_only, indent=indent).replace("\n", "\t")

    written = output_line(text, updates)

    expected: dict[str, Any] = {**line, **updates}
    assert json.loads(written) == expected
    assert list(json.loads(written)) == list(expected)
    assert output_line(written, updates) == written


# --- names of label attributes -----------------------------------------------------------------------
@pytest.mark.parametrize("name", ["a", "7", "find-dogs", "x--y", "a" * 127])
def test_good_names(name):
    assert check_attribute_name(name, needs_ref=False) == []
    assert check_attribute_name(name[:123] + "-ref", needs_ref=True) == []


@pytest.mark.parametrize(
    ("name", "needs_ref", "word"),
    [
        ("", False, "1 to 127"),
        ("a" * 128, False, "1 to 127"),
        ("$a", False, "1 to 127"),
        ("a_b", False, "1 to 127"),
        ("-a", False, "1 to 127"),
        ("a-", False, "1 to 127"),
        ("é", False, "1 to 127"),
        ("a\n", False, "1 to 127"),
        ("source", False, "reserved"),
        ("source-ref", True, "reserved"),
        ("boxes-metadata", False, "-metadata"),
        ("streets", True, "must end with -ref"),
        ("streets-ref", False, "Only labels that are files"),
    ],
)
def test_bad_names_are_told_why(name, needs_ref, word):
    (problem,) = check_attribute_name(name, needs_ref)

    assert word in problem


def test_metadata_stand_beside_the_name():
    assert metadata_key("streets-ref") == "streets-ref-metadata"
