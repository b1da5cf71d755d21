"""Measure spans given as tags of tokens: entity F1, exact place and category."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from labeling.consolidation.span_texts import Settled, Text, fit_texts, settle_texts
from labeling.consolidation.spans import Span
from tests.bench.consolidation_files import Pair, numbered
from tests.bench.consolidation_wholes import Whole, measure_wholes, write_errors

HEADER, TRUTH = ("doc", "sentence", "token", "worker", "tag"), ("doc", "sentence", "token", "tag")
COLUMNS = (
    "set | texts | labels | F1 | precision | recall | F1 with texts that nobody read | seconds"
    " | ECE | ECE audited | ECE of texts | ECE of texts audited"
)

LETTERS = {"B": "B", "I": "I", "S": "B", "U": "B", "E": "I", "L": "I"}
MOST_TOKENS = 100_000  # of a sentence, as a line of the product has so many characters at most

Tags = dict[int, str]
Sentence = tuple[str, int]


def read_tags(tag: str) -> tuple[str, str]:
    """Split a tag of BIO, or of its dialects with ends and spans of one token; what is no such tag is outside."""
    letter, _dash, category = tag.partition("-")
    return (LETTERS[letter], category) if letter in LETTERS and category else ("O", "")


def spans_of(tags: Tags, numbers: dict[str, int]) -> list[Span]:
    """The spans of BIO tags by place; an inside that nothing began begins."""
    found: list[Span] = []
    last = (-2, "")
    for place, tag in sorted(tags.items()):
        letter, category = read_tags(tag)
        if letter == "O":
            continue
        if letter == "I" and last == (place - 1, category):
            found[-1] = (found[-1][0], place + 1, found[-1][2])
        else:
            found.append((place, place + 1, numbers[category]))
        last = (place, category)
    return found


def f1(found: list[set[Span]], true: list[set[Span]]) -> tuple[float, float, float]:
    """F1, precision and recall over all texts."""
    hits = sum(len(one & other) for one, other in zip(found, true, strict=True))
    said, there = sum(map(len, found)), sum(map(len, true))
    return 2 * hits / max(said + there, 1), hits / max(said, 1), hits / max(there, 1)


def read_texts(answers: Mapping[Sentence, Mapping[str, Tags]], categories: dict[str, int]) -> tuple[list[Text], int]:
    """Return what was said of each sentence, by its number, and how many workers there are."""
    workers = numbered({name for given in answers.values() for name in given})
    texts = [
        Text(
            [spans_of(tags, categories) for tags in given.values()],
            np.array([workers[name] for name in given], dtype=np.int64),
            range(max(map(max, given.values())) + 1),
        )
        for _sentence, given in sorted(answers.items())
    ]
    return texts, len(workers)


def settle_spans(texts: Sequence[Text], *, n_workers: int, n_categories: int) -> list[Settled]:
    """Settle with the defaults; as in a job, the spans of a lone answer stay."""
    settled = settle_texts(
        texts, fit_texts(texts, n_workers=n_workers, n_categories=n_categories), numbers=range(len(texts))
    )
    return [
        ([(span, 0.0) for span in text.spans[0]], 0.0) if len(text.spans) == 1 else found
        for text, found in zip(texts, settled, strict=True)
    ]


def measure_spans(pair: Pair, audited: int | None = None) -> tuple[dict[str, float], str]:
    """One set's figures and row of the table. F1 is over the sentences that somebody read and whose truth is known."""
    started = time.perf_counter()
    answers: dict[Sentence, dict[str, Tags]] = defaultdict(lambda: defaultdict(dict))
    truth: dict[Sentence, Tags] = defaultdict(dict)
    for doc, sentence, token, worker, tag in whole_numbers(pair.answers.rows):
        answers[doc, int(sentence)][worker][int(token)] = tag
    for doc, sentence, token, tag in whole_numbers(pair.truth.rows):
        truth[doc, int(sentence)][int(token)] = tag
    tags = {row[-1] for row in pair.answers.rows + pair.truth.rows}
    categories = numbered({read_tags(tag)[1] for tag in tags} - {""})
    texts, n_workers = read_texts(answers, categories)
    settled = settle_spans(texts, n_workers=n_workers, n_categories=len(categories))
    seconds = time.perf_counter() - started
    judged = [number for number, key in enumerate(sorted(answers)) if key in truth]
    true = [set(spans_of(truth[key], categories)) for key in sorted(answers) if key in truth]
    missed = [set(spans_of(truth[key], categories)) for key in sorted(truth.keys() - answers.keys())]
    found = [{span for span, _sure in settled[number][0]} for number in judged]
    ours = f1(found, true)
    all_texts = f1(found + [set() for _ in missed], true + missed)[0]
    known = wholes([texts[number] for number in judged], [settled[number] for number in judged], true)
    errors = measure_wholes(known, audited)
    numbers = [*(f"{figure:.4f}" for figure in (*ours, all_texts)), f"{seconds:.2f}", *write_errors(errors)]
    row = f"| {' | '.join([pair.name, str(len(texts)), str(len(pair.answers.rows)), *numbers])} |"
    return {"f1": ours[0], "seconds": seconds, **errors}, row


def wholes(texts: Sequence[Text], settled: Sequence[Settled], true: Sequence[set[Span]]) -> list[Whole]:
    """Return every text that several people read: its spans, or that it has none, and whether that is all right."""
    return [
        Whole(
            [sure for _span, sure in spans] or [nothing],
            [span in there for span, _sure in spans],
            {span for span, _sure in spans} == there,
            not spans,
        )
        for text, (spans, nothing), there in zip(texts, settled, true, strict=True)
        if len(text.spans) > 1
    ]


def whole_numbers(rows: list[list[str]]) -> list[list[str]]:
    """The rows whose sentence and token are whole numbers, of no more than a sentence may have."""
    kept = [row for row in rows if row[1].isdecimal() and row[2].isdecimal() and int(row[2]) < MOST_TOKENS]
    if len(kept) < len(rows):
        print(
            f"left out {len(rows) - len(kept)} rows whose sentence or token is no number from 0 to {MOST_TOKENS - 1:,}"
        )
    return kept
