"""Spans of a text: the gate, consolidation on simulated and on real people, the manifest."""

from __future__ import annotations

import csv
import gzip
import json
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labeling.task_types.named_entity import ELEMENT, TASK_TYPE
from projects.task_types import Answer, Item, Schema, Vote

TEXT = "Ann moved to Oslo."
ITEM = Item({"source": TEXT})
SCHEMA = Schema(("People", "Place"))
OVERLAP = Schema(("People", "Place"), {"overlap": True})
ANN, OSLO = ("People", 0, 3), ("Place", 13, 17)

Marked = tuple[str, int, int]


def entity(name: Any, start: Any, end: Any) -> dict[str, Any]:
    return {"label": name, "startOffset": start, "endOffset": end}


def answer(*spans: Marked) -> Answer:
    return {ELEMENT: {"entities": [entity(*span) for span in spans]}}


def settle(*answers: Answer, schema: Schema = SCHEMA, skills: dict[str, Any] | None = None) -> Any:
    return TASK_TYPE.consolidate([Vote(f"w{n}", given) for n, given in enumerate(answers)], skills or {}, schema)


def marked(settled: Any) -> list[Marked]:
    return [(e["label"], e["startOffset"], e["endOffset"]) for e in settled.payload["entities"]]


def check(*entities: Any, schema: Schema = SCHEMA, item: Item = ITEM) -> list[str]:
    return TASK_TYPE.check({"any-name": {"entities": list(entities)}}, schema, item)


# --- the gate -------------------------------------------------------------------------------------------


def test_spans_of_the_text_are_taken_and_so_is_none_at_all() -> None:
    assert check(entity(*OSLO), entity(*ANN)) == check() == []


def test_offsets_count_code_points() -> None:
    astronaut = Item({"source": "👩‍🚀🚀"})  # woman, joiner, rocket, rocket: 4 code points, 7 UTF-16 units

    assert check(entity("People", 0, 4), item=astronaut) == []
    assert check(entity("People", 0, 5), item=astronaut) != []


STRANGE = "This answer is not what the tool makes. Reload the page and mark again."
OUTSIDE = "A span is empty or reaches beyond the text. Take it away and mark again."
PLACELESS = "A span has no place in the text. Reload the page and mark again."


@pytest.mark.parametrize(
    ("entities", "sentence"),
    [
        ([entity("Place", 13, 19)], OUTSIDE),
        ([entity("Place", -1, 3)], OUTSIDE),
        ([entity("Place", 3, 3)], OUTSIDE),
        ([entity("Place", 4, 3)], OUTSIDE),
        ([entity("Place", 0, 10**400)], OUTSIDE),
        ([entity("Place", 0, 3.0)], PLACELESS),
        ([entity("Place", float("nan"), 3)], PLACELESS),
        ([entity("Place", False, True)], PLACELESS),
        ([entity("Place", "0", "3")], PLACELESS),
        ([entity("Planet", 0, 3)], "“Planet” is not a label of this job."),
        ([entity("<b>" * 99, 0, 3)], f"“{'<b>' * 20}” is not a label of this job."),
        ([entity(None, 0, 3)], "“None” is not a label of this job."),
        ([{**entity(*ANN), "score": 1}], STRANGE),
        ([{"label": "Place"}], STRANGE),
        (["Ann"], STRANGE),
        ([entity(*ANN), entity(*ANN)], "The same words have the same label twice. Take one away."),
        (
            [entity("Place", 2, 9), entity(*ANN)],
            "Two spans overlap at characters 3 to 3. Each word may be in one span only.",
        ),
        ([entity(*ANN)] * 10_001, "At most 10,000 spans fit in one answer. Take some away."),
    ],
)
def test_what_a_tampered_page_could_say_is_one_sentence(entities: list[Any], sentence: str) -> None:
    assert check(*entities) == [sentence]


def test_overlapping_spans_are_taken_where_the_job_allows_them_but_no_copies() -> None:
    nested = [entity("People", 0, 3), entity("Place", 0, 3), entity("People", 0, 9)]

    assert check(*nested, schema=OVERLAP) == []
    assert check(*nested, nested[0], schema=OVERLAP) == ["The same words have the same label twice. Take one away."]
    assert len(check(*nested)) == 1


def test_spans_that_touch_do_not_overlap() -> None:
    assert check(entity("People", 0, 3), entity("Place", 3, 9)) == []


def test_where_there_is_no_text_no_span_can_be() -> None:
    assert check(entity(*ANN), item=Item({"source-ref": "s3://acme/1.txt"})) == [OUTSIDE]


# --- consolidation --------------------------------------------------------------------------------------


def test_what_most_marked_stays_with_the_place_of_most() -> None:
    settled = settle(answer(ANN, OSLO), answer(ANN, ("Place", 13, 18)), answer(ANN, OSLO))

    assert marked(settled) == [ANN, OSLO]
    assert [e["confidence"] for e in settled.payload["entities"]] == [0.97, 0.91]
    assert settled.confidence == 0.94
    assert settled.method == "sequence"


def test_what_one_of_three_marked_is_left_out() -> None:
    settled = settle(answer(ANN), answer(ANN, OSLO), answer(ANN))

    assert marked(settled) == [ANN]


def test_the_label_is_that_which_most_gave() -> None:
    settled = settle(answer(("Place", 0, 3)), answer(ANN), answer(ANN))

    assert marked(settled) == [ANN]
    assert settled.payload["entities"][0]["confidence"] == 0.84


def test_a_text_without_anything_is_sure_to_have_nothing() -> None:
    empty, doubtful = settle(answer(), answer(), answer()), settle(answer(), answer(), answer(ANN))

    assert (empty.payload, empty.confidence) == ({"entities": []}, 0.975)
    assert doubtful.payload == {"entities": []}
    assert 0.5 < doubtful.confidence < 0.95


def test_an_answer_alone_is_kept_and_its_confidence_not_computed() -> None:
    settled = settle(answer(OSLO, ANN))

    assert marked(settled) == [ANN, OSLO]
    assert [e["confidence"] for e in settled.payload["entities"]] == [0.0, 0.0]
    assert (settled.confidence, settled.method) == (0.0, "single")


def test_spans_that_come_out_overlapping_are_thinned_only_where_the_job_refuses_them() -> None:
    long, inside = ("People", 0, 12), ("Place", 9, 12)
    answers = [answer(long, inside)] * 2 + [answer(long)]

    assert marked(settle(*answers)) == [long]
    assert marked(settle(*answers, schema=OVERLAP)) == [long, inside]


def test_a_draw_between_labels_repeats_and_differs_between_objects() -> None:
    votes = [Vote("a", answer(ANN)), Vote("b", answer(("Place", 0, 3)))]

    def drawn() -> list[str]:
        many = TASK_TYPE.consolidate_many([votes] * 60, {}, SCHEMA, list(range(60)))
        return [settled.payload["entities"][0]["label"] for settled in many]

    assert drawn() == drawn()
    assert 15 < Counter(drawn())["People"] < 45


def mistaken(true: Sequence[Marked], *, finds: float, sure: float, random: np.random.Generator) -> Answer:
    """What somebody marks who finds a share of the spans, each place and each name right with chance `sure`."""
    spans = []
    for name, start, end in true:
        if random.random() < finds:
            end += int(random.random() > sure)
            name = name if random.random() < sure else ("Place" if name == "People" else "People")
            spans.append((name, start, end))
    return answer(*spans)


def f1(found: Sequence[set[Marked]], true: Sequence[set[Marked]]) -> float:
    hits = sum(len(one & other) for one, other in zip(found, true, strict=True))
    return 2 * hits / (sum(map(len, found)) + sum(map(len, true)))


def test_who_is_careless_is_found_out_and_outvoted() -> None:
    random = np.random.default_rng(7)
    hands = [(0.95, 0.95)] * 3 + [(0.5, 0.6)] * 2
    truth, objects = [], []
    for _ in range(60):
        spans = [(str(random.choice(SCHEMA.categories)), 20 * n, 20 * n + 9) for n in range(4)]
        who = random.permutation(5)[:3].tolist()
        answers = [mistaken(spans, finds=hands[n][0], sure=hands[n][1], random=random) for n in who]
        truth.append(set(spans))
        objects.append([Vote(f"w{n}", given) for n, given in zip(who, answers, strict=True)])

    skills = TASK_TYPE.fit([(number, vote) for number, votes in enumerate(objects) for vote in votes], SCHEMA)
    learnt, alike = (TASK_TYPE.consolidate_many(objects, known, SCHEMA, range(60)) for known in (skills, {}))

    weights = [TASK_TYPE.weight(skills, f"w{n}") for n in range(5)]
    assert min(weights[:3]) > max(weights[3:]) + 0.1
    with_skills, without = (f1([set(marked(s)) for s in settled], truth) for settled in (learnt, alike))
    assert with_skills > 0.87 > 0.84 > without


def early_job(schema: Schema) -> tuple[list[tuple[int, Vote]], list[Answer]]:
    """Sixty texts of three people, two of whom begin every span two characters early; and the truths."""
    random = np.random.default_rng(5)
    pairs, truths = [], []
    for number in range(60):
        spans = [
            (str(random.choice(schema.categories)), 40 * n + 8, 40 * n + 17) for n in range(3) if random.random() < 0.8
        ]
        early = [(name, start - 2, end) for name, start, end in spans]
        pairs += [(number, Vote(who, answer(*said))) for who, said in (("ann", spans), ("bob", early), ("cy", early))]
        truths.append(answer(*spans))
    return pairs, truths


def test_known_texts_judge_people_against_their_majority() -> None:
    pairs, truths = early_job(SCHEMA)
    known = dict(enumerate(truths[:30]))

    of_most, of_known = TASK_TYPE.fit(pairs, SCHEMA), TASK_TYPE.fit(pairs, SCHEMA, known)

    assert TASK_TYPE.weight(of_most, "ann") < 0.2 < 0.9 < TASK_TYPE.weight(of_most, "bob")
    assert TASK_TYPE.weight(of_known, "bob") < 0.2 < 0.9 < TASK_TYPE.weight(of_known, "ann")
    last = [vote for number, vote in pairs if number == 59]
    assert TASK_TYPE.answer_of(settle_votes(last, of_known), SCHEMA) == truths[59]


def settle_votes(votes: Sequence[Vote], skills: dict[str, Any]) -> Any:
    return TASK_TYPE.consolidate(votes, skills, SCHEMA).payload


def test_known_texts_judge_people_where_spans_may_overlap() -> None:
    """Two of three name every span wrongly."""
    pairs, known = [], {}
    for number in range(60):
        name, other = ("People", "Place") if number % 2 else ("Place", "People")
        right, wrong = answer((name, 5, 10)), answer((other, 5, 10))
        pairs += [(number, Vote(who, said)) for who, said in (("ann", right), ("bob", wrong), ("cy", wrong))]
        if number < 30:
            known[number] = right

    of_most, of_known = TASK_TYPE.fit(pairs, OVERLAP), TASK_TYPE.fit(pairs, OVERLAP, known)

    assert TASK_TYPE.weight(of_most, "ann") < 0.2 < 0.9 < TASK_TYPE.weight(of_most, "bob")
    assert TASK_TYPE.weight(of_known, "bob") < 0.2 < 0.9 < TASK_TYPE.weight(of_known, "ann")


def test_a_truth_that_is_no_answer_of_the_tool_and_one_of_no_text_change_nothing() -> None:
    pairs, _ = early_job(SCHEMA)

    assert TASK_TYPE.fit(pairs, SCHEMA, {0: {"x": {}}, 999: answer(ANN)}) == TASK_TYPE.fit(pairs, SCHEMA)


def test_a_lone_answer_to_a_known_text_is_learnt_from() -> None:
    pairs = [(number, Vote("ann", answer(ANN, OSLO))) for number in range(20)]
    known = {number: answer(ANN) for number in range(20)}

    bounds = json.loads(TASK_TYPE.fit(pairs, SCHEMA, known)["sequences"])["bounds"]
    alone = json.loads(TASK_TYPE.fit(pairs, SCHEMA)["sequences"])["bounds"]

    assert bounds[0][0][0][1] > 3 * alone[0][0][0][1]  # she begins spans where there are none


def test_skills_of_an_older_model_judge_nobody_until_they_are_learnt_anew() -> None:
    pairs, _ = early_job(SCHEMA)
    skills = TASK_TYPE.fit(pairs, SCHEMA)
    old = {
        **skills,
        "sequences": json.dumps({k: v for k, v in json.loads(skills["sequences"]).items() if k != "within"}),
    }
    votes = [vote for number, vote in pairs if number == 0]

    assert TASK_TYPE.weight(old, "ann") is None
    assert settle_votes(votes, old) == settle_votes(votes, {})


def test_weights_of_many_workers_are_read_from_skills_that_are_parsed_once() -> None:
    table = np.zeros((50_001, 5, 2, 3)).tolist()
    names = np.full((1, 2, 2), 0.5).tolist()
    steps = np.full((5, 5), 0.2).tolist()
    written = {"bounds": table, "within": [0.5] * 50_001, "names": names, "stray": [0.5, 0.5]}
    written |= {"steps": steps, "categories": [0.5, 0.5]}
    workers = [f"w{n:05}" for n in range(50_000)]
    skills = {"workers": workers, "sequences": json.dumps(written)}
    assert TASK_TYPE.weight(skills, "w00000") == 0.0

    started = time.process_time()
    weights = [TASK_TYPE.weight(skills, worker) for worker in workers]

    assert set(weights) == {0.0}
    assert time.process_time() - started < 5  # parsed each time it takes hours
    assert TASK_TYPE.weight(skills, "nobody") is None
    assert TASK_TYPE.weight(skills, "x") is None


# --- real people ----------------------------------------------------------------------------------------

Tags = dict[int, str]


def spans_of_tags(tags: Tags) -> set[Marked]:
    """BIO tags by place as spans; places that do not follow one another belong to other sentences."""
    spans: list[list[Any]] = []
    for place, tag in sorted(tags.items()):
        if tag != "O":
            kind, name = tag.split("-")
            if kind == "I" and spans and spans[-1][0] == name and spans[-1][2] == place:
                spans[-1][2] = place + 1
            else:
                spans.append([name, place, place + 1])
    return {(name, start, end) for name, start, end in spans}


def rows_of(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def place_of(row: dict[str, str]) -> int:
    return int(row["sentence"]) * 1_000 + int(row["token"])


def majority(copies: Sequence[Tags]) -> Tags:
    said: dict[int, Counter[str]] = defaultdict(Counter)
    for tags in copies:
        for place, tag in tags.items():
            said[place][tag] += 1
    return {place: max(sorted(counts), key=counts.__getitem__) for place, counts in said.items()}


def test_spans_of_a_real_crowd_beat_the_majority_of_its_tokens(shared_data: Path) -> None:
    folder = shared_data / "data" / "crowd"
    if not (folder / "ner_conll.labels.csv.gz").is_file():
        pytest.skip("needs the set ner_conll")
    true: dict[str, Tags] = defaultdict(dict)
    for row in rows_of(folder / "ner_conll.truth.csv.gz"):
        true[row["doc"]][place_of(row)] = row["tag"]
    copies: dict[str, dict[str, Tags]] = {doc: defaultdict(dict) for doc in true}
    for row in rows_of(folder / "ner_conll.labels.csv.gz"):
        copies[row["doc"]][row["worker"]][place_of(row)] = row["tag"]
    schema = Schema(("LOC", "MISC", "ORG", "PER"))
    docs = [doc for doc in sorted(true) if copies[doc]]
    objects = [[Vote(who, answer(*sorted(spans_of_tags(tags)))) for who, tags in copies[doc].items()] for doc in docs]

    skills = TASK_TYPE.fit([(number, vote) for number, votes in enumerate(objects) for vote in votes], schema)
    settled = TASK_TYPE.consolidate_many(objects, skills, schema, range(len(docs)))

    truth = [spans_of_tags(true[doc]) for doc in docs]
    ours = f1([set(marked(one)) for one in settled], truth)
    tokens = f1([spans_of_tags(majority(list(copies[doc].values()))) for doc in docs], truth)
    print(f"entity F1 {ours:.4f}, of the majority of tokens {tokens:.4f}")
    assert tokens == pytest.approx(0.6889, abs=1e-4)
    assert ours > 0.75


# --- the manifest ---------------------------------------------------------------------------------------

VALUE = {
    "annotations": {
        "labels": [{"label": "People", "shortDisplayName": "ppl"}, {"label": "Place", "shortDisplayName": "plc"}],
        "entities": [
            {"label": "People", "startOffset": 0, "endOffset": 3},
            {"label": "Place", "startOffset": 13, "endOffset": 17},
        ],
    }
}
METADATA = {"type": "groundtruth/text-span", "entities": [{"confidence": 0}, {"confidence": 0}]}
SHORT = Schema(("People", "Place"), {"short": ["People = ppl", "Place=plc"]})


def test_a_label_is_written_as_the_specification_prints_it() -> None:
    settled = settle(answer(ANN, OSLO), schema=SHORT)

    line = TASK_TYPE.encode(settled.payload, settled.confidence, SHORT, ITEM)

    assert line.value == VALUE
    assert line.metadata == METADATA


def test_what_the_specification_prints_is_read() -> None:
    payload, confidence = TASK_TYPE.decode(VALUE, METADATA, SHORT)

    assert confidence == 0.0
    assert payload == {"entities": [{**entity(*ANN), "confidence": 0.0}, {**entity(*OSLO), "confidence": 0.0}]}
    assert TASK_TYPE.answer_of(payload, SHORT) == answer(ANN, OSLO)


def test_confidences_of_a_job_of_one_worker_are_not_told() -> None:
    payload = settle(answer(ANN), answer(ANN)).payload

    assert TASK_TYPE.encode(payload, 0.83, SCHEMA, ITEM).metadata["entities"] == [{"confidence": 0.97}]
    assert TASK_TYPE.encode(payload, 0.0, SCHEMA, ITEM).metadata["entities"] == [{"confidence": 0}]


@pytest.mark.parametrize(
    ("value", "metadata"),
    [
        ({"annotations": {"entities": [entity("Planet", 0, 3)]}}, {}),
        ({"annotations": {"entities": [entity("Place", 3, 3)]}}, {}),
        ({"annotations": {"entities": "Ann"}}, {}),
        ({"annotations": [1]}, {}),
        (7, {}),
        (VALUE, {"entities": [{"confidence": 0.5}]}),
        (VALUE, {"entities": [{"confidence": 0.5}, {"confidence": 2}]}),
    ],
)
def test_a_line_of_another_kind_is_not_taken_for_spans(value: Any, metadata: dict[str, Any]) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        TASK_TYPE.decode(value, metadata, SCHEMA)


# --- the set-up and the task ----------------------------------------------------------------------------


def test_the_template_gets_labels_with_their_short_names() -> None:
    short_one = Schema(("People", "Place"), {"overlap": True, "short": ["People = ppl"]})

    assert TASK_TYPE.task_input(ITEM, short_one) == {
        "labels": [{"label": "People", "shortDisplayName": "ppl"}, {"label": "Place"}],
        "overlap": True,
    }


def test_an_object_without_a_text_has_no_task() -> None:
    for line in ({"source-ref": "s3://acme/1.txt"}, {"source": ""}, {"source": 7}):
        with pytest.raises(ValueError, match="needs the key “source”"):
            TASK_TYPE.task_input(Item(line), SCHEMA)


def test_short_names_are_checked_in_the_set_up() -> None:
    schema = Schema(("People", "a=b"), {"short": ["a=b = ab", "Planet = pl", "no sign", "People = ", "People = ppl"]})

    assert TASK_TYPE.problems(schema, "ner") == [
        "Short names: “Planet” is not a label. Write “label = short name”.",
        "Short names: “” is not a label. Write “label = short name”.",
        "Short names: that of “People” has 1 to 12 characters.",
        "Short names: “People” is there twice.",
    ]
    assert TASK_TYPE.problems(SHORT, "ner") == TASK_TYPE.problems(SCHEMA, "ner") == []


def test_agreement_is_the_f1_of_spans_with_their_labels() -> None:
    assert TASK_TYPE.agreement(answer(ANN, OSLO), answer(OSLO), SCHEMA) == pytest.approx(2 / 3)
    assert TASK_TYPE.agreement(answer(ANN), answer(("Place", 0, 3)), SCHEMA) == 0.0
    assert TASK_TYPE.agreement(answer(), answer(), SCHEMA) == 1.0


def test_a_label_is_described_by_its_counts() -> None:
    assert TASK_TYPE.describe(settle(answer(ANN, OSLO, ("People", 4, 9))).payload, SCHEMA) == "2 × People, 1 × Place"
    assert TASK_TYPE.describe({"entities": []}, SCHEMA) == "nothing"
