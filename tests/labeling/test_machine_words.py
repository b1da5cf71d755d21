"""What a promise is called, by what is labelled."""

from __future__ import annotations

import pytest

from labeling.machine import words


def plain(words: str) -> str:
    """Return the words with spaces that may break: numbers keep to their signs."""
    return words.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("learner", "promise", "expected", "checked"),
    [
        ("classes", "95 % of the machine’s labels are right", "97 % right, at least 95.5 %", "57 of 60 right"),
        ("multilabel", "On average the machine’s label and people’s share 95 %", "97 % shared,", "95 % shared, of 60"),
        ("masks", "On average the machine’s regions and people’s overlap by 95 %", "97 % overlap,", "95 % overlap, of"),
        ("boxes", "On average the machine’s boxes and people’s overlap by 95 %", "97 % overlap,", "95 % overlap, of"),
    ],
)
def test_a_promise_is_said_as_what_it_is(learner: str, promise: str, expected: str, checked: str) -> None:
    said = plain(words.promise(learner, 0.95, 0.9))
    hoped = plain(words.expected(learner, 0.97, 0.955, 1250))

    assert said.startswith(promise)
    assert said.endswith(", with a probability of 90 %")
    assert hoped.startswith(expected)
    assert hoped.endswith("; judged on 1,250 objects")
    assert plain(words.checked(learner, {"right": 57.0, "of": 60})).startswith(checked)


def test_what_is_not_known_yet_is_not_said() -> None:
    assert words.expected("classes", None, None, 0) == ""
    assert words.checked("boxes", None) == ""
    assert words.checked("boxes", {"right": 0, "of": 0}) == ""
    assert words.in_percent(None) == ""


def test_a_check_says_what_it_proves_alone() -> None:
    said = plain(words.checked("classes", {"right": 57.0, "of": 60, "low": 0.8766}))

    assert said == "57 of 60 right: by this check alone, at least 87.7 % of all"
