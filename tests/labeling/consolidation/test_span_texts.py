import json

import numpy as np
import pytest

from labeling.consolidation.sequences import SequenceSkills, fit_sequences, presume
from labeling.consolidation.span_texts import Text, fit_texts, mark_texts, settle_texts

PERSON, PLACE = 0, 1


def text(*spans, workers=None):
    return Text(spans, np.arange(len(spans)) if workers is None else np.array(workers))


def write_text(random, hands, each=4):
    """One text: its true spans, and answers of workers who find a span, end it and name it with chances `hands`."""
    true = [(25 * n, 25 * n + 12, int(random.integers(2))) for n in range(6) if random.random() < 0.7]
    who = random.permutation(len(hands))[:each]
    answers = []
    for worker in who:
        finds, sure = hands[worker]
        found = [span for span in true if random.random() < finds]
        answers.append(
            [
                (start, end + 6 * int(random.random() > sure), name if random.random() < sure else 1 - name)
                for start, end, name in found
            ]
        )
    return true, Text(answers, who)


def write_job(seed, hands, n_texts=150):
    random = np.random.default_rng(seed)
    pairs = [write_text(random, hands) for _ in range(n_texts)]
    return [set(true) for true, _ in pairs], [made for _, made in pairs]


def f1(found, true):
    hits = sum(len(one & other) for one, other in zip(found, true, strict=True))
    return 2 * hits / (sum(map(len, found)) + sum(map(len, true)))


def spans_of(settled):
    return [{span for span, _sure in found} for found, _nothing in settled]


def test_a_text_is_cut_where_spans_end_and_as_words_do():
    marks, lengths = mark_texts([text([(3, 9, PERSON)], [(3, 21, PLACE)], []), text([])])

    assert lengths.tolist() == [5, 1]  # 0, 3, 9, 15, 21; and the whole of the second
    assert marks[:5].tolist() == [
        [0, 0, 0, 0, -1],
        [1, 0, 0, 1, 0],
        [2, 0, 1, 0, -1],
        [3, 0, 0, 0, -1],
        [4, 0, 0, 0, -1],
    ]
    assert marks[5:10, 3].tolist() == [0, 1, 2, 2, 0]
    assert marks[15].tolist() == [5, 0, 0, 0, -1]


def test_of_spans_that_overlap_after_all_the_first_and_longest_counts():
    marks, _ = mark_texts([text([(6, 9, PLACE), (0, 12, PERSON)])])

    assert marks[:, 4].tolist() == [0, 0, 0, -1]


def test_what_all_agree_on_is_kept_and_what_one_of_four_marked_is_not():
    agreed, stray = (0, 5, PERSON), (20, 26, PLACE)

    ((found, nothing),) = settle_texts([text([agreed], [agreed, stray], [agreed], [agreed])], presume(2), numbers=[0])

    assert [span for span, _ in found] == [agreed]
    assert found[0][1] > 0.9
    assert nothing < 0.01


def test_skills_beat_judging_all_alike_and_tell_the_careful_from_the_careless():
    hands = [(0.95, 0.95)] * 3 + [(0.5, 0.6)] * 5
    truth, texts = write_job(1, hands)

    skills = fit_texts(texts, n_workers=8, n_categories=2)
    learnt, alike = (settle_texts(texts, known, numbers=range(150)) for known in (skills, presume(2)))

    assert f1(spans_of(learnt), truth) > f1(spans_of(alike), truth) + 0.02
    assert skills.accuracy[:3].min() > skills.accuracy[3:].max() + 0.2


@pytest.mark.parametrize("seed", range(3))
def test_order_of_texts_and_names_of_workers_do_not_matter(seed):
    hands = [(0.9, 0.9), (0.8, 0.7), (0.6, 0.9), (0.7, 0.8), (0.5, 0.5)]
    _, texts = write_job(seed, hands, n_texts=25)
    renamed = np.random.default_rng(seed).permutation(5)
    moved = [Text(one.spans[::-1], renamed[one.workers[::-1]]) for one in texts][::-1]

    skills, again = (fit_texts(job, n_workers=5, n_categories=2) for job in (texts, moved))
    first = settle_texts(texts, skills, numbers=range(25))
    second = settle_texts(moved, again, numbers=range(25)[::-1])[::-1]

    np.testing.assert_allclose(again.accuracy[renamed], skills.accuracy, atol=1e-9)
    assert spans_of(second) == spans_of(first)


def test_confidence_and_the_chance_of_nothing_are_chances():
    _, texts = write_job(4, [(0.6, 0.6)] * 5, n_texts=40)

    settled = settle_texts(texts, fit_texts(texts, n_workers=5, n_categories=2), numbers=range(40))

    assert all(0.2 <= sure <= 1 for found, _ in settled for _, sure in found)
    assert all(0 <= nothing <= 1 for _, nothing in settled)


def test_skills_come_back_from_their_text():
    _, texts = write_job(2, [(0.9, 0.8)] * 4, n_texts=30)
    skills = fit_texts(texts, n_workers=4, n_categories=2)

    again = SequenceSkills.from_json(skills.to_json())

    assert again.to_json() == skills.to_json()
    assert spans_of(settle_texts(texts, again, numbers=range(30))) == spans_of(
        settle_texts(texts, skills, numbers=range(30))
    )
    assert len(json.loads(skills.to_json())["bounds"]) == 5


def test_nothing_marked_at_all_teaches_what_was_presumed_of_names():
    skills = fit_sequences(np.zeros((0, 5), dtype=int), np.zeros(0, dtype=int), n_workers=0, n_categories=3)

    np.testing.assert_allclose(skills.names, presume(3).names)
    assert settle_texts([], skills, numbers=[]) == []
    assert settle_texts([text([], [])], presume(0), numbers=[0])[0][0] == []


def test_with_hundreds_of_categories_all_are_judged_alike_in_naming():
    texts = [text([(0, 6, 7)], [(0, 6, 7)], [(0, 6, 250)]) for _ in range(4)]

    skills = fit_texts(texts, n_workers=3, n_categories=400)

    assert skills.names.shape == (1, 400, 400)
    assert spans_of(settle_texts(texts, skills, numbers=range(4))) == [{(0, 6, 7)}] * 4
