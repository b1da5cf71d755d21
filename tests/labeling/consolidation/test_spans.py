import numpy as np
import pytest

from labeling.consolidation.spans import (
    Cluster,
    believe_clusters,
    cluster_spans,
    drop_overlaps,
    judge_nobody,
    span_f1,
)

PERSON, PLACE = 0, 1
ANN, OSLO = (0, 3, PERSON), (13, 17, PLACE)


def contents(clusters):
    return sorted(sorted(cluster.spans.items()) for cluster in clusters)


def believe(votes, n_categories=2, numbers=None):
    """The judgement of clusters of one text: votes is a row for each cluster, one entry a worker."""
    rows = [(cluster, worker, said) for cluster, row in enumerate(votes) for worker, said in enumerate(row)]
    return believe_clusters(
        np.array(rows, dtype=np.int64).reshape(-1, 3),
        judge_nobody(n_categories),
        n_clusters=len(votes),
        numbers=np.arange(len(votes)) if numbers is None else numbers,
    )


def test_spans_of_several_people_on_the_same_words_are_one_cluster():
    clusters = cluster_spans([[ANN, OSLO], [OSLO, (0, 4, PERSON)], []])

    assert contents(clusters) == [[(0, ANN), (1, (0, 4, PERSON))], [(0, OSLO), (1, OSLO)]]


def test_a_cluster_grows_round_what_most_have_and_takes_one_span_of_each():
    clusters = cluster_spans([[(0, 10, PERSON)], [(0, 4, PERSON), (4, 10, PERSON)], [(4, 10, PERSON)]])

    assert contents(clusters) == [
        [(0, (0, 10, PERSON)), (1, (4, 10, PERSON)), (2, (4, 10, PERSON))],
        [(1, (0, 4, PERSON))],
    ]


def test_of_two_labels_on_the_same_words_the_same_ones_come_together():
    both = [(0, 5, PERSON), (0, 5, PLACE)]

    clusters = cluster_spans([both, both[::-1], [both[1]]])

    assert contents(clusters) == [
        [(0, both[0]), (1, both[0])],
        [(0, both[1]), (1, both[1]), (2, both[1])],
    ]


def test_words_that_hardly_overlap_are_apart():
    clusters = cluster_spans([[(0, 10, PERSON)], [(8, 20, PERSON)]])

    assert len(clusters) == 2


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_the_answers_changes_only_the_authors(seed):
    random = np.random.default_rng(seed)
    answers = []
    for _ in range(4):
        starts = random.integers(0, 60, 12)
        answers.append([(int(s), int(s + random.integers(1, 9)), int(random.integers(2))) for s in starts])
    order = random.permutation(4).tolist()

    turned = cluster_spans([answers[place] for place in order])

    back = [Cluster({order[author]: span for author, span in cluster.spans.items()}) for cluster in turned]
    assert contents(back) == contents(cluster_spans(answers))
    spans = [span for cluster in back for span in cluster.spans.values()]
    assert len(spans) == sum(len(set(answer)) for answer in answers)  # each is in one cluster


def test_no_answers_and_no_spans():
    assert cluster_spans([]) == []
    assert cluster_spans([[], []]) == []


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([(0, 3), (0, 3), (0, 9)], (0, 3)),
        ([(0, 3), (1, 4), (2, 9)], (1, 4)),
        ([(0, 3), (5, 9)], (0, 3)),
        ([(0, 3), (0, 3), (1, 9), (1, 9)], (0, 3)),
        ([(2, 5)], (2, 5)),
    ],
    ids=["mode", "medians", "lower medians", "two modes", "one"],
)
def test_the_place_is_the_mode_or_the_medians(places, expected):
    assert Cluster({n: (*place, PERSON) for n, place in enumerate(places)}).place() == expected


def test_what_each_answer_says_of_a_cluster():
    assert Cluster({0: ANN, 2: (0, 3, PLACE)}).votes(4) == [1, 0, 2, 0]


def test_belief_by_hand_where_all_workers_are_alike():
    categories, sure, there = believe([[1, 1, 1], [1, 2, 0], [2, 2, 0], [0, 0, 1]])

    assert there == pytest.approx([3.5 / 4, 2.5 / 4, 2.5 / 4, 1.5 / 4])
    assert sure == pytest.approx([3.5 / 4, 1.25 / 4, 2.5 / 4, 1.5 / 4])
    assert categories[[0, 2, 3]].tolist() == [PERSON, PLACE, PERSON]


def test_ties_between_labels_are_drawn_by_number_and_repeat():
    tied = [[1, 2]] * 400

    first, again = believe(tied)[0], believe(tied)[0]
    alike = believe(tied, numbers=np.full(400, 7))[0]

    assert first.tolist() == again.tolist()
    assert 0.4 < first.mean() < 0.6
    assert len(set(alike.tolist())) == 1


def test_the_surest_of_overlapping_spans_stays():
    places = [(0, 5), (4, 8), (8, 9), (3, 20)]

    assert drop_overlaps(places, [0.5, 0.9, 0.4, 0.8]) == [1, 2]
    assert drop_overlaps(places, [0.5, 0.5, 0.4, 0.8]) == [3]
    assert drop_overlaps([(0, 5), (0, 5)], [0.5, 0.5]) == [0]
    assert drop_overlaps([], []) == []


def test_f1_by_hand():
    assert span_f1([ANN, OSLO], [ANN]) == pytest.approx(2 / 3)
    assert span_f1([ANN], [(0, 3, PLACE)]) == 0.0
    assert span_f1([], []) == 1.0
    assert span_f1([ANN], []) == 0.0


def test_ten_thousand_nested_spans_of_three_people_are_clustered():
    nested = [(n, 50_000 - n, PERSON) for n in range(0, 10_000, 10)]

    clusters = cluster_spans([nested, nested, nested])

    assert len(clusters) == 1_000
    assert {len(cluster.spans) for cluster in clusters} == {3}
