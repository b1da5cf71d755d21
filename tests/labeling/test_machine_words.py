"""What a promise is called, by what is labelled."""

from __future__ import annotations

import pytest

from labeling import machine_words


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
    said = machine_words.promise(learner, 0.95, 0.9)

    assert said.startswith(promise)
    assert said.endswith(", with a probability of 90 %")
    assert machine_words.expected(learner, 0.97, 0.955, 1250).startswith(expected)
    assert machine_words.expected(learner, 0.97, 0.955, 1250).endswith("; judged on 1,250 objects")
    assert machine_words.checked(learner, {"right": 57.0, "of": 60}).startswith(checked)


def test_what_is_not_known_yet_is_not_said() -> None:
    assert machine_words.expected("classes", None, None, 0) == ""
    assert machine_words.checked("boxes", None) == ""
    assert machine_words.checked("boxes", {"right": 0, "of": 0}) == ""
    assert machine_words.in_percent(None) == ""
