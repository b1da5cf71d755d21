"""Kinds of crowds in which most are right: the spans that most gave must not be lost to the rest."""

import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.consolidation.chains import (
    BEGIN,
    INSIDE,
    KINDS,
    LEADING,
    OUTSIDE,
    TRAILING,
    Moves,
    run_chains,
    span_chances,
)
from labeling.consolidation.sequences import STEPS
from labeling.consolidation.span_texts import Text, fit_texts, settle_texts

CATEGORIES = 4


def write_words(draw, size):
    """Return where 20 to 40 words begin and end; of 2 to 10 characters, or all of `size`."""
    words, place = [], 0
    for _ in range(draw.randint(20, 40)):
        length = size or draw.randint(2, 10)
        words.append((place, place + length))
        place += length + 1
    return words


def write_truth(draw, count, longest):
    """Return spans, in words, never next to each other nor at the first word."""
    spans, word = [], 1
    while word < count:
        length = min(draw.randint(1, longest), count - word)
        if draw.random() < 0.1:
            spans.append((word, word + length, draw.randrange(CATEGORIES)))
            word += length + 1
        word += 1
    return spans


def answer_well(draw, spans, count):
    """Miss one of ten, cut one long one of ten, misname one of twenty, and mark a word in a hundred for nothing."""
    found = []
    for start, end, name in spans:
        if draw.random() > 0.1:
            cut = end - start > 1 and draw.random() < 0.1
            found.append((start, end - cut, draw.randrange(CATEGORIES) if draw.random() < 0.05 else name))
    taken = {word for start, end, _ in found for word in range(start - 1, end + 1)}
    return found + [
        (word, word + 1, draw.randrange(CATEGORIES))
        for word in range(count)
        if word not in taken and draw.random() < 0.01
    ]


def answer_with_habit(habit, draw, spans, count):
    taken = {word for start, end, _ in spans for word in range(start, end)}
    free = [word for word in range(count) if word not in taken]
    if habit == "wrong places":
        some = sorted(draw.sample(free, min(len(free), max(1, len(spans)))))
        return [(word, word + 1, draw.randrange(CATEGORIES)) for word in some]
    if habit == "wrong names":
        return [(start, end, (name + 1) % CATEGORIES) for start, end, name in spans]
    if habit in ("the rest", "everything"):
        return [
            (word, word + 1, draw.randrange(CATEGORIES)) for word in (free if habit == "the rest" else range(count))
        ]
    if habit == "one great span":
        return [(0, count, 0)]
    found = [span for span in spans if draw.random() > 0.05]
    if habit == "begins a word early":
        return [(start - 1, end, name) for start, end, name in found]
    if habit == "ends a word late":
        return [(start, min(end + 1, count), name) for start, end, name in found]
    assert habit == "begins a word late"
    return [(start + (end - start > 1), end, name) for start, end, name in found]


def write_job(habit, *, n_texts, people, each, odd, longest=3, size=0, seed=1):
    """Return truths and texts; the last `odd` people have the habit."""
    draw, truths, texts = random.Random(seed), [], []
    for _ in range(n_texts):
        words = write_words(draw, size)
        spans = write_truth(draw, len(words), longest)
        who = sorted(draw.sample(range(people), each))
        answers = [
            answer_with_habit(habit, draw, spans, len(words))
            if person >= people - odd
            else answer_well(draw, spans, len(words))
            for person in who
        ]
        in_text = [
            [(words[start][0], words[end - 1][1], name) for start, end, name in sorted(one)]
            for one in (*answers, spans)
        ]
        truths.append(set(in_text[-1]))
        texts.append(Text(in_text[:-1], np.array(who)))
    return truths, texts


def f1(found, truths):
    hits = sum(len(one & other) for one, other in zip(found, truths, strict=True))
    return 2 * hits / (sum(map(len, found)) + sum(map(len, truths)))


def span_majority(texts):
    counted = [Counter(span for spans in text.spans for span in spans) for text in texts]
    return [
        {span for span, count in counts.items() if 2 * count > len(text.spans)}
        for text, counts in zip(texts, counted, strict=True)
    ]


def settle(texts, people):
    skills = fit_texts(texts, n_workers=people, n_categories=CATEGORIES)
    settled = settle_texts(texts, skills, numbers=range(len(texts)))
    return skills, [{span for span, _sure in found} for found, _nothing in settled]


@pytest.mark.parametrize("n_texts", [20, 200])
@pytest.mark.parametrize("habit", ["begins a word early", "ends a word late", "begins a word late"])
@pytest.mark.parametrize(("people", "odd"), [(3, 1), (6, 2)])
def test_a_habit_at_the_edge_of_a_third_does_not_win(habit, people, odd, n_texts):
    truths, texts = write_job(habit, n_texts=n_texts, people=people, each=3, odd=odd)

    skills, found = settle(texts, people)

    gain = f1(found, truths) - f1(span_majority(texts), truths)
    assert gain > (0.04 if n_texts == 200 else -0.01)
    if habit == "begins a word early":
        assert f1(found, truths) > 0.8
        if n_texts == 200:
            assert skills.accuracy[:-odd].min() > 0.7 > 0.3 > skills.accuracy[-odd:].max()


@pytest.mark.parametrize("n_texts", [20, 200])
@pytest.mark.parametrize("habit", ["wrong places", "wrong names", "the rest", "everything", "one great span"])
@pytest.mark.parametrize(("longest", "size"), [(3, 0), (1, 4)])
def test_one_of_five_who_is_always_wrong_is_outvoted(habit, longest, size, n_texts):
    truths, texts = write_job(habit, n_texts=n_texts, people=5, each=5, odd=1, longest=longest, size=size)

    _, found = settle(texts, 5)

    slack = 0.03 if n_texts == 20 else 0.0  # a span or two
    assert f1(found, truths) > max(0.9, f1(span_majority(texts), truths) - slack)


@pytest.mark.parametrize(("longest", "size"), [(3, 0), (1, 4)])
def test_three_good_people_are_heard_as_well_as_by_their_majority(longest, size):
    truths, texts = write_job("", n_texts=200, people=3, each=3, odd=0, longest=longest, size=size)

    assert f1(settle(texts, 3)[1], truths) > f1(span_majority(texts), truths) - 0.01


def test_people_who_agree_on_the_same_short_spans_in_every_text_are_believed():
    spans = [(0, 3, 0), (13, 17, 1)]
    texts = [Text([spans] * 3, np.arange(3)) for _ in range(300)]

    skills = fit_texts(texts, n_workers=3, n_categories=2)

    assert settle_texts(texts[:1], skills, numbers=[0]) == [([(span, pytest.approx(0.975)) for span in spans], 0.0)]
    assert skills.accuracy.min() > 0.99


def spans_in(cuts, names):
    return [(start, end, name) for start, end, name in zip(cuts[::2], cuts[1::2], names, strict=False)]


SPANS = st.builds(
    spans_in,
    st.lists(st.integers(0, 120), unique=True, max_size=8).map(sorted),
    st.lists(st.integers(0, 2), min_size=4, max_size=4),
)
SHARED = st.lists(SPANS, min_size=1, max_size=12)


@given(SHARED, st.integers(2, 4), st.booleans(), SHARED, st.integers(0, 3))
@settings(max_examples=60)
def test_what_all_people_of_a_text_say_comes_out_as_given(shared, people, repeated, others, dissent):
    """Whatever else was learnt: from texts on which the same people disagree, and from few or many alike."""
    agreed = [Text([spans] * people, np.arange(people)) for spans in shared] * (40 if repeated else 1)
    quarrels = [Text([spans, others[0], []], np.array([0, 1, dissent])) for spans in others] * dissent

    skills = fit_texts(agreed + quarrels, n_workers=4, n_categories=3)
    settled = settle_texts(agreed, skills, numbers=range(len(agreed)))

    assert [[span for span, _ in found] for found, _ in settled] == [text.spans[0] for text in agreed]
    sure = 1 - 0.1 / (people + 1)
    for found, nothing in settled:
        assert [chance for _, chance in found] == pytest.approx([sure] * len(found))
        assert nothing == pytest.approx(0.0 if found else sure)


def test_what_all_marked_alike_stands_whatever_they_dispute_beside_it():
    texts = [
        Text([[(0, 5, 0), (30, 36, 1)], [(0, 5, 0), (24, 36, 1)], [(0, 5, 0)], [(0, 5, 0), (6, 10, 0)]], np.arange(4))
    ] * 20

    skills = fit_texts(texts, n_workers=4, n_categories=2)
    ((found, nothing),) = settle_texts(texts[:1], skills, numbers=[0])

    assert found[0] == ((0, 5, 0), pytest.approx(0.98))
    assert nothing == 0.0


def test_many_people_who_disagree_over_long_spans_give_finite_chances():
    whole, halves = [(0, 2_000, 0)], [(place, place + 5, 1) for place in range(0, 2_000, 10)]
    texts = [Text([whole] * 60 + [halves] * 60, np.arange(120)) for _ in range(3)]

    skills = fit_texts(texts, n_workers=120, n_categories=2)
    settled = settle_texts(texts, skills, numbers=range(3))

    assert np.isfinite(skills.bounds).all()
    assert all(0 <= sure <= 1 for found, _ in settled for _, sure in found)


def test_the_truth_of_texts_judges_people_against_their_majority():
    """Two of three begin every span a word early; forty known texts say that the third is right."""
    truths, texts = write_job("begins a word early", n_texts=80, people=3, each=3, odd=2)
    known = [Text(one.spans, one.workers, truth=sorted(true)) for one, true in zip(texts[:40], truths, strict=False)]

    _, by_most = settle(texts, 3)
    skills = fit_texts(known + texts[40:], n_workers=3, n_categories=CATEGORIES)
    settled = settle_texts(texts[40:], skills, numbers=range(40))

    assert f1(by_most, truths) < 0.2
    assert f1([{span for span, _ in found} for found, _ in settled], truths[40:]) > 0.85
    assert skills.accuracy[0] > 0.7 > 0.3 > skills.accuracy[1:].max()


def test_chances_of_a_chain_are_those_of_all_its_ways():
    """Against the sum over every way through three tokens of two categories."""
    random_numbers = np.random.default_rng(3)
    n_states = 8
    logs, possible = random_numbers.normal(size=(3, n_states)), random_numbers.random((3, n_states)) < 0.8
    possible[:, 0] = True
    moves = Moves(STEPS / STEPS.sum(axis=1, keepdims=True), np.array([0.3, 0.7]))
    kinds = [OUTSIDE, BEGIN, BEGIN, INSIDE, INSIDE, LEADING, LEADING, TRAILING]
    names = [-1, 0, 1, 0, 1, 0, 1, -1]

    def step(source, target):
        chance = moves.steps[kinds[source], kinds[target]]
        same = (kinds[source], kinds[target]) in {
            (BEGIN, INSIDE),
            (INSIDE, INSIDE),
            (LEADING, BEGIN),
            (LEADING, LEADING),
        }
        if same:
            return chance * (names[source] == names[target])
        return chance * (moves.categories[names[target]] if kinds[target] in (BEGIN, LEADING) else 1.0)

    weights = np.zeros((n_states,) * 3)
    for way in np.ndindex(*weights.shape):
        if all(possible[token, state] for token, state in enumerate(way)) and kinds[way[2]] != LEADING:
            chance = step(0, way[0]) * step(way[0], way[1]) * step(way[1], way[2])
            weights[way] = chance * np.exp(sum(logs[token, state] for token, state in enumerate(way)))
    weights /= weights.sum()
    chains = run_chains(logs, np.array([3]), moves, possible)

    np.testing.assert_allclose(chains.states[0], weights.sum(axis=(1, 2)), atol=1e-12)
    np.testing.assert_allclose(chains.states[1], weights.sum(axis=(0, 2)), atol=1e-12)
    np.testing.assert_allclose(chains.states[2], weights.sum(axis=(0, 1)), atol=1e-12)
    outside_next = [state for state in range(n_states) if kinds[state] != INSIDE]
    one = weights[1][outside_next].sum()
    assert span_chances(chains, 0, 1)[0] == pytest.approx(one)
    expected = np.zeros((KINDS, KINDS))
    for way in np.ndindex(*weights.shape):
        expected[kinds[way[0]], kinds[way[1]]] += weights[way]
        expected[kinds[way[1]], kinds[way[2]]] += weights[way]
    np.testing.assert_allclose(chains.steps, expected, atol=1e-12)
