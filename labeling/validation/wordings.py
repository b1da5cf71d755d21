"""Words that are marked here and otherwise elsewhere in the job, or are marked elsewhere and not here."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from labeling.validation.findings import Hit, Kind, Labelled, Rule
from labeling.validation.spans import Marked, sound_spans

WORD = re.compile(r"\w+|[^\w\s]")
MOST_WORDS = 8  # of a wording: longer ones hardly come again
DOUBT = 2.0  # other places that would have to say the same for one to be half sure
NOTHING = -1
SHOWN = 60  # characters of a wording in a sentence

Wording = tuple[str, ...]


@dataclass(eq=False)
class Said:
    """What a wording is called, and where: a category's number for each place that it stands at, or NOTHING.

    Of several spans in one place the category is the first one's.
    """

    counts: Counter[int] = field(default_factory=Counter)
    places: list[tuple[int, int, int, int]] = field(default_factory=list)  # row, category, place in the label, start


def find_unlike(job: Labelled) -> Iterator[Hit]:
    """Yield places where a wording is called otherwise than nearly everywhere else.

    Severity: the share of its other places, and of DOUBT more that would agree with this one, that say otherwise. A
    wording is its words, whatever their case. Only words that somebody marked, MOST_WORDS at most, are looked for.
    """
    for words, said in job.once("wordings", collect).items():
        if len(said.counts) < 2:
            continue
        total = sum(said.counts.values())
        most = min(said.counts, key=lambda category: (-said.counts[category], category))
        for row, category, place, start in said.places:
            others = total - said.counts[category]
            if category != most and others:
                yield Hit(row, others / (total - 1 + DOUBT), _values(job, words, said, (category, most, place, start)))


def collect(job: Labelled) -> Mapping[Wording, Said]:
    """Return what each wording that is marked somewhere is called, at all its places."""
    by_row: dict[int, dict[tuple[int, int], Marked]] = defaultdict(dict)
    for span in sound_spans(job):
        by_row[span.row].setdefault((span.start, span.end), span)
    texts = [_words(job.text(row)) if label is not None else [] for row, label in enumerate(job.labels)]
    found: dict[Wording, Said] = {}
    lengths: dict[str, set[int]] = defaultdict(set)  # of the wordings that begin with a word
    for row, spans in by_row.items():
        for (start, end), span in spans.items():
            words = tuple(word for word, first, last in texts[row] if start <= first and last <= end)
            if 0 < len(words) <= MOST_WORDS:
                said = found.setdefault(words, Said())
                said.counts[span.category] += 1
                said.places.append((row, span.category, span.place, start))
                lengths[words[0]].add(len(words))
    for row, words_here in enumerate(texts):
        _add_unmarked(row, words_here, list(by_row[row]) if row in by_row else [], found, lengths)
    return found


def _words(text: str) -> list[tuple[str, int, int]]:
    return [(match[0].casefold(), match.start(), match.end()) for match in WORD.finditer(text)]


def _add_unmarked(
    row: int,
    words: list[tuple[str, int, int]],
    spans: list[tuple[int, int]],
    found: dict[Wording, Said],
    lengths: Mapping[str, set[int]],
) -> None:
    """Add the places of a text where a known wording stands and no span touches it."""
    for at, (word, start, _) in enumerate(words):
        for length in sorted(lengths.get(word, ())):
            some = words[at : at + length]
            said = found.get(tuple(one for one, _, _ in some))
            if said is None or len(some) < length:
                continue
            end = some[-1][2]
            if not any(first < end and start < last for first, last in spans):
                said.counts[NOTHING] += 1
                said.places.append((row, NOTHING, 0, start))


def _values(job: Labelled, words: Wording, said: Said, where: tuple[int, int, int, int]) -> dict[str, Any]:
    category, most, place, start = where
    others = sum(said.counts.values()) - 1
    told = {"words": " ".join(words)[:SHOWN], "times": said.counts[most], "others": others, "at": start + 1}
    if category == NOTHING:
        return {"what": "missed", "usual": job.categories[most], **told}
    told |= {"shape": place, "category": job.categories[category]}
    return (
        {"what": "only here", **told} if most == NOTHING else {"what": "unlike", "usual": job.categories[most], **told}
    )


UNLIKE = Rule(
    name="unlike",
    title="Named otherwise than elsewhere",
    kinds=frozenset({Kind.SPANS}),
    find=find_unlike,
    sentences={
        "unlike": "“%(words)s” is “%(category)s” here, and “%(usual)s” in %(times)s of %(others)s other places.",
        "only here": "“%(words)s” is “%(category)s” here, and is not marked in %(times)s of %(others)s other places.",
        "missed": "“%(words)s” (character %(at)s) is not marked, and is “%(usual)s” in %(times)s of %(others)s other"
        " places.",
    },
    threshold=0.75,
    needs_texts=True,
)
