import numpy as np
import pytest

from labeling.consolidation.texts import edit_distance, plain, settle_texts, similarity


def by_table(a, b):
    """The distance as the textbook has it: a table, row by row."""
    row = list(range(len(b) + 1))
    for number, letter in enumerate(a, start=1):
        last, row = row, [number]
        for place, other in enumerate(b):
            row.append(min(last[place + 1] + 1, row[place] + 1, last[place] + (letter != other)))
    return row[-1]


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [
        ("kitten", "sitting", 3),
        ("Saturday", "Sunday", 3),
        ("", "abc", 3),
        ("abc", "abc", 0),
        ("über", "uber", 1),
        ("👩‍🚀 up", "up", 4),
        ("ab", "ba", 2),
    ],
)
def test_known_distances(a, b, distance):
    assert edit_distance(a, b) == edit_distance(b, a) == distance


@pytest.mark.parametrize("seed", range(4))
def test_the_bits_say_what_the_table_says(seed):
    random = np.random.default_rng(seed)
    for _ in range(60):
        a, b = ("".join(random.choice(list("abc"), random.integers(0, 80))) for _ in range(2))
        assert edit_distance(a, b) == by_table(a, b)


def test_similarity_is_by_the_longer_text_and_blind_to_white_space_and_composition():
    assert similarity("abcd", "abxd") == 0.75
    assert similarity("", "") == 1.0
    assert similarity("a", "") == 0.0
    assert similarity(" two\r\nlines ", "two lines") == 1.0
    assert similarity("caf\u00e9", "cafe\u0301") == 1.0
    assert plain("\ta \n b ") == "a b"


def test_the_text_nearest_to_all_wins():
    text, confidence = settle_texts(["The soup was cold.", "The soup was bold.", "the soup was cold"])

    assert text == "The soup was cold."
    assert confidence == pytest.approx((1 + 17 / 18 + 16 / 18 + 0.5) / 4)


def test_equal_texts_and_a_lone_one():
    assert settle_texts(["yes"] * 3) == ("yes", 3.5 / 4)
    assert settle_texts(["yes"]) == ("yes", 0.75)


def test_a_tie_does_not_depend_on_the_order():
    assert settle_texts(["heron", "kite"]) == settle_texts(["kite", "heron"])
    assert settle_texts(["heron", "kite", "crane"])[0] == settle_texts(["crane", "heron", "kite"])[0]


def test_a_text_is_recovered_from_copies_with_typing_errors():
    random = np.random.default_rng(4)
    true = "It was a bright cold day in April, and the clocks were striking thirteen."
    right = 0
    for _ in range(20):
        copies = [mistype(true, rate, random) for rate in (0.0, 0.02, 0.1)]
        right += settle_texts([copies[place] for place in random.permutation(3)])[0] in (true, copies[1])

    assert right == 20


def mistype(text, rate, random):
    return "".join("x" if random.random() < rate else letter for letter in text)


def test_the_longest_texts_are_compared_whole():
    random = np.random.default_rng(5)
    a, b = ("".join(random.choice(list("abcdefgh "), 20_000)) for _ in range(2))

    assert 12_000 < edit_distance(a, b) < 16_000
    assert edit_distance(a, a[1:] + "!") == 2
