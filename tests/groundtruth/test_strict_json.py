"""JSON from strangers: what is read, and what is refused with which words."""

from __future__ import annotations

import json

import pytest

from groundtruth.strict_json import MAX_DEPTH, BadJson, decode, problem_of


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": [1, 2.5, true, null, "é\\ud83d\\ude00"]}', {"a": [1, 2.5, True, None, "é😀"]}),
        ('"[[[[[[[[[["', "[[[[[[[[[["),
        ("[" * MAX_DEPTH + "]" * MAX_DEPTH, json.loads("[" * MAX_DEPTH + "]" * MAX_DEPTH)),
        ('"\\\\u0000"', "\\u0000"),
    ],
    ids=["values", "brackets in text", "as deep as allowed", "an escaped backslash"],
)
def test_what_has_one_meaning_is_read(text, value):
    assert decode(text) == value
    assert problem_of(value) == ""


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("", "not_json", "is not JSON: Expecting value at character 1."),
        ('{"a"}', "not_json", "is not JSON: Expecting ':' delimiter at character 5."),
        ('{"a": NaN}', "not_json", "is not JSON: NaN is no JSON value."),
        ('{"a": -Infinity}', "not_json", "is not JSON: -Infinity is no JSON value."),
        ('{"a": 1e999}', "number", "holds a number that is too large."),
        ("9" * 5000, "number", "holds a number with too many digits."),
        ('{"a": 1, "a": 2}', "duplicate_key", "names one key twice, so that its meaning is open."),
        ('"a\0b"', "nul", "holds a NUL character."),
        ('"a\\u0000b"', "nul", "holds a NUL character."),
        ('{"\\u0000": 1}', "nul", "holds a NUL character."),
        ('["\\ud83d"]', "encoding", "holds half of a Unicode surrogate pair."),
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "too_deep", f"is nested deeper than {MAX_DEPTH} levels."),
        ("[" * 100_000, "too_deep", f"is nested deeper than {MAX_DEPTH} levels."),
    ],
)  # fmt: skip
def test_what_has_none_or_two_is_refused_in_words(text, code, says):
    with pytest.raises(BadJson) as refusal:
        decode(text)

    assert (refusal.value.code, refusal.value.says) == (code, says)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (float("nan"), "holds a number that is not finite."),
        ({"a": [float("inf")]}, "holds a number that is not finite."),
        ({"a\0": 1}, "holds a NUL character."),
        ({"a": ["\ud800"]}, "holds half of a Unicode surrogate pair."),
        (json.loads("[" * 500 + "]" * 500), f"is nested deeper than {MAX_DEPTH} levels."),
        ({"a": "\\u0000"}, ""),
    ],
    ids=["nan", "infinite", "nul", "half a pair", "deep", "an escape as text"],
)
def test_a_value_that_no_database_keeps_is_named(value, says):
    assert problem_of(value) == says
